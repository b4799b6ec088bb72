// The fixed parts of the page: header, notice, log, question box. Both index.html and frame.html are built here.

import { el, hiddenText, icon } from "./dom.js";

const STARTERS = ["starter1", "starter2", "starter3", "starter4", "starter5"];

function toolButton(className, label, iconName, { iconOnly = false } = {}) {
  return el("button", { type: "button", class: `tool ${className}`, title: label },
    icon(iconName), iconOnly ? hiddenText(label) : el("span", { class: "label" }, label));
}

function sizeButton(className, label, sign) {
  return el("button", { type: "button", class: `tool ${className}`, title: label },
    el("span", { "aria-hidden": "true" }, sign), hiddenText(label));
}

function header(t, embedded) {
  const parts = {
    officer: toolButton("officer", t("officer"), "person"),
    newChat: toolButton("new-chat", t("newChat"), "newChat"),
    smaller: sizeButton("smaller", t("smaller"), "A−"),
    larger: sizeButton("larger", t("larger"), "A+"),
    close: embedded ? toolButton("close", t("close"), "close", { iconOnly: true }) : null,
  };
  const node = el("header", { class: "bar" },
    el("div", { class: "bar-row" },
      el("div", { class: "brand" },
        el("span", { class: "mark" }, icon("door")),
        el("h1", {}, el("span", { class: "name" }, t("appName")), hiddenText(" – "), el("span", { class: "title" }, t("appTitle")))),
      parts.close,
      el("div", { class: "tools", role: "group", "aria-label": t("tools") }, parts.officer, parts.newChat, parts.smaller, parts.larger)),
    el("p", { class: "notice" }, el("strong", {}, t("automatic")), " ", el("span", { class: "more" }, t("automaticMore"))));
  return { node, parts };
}

function composer(t) {
  const parts = {
    input: el("textarea", {
      id: "message-text", rows: 1, placeholder: t("placeholder"), enterkeyhint: "send", autocomplete: "off",
      "aria-describedby": "message-hint message-note", "aria-invalid": "false",
    }),
    counter: el("p", { class: "counter", hidden: true }),
    note: el("p", { class: "note", id: "message-note", role: "alert", hidden: true }),
    send: el("button", { type: "submit", class: "send" }, icon("send"), el("span", { class: "label" }, t("send"))),
  };
  parts.form = el("form", { class: "composer", novalidate: true },
    el("label", { for: "message-text", class: "visually-hidden" }, t("input")),
    parts.note,
    el("div", { class: "field" }, parts.input, parts.send),
    el("div", { class: "under" }, el("p", { class: "hint", id: "message-hint" }, t("hint")), parts.counter));
  return parts;
}

function starters(t, ask) {
  const buttons = STARTERS.map((key) => el("button", { type: "button", class: "starter", onclick: () => ask(t(key)) }, t(key)));
  return el("div", { class: "starters", role: "group", "aria-label": t("starters"), hidden: true },
    el("p", { "aria-hidden": "true" }, t("starters")), ...buttons);
}

function aside(t) {
  const list = (keys) => el("ul", {}, ...keys.map((key) => el("li", {}, t(key))));
  return el("aside", { class: "aside", "aria-label": t("helpTitle") },
    el("h2", {}, t("helpTitle")), list(["help1", "help2", "help3", "help4"]),
    el("h2", {}, t("safeTitle")), list(["safe1", "safe2"]));
}

function confirmation(t) {
  const stay = el("button", { type: "submit", value: "no", class: "secondary" }, t("confirmNo"));
  const open = el("button", { type: "submit", value: "yes", class: "primary" }, t("confirmYes"));
  return el("dialog", { class: "confirm", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" },
    el("form", { method: "dialog" },
      el("h2", { id: "confirm-title" }, t("confirmTitle")), el("p", { id: "confirm-text" }, t("confirmText")),
      el("div", { class: "actions" }, stay, open)));
}

/** Builds the page into `body` and returns its parts by name. `ask(text)` is called by the starter suggestions. */
export function buildShell(body, t, { embedded, ask }) {
  const top = header(t, embedded);
  const box = composer(t);
  const parts = {
    ...top.parts, ...box,
    strip: el("p", { class: "strip", role: "status" }),
    notices: el("div", { class: "notices", role: "status", "aria-live": "polite", "aria-label": t("notices") }),
    banner: el("p", { class: "banner", role: "status" }),
    announcer: el("p", { class: "visually-hidden", role: "alert" }),
    log: el("section", { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": t("log"), tabindex: 0 }),
    lists: el("div", { class: "lists" }),
    starters: starters(t, ask),
    typing: el("p", { class: "typing", role: "status" }),
    jump: el("button", { type: "button", class: "jump", hidden: true }),
    confirm: confirmation(t),
  };
  parts.log.append(parts.lists, el("div", { class: "tail", "aria-live": "off" }, parts.starters, parts.typing));
  body.append(
    el("a", { class: "skip", href: "#message-text" }, t("skip")),
    el("div", { class: "page" },
      top.node,
      el("div", { class: "columns" },
        embedded ? null : aside(t),
        el("main", { class: "chat" }, parts.notices, parts.banner, parts.strip, parts.log,
          el("div", { class: "above-box" }, parts.jump), parts.form, parts.announcer))),
    parts.confirm);
  return parts;
}

/** Asks before the conversation is left; resolves to true or false. Esc means false. */
export function askConfirmation(dialog) {
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
