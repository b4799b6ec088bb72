// The conversation on the screen: order by sequence number, what is unsent at the end, days, scrolling.

import { el, icon } from "./dom.js";
import { messageItem, settle, showDelivery } from "./message-view.js";

const NEAR_END_PX = 80;
const ABOVE_ANSWER_PX = 12;

function dayOf(at) {
  const when = new Date(at ?? "");
  return Number.isNaN(when.getTime()) ? null : when.toDateString();
}

export class LogView {
  #log;
  #lists;
  #list;
  #jump;
  #context;
  #stick = true;
  #height = 0;

  /** `log` is the scrolling region with role="log", `lists` its part for messages, `jump` the button to the newest message. */
  constructor({ log, lists, jump }, context) {
    this.#log = log;
    this.#lists = lists;
    this.#jump = jump;
    this.#context = context;
    jump.append(icon("down"), " ", context.t("jump"));
    jump.addEventListener("click", () => this.scrollToEnd());
    log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => {
      this.#height = log.clientHeight;
      if (this.#stick) this.scrollToEnd();
    }).observe(log);
    this.startConversation();
  }

  /** A fresh list for a new conversation; `keep` leaves the earlier one on the screen, its choices off, its unsent messages out. */
  startConversation({ keep = false } = {}) {
    if (keep) {
      for (const unsent of this.#lists.querySelectorAll("[data-state]")) unsent.remove();
      for (const button of this.#lists.querySelectorAll("button")) button.disabled = true;
    } else this.#lists.replaceChildren();
    this.#list = el("ol", { class: "messages" });
    this.#lists.append(this.#list);
    this.#jump.hidden = true;
  }

  /** While history is loaded, screen readers are not to read all of it. */
  quietly(action) {
    this.#log.setAttribute("aria-live", "off");
    action();
    requestAnimationFrame(() => this.#log.setAttribute("aria-live", "polite"));
  }

  /** A message of the transcript; one that was shown as unsent before takes its place. */
  show(message) {
    const unsent = this.#find(message.client_id);
    const node = unsent ?? messageItem(message, this.#context);
    if (unsent !== null) settle(unsent, message);
    // One that already stands right is left alone: a moved node would be read aloud again.
    if (unsent === null || !this.#inOrder(node)) this.#insert(node);
    this.#separateDays();
    this.#follow(node, message.from === "citizen" && unsent === null);
    return node;
  }

  /** A message that is not in the transcript yet: `item` of the outbox. */
  showUnsent(item, resend) {
    const message = { from: "citizen", text: item.label, client_id: item.clientId, at: item.at };
    const node = messageItem(message, this.#context);
    this.#list.append(node);
    showDelivery(node, item, this.#context.t, resend);
    this.#follow(node, true);
  }

  updateDelivery(item, resend) {
    const node = this.#find(item.clientId);
    if (node !== null) showDelivery(node, item, this.#context.t, resend);
  }

  /** A line of the page itself, not of the transcript. */
  tell(text) {
    const node = messageItem({ from: "system", text, at: new Date().toISOString() }, this.#context);
    this.#list.append(node);
    this.#follow(node, false);
  }

  hasCitizenMessage() {
    return this.#lists.querySelector(".message.citizen") !== null;
  }

  /** Keeps the end in sight where the reader was there already. */
  followEnd() {
    if (this.#stick) this.scrollToEnd();
  }

  /** Shows the newest; before the first question, the greeting at the top matters more than the suggestions under it. */
  scrollToEnd() {
    const talked = this.hasCitizenMessage();
    this.#log.scrollTop = talked ? this.#log.scrollHeight : 0;
    // Known without the event of this scroll, which may come together with a new size.
    if (talked) this.#stick = true;
    this.#jump.hidden = true;
  }

  #find(clientId) {
    if (!clientId) return null;
    return this.#list.querySelector(`[data-client="${CSS.escape(clientId)}"]`);
  }

  #insert(node) {
    const seq = Number(node.dataset.seq);
    const next = [...this.#list.children].find((other) => {
      if (other === node || !other.classList.contains("message")) return false;
      return other.dataset.state !== undefined || Number(other.dataset.seq) > seq;
    });
    this.#list.insertBefore(node, next ?? null);
  }

  #inOrder(node) {
    const numbers = [...this.#list.querySelectorAll("[data-seq]")].map((other) => Number(other.dataset.seq));
    const before = [...this.#list.children];
    const unsentEarlier = before.slice(0, before.indexOf(node)).some((other) => other.dataset.state !== undefined);
    return !unsentEarlier && numbers.every((seq, index) => index === 0 || numbers[index - 1] <= seq);
  }

  #separateDays() {
    const today = new Date().toDateString();
    let day = today;
    for (const node of this.#list.querySelectorAll(".message[data-seq]")) {
      const time = node.querySelector("time");
      const own = dayOf(time?.dateTime) ?? day;
      const label = own === day ? null : own === today ? this.#context.t("today") : this.#dateOf(time.dateTime);
      const before = node.previousElementSibling?.classList.contains("day") ? node.previousElementSibling : null;
      if (before?.textContent !== label) before?.remove();
      if (label !== null && before?.textContent !== label) node.before(el("li", { class: "day", "aria-live": "off" }, label));
      day = own;
    }
  }

  #dateOf(at) {
    return new Date(at).toLocaleDateString(this.#context.language === "vi" ? "vi-VN" : "en-GB");
  }

  #scrolled() {
    // A scroll of before that is told together with a new size, as when a keyboard opens: the reader has not moved.
    if (this.#log.clientHeight !== this.#height) return;
    this.#stick = this.#isNearEnd();
    if (this.#stick) this.#jump.hidden = true;
  }

  #isNearEnd() {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR_END_PX;
  }

  #follow(node, own) {
    if (own || this.#stick) this.#reveal(node);
    else this.#jump.hidden = false;
  }

  #reveal(node) {
    // An answer taller than the window is shown from its beginning.
    if (node.offsetHeight > this.#log.clientHeight) this.#log.scrollTop = node.offsetTop - ABOVE_ANSWER_PX;
    else this.scrollToEnd();
  }
}
