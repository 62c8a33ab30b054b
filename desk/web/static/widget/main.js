import { Api } from "./api.js";
import { h } from "./dom.js";
import { Outbox } from "./outbox.js";
import { Store } from "./store.js";
import { Stream } from "./stream.js";
import { STRINGS, reword, spoken } from "./strings.js";
import { View } from "./view.js";

/** How long a reply may take before the visitor hears that it is late. */
const REPLY_MS = 20_000;

/** A tab out of sight this long lets go of its connection: browsers allow six to a server, shared by all tabs. */
const HIDDEN_MS = 60_000;

/** How long one sign of an analyst's typing holds, and how often we give one of the visitor's. */
const TYPING_MS = 6_000;
const TYPING_EVERY_MS = 3_000;

/** Bytes that the desk takes as one file. */
const LARGEST_FILE = 10_000_000;

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
  #awaited = null;
  #settling = Promise.resolve();
  #awaiting = null;
  #hiding = null;
  #typing = null;
  #typedAt = -Infinity;

  constructor({ desk, language, ...site }) {
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
    reword(site);
    this.#view = new View(first, site, {
      open: () => this.open(),
      close: () => this.close(),
      language: (code) => this.setLanguage(code),
      person: () => this.#askForPerson(),
      submit: (text) => this.#say(text, text),
      attach: (files) => files.forEach((file) => this.#attach(file)),
      typing: () => this.#type(),
      download: () => this.#download(),
      end: () => this.#act("end"),
      helpful: (seq, helpful) => this.#attempt(`messages/${seq}/feedback`, { helpful }),
      rate: (ticket, score, comment) => this.#rate(ticket, score, comment),
      rated: (ticket) => this.#store.conversation?.rated?.[ticket],
      reopen: (ticket) => this.#attempt(`tickets/${ticket}/reopen`),
      reply: ({ title, payload }) => this.#press(payload, title),
      retry: () => this.#wake(),
      withdraw: (entry) => this.#withdraw(entry),
    });
    this.#situate({ state: this.#store.conversation?.state ?? "bot" });
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
    this.#awaited = language;
    this.#speak(language);
    const conversation = this.#store.conversation;
    // What fails here is made up for before the next message goes out.
    if (!conversation) return;
    // One after the other: a second choice must see what became of the first.
    const settle = () => this.#settleLanguage(this.#store.conversation ?? conversation);
    this.#settling = this.#settling.then(settle).catch(() => {});
    await this.#settling;
  }

  /** Opens the panel and sends the text as if the visitor had typed it. */
  ask(text) {
    this.open();
    const question = String(text).trim();
    if (question) this.#say(question, question);
  }

  #listen() {
    const connected = () => {
      this.#view.note("offline", !navigator.onLine);
      if (navigator.onLine) this.#wake();
    };
    addEventListener("online", connected);
    addEventListener("offline", connected);
    connected();
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

  #situate(situation) {
    const { conversation } = this.#store;
    this.#view.situation = situation;
    this.#view.offer(Boolean(conversation), Boolean(conversation) && situation.state !== "closed");
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
    this.#outbox.add(this.#pend({ text, label }));
  }

  #attach(file) {
    const t = STRINGS[this.#api.language];
    const entry = this.#pend({ file, label: file.name });
    const problem = file.size > LARGEST_FILE ? t.fileTooLarge : file.size ? null : t.fileEmpty;
    if (problem) this.#view.transcript.refused(entry, problem);
    else this.#outbox.add(entry);
  }

  #pend(content) {
    const { conversation } = this.#store;
    if (conversation?.state === "closed") this.#leave(conversation.id);
    const entry = { client_id: uuid(), at: new Date().toISOString(), ...content };
    this.#view.transcript.pend(entry);
    return entry;
  }

  #withdraw(entry) {
    this.#outbox.drop(entry);
    if (entry.text === entry.label) this.#view.composer.restore(entry.text);
  }

  /** Lets an analyst know that the visitor writes. */
  #type() {
    const { conversation } = this.#store;
    const now = performance.now();
    if (!["waiting", "analyst"].includes(conversation?.state) || now - this.#typedAt < TYPING_EVERY_MS) return;
    this.#typedAt = now;
    // Nobody misses a sign that is lost.
    this.#api.act(conversation, "typing").catch(() => {});
  }

  /** Asks the desk to do something; resolves to null, or to the sentence that says what is wrong. */
  async #attempt(what, body) {
    try {
      await this.#api.act(this.#store.conversation, what, body);
      return null;
    } catch (error) {
      return (error.status && error.message) || STRINGS[this.#api.language].failed;
    }
  }

  async #act(what) {
    const problem = await this.#attempt(what);
    this.#view.note("failed", problem !== null, problem);
  }

  async #rate(ticket, score, comment) {
    const { id, rated } = this.#store.conversation;
    const problem = await this.#attempt("satisfaction", { ticket, score, ...(comment && { comment }) });
    if (!problem) this.#store.amend(id, { rated: { ...rated, [ticket]: score } });
    return problem;
  }

  async #download() {
    const t = STRINGS[this.#api.language];
    try {
      const address = URL.createObjectURL(await this.#api.transcript(this.#store.conversation));
      const name = `${t.fileName}-${new Date().toISOString().slice(0, 10)}.txt`;
      h("a", { href: address, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
      this.#view.note("failed", false);
    } catch (error) {
      this.#view.note("failed", true, (error.status && error.message) || t.failed);
    }
  }

  async #deliver(entry, again = true) {
    const conversation = await this.#begin();
    try {
      await this.#settleLanguage(conversation);
      if (!entry.file) return await this.#api.send(conversation, entry);
      return await this.#api.upload(conversation, entry, (part) => this.#view.transcript.progress(entry, part));
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
    this.#view.offer(true, true);
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
    if (state === "bot" && !entry.file && this.#lastReply < seq) this.#await();
  }

  #await() {
    this.#rest();
    this.#view.transcript.typing = true;
    this.#awaiting = setTimeout(() => {
      this.#rest();
      this.#view.note("slow", true);
    }, REPLY_MS);
  }

  #rest() {
    clearTimeout(this.#awaiting);
    clearTimeout(this.#typing);
    this.#view.transcript.typing = false;
    this.#view.note("slow", false);
  }

  /** An analyst writes. */
  #watch({ name }) {
    this.#rest();
    this.#view.transcript.typing = name ?? STRINGS[this.#api.language].actor.analyst;
    this.#typing = setTimeout(() => this.#rest(), TYPING_MS);
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
      this.#view.note("reconnecting", false);
      this.#view.note("closed", false);
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
        if (event === "typing") this.#watch(JSON.parse(data));
      },
      up: () => this.#view.note("reconnecting", false),
      down: () => this.#view.note("reconnecting", true),
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

  #changed(id, situation) {
    const { state, language } = situation;
    this.#store.amend(id, { state });
    this.#situate(situation);
    if (state !== "bot") this.#rest();
    this.#view.note("closed", state === "closed");
    this.#adopt(id, spoken(language));
  }

  /** Follows the desk into another language, but not over a choice that the desk has not heard of yet. */
  #adopt(id, language) {
    const { code, chosen } = this.#store.language ?? {};
    const known = this.#store.conversation?.language;
    // What the desk said before it heard of the choice may come after it.
    if (!language || (chosen && known !== code) || (this.#awaited ?? language) !== language) return;
    this.#awaited = null;
    this.#store.amend(id, { language });
    this.#store.language = { code: language, chosen: Boolean(chosen) };
    this.#speak(language);
  }

  /** Lets go of a conversation that has ended or that the desk no longer knows. */
  #leave(id) {
    this.#store.forget(id);
    this.#rest();
    this.#situate({ state: "bot" });
    this.#follow();
  }
}

export function start(options) {
  return new Widget(options);
}
