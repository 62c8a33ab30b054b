const TIMEOUT_MS = 15_000;

/** An answer of the desk that is not a success. Its message is the desk's, in the visitor's language, or empty. */
export class ApiError extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    /** Milliseconds the desk asks us to wait, or null. */
    this.retryAfter = retryAfter;
  }

  /** The conversation is unknown to the desk, or our token for it is. */
  get gone() {
    return this.status === 401 || this.status === 404;
  }

  /** Sending the same again cannot help. */
  get final() {
    return this.status >= 400 && this.status < 500 && ![408, 425, 429].includes(this.status);
  }
}

async function failure(response) {
  const body = await response.json().catch(() => null);
  const seconds = Number.parseFloat(response.headers.get("Retry-After"));
  return new ApiError(response.status, body?.error?.message ?? "", seconds > 0 ? seconds * 1000 : null);
}

/** The desk's public HTTP interface. */
export class Api {
  /** Sent as Accept-Language, so that errors come in the visitor's language. */
  language = "en";
  #root;

  constructor(desk) {
    this.#root = new URL("api/v1/conversations", desk.endsWith("/") ? desk : `${desk}/`).href;
  }

  async create() {
    const response = await this.#request("POST", this.#root, null, { language: this.language });
    const { id, token } = await response.json();
    return { id, token };
  }

  async send(conversation, { client_id, text }) {
    const messages = this.#of(conversation, "messages");
    const response = await this.#request("POST", messages, conversation.token, { client_id, text });
    return response.json();
  }

  async chooseLanguage(conversation, language) {
    await this.#request("PUT", this.#of(conversation, "language"), conversation.token, { language });
  }

  async stream(conversation, lastEventId, signal) {
    const headers = this.#headers(conversation.token);
    headers.Accept = "text/event-stream";
    if (lastEventId) headers["Last-Event-ID"] = lastEventId;
    const response = await fetch(this.#of(conversation, "stream"), { headers, signal, cache: "no-store" });
    if (!response.ok) throw await failure(response);
    return response.body;
  }

  async #request(method, url, token, body) {
    const response = await fetch(url, {
      method,
      headers: { ...this.#headers(token), "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw await failure(response);
    return response;
  }

  #headers(token) {
    const headers = { "Accept-Language": this.language };
    if (token) headers.Authorization = `Bearer ${token}`;
    return headers;
  }

  #of(conversation, what) {
    return `${this.#root}/${encodeURIComponent(conversation.id)}/${what}`;
  }
}
