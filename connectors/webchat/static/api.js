// The gateway's web chat calls (docs/developers/architecture.md §4) as plain functions over fetch.

const TIMEOUT_MS = 15000;

const KINDS = new Map([
  [400, "refused"],
  [401, "unauthorised"],
  [403, "unauthorised"],
  [404, "refused"],
  [409, "refused"],
  [413, "tooLong"],
  [422, "refused"],
  [429, "tooMany"],
]);

/** A call that failed. `kind`: network | unauthorised | tooMany | tooLong | refused | unavailable; `retryAfter` in seconds or null. */
export class ApiError extends Error {
  constructor(kind, status = 0, retryAfter = null) {
    super(`${kind} ${status}`);
    this.name = "ApiError";
    this.kind = kind;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

function secondsOf(header) {
  const seconds = Number.parseInt(header ?? "", 10);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

/** The messages that have a number; a body that is no list of messages (a proxy's own page) counts as no answer. */
function soundMessages(list) {
  if (!Array.isArray(list)) throw new ApiError("unavailable");
  return list.filter((message) => Number.isInteger(message?.seq));
}

export class ChatApi {
  #base;

  /** `base` is the address of the gateway's root, ending with a slash. */
  constructor(base) {
    this.#base = base;
  }

  /** Opens a conversation: `{token, conversation_id, greeting}`. */
  async openSession() {
    const opened = await this.#call("webchat/session", { method: "POST" });
    if (typeof opened?.token !== "string") throw new ApiError("unavailable");
    return { ...opened, greeting: soundMessages(opened.greeting ?? []) };
  }

  /** Tells by which campaign's link this page was opened; what comes of it is of no weight to the talk. */
  visit(token, campaign) {
    return this.#call("webchat/visit", {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ campaign }),
    });
  }

  /** Sends `{client_id, text}` or `{client_id, button}`; the same client_id is stored once by the server. */
  send(token, body) {
    return this.#call("webchat/messages", {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  /** The messages after a sequence number, and the state: `{messages, state}`. */
  async transcript(token, after) {
    const found = await this.#call(`webchat/messages?after=${after}`, { headers: { Authorization: `Bearer ${token}` } });
    return { messages: soundMessages(found?.messages), state: found.state ?? {} };
  }

  /** What is announced for everybody: `[{id, kind, text: {vi, en}, from, until}]`. */
  async notices() {
    const found = await this.#call("webchat/notices", {});
    if (!Array.isArray(found?.notices)) throw new ApiError("unavailable");
    return found.notices;
  }

  /** The address of the event stream. The token stands in the query because EventSource sends no headers. */
  eventsUrl(token, after) {
    return `${this.#base}webchat/events?after=${after}&token=${encodeURIComponent(token)}`;
  }

  async #call(path, options) {
    let response;
    try {
      response = await fetch(this.#base + path, {
        cache: "no-store",
        credentials: "omit",
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...options,
      });
      if (response.ok) return await response.json();
    } catch (error) {
      // fetch tells of a lost network, a time-out and a body that is no JSON only through these.
      if (error instanceof TypeError || error instanceof DOMException) throw new ApiError("network");
      if (error instanceof SyntaxError) throw new ApiError("unavailable", response.status);
      throw error;
    }
    const kind = KINDS.get(response.status) ?? "unavailable";
    throw new ApiError(kind, response.status, secondsOf(response.headers.get("Retry-After")));
  }
}

/** A random id; `crypto.randomUUID` is missing where the page is served without TLS. */
export function newClientId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
