import { Composer } from "./composer.js";
import { h, icon, say } from "./dom.js";
import { Menu } from "./menu.js";
import { moment } from "./moments.js";
import { NAMES, STRINGS } from "./strings.js";
import { STYLES } from "./styles.js";
import { dress } from "./theme.js";
import { TicketCard } from "./ticket.js";
import { Transcript } from "./transcript.js";
import { queueLine, spanOf } from "./waiting.js";

/** Where the panel fills the screen and becomes a modal dialog. Keep equal to the query in styles.js. */
const SMALL_SCREEN = "(max-width: 480px), (max-height: 480px)";

/** Notices, the weightiest first: only one is shown. */
const NOTICES = ["offline", "reconnecting", "failed", "slow", "closed"];

/** Everything the visitor sees, in a shadow root of its own. */
export class View {
  transcript;
  composer;
  #language;
  /** What the desk last told about the conversation, as the stream's `state` event has it. */
  #situation = { state: "bot" };
  /** The expected wait that is shown. */
  #span = null;
  #notices = new Map();
  #unread = 0;
  #small = matchMedia(SMALL_SCREEN);
  #root;
  #badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });
  #launcherText = h("span");
  #launcherUnread = h("span", { class: "hidden" });
  #launcher = h("button", { class: "launcher", type: "button", "aria-haspopup": "dialog" });
  #title = h("h2", { id: "title" });
  #status = h("p", { class: "subtitle", role: "status" });
  #other = h("button", { class: "language", type: "button" });
  #menu;
  #minimise = h("button", { class: "icon", type: "button" }, icon("minimise"));
  #personText = h("span");
  #person = h("button", { class: "person", type: "button" }, icon("person"), this.#personText);
  #ticket = new TicketCard();
  #line = h("p", { class: "line", role: "status" });
  #noticeBar = h("p", { class: "notice", role: "status" });
  #panel = h("dialog", { class: "panel", "aria-labelledby": "title" });

  /**
   * The handlers are open(), close(), language(code), person(), download(), end(), and those of the Transcript and the
   * Composer. The look is what dress() takes.
   */
  constructor(language, look, handlers) {
    this.#language = language;
    this.transcript = new Transcript(language, handlers);
    this.composer = new Composer(language, handlers);
    this.#menu = new Menu(handlers);
    this.#launcher.append(icon("chat"), this.#launcherText, this.#launcherUnread, this.#badge);
    const name = h("div", { class: "name" }, this.#title, this.#status);
    this.#panel.append(
      h("div", { class: "bar" }, name, this.#other, this.#menu.element, this.#minimise),
      h("div", { class: "stand" }, this.#person, this.#ticket.element, this.#line),
      this.transcript.element,
      this.#noticeBar,
      this.composer.element,
    );
    this.#launcher.addEventListener("click", () => handlers.open());
    this.#other.addEventListener("click", () => handlers.language(this.#other.lang));
    this.#minimise.addEventListener("click", () => handlers.close());
    this.#person.addEventListener("click", () => handlers.person());
    this.#panel.addEventListener("cancel", (event) => {
      event.preventDefault();
      handlers.close();
    });
    this.#panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      handlers.close();
    });
    this.#takeDrops(handlers.attach);
    this.#small.addEventListener("change", () => this.#fit());
    visualViewport?.addEventListener("resize", () => this.#followKeyboard());
    visualViewport?.addEventListener("scroll", () => this.#followKeyboard());
    this.#attach(look);
    this.localise(language);
  }

  get isOpen() {
    return this.#panel.open;
  }

  localise(language) {
    const t = STRINGS[language];
    this.#language = language;
    this.#launcher.lang = this.#panel.lang = language;
    this.#launcherText.textContent = t.launcher;
    this.#title.textContent = t.title;
    this.#minimise.setAttribute("aria-label", t.minimise);
    this.#other.lang = language === "en" ? "es" : "en";
    this.#other.textContent = NAMES[this.#other.lang];
    this.#menu.localise(language);
    this.transcript.localise(language);
    this.composer.localise(language);
    this.situation = this.#situation;
    this.#announce();
    this.#count(this.#unread);
  }

  /** Shows the panel and leaves the focus where it is. */
  open() {
    this.#launcher.hidden = true;
    this.#count(0);
    this.#show();
    this.transcript.toEnd();
    this.composer.localise(this.#language);
  }

  close() {
    const within = this.#root.activeElement !== null;
    this.#panel.close();
    this.#launcher.hidden = false;
    if (within) this.#launcher.focus({ preventScroll: true });
  }

  /** Where a hand at a keyboard wants to go on; on a touch screen the keyboard would hide what is to be read. */
  focus() {
    if (matchMedia("(pointer: coarse)").matches) this.transcript.focus();
    else this.composer.focus();
  }

  /** Counts a message that came while the panel was closed. */
  missed() {
    this.#count(this.#unread + 1);
  }

  /** {state, person, queue, ticket, away_until}, as the stream's `state` event has them. */
  set situation(situation) {
    const t = STRINGS[this.#language];
    const { state, person, ticket } = (this.#situation = situation);
    const withAnalyst = state === "analyst";
    this.#panel.dataset.state = state;
    say(this.#status, withAnalyst ? t.with(person?.name ?? t.anAnalyst) : t.state[state]);
    this.#personText.textContent = t.person;
    this.#person.hidden = withAnalyst;
    this.#ticket.show(ticket, this.#language);
    say(this.#line, this.#expectation);
  }

  /** Whether there is a conversation to download, and one to end. */
  offer(exists, runs) {
    this.#menu.offer(exists, runs);
  }

  /** Shows one of NOTICES or takes it away; `text` when the widget has no sentence of its own for it. */
  note(name, on, text = null) {
    if (on) this.#notices.set(name, text);
    else this.#notices.delete(name);
    this.#announce();
  }

  #announce() {
    const name = NOTICES.find((notice) => this.#notices.has(notice));
    say(this.#noticeBar, name ? (this.#notices.get(name) ?? STRINGS[this.#language].notice[name]) : "");
  }

  /** The place in the queue and the expected wait, or until when nobody is there. */
  get #expectation() {
    const { state, queue, away_until: away } = this.#situation;
    this.#span = queue ? spanOf(queue, this.#span) : null;
    const lines = [];
    if (queue) lines.push(queueLine(queue.place, this.#span, this.#language));
    if (away && state !== "analyst") {
      lines.push(STRINGS[this.#language].away(moment(new Date(away), this.#language)));
    }
    return lines.join(" ");
  }

  #count(unread) {
    this.#unread = unread;
    this.#badge.textContent = unread;
    this.#badge.hidden = unread === 0;
    this.#launcherUnread.textContent = unread ? ` (${STRINGS[this.#language].launcherUnread(unread)})` : "";
  }

  #takeDrops(attach) {
    const carries = (event) => event.dataTransfer?.types.includes("Files");
    const over = (event, inside) => {
      if (!carries(event)) return;
      event.preventDefault();
      this.#panel.classList.toggle("dropping", inside);
    };
    this.#panel.addEventListener("dragover", (event) => over(event, true));
    this.#panel.addEventListener("dragleave", (event) => over(event, false));
    this.#panel.addEventListener("drop", (event) => {
      over(event, false);
      if (carries(event)) attach([...event.dataTransfer.files]);
    });
  }

  #attach(look) {
    const host = h("div", { id: "acedesk-widget" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    this.#root = host.attachShadow({ mode: "open" });
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.append(this.#launcher, this.#panel);
    document.body.append(host);
    dress(host, look);
  }

  #show() {
    if (this.#small.matches) this.#panel.showModal();
    // show() would take the focus from the page, which a mere reload must not.
    else this.#panel.setAttribute("open", "");
    this.#followKeyboard();
  }

  #fit() {
    if (!this.isOpen) return;
    const focused = this.#root.activeElement;
    this.#panel.close();
    this.#show();
    focused?.focus();
  }

  /** A full-screen panel shrinks to what the on-screen keyboard leaves, or the text field would lie under it. */
  #followKeyboard() {
    const full = this.isOpen && this.#small.matches;
    this.#panel.style.height = full ? `${visualViewport.height}px` : "";
    this.#panel.style.top = full ? `${visualViewport.offsetTop}px` : "";
  }
}
