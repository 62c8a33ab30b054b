const TIMEOUT_MS = 15_000;

/** A file of the greatest size over a slow line takes minutes. */
const UPLOAD_MS = 300_000;

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
    return [401, 404, 410].includes(this.status);
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

  /** Sends a file; progress(fraction) is called as it goes. */
  upload(conversation, { client_id, file }, progress) {
    const form = new FormData();
    form.append("client_id", client_id);
    form.append("file", file);
    // fetch() does not tell how far a request's body has come.
    const request = new XMLHttpRequest();
    request.open("POST", this.#of(conversation, "files"));
    for (const [name, value] of Object.entries(this.#headers(conversation.token))) request.setRequestHeader(name, value);
    request.timeout = UPLOAD_MS;
    request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
    return new Promise((resolve, reject) => {
      request.onerror = request.ontimeout = () => reject(new TypeError("the desk was not reached"));
      request.onload = async () => {
        const headers = { "Retry-After": request.getResponseHeader("Retry-After") ?? "" };
        const response = new Response(request.response, { status: request.status, headers });
        if (response.ok) resolve(response.json());
        else reject(await failure(response));
      };
      request.send(form);
    });
  }

  /** What has no answer but that it was done: "typing", "end", "messages/7/feedback" and the like. */
  async act(conversation, what, body = {}) {
    await this.#request("POST", this.#of(conversation, what), conversation.token, body);
  }

  async transcript(conversation) {
    const response = await this.#request("GET", this.#of(conversation, "transcript?format=txt"), conversation.token);
    return response.blob();
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
      headers: { ...this.#headers(token), ...(body && { "Content-Type": "application/json" }) },
      body: body && JSON.stringify(body),
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
