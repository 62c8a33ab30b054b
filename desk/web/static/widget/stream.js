import { Pause, backoff } from "./timing.js";

/** The desk sends a heartbeat every 15 s: after this long without a byte the connection is dead. */
const SILENCE_MS = 40_000;

/** A connection that held this long was a good one: the next failure counts as the first. */
const STEADY_MS = 5_000;

/** Events of a text/event-stream, fed in pieces (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export class EventParser {
  #rest = "";
  #event = {};

  *feed(text) {
    // A carriage return at the very end may be the first half of a CRLF, so it waits for the next piece.
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?=[^])/);
    this.#rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (this.#event.data !== undefined) yield this.#event;
        this.#event = {};
      } else if (!line.startsWith(":")) {
        const [, field, value] = line.match(/^([^:]*):? ?(.*)$/s);
        const before = field === "data" && this.#event.data !== undefined ? `${this.#event.data}\n` : "";
        this.#event[field] = before + value;
      }
    }
  }
}

/**
 * Follows one conversation: reconnects where it stopped, until stopped or told that the conversation is gone.
 *
 * connect(lastEventId, signal) resolves to a body; the handlers are event({id, event, data}), up(), down() and gone().
 */
export class Stream {
  #connect;
  #handlers;
  #lastEventId = null;
  #session = null;
  #pause = new Pause();

  constructor(connect, handlers) {
    this.#connect = connect;
    this.#handlers = handlers;
  }

  start() {
    if (this.#session) return;
    this.#session = new AbortController();
    this.#follow(this.#session.signal);
  }

  stop() {
    this.#session?.abort();
    this.#session = null;
    this.#pause.end();
  }

  /** Tries again at once instead of waiting out the back-off. */
  wake() {
    this.#pause.end();
  }

  async #follow(stopped) {
    let failures = 0;
    while (!stopped.aborted) {
      const since = performance.now();
      let wait = null;
      try {
        await this.#read(stopped);
      } catch (error) {
        if (stopped.aborted) return;
        if (error.gone) {
          this.stop();
          this.#handlers.gone();
          return;
        }
        wait = error.retryAfter;
        this.#handlers.down();
      }
      if (stopped.aborted) return;
      failures = performance.now() - since > STEADY_MS ? 0 : failures + 1;
      await this.#pause.wait(wait ?? backoff(failures));
    }
  }

  async #read(stopped) {
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    let watchdog;
    const alive = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(abort, SILENCE_MS);
    };
    stopped.addEventListener("abort", abort);
    alive();
    try {
      const body = await this.#connect(this.#lastEventId, attempt.signal);
      this.#handlers.up();
      const reader = body.getReader();
      const decoder = new TextDecoder();
      const parser = new EventParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || stopped.aborted) return;
        alive();
        for (const event of parser.feed(decoder.decode(value, { stream: true }))) {
          this.#lastEventId = event.id ?? this.#lastEventId;
          this.#handlers.event(event);
        }
      }
    } finally {
      clearTimeout(watchdog);
      stopped.removeEventListener("abort", abort);
    }
  }
}
