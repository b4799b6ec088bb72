// One message as DOM. Links come only from buttons and sources, and only over https.

import { el, hiddenText, icon, parseAddress } from "./dom.js";
import { renderBlocks } from "./text-blocks.js";

const AUTHORS = { citizen: "citizen", bot: "bot", officer: "staff", system: "system" };
const VIETNAMESE = /[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]/i;

/** "tháng 7/2026" from an ISO date or month; anything else as it came. */
export function spokenDate(asOf, t) {
  const match = /^(\d{4})-(\d{2})(-\d{2}([T ].*)?)?$/.exec(asOf ?? "");
  return match ? t("month", { month: Number(match[2]), year: match[1] }) : (asOf ?? "");
}

function isSafeLink(address) {
  return parseAddress(address)?.protocol === "https:";
}

function outsideLink(address, title, t, className) {
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer", class: className },
    title, icon("out"), hiddenText(` (${t("newWindow")})`));
}

function sourceLine(source, t) {
  const line = el("p", { class: "source" }, `${t("source")} `);
  line.append(isSafeLink(source.url) ? outsideLink(source.url, source.title ?? "", t, null) : (source.title ?? ""));
  if (source.procedure_code) line.append(" · ", t("code", { code: source.procedure_code }));
  if (source.as_of) line.append(" · ", t("dataOf", { date: spokenDate(source.as_of, t) }));
  return line;
}

function choiceButton(button, { t, press, isChosen }) {
  const node = el("button", { type: "button", class: "choice", "data-token": button.token }, button.title);
  node.addEventListener("click", () => press(button, node));
  if (isChosen(button.token)) markChosen(node, t);
  return node;
}

/** Shows that a choice was taken; it stays usable. */
export function markChosen(node, t) {
  if (node.classList.contains("chosen")) return;
  node.classList.add("chosen");
  node.append(hiddenText(` (${t("chosen")})`));
}

function choices(buttons, context) {
  const nodes = buttons.map((button) => {
    if (typeof button.token === "string") return choiceButton(button, context);
    return isSafeLink(button.url) ? outsideLink(button.url, button.title, context.t, "choice link") : null;
  });
  const shown = nodes.filter((node) => node !== null);
  if (shown.length === 0) return null;
  return el("div", { class: "choices", role: "group", "aria-label": context.t("choices") }, ...shown);
}

function timeNode(at, language) {
  const when = new Date(at ?? "");
  if (Number.isNaN(when.getTime())) return null;
  const clock = when.toLocaleTimeString(language === "vi" ? "vi-VN" : "en-GB", { hour: "2-digit", minute: "2-digit" });
  return el("time", { datetime: when.toISOString() }, clock);
}

/**
 * The list item of a message. `context`: {t, language, press(button, node), isChosen(token)}.
 * The text language is named where an English page shows a Vietnamese text, so that a screen reader reads it well.
 */
export function messageItem(message, context) {
  const author = AUTHORS[message.from] ?? "system";
  const text = message.text ?? "";
  const spoken = context.language === "en" && VIETNAMESE.test(text) ? "vi" : null;
  const body = el("div", { class: "text", lang: spoken }, ...(message.from === "citizen" ? plainLines(text) : renderBlocks(text)));
  const bubble = el("div", { class: "bubble" },
    el("p", { class: "by" }, el("span", { class: "author" }, context.t(author)), " ", timeNode(message.at, context.language)),
    body, ...(message.sources ?? []).map((source) => sourceLine(source, context.t)));
  return el("li", { class: `message ${message.from}`, "data-seq": message.seq, "data-client": message.client_id, "data-kind": message.kind },
    bubble, choices(message.buttons ?? [], context), el("p", { class: "delivery", "aria-live": "off", hidden: true }));
}

/** An unsent message has arrived in the transcript: takes over its number and the text as stored (private numbers masked). */
export function settle(node, message) {
  const text = node.querySelector(".text");
  const stored = el("div", {}, ...plainLines(message.text ?? ""));
  if (stored.textContent !== text.textContent) text.replaceChildren(...stored.childNodes);
  node.dataset.seq = message.seq;
  delete node.dataset.state;
  node.querySelector(".delivery").hidden = true;
}

function plainLines(text) {
  return text.split(/\r\n?|\n/).flatMap((line, index) => (index > 0 ? [el("br")] : []).concat(line === "" ? [] : [document.createTextNode(line)]));
}

const ERRORS = {
  tooMany: "errorTooMany", tooLong: "errorTooLong", unavailable: "errorUnavailable", network: "errorNetwork",
  refused: "errorRefused", oldButton: "errorOldButton",
};
const HOPELESS = new Set(["tooLong", "refused", "oldButton"]);

/** The words for a failed item. */
export function errorText(item, t) {
  if (item.error === "tooMany" && item.retryAfter) return t("errorTooManyIn", { seconds: item.retryAfter });
  return t(ERRORS[item.error] ?? "errorUnavailable");
}

/** Shows under the bubble how far the message has come; a failed one gets "Gửi lại" where that can help. */
export function showDelivery(node, item, t, resend) {
  const line = node.querySelector(".delivery");
  node.dataset.state = item.state;
  line.hidden = false;
  if (item.state !== "failed") {
    line.replaceChildren(t(item.state));
    return;
  }
  line.replaceChildren(el("span", {}, `${t("failed")} ${errorText(item, t)}`));
  if (!HOPELESS.has(item.error)) {
    line.append(" ", el("button", { type: "button", class: "resend", onclick: () => resend(item) }, t("resend")));
  }
}
