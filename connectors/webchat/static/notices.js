// Announced outages and campaigns above the talk: asked for at the start, every half minute, and when the page is looked at again.

const EVERY_MS = 30000;
const DISMISSED = "dismissed";

/** Only a path of our own short links: whatever else a notice may hold leads nowhere. */
const OWN_LINK = /^\/c\/[0-9A-Z]{8}$/;

/** Keeps the notices current in `node`, a live region. A notice that does not change is not announced again. A campaign can be
 *  closed: then it stays away as long as this tab is open. */
export class NoticeBoard {
  #node;
  #read;
  #language;
  #shelf;
  #t;
  #shown = "";

  /** `read()` resolves to the list of notices, or rejects where the gateway does not answer. `shelf` remembers what was closed. */
  constructor(node, read, language, { shelf = null, t = (key) => key } = {}) {
    this.#node = node;
    this.#read = read;
    this.#language = language;
    this.#shelf = shelf;
    this.#t = t;
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
    const closed = this.#closed();
    const lines = notices
      .map((notice) => ({
        id: String(notice?.id ?? ""),
        text: notice?.text?.[this.#language] ?? notice?.text?.vi,
        campaign: notice?.kind === "campaign",
        link: typeof notice?.link === "string" && OWN_LINK.test(notice.link) ? notice.link : null,
      }))
      .filter((line) => typeof line.text === "string" && !(line.campaign && closed.includes(line.id)));
    const key = lines.map((line) => `${line.id} ${line.text}`).join("\n");
    if (key === this.#shown) return;
    this.#shown = key;
    this.#node.replaceChildren(...lines.map((line) => this.#line(line)));
  }

  #line({ id, text, campaign, link }) {
    const document = this.#node.ownerDocument;
    const line = document.createElement("p");
    line.textContent = text;
    if (!campaign) return line;
    line.className = "campaign";
    if (link !== null) {
      const more = document.createElement("a");
      more.href = new URL(`..${link}`, import.meta.url).href;
      more.textContent = this.#t("campaignOpen");
      if (document.body.dataset.view === "frame") Object.assign(more, { target: "_blank", rel: "noopener" });
      line.append(" ", more);
    }
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", this.#t("campaignClose"));
    close.addEventListener("click", () => {
      this.#shelf?.write(DISMISSED, [...this.#closed(), id].slice(-20));
      line.remove();
      this.#shown = "";
    });
    line.append(close);
    return line;
  }

  #closed() {
    const ids = this.#shelf?.read(DISMISSED, []);
    return Array.isArray(ids) ? ids : [];
  }
}
