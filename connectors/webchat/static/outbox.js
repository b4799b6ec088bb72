// What the citizen sent and the server has not confirmed yet. Each item keeps its client_id for life, so that sending again
// stores nothing twice. Unconfirmed items survive a reload.

import { ApiError, newClientId } from "./api.js";
import { backoff } from "./live.js";

const AUTOMATIC_TRIES = 3;
const LONGEST_AUTOMATIC_WAIT_S = 10;

/** Item: `{clientId, text, button, label, state, error, retryAfter}`, state: sending | waiting | sent | failed. */
export class Outbox {
  #api;
  #token = null;
  #shelf;
  #on;
  #items = [];
  #sending = false;

  /** `on`: {changed(item), accepted(item), unauthorised()}. */
  constructor(api, shelf, on) {
    this.#api = api;
    this.#shelf = shelf;
    this.#on = on;
    window.addEventListener("online", () => this.retryAfterOutage());
  }

  /** Sends with this token from now on. Buttons of an earlier conversation cannot be sent again: their tokens are unknown there. */
  useToken(token, { newConversation = false } = {}) {
    this.#token = token;
    for (const item of newConversation ? this.#items : []) {
      if (item.button !== null) this.#mark(item, "failed", { error: "oldButton" });
      else if (item.state === "sent") this.#mark(item, "sending");
    }
    this.#drain();
  }

  /** What the transcript has not confirmed yet, oldest first. */
  get unconfirmed() {
    return [...this.#items];
  }

  /** Puts back what a reload interrupted; `unconfirmed` holds it. */
  restore() {
    const saved = this.#shelf.read("outbox", []);
    this.#items = Array.isArray(saved) ? saved.filter((item) => typeof item?.clientId === "string") : [];
    for (const item of this.#items) if (item.state !== "failed") item.state = "sending";
  }

  addText(text) {
    return this.#add({ text, button: null, label: text });
  }

  addButton(token, title) {
    return this.#add({ text: null, button: token, label: title });
  }

  /** Sends a failed item again, under the same client_id. */
  resend(item) {
    if (item.state !== "failed") return;
    this.#mark(item, "sending", { error: null, tries: 0 });
    this.#drain();
  }

  /** After an outage: everything that failed or waits for want of a connection goes out again, in order. */
  retryAfterOutage() {
    for (const item of this.#items) {
      const lost = item.state === "failed" && (item.error === "network" || item.error === "unavailable");
      if (lost || item.state === "waiting") this.#mark(item, "sending", { error: null, tries: 0 });
    }
    this.#drain();
  }

  /** The transcript holds the message: it needs no keeping. Returns the item, or null where it was not ours. */
  confirm(clientId) {
    const item = this.#items.find((one) => one.clientId === clientId) ?? null;
    if (item !== null) {
      this.#items = this.#items.filter((one) => one !== item);
      this.#save();
    }
    return item;
  }

  /** Whether a press of this button is still on its way. */
  isUnderWay(button) {
    return this.#items.some((item) => item.button === button && item.state !== "failed");
  }

  /** Whether this text is still on its way. */
  hasUnconfirmed(text) {
    return this.#items.some((item) => item.text === text && item.state !== "failed");
  }

  clear() {
    this.#items = [];
    this.#token = null;
    this.#save();
  }

  #add(content) {
    const item = { clientId: newClientId(), state: "sending", error: null, retryAfter: null, tries: 0, at: new Date().toISOString(), ...content };
    this.#items.push(item);
    this.#save();
    this.#drain();
    return item;
  }

  async #drain() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let item = this.#next(); item !== undefined && this.#token !== null; item = this.#next()) await this.#sendOnce(item);
    } finally {
      this.#sending = false;
    }
  }

  #next() {
    return this.#items.find((item) => item.state === "sending");
  }

  async #sendOnce(item) {
    const token = this.#token;
    const content = item.button === null ? { text: item.text } : { button: item.button };
    try {
      await this.#api.send(token, { client_id: item.clientId, ...content });
      // The stream may have been faster than this answer.
      if (!this.#items.includes(item)) return;
      this.#mark(item, "sent");
      this.#on.accepted(item);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (token === this.#token && this.#items.includes(item)) await this.#sendFailed(item, error);
    }
  }

  async #sendFailed(item, error) {
    if (error.kind === "unauthorised") {
      this.#token = null;
      this.#on.unauthorised();
      return;
    }
    if (error.kind === "network" && !navigator.onLine) {
      this.#mark(item, "waiting");
      return;
    }
    item.tries += 1;
    const passing = error.kind === "network" || error.kind === "unavailable";
    if (!passing || item.tries >= AUTOMATIC_TRIES || (error.retryAfter ?? 0) > LONGEST_AUTOMATIC_WAIT_S) {
      this.#mark(item, "failed", { error: error.kind, retryAfter: error.retryAfter });
      return;
    }
    const milliseconds = error.retryAfter === null ? backoff(item.tries, Math.random()) : error.retryAfter * 1000;
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  #mark(item, state, more = {}) {
    Object.assign(item, { state }, more);
    this.#save();
    this.#on.changed(item);
  }

  #save() {
    this.#shelf.write("outbox", this.#items);
  }
}
