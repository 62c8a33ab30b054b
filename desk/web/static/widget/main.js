import { Api } from "./api.js";
import { Outbox } from "./outbox.js";
import { Store } from "./store.js";
import { Stream } from "./stream.js";
import { STRINGS, spoken } from "./strings.js";
import { View } from "./view.js";

/** How long a reply may take before the visitor hears that it is late. */
const REPLY_MS = 20_000;

/** A tab out of sight this long lets go of its connection: browsers allow six to a server, shared by all tabs. */
const HIDDEN_MS = 60_000;

const PERSON = "/person_wanted";

/** A random UUID (RFC 9562, version 4). crypto.randomUUID exists on secure pages only. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Runs one task at a time over all tabs of the visitor, where the browser can. */
function exclusively(name, task) {
  return navigator.locks ? navigator.locks.request(name, task) : task();
}

class Widget {
  #desk;
  #api;
  #store;
  #view;
  #outbox;
  #stream = null;
  /** The id of the conversation that #stream follows. */
  #followed = null;
  #lastReply = 0;
  #awaiting = null;
  #hiding = null;

  constructor({ desk, language }) {
    this.#desk = desk;
    this.#api = new Api(desk);
    this.#store = new Store(desk);
    const tags = [this.#store.language?.code, language, document.documentElement.lang, ...navigator.languages];
    const first = tags.map(spoken).find(Boolean) ?? "en";
    this.#api.language = first;
    this.#outbox = new Outbox(this.#store, (entry) => this.#deliver(entry), {
      sent: (entry, receipt) => this.#sent(entry, receipt),
      delayed: (entry, error) => this.#view.transcript.delayed(entry, error.status ? error.message : ""),
      refused: (entry, error) => this.#view.transcript.refused(entry, error.message),
    });
    this.#view = new View(first, {
      open: () => this.open(),
      close: () => this.close(),
      language: (code) => this.setLanguage(code),
      person: () => this.#askForPerson(),
      submit: (text) => this.#say(text, text),
      reply: ({ title, payload }) => this.#press(payload, title),
      retry: () => this.#wake(),
      withdraw: (entry) => entry.text === entry.label && this.#view.composer.restore(entry.text),
    });
    this.#view.state = this.#store.conversation?.state ?? "bot";
    for (const entry of this.#outbox.restore()) this.#view.transcript.pend(entry);
    if (this.#store.open) this.#view.open();
    this.#listen();
    this.#follow();
  }

  open() {
    if (!this.#view.isOpen) {
      this.#store.open = true;
      this.#view.open();
      this.#markSeen();
      this.#follow();
    }
    this.#view.focus();
  }

  close() {
    if (!this.#view.isOpen) return;
    this.#store.open = false;
    this.#view.close();
  }

  /** The visitor's own choice: it holds until they choose again. */
  async setLanguage(code) {
    const language = spoken(code);
    if (!language) throw new RangeError(`language must be one of ${Object.keys(STRINGS).join(", ")}`);
    this.#store.language = { code: language, chosen: true };
    this.#speak(language);
    const conversation = this.#store.conversation;
    // What fails here is made up for before the next message goes out.
    if (conversation) await this.#settleLanguage(conversation).catch(() => {});
  }

  /** Opens the panel and sends the text as if the visitor had typed it. */
  ask(text) {
    this.open();
    const question = String(text).trim();
    if (question) this.#say(question, question);
  }

  #listen() {
    addEventListener("online", () => this.#wake());
    document.addEventListener("visibilitychange", () => {
      clearTimeout(this.#hiding);
      if (document.hidden) this.#hiding = setTimeout(() => this.#stream?.stop(), HIDDEN_MS);
      else this.#follow();
    });
    this.#store.watch(() => {
      this.#speak(this.#store.language?.code ?? this.#api.language);
      if (this.#store.conversation) this.#follow();
    });
  }

  #wake() {
    this.#outbox.wake();
    this.#stream?.wake();
  }

  #speak(language) {
    if (language === this.#api.language) return;
    this.#api.language = language;
    this.#view.localise(language);
  }

  #askForPerson() {
    const asked = this.#outbox.entries.some((entry) => entry.text === PERSON);
    if (!asked) this.#say(PERSON, STRINGS[this.#api.language].person);
    this.#view.focus();
  }

  #press(payload, title) {
    this.#say(payload, title);
    this.#view.focus();
  }

  /** Sends `text`; `label` is what the visitor sees, the title of a pressed button. */
  #say(text, label) {
    const { conversation } = this.#store;
    if (conversation?.state === "closed") this.#leave(conversation.id);
    const entry = { client_id: uuid(), text, label, at: new Date().toISOString() };
    this.#view.transcript.pend(entry);
    this.#outbox.add(entry);
  }

  async #deliver(entry, again = true) {
    const conversation = await this.#begin();
    try {
      await this.#settleLanguage(conversation);
      return await this.#api.send(conversation, entry);
    } catch (error) {
      if (!error.gone) throw error;
      this.#leave(conversation.id);
      if (!again) throw error;
      return this.#deliver(entry, false);
    }
  }

  async #begin() {
    const conversation = await exclusively(`acedesk ${this.#desk}`, async () => {
      this.#store.conversation ??= { ...(await this.#api.create()), state: "bot", language: null };
      return this.#store.conversation;
    });
    this.#follow();
    return conversation;
  }

  /** Tells the desk the language that the visitor chose, unless it knows. */
  async #settleLanguage({ id, token, language: known }) {
    const { code, chosen } = this.#store.language ?? {};
    if (!chosen || known === code) return;
    await this.#api.chooseLanguage({ id, token }, code);
    this.#store.amend(id, { language: code });
  }

  #sent(entry, { seq }) {
    this.#view.transcript.sent(entry);
    const state = this.#store.conversation?.state;
    if (state === "bot" && this.#lastReply < seq) this.#await();
  }

  #await() {
    this.#rest();
    this.#view.transcript.typing = true;
    this.#awaiting = setTimeout(() => {
      this.#rest();
      this.#view.notice = "slow";
    }, REPLY_MS);
  }

  #rest() {
    clearTimeout(this.#awaiting);
    this.#view.transcript.typing = false;
    if (this.#view.notice === "slow") this.#view.notice = null;
  }

  /** Follows the stored conversation, when someone looks at it or waits for an analyst in it. */
  #follow() {
    const conversation = this.#store.conversation;
    if (conversation?.id !== this.#followed) {
      this.#stream?.stop();
      this.#stream = null;
      if (this.#followed) this.#view.transcript.divide();
      this.#followed = conversation?.id ?? null;
      this.#lastReply = 0;
      this.#view.notice = null;
    }
    if (!conversation) return;
    const live = ["waiting", "analyst"].includes(conversation.state) || this.#outbox.entries.length > 0;
    if (document.hidden || !(live || this.#view.isOpen)) return;
    this.#stream ??= this.#open(conversation);
    this.#stream.start();
  }

  #open({ id, token }) {
    this.#view.transcript.replaying();
    return new Stream((lastEventId, signal) => this.#api.stream({ id, token }, lastEventId, signal), {
      event: ({ event, data }) => {
        if (event === "message") this.#heard(JSON.parse(data));
        if (event === "state") this.#changed(id, JSON.parse(data));
      },
      up: () => {
        const closed = this.#store.conversation?.state === "closed";
        if (this.#view.notice === "reconnecting") this.#view.notice = closed ? "closed" : null;
      },
      down: () => {
        this.#view.notice = "reconnecting";
      },
      gone: () => this.#leave(id),
    });
  }

  #heard(message) {
    if (!this.#view.transcript.show(message)) return;
    if (message.actor === "visitor") return;
    this.#lastReply = Math.max(this.#lastReply, message.seq);
    this.#rest();
    if (this.#view.isOpen) this.#markSeen();
    else if (message.seq > (this.#store.conversation?.seen ?? 0)) this.#view.missed();
  }

  #markSeen() {
    const { id, seen } = this.#store.conversation ?? {};
    if (this.#lastReply > (seen ?? 0)) this.#store.amend(id, { seen: this.#lastReply });
  }

  #changed(id, { state, language }) {
    this.#store.amend(id, { state });
    this.#view.state = state;
    if (state !== "bot") this.#rest();
    if (state === "closed") this.#view.notice = "closed";
    else if (this.#view.notice === "closed") this.#view.notice = null;
    this.#adopt(id, spoken(language));
  }

  /** Follows the desk into another language, but not over a choice that the desk has not heard of yet. */
  #adopt(id, language) {
    const { code, chosen } = this.#store.language ?? {};
    const known = this.#store.conversation?.language;
    if (!language || (chosen && known !== code)) return;
    this.#store.amend(id, { language });
    this.#store.language = { code: language, chosen: Boolean(chosen) };
    this.#speak(language);
  }

  /** Lets go of a conversation that has ended or that the desk no longer knows. */
  #leave(id) {
    this.#store.forget(id);
    this.#rest();
    this.#view.state = "bot";
    this.#follow();
  }
}

export function start(options) {
  return new Widget(options);
}
