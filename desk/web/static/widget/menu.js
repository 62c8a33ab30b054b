import { action, h, icon } from "./dom.js";
import { STRINGS } from "./strings.js";

/** What a visitor may do with the conversation as a whole, behind one button; ending it is asked twice. */
export class Menu {
  element = h("div", { class: "menu" });
  #button = h("button", { type: "button", class: "icon", "aria-expanded": "false", "aria-controls": "menu" }, icon("menu"));
  #download;
  #end;
  #list;
  #question = h("h3", { id: "question" });
  #consequence = h("p", { id: "consequence" });
  #confirm;
  #cancel;
  #dialog;

  /** The handlers are download() and end(). */
  constructor({ download, end }) {
    this.#download = action("", () => {
      this.#toggle(false);
      download();
    });
    this.#end = action("", () => {
      this.#toggle(false);
      this.#dialog.showModal();
    });
    this.#list = h("div", { id: "menu", class: "items", hidden: true }, this.#download, this.#end);
    this.#confirm = action("", () => {
      this.#dialog.close();
      end();
    }, { class: "primary" });
    this.#cancel = action("", () => this.#dialog.close(), { autofocus: true });
    const names = { class: "confirm", role: "alertdialog", "aria-labelledby": "question", "aria-describedby": "consequence" };
    this.#dialog = h("dialog", names, this.#question, this.#consequence, this.#confirm, this.#cancel);
    this.element.append(this.#button, this.#list, this.#dialog);
    this.#button.addEventListener("click", () => this.#toggle(this.#list.hidden));
    this.element.addEventListener("keydown", (event) => {
      const open = !this.#list.hidden || this.#dialog.open;
      if (event.key !== "Escape" || !open) return;
      // What is open here closes, and not the panel around it; the dialog closes by itself.
      event.stopPropagation();
      if (!this.#list.hidden) this.#toggle(false);
    });
    this.element.addEventListener("cancel", (event) => event.stopPropagation());
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !this.element.contains(relatedTarget)) this.#show(false);
    });
    document.addEventListener("pointerdown", (event) => {
      if (!event.composedPath().includes(this.element)) this.#show(false);
    });
  }

  localise(language) {
    const t = STRINGS[language];
    this.#button.setAttribute("aria-label", t.menu);
    this.#download.textContent = t.download;
    this.#end.textContent = this.#confirm.textContent = t.end;
    this.#question.textContent = t.endQuestion;
    this.#consequence.textContent = t.endConsequence;
    this.#cancel.textContent = t.keepTalking;
  }

  /** Whether there is a conversation, and whether it still runs. */
  offer(exists, runs) {
    this.#download.disabled = !exists;
    this.#end.disabled = !runs;
  }

  #show(open) {
    this.#list.hidden = !open;
    this.#button.setAttribute("aria-expanded", String(open));
  }

  #toggle(open) {
    this.#show(open);
    if (open) this.#list.querySelector("button:enabled")?.focus();
    else this.#button.focus();
  }
}
