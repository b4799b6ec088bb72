// The launcher for any web page: <script src="https://HOST/widget.js" async></script>.
// One classic script without imports. Its style lives in a shadow root as a constructed style sheet, which a strict
// Content-Security-Policy of the host page allows; the chat itself runs in a frame of our own origin.
// Attributes of the script tag: data-position="right|left", data-language="vi|en".
(() => {
  "use strict";

  const script = document.currentScript;
  if (script === null || window.motcuaWidget) return;

  const WORDS = {
    vi: {
      open: "Chat với trợ lý Một Cửa", close: "Đóng cửa sổ chat", title: "Trợ lý thủ tục hành chính Một Cửa", loading: "Đang mở cửa sổ chat…",
      failed: "Chưa mở được cửa sổ chat ở trang này.", instead: "Mở trang chat", unread: "{count} tin chưa đọc", label: "Hỏi thủ tục", newWindow: "mở trang mới",
    },
    en: {
      open: "Chat with the Một Cửa assistant", close: "Close the chat window", title: "Một Cửa public procedures assistant", loading: "Opening the chat…",
      failed: "The chat could not be opened on this page.", instead: "Open the chat page", unread: "{count} unread", label: "Ask us", newWindow: "opens a new page",
    },
  };

  const STYLE = `
    :host { all: initial; }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    .corner { position: fixed; z-index: 2147483000; inset-block-end: calc(16px + env(safe-area-inset-bottom)); font: 16px/1.4 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
    .right { inset-inline-end: calc(16px + env(safe-area-inset-right)); }
    .left { inset-inline-start: calc(16px + env(safe-area-inset-left)); }
    button, a { font: inherit; cursor: pointer; }
    .launcher { display: flex; align-items: center; gap: 8px; min-height: 56px; padding: 0 20px 0 16px; border: 2px solid #fff; border-radius: 28px; background: #0b5a44; color: #fff; font-weight: 600; box-shadow: 0 4px 16px rgb(0 0 0 / .28); }
    .launcher:hover { background: #084635; }
    .launcher svg { width: 26px; height: 26px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
    .badge { min-width: 24px; padding: 1px 7px; border-radius: 12px; background: #fff; color: #8a1c1c; font-size: 14px; text-align: center; }
    :focus-visible { outline: 3px solid #fff; outline-offset: 2px; box-shadow: 0 0 0 6px #0b5a44; }
    .panel { position: fixed; z-index: 2147483001; inset-block-end: calc(16px + env(safe-area-inset-bottom)); width: min(400px, calc(100vw - 32px)); height: min(660px, calc(100vh - 32px)); overflow: hidden; border: 1px solid #5c7067; border-radius: 14px; background: #f3f6f4; color: #16211c; box-shadow: 0 10px 40px rgb(0 0 0 / .32); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
    iframe { position: absolute; inset: 0; width: 100%; height: 100%; border: 0; color-scheme: light dark; }
    .wait { display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 16px; height: 100%; padding: 24px; text-align: center; }
    .wait p { margin: 0; }
    .wait a, .wait button { display: inline-flex; align-items: center; min-height: 44px; padding: 8px 16px; border: 1px solid #0b5a44; border-radius: 8px; background: #fff; color: #0b5a44; text-decoration: none; }
    .hidden-text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    @media (max-width: 520px), (max-height: 480px) {
      .panel { inset: 0; width: 100%; height: 100%; height: 100dvh; border: 0; border-radius: 0; }
    }
    @media (prefers-color-scheme: dark) {
      .panel { background: #0f1613; color: #e6efe9; }
      .wait a, .wait button { background: #17211d; color: #8fdcbc; border-color: #8fdcbc; }
    }
    @media print { .corner, .panel { display: none; } }
  `;

  const READY_WITHIN_MS = 10000;
  const FRAME_URL = new URL("widget", script.src);
  const PAGE_URL = new URL("./", script.src);
  const language = Object.hasOwn(WORDS, script.dataset.language ?? "") ? script.dataset.language : "vi";
  const side = script.dataset.position === "left" ? "left" : "right";
  const words = WORDS[language];
  FRAME_URL.searchParams.set("origin", location.origin);
  FRAME_URL.searchParams.set("lang", language);
  PAGE_URL.searchParams.set("lang", language);

  function build(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  function bubbleIcon() {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", "M4 5h16v11H10l-5 4v-4H4Z");
    svg.append(path);
    return svg;
  }

  /** Open or closed, for the next page of the same tab; a browser that refuses storage simply starts closed. */
  const memory = {
    read() {
      try {
        return sessionStorage.getItem("motcua.widget");
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
        return null;
      }
    },
    write(value) {
      try {
        sessionStorage.setItem("motcua.widget", value);
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
      }
    },
  };

  class Widget {
    #badge = build("span", { class: "badge", "aria-hidden": "true", hidden: "" });
    #unread = build("span", { class: "hidden-text" });
    #launcher;
    #waitText = build("p", { role: "status" }, words.loading);
    #instead;
    #wait;
    #panel;
    #frame = null;
    #ready = false;
    #open = false;

    mount(root) {
      this.#launcher = build("button", { type: "button", class: "launcher", "aria-expanded": "false", "aria-haspopup": "dialog" },
        bubbleIcon(), build("span", { "aria-hidden": "true" }, words.label), build("span", { class: "hidden-text" }, words.open), this.#badge, this.#unread);
      this.#instead = build("a", { href: PAGE_URL.href, target: "_blank", rel: "noopener", hidden: "" },
        words.instead, build("span", { class: "hidden-text" }, ` (${words.newWindow})`));
      const close = build("button", { type: "button" }, words.close);
      this.#wait = build("div", { class: "wait" }, this.#waitText, this.#instead, close);
      this.#panel = build("div", { class: `panel ${side}`, role: "dialog", "aria-label": words.title, tabindex: "-1", hidden: "" }, this.#wait);
      const corner = build("div", { class: `corner ${side}`, role: "region", "aria-label": words.title }, this.#launcher);
      root.append(corner, this.#panel);
      this.#launcher.addEventListener("click", () => this.open({ focus: true }));
      close.addEventListener("click", () => this.close());
      root.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && this.#open) this.close();
      });
      window.addEventListener("message", (event) => this.#heard(event));
      const last = memory.read();
      if (last === "open") this.open({ focus: false });
      else if (last === "closed") this.#load();
    }

    open({ focus = true } = {}) {
      this.#open = true;
      this.#load();
      this.#panel.hidden = false;
      this.#launcher.hidden = true;
      this.#launcher.setAttribute("aria-expanded", "true");
      memory.write("open");
      if (focus) (this.#ready ? this.#frame : this.#panel).focus();
      this.#tellVisibility(focus);
    }

    close() {
      this.#open = false;
      this.#panel.hidden = true;
      this.#launcher.hidden = false;
      this.#launcher.setAttribute("aria-expanded", "false");
      memory.write("closed");
      this.#launcher.focus();
      this.#tellVisibility(false);
    }

    /** The frame is loaded when first needed, so that a page without a chat costs the visitor nothing. */
    #load() {
      if (this.#frame !== null) return;
      this.#frame = build("iframe", { src: FRAME_URL.href, title: words.title, referrerpolicy: "strict-origin-when-cross-origin", hidden: "" });
      this.#panel.append(this.#frame);
      setTimeout(() => {
        if (this.#ready) return;
        this.#waitText.textContent = words.failed;
        this.#instead.hidden = false;
      }, READY_WITHIN_MS);
    }

    #heard(event) {
      const ours = this.#frame !== null && event.source === this.#frame.contentWindow && event.origin === FRAME_URL.origin;
      if (!ours || event.data?.source !== "motcua-frame") return;
      if (event.data.type === "ready") this.#becameReady();
      else if (event.data.type === "close") this.close();
      else if (event.data.type === "unread") this.#showUnread(event.data.count);
    }

    #becameReady() {
      this.#ready = true;
      const focused = this.#panel.getRootNode().activeElement !== null;
      this.#wait.hidden = true;
      this.#frame.hidden = false;
      if (this.#open && focused) this.#frame.focus();
      this.#tellVisibility(focused);
    }

    #showUnread(count) {
      const shown = Number.isInteger(count) && count > 0;
      this.#badge.hidden = !shown;
      this.#badge.textContent = shown ? String(Math.min(count, 99)) : "";
      this.#unread.textContent = shown ? ` (${words.unread.replace("{count}", String(count))})` : "";
    }

    #tellVisibility(focus) {
      if (!this.#ready) return;
      const data = { source: "motcua-widget", type: "visibility", open: this.#open, focus: this.#open && focus };
      this.#frame.contentWindow.postMessage(data, FRAME_URL.origin);
    }
  }

  function mount() {
    const host = build("div", { id: "motcua-widget", lang: language });
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    document.body.append(host);
    const widget = new Widget();
    widget.mount(root);
    window.motcuaWidget = Object.freeze({ open: () => widget.open(), close: () => widget.close() });
  }

  if (document.body) mount();
  else document.addEventListener("DOMContentLoaded", mount, { once: true });
})();
