/** localStorage where the browser grants it, else memory for as long as the page lives. */
function durable() {
  try {
    const probe = "acedesk probe";
    localStorage.setItem(probe, "");
    localStorage.removeItem(probe);
    return localStorage;
  } catch {
    const values = new Map();
    return {
      get length() {
        return values.size;
      },
      key: (index) => [...values.keys()][index],
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => values.set(key, value),
      removeItem: (key) => values.delete(key),
    };
  }
}

/**
 * What survives a reload, apart for each desk and shared by all tabs:
 * `conversation` {id, token, state, language (that the desk knows), seen (seq), rated ({ticket: score})} or null,
 * `language` {code, chosen} or null, `open`, and the unsent messages.
 *
 * Each unsent message has a key of its own, so that two tabs never overwrite one another's.
 */
export class Store {
  #storage = durable();
  #prefix;

  constructor(desk) {
    this.#prefix = `acedesk ${desk} `;
  }

  get conversation() {
    return this.#read("conversation");
  }

  set conversation(value) {
    this.#write("conversation", value);
  }

  /** Changes what we know of a conversation, unless another one has taken its place. */
  amend(id, changes) {
    if (this.conversation?.id === id) this.conversation = { ...this.conversation, ...changes };
  }

  forget(id) {
    if (this.conversation?.id === id) this.conversation = null;
  }

  get language() {
    return this.#read("language");
  }

  set language(value) {
    this.#write("language", value);
  }

  get open() {
    return this.#read("open") ?? false;
  }

  set open(value) {
    this.#write("open", value);
  }

  /** Unsent messages {client_id, text, label, at}, oldest first. */
  get unsent() {
    const keys = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index));
    return keys
      .filter((key) => key.startsWith(`${this.#prefix}unsent `))
      .map((key) => this.#read(key.slice(this.#prefix.length)))
      .filter(Boolean)
      .sort((a, b) => a.at.localeCompare(b.at));
  }

  keep(entry) {
    this.#write(`unsent ${entry.client_id}`, entry);
  }

  discard(entry) {
    this.#write(`unsent ${entry.client_id}`, null);
  }

  /** Calls back after another tab has changed something. */
  watch(changed) {
    addEventListener("storage", ({ key }) => {
      if (key === null || key.startsWith(this.#prefix)) changed();
    });
  }

  #read(name) {
    try {
      return JSON.parse(this.#storage.getItem(this.#prefix + name));
    } catch {
      return null;
    }
  }

  #write(name, value) {
    try {
      if (value === null) this.#storage.removeItem(this.#prefix + name);
      else this.#storage.setItem(this.#prefix + name, JSON.stringify(value));
    } catch {
      // A full storage costs the history after a reload; the message itself is still on its way.
    }
  }
}
