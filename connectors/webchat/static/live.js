// Receives messages: server-sent events first, polling where they do not pass. Every way ends in `onMessages`, which must
// ignore what it already has; the cursor (last sequence number) makes a reconnect neither lose nor repeat a message.

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;
const POLL_MS = 3000;
const POLL_HIDDEN_MS = 15000;
const STREAM_AGAIN_MS = 120000;
const CHECK_MS = 45000;
const NUDGE_MS = 4000;
const STREAM_TRIES = 3;
const STREAM_LIVES_MS = 5000;

/** Wait before the n-th reconnect (n from 1), in milliseconds: doubled each time, at most 30 s, spread by `random` in [0, 1). */
export function backoff(attempt, random) {
  const top = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
  return top / 2 + (top / 2) * random;
}

function parsedOrNull(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

export class LiveConnection {
  #api;
  #token;
  #cursor;
  #on;
  #stream = null;
  #timers = new Map();
  #generation = 0;
  #failures = 0;
  #streamFailures = 0;
  #deaf = 0;
  #polling = false;
  #stopped = false;

  /**
   * `cursor()` gives the last sequence number held. `on`: {messages(list), state(state), status("online" | "reconnecting" |
   * "offline"), unauthorised()}.
   */
  constructor(api, token, cursor, on) {
    this.#api = api;
    this.#token = token;
    this.#cursor = cursor;
    this.#on = on;
    this.goOnline = this.goOnline.bind(this);
    this.goOffline = this.goOffline.bind(this);
    this.lookAgain = this.lookAgain.bind(this);
  }

  start() {
    window.addEventListener("online", this.goOnline);
    window.addEventListener("offline", this.goOffline);
    document.addEventListener("visibilitychange", this.lookAgain);
    return this.#connect();
  }

  stop() {
    this.#stopped = true;
    this.#disconnect();
    window.removeEventListener("online", this.goOnline);
    window.removeEventListener("offline", this.goOffline);
    document.removeEventListener("visibilitychange", this.lookAgain);
  }

  goOnline() {
    this.#failures = 0;
    this.#connect();
  }

  goOffline() {
    this.#disconnect();
    this.#on.status("offline");
  }

  /** A phone may have slept: ask at once when the page is seen again. */
  lookAgain() {
    if (!document.hidden) this.catchUp();
  }

  /** Call after a message was accepted: if the stream stays silent, the answer is fetched. */
  nudge() {
    this.#later("nudge", NUDGE_MS, async () => {
      const found = await this.catchUp();
      if (found > 0 && this.#stream !== null && (this.#deaf += 1) >= 2) this.#poll();
    });
  }

  /** Fetches what is missing; returns how many messages came. */
  async catchUp() {
    const generation = this.#generation;
    try {
      const before = this.#cursor();
      const { messages, state } = await this.#api.transcript(this.#token, before);
      if (generation !== this.#generation) return 0;
      const found = messages.filter((message) => message.seq > this.#cursor()).length;
      this.#on.messages(messages);
      this.#on.state(state);
      this.#failures = 0;
      this.#on.status("online");
      return found;
    } catch (error) {
      if (error?.name !== "ApiError") throw error;
      if (generation === this.#generation) this.#failed(error);
      return 0;
    }
  }

  async #connect() {
    this.#disconnect();
    const generation = this.#generation;
    await this.catchUp();
    if (generation !== this.#generation || this.#timers.has("reconnect")) return;
    if (this.#polling) this.#poll();
    else this.#listen();
  }

  #listen() {
    const stream = new EventSource(this.#api.eventsUrl(this.#token, this.#cursor()));
    this.#stream = stream;
    let openedAt = null;
    stream.addEventListener("open", () => {
      openedAt = performance.now();
      this.#on.status("online");
      // A quiet line may be a dead line.
      this.#later("check", CHECK_MS, () => this.#check());
    });
    stream.addEventListener("message", (event) => this.#heard(event, (data) => this.#received(data)));
    stream.addEventListener("state", (event) => this.#heard(event, (data) => this.#on.state(data)));
    stream.addEventListener("error", () => {
      if (this.#stream !== stream) return;
      // A proxy may let a stream open and cut it at once.
      const lived = openedAt !== null && performance.now() - openedAt > STREAM_LIVES_MS;
      this.#streamFailures = lived ? 0 : this.#streamFailures + 1;
      if (this.#streamFailures >= STREAM_TRIES) this.#polling = true;
      this.#retry();
    });
  }

  #heard(event, use) {
    this.#cancel("nudge");
    this.#deaf = 0;
    this.#streamFailures = 0;
    const data = parsedOrNull(event.data);
    if (data === null || typeof data !== "object") this.catchUp();
    else use(data);
  }

  #received(message) {
    // Sequence numbers rise by one: a jump means that something was missed on the way.
    if (!Number.isInteger(message.seq) || message.seq > this.#cursor() + 1) this.catchUp();
    else this.#on.messages([message]);
  }

  async #check() {
    await this.catchUp();
    if (this.#stream !== null) this.#later("check", CHECK_MS, () => this.#check());
  }

  #poll() {
    this.#polling = true;
    this.#closeStream();
    const tick = async () => {
      await this.catchUp();
      if (this.#polling && !this.#timers.has("reconnect")) this.#later("poll", document.hidden ? POLL_HIDDEN_MS : POLL_MS, tick);
    };
    this.#later("poll", POLL_MS, tick);
    if (!this.#timers.has("streamAgain")) {
      this.#later("streamAgain", STREAM_AGAIN_MS, () => {
        this.#polling = false;
        this.#streamFailures = STREAM_TRIES - 1;
        this.#deaf = 0;
        this.#connect();
      });
    }
  }

  #failed(error) {
    if (error.kind === "unauthorised") {
      this.stop();
      this.#on.unauthorised();
      return;
    }
    this.#on.status(navigator.onLine ? "reconnecting" : "offline");
    this.#retry(error.retryAfter);
  }

  #retry(retryAfter = null) {
    if (this.#stopped) return;
    this.#closeStream();
    this.#failures += 1;
    const wait = Math.max(backoff(this.#failures, Math.random()), (retryAfter ?? 0) * 1000);
    this.#later("reconnect", wait, () => this.#connect());
  }

  #disconnect() {
    this.#generation += 1;
    this.#closeStream();
    for (const name of [...this.#timers.keys()]) if (name !== "streamAgain" || this.#stopped) this.#cancel(name);
  }

  #closeStream() {
    this.#stream?.close();
    this.#stream = null;
  }

  #later(name, milliseconds, action) {
    this.#cancel(name);
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      action();
    }, milliseconds);
    this.#timers.set(name, timer);
  }

  #cancel(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}
