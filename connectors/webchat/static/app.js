// The chat page: puts the parts together. What is shown, sent and received each have their own module.

import { ApiError, ChatApi } from "./api.js";
import { Composer } from "./composer.js";
import { embeddingOrigin, FrameLink } from "./frame-link.js";
import { backoff, LiveConnection } from "./live.js";
import { LogView } from "./log-view.js";
import { errorText, markChosen } from "./message-view.js";
import { NoticeBoard } from "./notices.js";
import { Outbox } from "./outbox.js";
import { askConfirmation, buildShell } from "./shell.js";
import { Shelf } from "./storage.js";
import { chooseLanguage, translator } from "./strings.js";
import { TextSize } from "./text-size.js";
import { followKeyboard } from "./viewport.js";

const RENEW_AGAIN_MS = 10000;
const LONGEST_QUESTION = 500;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

class ChatPage {
  #t;
  #parts;
  #api;
  #shelf = new Shelf("sessionStorage");
  #outbox;
  #view;
  #link;
  #composer;
  #live = null;
  #session = null;
  #lastSeq = 0;
  #opening = null;
  #renewedAt = -Infinity;
  #loadingHistory = false;
  #status = "online";
  #state = { speaker: "bot", busy: false };
  #unseen = 0;

  constructor(document, { language, origin, root }) {
    const t = (this.#t = translator(language));
    document.documentElement.lang = language;
    document.title = t("pageTitle");
    this.#parts = buildShell(document.body, t, { embedded: origin !== null, ask: (text) => this.#ask(text) });
    this.#api = new ChatApi(root);
    this.#view = new LogView(this.#parts, { t, language, press: (button, node) => this.#press(button, node), isChosen: (token) => this.#isChosen(token) });
    this.#outbox = new Outbox(this.#api, this.#shelf, {
      changed: (item) => this.#deliveryChanged(item),
      accepted: () => this.#live?.nudge(),
      unauthorised: () => this.#renew(),
    });
    this.#composer = new Composer(this.#parts, t, (text) => this.#ask(text));
    this.#link = new FrameLink(origin, { shown: () => this.#view.scrollToEnd(), focus: () => this.#composer.focus() });
    new TextSize(new Shelf("localStorage"), document.documentElement, this.#parts.smaller, this.#parts.larger, (percent) => {
      this.#announce(t("sizeNow", { percent }));
      this.#view.scrollToEnd();
    });
    this.#wire(document);
    new NoticeBoard(this.#parts.notices, () => this.#api.notices(), language, { shelf: this.#shelf, t }).start(document);
  }

  async start() {
    followKeyboard(document.documentElement);
    this.#fillIn();
    this.#session = this.#shelf.read("session");
    this.#outbox.restore();
    this.#link.ready();
    if (typeof this.#session?.token !== "string") {
      await this.#open();
      return;
    }
    this.#outbox.unconfirmed.forEach((item) => this.#showUnsent(item));
    await this.#connect({ history: true });
  }

  /** A question that a link brought (`?hoi=…`) is written into the box; its reader sends it. */
  #fillIn() {
    const address = new URL(location.href);
    const question = (address.searchParams.get("hoi") ?? "").normalize("NFC").trim().slice(0, LONGEST_QUESTION);
    if (question === "") return;
    this.#composer.putBack(question);
    this.#composer.focus();
    // Read once: after a reload the box is the reader's.
    address.searchParams.delete("hoi");
    history.replaceState(null, "", address);
  }

  #wire(document) {
    this.#parts.officer.addEventListener("click", () => this.#askForOfficer());
    this.#parts.newChat.addEventListener("click", () => this.#startAnew());
    this.#parts.close?.addEventListener("click", () => this.#link.close());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing && this.#link.embedded && !this.#parts.confirm.open) this.#link.close();
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#countUnseen(0);
    });
  }

  // --- conversation: open, renew, start anew

  /** Opens a conversation and connects to it; many callers share one attempt. */
  async #open({ renewed = false } = {}) {
    if (this.#opening !== null) return;
    this.#banner(this.#t("opening"));
    this.#opening = this.#sessionWhenPossible();
    const { token, greeting } = await this.#opening;
    this.#opening = null;
    this.#session = { token, chosen: [] };
    this.#shelf.write("session", this.#session);
    this.#lastSeq = 0;
    this.#banner("");
    if (renewed) this.#view.tell(this.#t("expired"));
    this.#receive(greeting, false);
    if (renewed) this.#outbox.unconfirmed.forEach((item) => this.#showUnsent(item));
    await this.#connect({ newConversation: true });
  }

  /** A new session, asked for until the server gives one. */
  async #sessionWhenPossible() {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#api.openSession();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.#banner(this.#t(navigator.onLine ? "cannotOpen" : "offline"));
        await pause(Math.max(backoff(attempt, Math.random()), (error.retryAfter ?? 0) * 1000));
      }
    }
  }

  /** The server no longer knows the session: a new one, said openly, with the unsent messages carried over. */
  async #renew() {
    if (this.#opening !== null) return;
    this.#live?.stop();
    // A server that refuses even its newest sessions must not be stormed.
    const rest = this.#renewedAt + RENEW_AGAIN_MS - performance.now();
    this.#renewedAt = performance.now() + Math.max(0, rest);
    if (rest > 0) await pause(rest);
    if (this.#opening !== null) return;
    this.#view.startConversation({ keep: true });
    await this.#open({ renewed: true });
  }

  async #startAnew() {
    if (!(await askConfirmation(this.#parts.confirm))) return;
    this.#live?.stop();
    this.#outbox.clear();
    this.#shelf.remove("session");
    this.#session = null;
    this.#view.startConversation();
    this.#showState({ speaker: "bot", busy: false });
    this.#composer.focus();
    await this.#open();
  }

  /** Told once: the code leaves the address, so that a reload is no second visit. */
  async #tellCampaign() {
    const address = new URL(location.href);
    const code = address.searchParams.get("c");
    if (code === null) return;
    address.searchParams.delete("c");
    history.replaceState(history.state, "", address);
    try {
      await this.#api.visit(this.#session.token, code.slice(0, 32));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  async #connect({ history = false, newConversation = false }) {
    this.#loadingHistory = history;
    await this.#tellCampaign();
    this.#live = new LiveConnection(this.#api, this.#session.token, () => this.#lastSeq, {
      messages: (list) => this.#receive(list, this.#loadingHistory),
      state: (state) => this.#showState(state),
      status: (status) => this.#showStatus(status),
      unauthorised: () => this.#renew(),
    });
    this.#outbox.useToken(this.#session.token, { newConversation });
    await this.#live.start();
    this.#loadingHistory = false;
    this.#showStarters();
  }

  // --- messages in

  #receive(messages, quiet) {
    const fresh = messages.filter((message) => message.seq > this.#lastSeq).sort((one, other) => one.seq - other.seq);
    if (fresh.length === 0) return;
    const show = () => fresh.forEach((message) => this.#showOne(message, quiet));
    if (quiet) this.#view.quietly(show);
    else show();
    this.#showStarters();
  }

  #showOne(message, quiet) {
    if (message.seq <= this.#lastSeq) return;
    this.#lastSeq = message.seq;
    if (message.client_id) this.#outbox.confirm(message.client_id);
    this.#view.show(message);
    if (quiet || message.from === "citizen") return;
    this.#link.received();
    if (document.hidden) this.#countUnseen(this.#unseen + 1);
  }

  #showState(state) {
    this.#state = { ...this.#state, ...state };
    const { speaker, busy } = this.#state;
    const words = { waiting: "speakerWaiting", officer: "speakerOfficer", closed: "speakerClosed" };
    const text = words[speaker] ? this.#t(words[speaker]) : "";
    if (this.#parts.strip.textContent !== text) this.#parts.strip.textContent = text;
    this.#parts.strip.dataset.speaker = speaker;
    this.#parts.officer.setAttribute("aria-disabled", String(speaker === "waiting" || speaker === "officer"));
    const typing = busy ? this.#t("typing") : "";
    if (this.#parts.typing.textContent !== typing) {
      this.#parts.typing.textContent = typing;
      if (busy) this.#view.followEnd();
    }
  }

  // --- messages out

  #ask(text) {
    this.#showUnsent(this.#outbox.addText(text));
    this.#showStarters();
  }

  #askForOfficer() {
    const text = this.#t("officerText");
    const { speaker } = this.#state;
    if (speaker === "waiting" || speaker === "officer" || this.#outbox.hasUnconfirmed(text)) return;
    this.#ask(text);
  }

  #press(button, node) {
    // A second click while the first is on its way is the same wish.
    if (this.#outbox.isUnderWay(button.token)) return;
    markChosen(node, this.#t);
    this.#session.chosen = [...new Set([...(this.#session.chosen ?? []), button.token])];
    this.#shelf.write("session", this.#session);
    this.#showUnsent(this.#outbox.addButton(button.token, button.title));
    this.#showStarters();
  }

  #isChosen(token) {
    return this.#session?.chosen?.includes(token) ?? false;
  }

  #showUnsent(item) {
    this.#view.showUnsent(item, (one) => this.#outbox.resend(one));
  }

  #deliveryChanged(item) {
    this.#view.updateDelivery(item, (one) => this.#outbox.resend(one));
    if (item.state === "failed") this.#announce(`${this.#t("failed")} ${errorText(item, this.#t)}`);
    if (item.state === "failed" && item.error === "tooLong" && item.text !== null) this.#composer.putBack(item.text);
  }

  // --- what else is on the page

  #showStatus(status) {
    if (status === this.#status) return;
    const wasCut = this.#status !== "online";
    this.#status = status;
    this.#banner(status === "online" ? "" : this.#t(status));
    if (status !== "online" || !wasCut) return;
    this.#announce(this.#t("restored"));
    this.#outbox.retryAfterOutage();
  }

  #banner(text) {
    this.#parts.banner.textContent = text;
  }

  #showStarters() {
    this.#parts.starters.hidden = this.#session === null || this.#view.hasCitizenMessage();
  }

  #announce(text) {
    this.#parts.announcer.textContent = text;
  }

  #countUnseen(count) {
    this.#unseen = count;
    document.title = count > 0 ? `(${count}) ${this.#t("pageTitle")}` : this.#t("pageTitle");
  }
}

const page = new ChatPage(document, {
  language: chooseLanguage(location.search, document.documentElement.lang),
  origin: document.body.dataset.view === "frame" ? embeddingOrigin(location.search) : null,
  root: new URL("../", import.meta.url).href,
});
page.start();
