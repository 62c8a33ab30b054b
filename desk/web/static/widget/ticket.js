import { action, h, say } from "./dom.js";
import { moment } from "./moments.js";
import { STRINGS } from "./strings.js";

const DONE = ["resolved", "transferred", "closed", "cancelled"];

/** The newest ticket of the conversation, always in view: its number, where it stands, and until when we owe an answer. */
export class TicketCard {
  element = h("div", { class: "ticket", role: "group", hidden: true });
  #label = h("span");
  #number = h("strong", { class: "number" });
  #state = h("span");
  #due = h("span", { class: "due" });
  #language;
  #copied = h("span", { class: "hidden", role: "status" });
  #copy = action("", () => this.#copyNumber());

  constructor() {
    const text = h("div", { role: "status" }, this.#label, " ", this.#number, " · ", this.#state, " ", this.#due);
    this.element.append(text, this.#copy, this.#copied);
    // Only a secure page may write to the clipboard; elsewhere a click selects the whole number.
    this.#copy.hidden = !navigator.clipboard;
  }

  show(ticket, language) {
    const t = STRINGS[language];
    this.element.hidden = !ticket;
    if (!ticket) return;
    const due = ticket.due && !DONE.includes(ticket.state);
    this.element.setAttribute("aria-label", t.ticket);
    say(this.#label, t.ticket);
    say(this.#number, ticket.number);
    say(this.#state, t.ticketStates[ticket.state] ?? ticket.state);
    say(this.#due, due ? t.due(moment(new Date(ticket.due), language)) : "");
    say(this.#copied, "");
    this.#copy.textContent = t.copy;
    this.#copy.setAttribute("aria-label", t.copyNumber);
    this.#language = language;
  }

  async #copyNumber() {
    await navigator.clipboard.writeText(this.#number.textContent);
    this.#copied.textContent = this.#copy.textContent = STRINGS[this.#language].copied;
  }
}
