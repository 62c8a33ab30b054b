import { action, h, icon, say } from "./dom.js";
import { STRINGS } from "./strings.js";

/** Characters (Unicode code points) that the desk takes in one message. */
const LIMIT = 4000;

/** From here on the counter shows. */
const NEAR_LIMIT = 3600;

/** Names that the kinds of files taken by the desk may end in (desk/privacy/file_types.py). */
const ACCEPTED =
  ".pdf,.png,.jpg,.jpeg,.gif,.tif,.tiff,.docx,.xlsx,.pptx,.eml,.csv,.tsv,.txt,.log,.edi";

/** Where the visitor writes and attaches files. */
export class Composer {
  element = h("form", { class: "composer" });
  #language;
  #label = h("label", { for: "text", class: "hidden" });
  #field = h("textarea", {
    id: "text",
    rows: "1",
    enterkeyhint: "send",
    autocomplete: "off",
    "aria-describedby": "privacy counter",
  });
  #files = h("input", { type: "file", accept: ACCEPTED, multiple: true, hidden: true });
  #attach = action(icon("attach"), () => this.#files.click(), { class: "icon" });
  #send = h("button", { type: "submit", class: "send" }, icon("send"));
  #counter = h("p", { id: "counter", role: "status" });
  #privacy = h("p", { id: "privacy" });

  /** The handlers are submit(text), attach(files) and typing(). */
  constructor(language, { submit, attach, typing }) {
    this.#language = language;
    const row = h("div", { class: "row" }, this.#label, this.#attach, this.#files, this.#field, this.#send);
    this.element.append(row, this.#counter, this.#privacy);
    this.#files.addEventListener("change", () => {
      attach([...this.#files.files]);
      // The same file may be chosen again.
      this.#files.value = "";
      this.focus();
    });
    this.#field.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (!files.length) return;
      event.preventDefault();
      attach(files);
    });
    this.#field.addEventListener("input", () => {
      this.#measure();
      typing();
    });
    this.#field.addEventListener("keydown", (event) => {
      // While a syllable or an accent is being composed, Enter belongs to the input method.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.element.requestSubmit();
    });
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#text;
      if (!text || this.#excess > 0) return;
      this.#field.value = "";
      this.#measure();
      submit(text);
    });
  }

  localise(language) {
    const t = STRINGS[language];
    this.#language = language;
    this.#label.textContent = t.message;
    this.#field.placeholder = t.placeholder;
    this.#attach.setAttribute("aria-label", t.attach);
    this.#send.setAttribute("aria-label", t.send);
    this.#privacy.textContent = t.privacy;
    this.#measure();
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** Gives a text back to the visitor, before whatever has been written since. */
  restore(text) {
    this.#field.value = [text, this.#field.value].filter(Boolean).join("\n");
    this.#measure();
    this.focus();
  }

  get #text() {
    const text = this.#field.value.trim().normalize("NFC");
    return text.toWellFormed?.() ?? text;
  }

  get #excess() {
    return [...this.#text].length - LIMIT;
  }

  #measure() {
    const t = STRINGS[this.#language];
    const excess = this.#excess;
    const near = excess > NEAR_LIMIT - LIMIT;
    say(this.#counter, excess > 0 ? t.excess(excess) : near ? t.left(-excess) : "");
    this.#counter.classList.toggle("excess", excess > 0);
    this.#field.setAttribute("aria-invalid", String(excess > 0));
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
  }
}
