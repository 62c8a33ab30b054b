import { Pause, backoff } from "./timing.js";

/**
 * Sends messages and files in their order, each until the desk has acknowledged it, over failures and, but for files,
 * over reloads.
 *
 * deliver(entry) resolves once the desk has the message. The handlers are sent(entry, receipt), delayed(entry, error)
 * while we keep trying, and refused(entry, error) when the desk will never take it.
 */
export class Outbox {
  #store;
  #deliver;
  #handlers;
  #queue = [];
  #pumping = false;
  #pause = new Pause();

  constructor(store, deliver, handlers) {
    this.#store = store;
    this.#deliver = deliver;
    this.#handlers = handlers;
  }

  get entries() {
    return [...this.#queue];
  }

  /** Takes up what an earlier page of this visitor could not send. */
  restore() {
    this.#queue = this.#store.unsent;
    this.#pump();
    return this.entries;
  }

  add(entry) {
    if (!entry.file) this.#store.keep(entry);
    this.#queue.push(entry);
    this.#pump();
  }

  drop(entry) {
    this.#store.discard(entry);
    this.#queue = this.#queue.filter((other) => other.client_id !== entry.client_id);
  }

  /** Tries again at once instead of waiting out the back-off. */
  wake() {
    this.#pause.end();
  }

  async #pump() {
    if (this.#pumping) return;
    this.#pumping = true;
    let failures = 0;
    while (this.#queue.length) {
      const [entry] = this.#queue;
      try {
        const receipt = await this.#deliver(entry);
        failures = 0;
        this.drop(entry);
        this.#handlers.sent(entry, receipt);
      } catch (error) {
        if (error.final && !error.gone) {
          this.drop(entry);
          this.#handlers.refused(entry, error);
        } else {
          failures += 1;
          this.#handlers.delayed(entry, error);
          await this.#pause.wait(error.retryAfter ?? backoff(failures));
        }
      }
    }
    this.#pumping = false;
  }
}
