import { Composer } from "./composer.js";
import { h, icon } from "./dom.js";
import { STRINGS } from "./strings.js";
import { STYLES } from "./styles.js";
import { Transcript } from "./transcript.js";

/** Where the panel fills the screen and becomes a modal dialog. Keep equal to the query in styles.js. */
const SMALL_SCREEN = "(max-width: 480px), (max-height: 480px)";

/** Everything the visitor sees, in a shadow root of its own. */
export class View {
  transcript;
  composer;
  #language;
  #state = "bot";
  #notice = null;
  #unread = 0;
  #small = matchMedia(SMALL_SCREEN);
  #root;
  #badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });
  #launcherText = h("span");
  #launcherUnread = h("span", { class: "hidden" });
  #launcher = h("button", { class: "launcher", type: "button", "aria-haspopup": "dialog" });
  #title = h("h2", { id: "title" });
  #status = h("p", { class: "subtitle", role: "status" });
  #languages = h("div", { class: "languages", role: "group" });
  #minimise = h("button", { class: "minimise", type: "button" }, icon("minimise"));
  #personText = h("span");
  #person = h("button", { class: "person", type: "button" }, icon("person"), this.#personText);
  #noticeBar = h("p", { class: "notice", role: "status" });
  #panel = h("dialog", { class: "panel", "aria-labelledby": "title" });

  /** The handlers are open(), close(), language(code), person(), submit(text) and those of the Transcript. */
  constructor(language, handlers) {
    this.#language = language;
    this.transcript = new Transcript(language, handlers);
    this.composer = new Composer(language, handlers.submit);
    this.#launcher.append(icon("chat"), this.#launcherText, this.#launcherUnread, this.#badge);
    for (const [code, name] of [["en", "English"], ["es", "Español"]]) {
      const short = code.toUpperCase();
      const names = { lang: code, "data-code": code, "aria-label": `${short}, ${name}` };
      const button = h("button", { type: "button", ...names }, short);
      button.addEventListener("click", () => handlers.language(code));
      this.#languages.append(button);
    }
    const name = h("div", { class: "name" }, this.#title, this.#status);
    this.#panel.append(
      h("div", { class: "head" }, h("div", { class: "bar" }, name, this.#languages, this.#minimise), this.#person),
      this.transcript.element,
      this.#noticeBar,
      this.composer.element,
    );
    this.#launcher.addEventListener("click", () => handlers.open());
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
    this.#small.addEventListener("change", () => this.#fit());
    visualViewport?.addEventListener("resize", () => this.#followKeyboard());
    visualViewport?.addEventListener("scroll", () => this.#followKeyboard());
    this.#attach();
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
    this.#languages.setAttribute("aria-label", t.languages);
    for (const button of this.#languages.children) {
      button.setAttribute("aria-pressed", String(button.dataset.code === language));
    }
    this.transcript.localise(language);
    this.composer.localise(language);
    this.state = this.#state;
    this.notice = this.#notice;
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

  /** "bot", "waiting", "analyst" or "closed". */
  set state(state) {
    const t = STRINGS[this.#language];
    this.#state = state;
    this.#panel.dataset.state = state;
    this.#say(this.#status, t.state[state]);
    this.#personText.textContent = state === "analyst" ? t.personHere : t.person;
    this.#person.disabled = state === "analyst";
  }

  /** "reconnecting", "slow", "closed" or null. */
  set notice(name) {
    this.#notice = name;
    this.#say(this.#noticeBar, name ? STRINGS[this.#language].notice[name] : "");
  }

  get notice() {
    return this.#notice;
  }

  #say(element, text) {
    // Writing the same text again would announce it again.
    if (element.textContent !== text) element.textContent = text;
  }

  #count(unread) {
    this.#unread = unread;
    this.#badge.textContent = unread;
    this.#badge.hidden = unread === 0;
    this.#launcherUnread.textContent = unread ? `, ${STRINGS[this.#language].launcherUnread(unread)}` : "";
  }

  #attach() {
    const host = h("div", { id: "acedesk-widget" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    this.#root = host.attachShadow({ mode: "open" });
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.append(this.#launcher, this.#panel);
    document.body.append(host);
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
