// Announced outages above the talk: asked for at the start, every half minute, and when the page is looked at again.

const EVERY_MS = 30000;

/** Keeps the notices current in `node`, a live region. A notice that does not change is not announced again. */
export class NoticeBoard {
  #node;
  #read;
  #language;
  #shown = "";

  /** `read()` resolves to the list of notices, or rejects where the gateway does not answer. */
  constructor(node, read, language) {
    this.#node = node;
    this.#read = read;
    this.#language = language;
  }

  start(document) {
    const look = () => void this.look();
    look();
    setInterval(() => document.hidden || look(), EVERY_MS);
    document.addEventListener("visibilitychange", () => document.hidden || look());
  }

  async look() {
    let notices;
    try {
      notices = await this.#read();
    } catch {
      // What is shown stays: an outage is no reason to take its notice away.
      return;
    }
    const texts = notices.map((notice) => notice?.text?.[this.#language] ?? notice?.text?.vi).filter((text) => typeof text === "string");
    const key = texts.join("\n");
    if (key === this.#shown) return;
    this.#shown = key;
    this.#node.replaceChildren(...texts.map((text) => {
      const line = this.#node.ownerDocument.createElement("p");
      line.textContent = text;
      return line;
    }));
  }
}
