import { h, icon } from "./dom.js";
import { markdown } from "./markdown.js";
import { STRINGS } from "./strings.js";

/** Bubbles of one actor that follow each other this closely share one line of name and time. */
const SAME_BREATH_MS = 120_000;

/** A replay of the history has ended when nothing arrived for this long. */
const SETTLED_MS = 400;

/** How far from the end a reader may be and still be taken along by new messages. */
const NEAR_END_PX = 80;

/** One message: the desk's own, or one of ours on its way. */
class Bubble {
  element = h("div", { class: "message" });
  #author = h("span", { class: "author" });
  #time = h("time");
  #meta = h("div", { class: "meta" }, this.#author, " ", this.#time);
  #body = h("div", { class: "body" });
  #status = h("div", { class: "status" });

  constructor(message, language) {
    this.element.append(this.#meta, this.#body, this.#status);
    this.show(message, language);
  }

  show({ actor, text, at, language: own }, language) {
    this.actor = actor;
    this.at = new Date(at);
    this.element.classList.add(actor);
    this.element.classList.remove("pending", "failed");
    this.#status.replaceChildren();
    if (own) this.element.lang = own;
    const rich = actor === "bot" || actor === "analyst";
    const { newTab } = STRINGS[own ?? language];
    this.#body.replaceChildren(...(rich ? markdown(text, newTab) : [h("p", {}, text)]));
    this.localise(language);
  }

  localise(language) {
    const today = new Date().toDateString() === this.at.toDateString();
    this.#meta.lang = language;
    this.#author.textContent = STRINGS[language].actor[this.actor];
    this.#time.dateTime = this.at.toISOString();
    this.#time.textContent = this.at.toLocaleString(language, {
      dateStyle: today ? undefined : "medium",
      timeStyle: "short",
    });
  }

  /** Marks a message that is not with the desk yet; `actions` are buttons. */
  mark(kind, note, actions) {
    this.element.classList.remove("pending", "failed");
    this.element.classList.add(kind);
    this.#status.replaceChildren(h("span", {}, note), ...actions);
  }

  follow(previous) {
    const adjacent = previous?.actor === this.actor && this.element.previousElementSibling === previous.element;
    this.element.classList.toggle("following", adjacent && this.at - previous.at < SAME_BREATH_MS);
  }
}

/** The list of messages, the quick replies after the last one, and the typing indicator. */
export class Transcript {
  element;
  #language;
  #handlers;
  #welcome = h("h3");
  #intro = h("p");
  #log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions", tabindex: "0" });
  #replies = h("div", { class: "replies", role: "group" });
  #dots = h("div", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
  #typingText = h("span", { class: "hidden", role: "status" });
  #jumpText = h("span");
  #jump = h("button", { class: "jump", type: "button", hidden: true }, icon("down"), this.#jumpText);
  #bubbles = [];
  #seen = new Set();
  #pending = new Map();
  #typing = false;
  /** Whether the reader was at the end, and is to stay there when the list changes its height. */
  #stuck = true;
  #settling = null;

  /** The handlers are reply(button), retry() and withdraw(entry). */
  constructor(language, handlers) {
    this.#language = language;
    this.#handlers = handlers;
    const intro = h("div", { class: "intro" }, this.#welcome, this.#intro);
    this.#log.append(intro, this.#replies);
    this.#dots.hidden = true;
    this.element = h("div", { class: "transcript" }, this.#log, this.#dots, this.#typingText, this.#jump);
    this.#jump.addEventListener("click", () => this.toEnd());
    this.#log.addEventListener("scroll", () => {
      this.#stuck = this.#nearEnd;
      if (this.#stuck) this.#jump.hidden = true;
    });
    new ResizeObserver(() => this.#stuck && this.toEnd()).observe(this.#log);
  }

  localise(language) {
    const t = STRINGS[language];
    this.#language = language;
    this.#welcome.textContent = t.welcome;
    this.#intro.textContent = t.intro;
    this.#log.setAttribute("aria-label", t.conversation);
    this.#replies.setAttribute("aria-label", t.replies);
    this.#jumpText.textContent = t.newMessages;
    this.#typingText.textContent = this.#typing ? t.typing : "";
    for (const bubble of this.#bubbles) bubble.localise(language);
  }

  focus() {
    this.#log.focus({ preventScroll: true });
  }

  /** Holds announcements back while old messages pour in. */
  replaying() {
    this.#log.setAttribute("aria-busy", "true");
    this.#settle();
  }

  /** Shows a message of the desk; returns false when it was there already. */
  show(message) {
    if (this.#seen.has(message.id)) return false;
    this.#seen.add(message.id);
    const waiting = this.#pending.get(message.client_id);
    this.#pending.delete(message.client_id);
    this.#offer(message.actor === "bot" ? message.buttons : [], message.language);
    if (waiting) {
      waiting.show(message, this.#language);
      this.#place(waiting);
    } else {
      this.#insert(new Bubble(message, this.#language), message.actor === "visitor");
    }
    return true;
  }

  /** Shows a message of ours before the desk has it. */
  pend(entry) {
    const bubble = new Bubble({ actor: "visitor", text: entry.label, at: entry.at }, this.#language);
    this.#pending.set(entry.client_id, bubble);
    bubble.mark("pending", STRINGS[this.#language].sending, []);
    this.#offer([]);
    this.#insert(bubble, true);
  }

  /** The desk has it; its own copy follows on the stream. */
  sent(entry) {
    this.#pending.get(entry.client_id)?.mark("pending", "", []);
  }

  delayed(entry, reason) {
    const t = STRINGS[this.#language];
    const retry = this.#action(t.retry, () => this.#handlers.retry());
    this.#pending.get(entry.client_id)?.mark("failed", reason || t.notSent, [retry]);
  }

  refused(entry, reason) {
    const t = STRINGS[this.#language];
    const bubble = this.#pending.get(entry.client_id);
    const withdraw = this.#action(entry.text === entry.label ? t.edit : t.remove, () => {
      this.#remove(bubble);
      this.#pending.delete(entry.client_id);
      this.#handlers.withdraw(entry);
    });
    bubble?.mark("failed", reason || t.rejected, [withdraw]);
  }

  /** A line under what was said, before another conversation begins. */
  divide() {
    this.#offer([]);
    if (this.#bubbles.length === this.#pending.size) return;
    const [waiting] = this.#pending.values();
    const text = STRINGS[this.#language].newConversation;
    (waiting?.element ?? this.#replies).before(h("div", { class: "divider", lang: this.#language }, text));
  }

  set typing(value) {
    this.#typing = value;
    this.#dots.hidden = !value;
    this.#typingText.textContent = value ? STRINGS[this.#language].typing : "";
  }

  toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#jump.hidden = true;
    this.#stuck = true;
  }

  get #nearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  #action(label, act) {
    const button = h("button", { type: "button", class: "action" }, label);
    button.addEventListener("click", () => {
      act();
      this.focus();
    });
    return button;
  }

  #insert(bubble, ours) {
    const follow = ours || this.#stuck;
    this.#bubbles.push(bubble);
    this.#place(bubble);
    if (this.#settling) this.#settle();
    else if (follow) this.#reveal();
    else this.#jump.hidden = false;
  }

  /** Puts a bubble after all that the desk has confirmed and before what is still on its way. */
  #place(bubble) {
    const waiting = [...this.#pending.values()].filter((other) => other !== bubble);
    const ours = [...this.#pending.values()].includes(bubble);
    const rest = this.#bubbles.filter((other) => other !== bubble && !waiting.includes(other));
    const order = ours ? [...rest, ...waiting, bubble] : [...rest, bubble, ...waiting];
    const next = order[order.indexOf(bubble) + 1]?.element ?? this.#replies;
    // A bubble that stays where it is must not be moved: a log announces what is put into it.
    if (bubble.element.nextElementSibling !== next) next.before(bubble.element);
    this.#bubbles = order;
    this.#group();
  }

  #remove(bubble) {
    bubble.element.remove();
    this.#bubbles = this.#bubbles.filter((other) => other !== bubble);
    this.#group();
  }

  #group() {
    this.#bubbles.forEach((bubble, index) => bubble.follow(this.#bubbles[index - 1]));
  }

  #offer(buttons, language) {
    const last = this.#pending.size === 0;
    this.#replies.replaceChildren();
    if (language) this.#replies.lang = language;
    else this.#replies.removeAttribute("lang");
    for (const { title, payload } of (last && buttons) || []) {
      const button = h("button", { type: "button" }, title);
      button.addEventListener("click", () => this.#handlers.reply({ title, payload }));
      this.#replies.append(button);
    }
  }

  #settle() {
    clearTimeout(this.#settling);
    this.#reveal();
    this.#settling = setTimeout(() => {
      this.#settling = null;
      this.#log.removeAttribute("aria-busy");
      this.#reveal();
    }, SETTLED_MS);
  }

  /** Scrolls on, but never so far that the visitor's own last message leaves: a long answer is read from its start. */
  #reveal() {
    const asked = this.#bubbles.findLast((bubble) => bubble.actor === "visitor");
    const start = asked ? asked.element.offsetTop - this.#log.offsetTop - 8 : Infinity;
    this.#log.scrollTop = Math.min(start, this.#log.scrollHeight);
    this.#stuck = this.#nearEnd;
  }
}
