// The frame's end of its talk with the launcher on the embedding page. Only three facts cross: ready, unread count, close.
// No text of the conversation ever does.

import { parseAddress } from "./dom.js";

/** `origin` is the embedding page's, named by the launcher in the frame's address; null where the page stands alone. */
export class FrameLink {
  #origin;
  #shown = true;
  #unread = 0;

  constructor(origin, { shown, focus }) {
    this.#origin = origin;
    if (origin === null) return;
    this.#shown = false;
    window.addEventListener("message", (event) => {
      if (event.source !== window.parent || event.origin !== origin || event.data?.source !== "motcua-widget") return;
      if (event.data.type !== "visibility") return;
      this.#shown = event.data.open === true;
      if (!this.#shown) return;
      this.#setUnread(0);
      shown();
      if (event.data.focus === true) focus();
    });
  }

  get embedded() {
    return this.#origin !== null;
  }

  ready() {
    this.#post({ type: "ready" });
  }

  close() {
    this.#post({ type: "close" });
  }

  /** A message of the bot or of an officer came: counted while nobody looks. */
  received() {
    if (this.embedded && !this.#shown) this.#setUnread(this.#unread + 1);
  }

  #setUnread(count) {
    this.#unread = count;
    this.#post({ type: "unread", count });
  }

  #post(data) {
    // A parent of another origin than the one named gets nothing: the browser drops the message.
    if (this.embedded) window.parent.postMessage({ source: "motcua-frame", ...data }, this.#origin);
  }
}

/** The embedding origin from the frame's address, or null: a frame opened as a page, or a value that is no web origin. */
export function embeddingOrigin(search) {
  if (window.parent === window) return null;
  const address = parseAddress(new URLSearchParams(search).get("origin"));
  return address !== null && /^https?:$/.test(address.protocol) ? address.origin : null;
}
