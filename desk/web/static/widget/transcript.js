import { helpfulBar, sourceCard, withoutSources } from "./cards.js";
import { action, h, icon, say } from "./dom.js";
import { markdown } from "./markdown.js";
import { quantity, stamp } from "./moments.js";
import { satisfactionForm } from "./satisfaction.js";
import { STRINGS } from "./strings.js";

/** Bubbles of one actor that follow each other this closely share one line of name and time. */
const SAME_BREATH_MS = 120_000;

/** A replay of the history has ended when nothing arrived for this long. */
const SETTLED_MS = 400;

/** How far from the end a reader may be and still be taken along by new messages. */
const NEAR_END_PX = 80;

/** A file's name and how large it is. */
function fileLine({ name, size }, language) {
  const [number, unit] = size < 1e6 ? [Math.ceil(size / 1000), "kilobyte"] : [size / 1e6, "megabyte"];
  const amount = h("span", { class: "size" }, quantity(number, unit, language, "short"));
  return h("p", { class: "file" }, icon("file"), h("span", {}, name), " ", amount);
}

/** One message: the desk's own, or one of ours on its way. */
class Bubble {
  element = h("div", { class: "message" });
  #author = h("span", { class: "author" });
  #time = h("time");
  #meta = h("div", { class: "meta" }, this.#author, " ", this.#time);
  #body = h("div", { class: "body" });
  #extras = h("div", { class: "extras" });
  #status = h("div", { class: "status" });

  /** `sources` are those that the text repeats, for which there is a card. */
  constructor(message, language, sources) {
    this.element.append(this.#meta, this.#body, this.#extras, this.#status);
    this.show(message, language, sources);
  }

  show({ actor, name, text, at, language: own, custom }, language, sources) {
    this.actor = actor;
    this.name = name ?? null;
    this.at = new Date(at);
    this.element.classList.add(actor);
    this.element.classList.remove("pending", "failed");
    this.#status.replaceChildren();
    if (own) this.element.lang = own;
    const rich = actor === "bot" || actor === "analyst";
    const { newTab } = STRINGS[own ?? language];
    const shown = sources ? withoutSources(text, sources) : text;
    if (custom?.kind === "file") this.#body.replaceChildren(fileLine(custom.file, own ?? language));
    else this.#body.replaceChildren(...(rich ? markdown(shown, newTab) : [h("p", {}, text)]));
    this.localise(language);
  }

  /** Puts more under the text: cards, questions. */
  add(extras) {
    this.#extras.append(...extras);
  }

  localise(language) {
    this.#meta.lang = language;
    this.#author.textContent = this.name ?? STRINGS[language].actor[this.actor];
    this.#time.dateTime = this.at.toISOString();
    this.#time.textContent = stamp(this.at, language);
  }

  /** Marks a message that is not with the desk yet; `actions` are buttons. */
  mark(kind, note, actions) {
    this.element.classList.remove("pending", "failed");
    this.element.classList.add(kind);
    this.#status.replaceChildren(h("span", {}, note), ...actions);
  }

  /** How far a file has come, 0 to 1. */
  progress(fraction, label) {
    const bar = this.#status.querySelector("progress") ?? h("progress", { max: "1", "aria-label": label });
    bar.value = fraction;
    if (!bar.isConnected) this.#status.append(bar);
  }

  follow(previous) {
    const adjacent = previous?.actor === this.actor && previous.name === this.name && this.element.previousElementSibling === previous.element;
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
  /** Who is writing: false, true for the assistant, or a name. */
  #typing = false;
  /** The bot's answer that is being shown: {sources, extras}. */
  #answer = null;
  /** Whether the reader was at the end, and is to stay there when the list changes its height. */
  #stuck = true;
  #settling = null;
  /** Whether the list still shows its end when it has come to rest. */
  #following = true;

  /**
   * The handlers are reply(button), retry(), withdraw(entry), helpful(seq, value) and those of the satisfaction form.
   */
  constructor(language, handlers) {
    this.#language = language;
    this.#handlers = handlers;
    const intro = h("div", { class: "intro" }, this.#welcome, this.#intro);
    this.#log.append(intro, this.#replies);
    this.#dots.hidden = true;
    const writing = h("div", { class: "writing" }, this.#dots, this.#typingText);
    this.element = h("div", { class: "transcript" }, this.#log, writing, this.#jump);
    this.#jump.addEventListener("click", () => this.toEnd());
    this.#log.addEventListener("scroll", () => {
      this.#stuck = this.#nearEnd;
      if (this.#stuck) this.#jump.hidden = true;
    });
    // Who goes to something in the list is not to lose it when the list comes to rest.
    this.#log.addEventListener("focusin", ({ target }) => {
      if (target !== this.#log) this.#following = false;
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
    this.typing = this.#typing;
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
    // The form that asks for a rating has a way of its own to reopen the ticket.
    this.#offer(message.custom?.kind === "satisfaction" ? [] : message.buttons, message.language);
    if (waiting) {
      waiting.show(message, this.#language);
      this.#place(waiting);
    } else {
      this.#insert(this.#dressed(message), message.actor === "visitor");
    }
    return true;
  }

  /** Shows a message or a file of ours before the desk has it. */
  pend(entry) {
    const t = STRINGS[this.#language];
    const custom = entry.file && { kind: "file", file: entry.file };
    const bubble = new Bubble({ actor: "visitor", text: entry.label, at: entry.at, custom }, this.#language);
    this.#pending.set(entry.client_id, bubble);
    bubble.mark("pending", entry.file ? t.keepOpen : t.sending, []);
    this.#offer([]);
    this.#insert(bubble, true);
  }

  /** The desk has it; its own copy follows on the stream. */
  sent(entry) {
    this.#pending.get(entry.client_id)?.mark("pending", "", []);
  }

  progress(entry, fraction) {
    this.#pending.get(entry.client_id)?.progress(fraction, STRINGS[this.#language].sending);
    if (this.#stuck) this.toEnd();
  }

  delayed(entry, reason) {
    const t = STRINGS[this.#language];
    const note = [reason || t.notSent, entry.file && t.keepOpen].filter(Boolean).join(" ");
    const retry = this.#action(t.retry, () => this.#handlers.retry());
    // A file is large: who gives it up must not wait for it.
    const actions = entry.file ? [retry, this.#withdrawal(entry)] : [retry];
    this.#mark(entry, note, actions);
  }

  refused(entry, reason) {
    const note = reason || STRINGS[this.#language].rejected;
    this.#mark(entry, note, [this.#withdrawal(entry)]);
  }

  #mark(entry, note, actions) {
    this.#pending.get(entry.client_id)?.mark("failed", note, actions);
    if (this.#stuck) this.toEnd();
  }

  /** A line under what was said, before another conversation begins. */
  divide() {
    this.#offer([]);
    if (this.#bubbles.length === this.#pending.size) return;
    const [waiting] = this.#pending.values();
    const text = STRINGS[this.#language].newConversation;
    (waiting?.element ?? this.#replies).before(h("div", { class: "divider", lang: this.#language }, text));
  }

  /** True while the assistant writes, the name of an analyst who does, or false. */
  set typing(who) {
    this.#typing = who;
    this.#dots.hidden = !who;
    const name = who === true ? null : who;
    say(this.#typingText, who ? STRINGS[this.#language].typing(name) : "");
    this.#typingText.classList.toggle("hidden", !name);
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

  /** A bubble with the cards and questions that belong to its message. */
  #dressed(message) {
    const { actor, custom, language, text } = message;
    const sources = custom?.sources ?? [];
    const extras = [];
    if (actor !== "bot") this.#answer = null;
    else if (custom) {
      if (sources.length) extras.push(sourceCard(sources, language));
      if (custom.kind === "answer") extras.push(helpfulBar(message, this.#handlers.helpful));
      this.#answer = { sources, extras };
    }
    // What the desk says of an answer stands on its first bubble; the text with the sources may be a later one.
    const repeats = this.#answer?.sources.some(({ url }) => text.includes(url));
    const bubble = new Bubble(message, this.#language, repeats ? this.#answer.sources : null);
    if (custom?.kind === "satisfaction") {
      bubble.element.classList.add("asks");
      bubble.add([satisfactionForm(message, this.#handlers)]);
    }
    bubble.add(repeats ? this.#answer.extras : extras);
    return bubble;
  }

  #action(label, act) {
    return action(label, () => {
      act();
      this.focus();
    });
  }

  #withdrawal(entry) {
    const t = STRINGS[this.#language];
    return this.#action(entry.text === entry.label ? t.edit : t.remove, () => {
      this.#remove(this.#pending.get(entry.client_id));
      this.#pending.delete(entry.client_id);
      this.#handlers.withdraw(entry);
    });
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
    for (const button of (last && buttons) || []) {
      this.#replies.append(action(button.title, () => this.#handlers.reply(button), { class: "reply" }));
    }
  }

  #settle() {
    clearTimeout(this.#settling);
    this.#reveal();
    this.#following = true;
    this.#settling = setTimeout(() => {
      this.#settling = null;
      this.#log.removeAttribute("aria-busy");
      if (this.#following) this.#reveal();
    }, SETTLED_MS);
  }

  /**
   * Scrolls on, but never so far that the start of the last message leaves, or of the question that the assistant
   * answers: what is long is read from its start.
   */
  #reveal() {
    const last = this.#bubbles.at(-1);
    const asked = last?.actor === "bot" && this.#bubbles.findLast((bubble) => bubble.actor === "visitor");
    const first = asked || last;
    const start = first ? first.element.offsetTop - this.#log.offsetTop - 8 : Infinity;
    this.#log.scrollTop = Math.min(start, this.#log.scrollHeight);
    this.#stuck = this.#nearEnd;
  }
}
