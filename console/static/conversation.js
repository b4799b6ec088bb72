// One conversation, live: the server says that something changed, the page fetches what. A hidden page looks now and then.
"use strict";

(() => {
  const page = document.getElementById("desk");
  const scroller = document.getElementById("scroller");
  const transcript = document.getElementById("transcript");
  const HIDDEN_LOOK = 20_000;
  const CLOCK_LOOK = 60_000;
  let fetching = false;
  let again = false;
  let stream = null;

  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
  }

  function last() {
    return Number(transcript.lastElementChild?.id.replace("line-", "") ?? 0);
  }

  function panelInUse() {
    const panel = document.getElementById("panel");
    return panel.contains(document.activeElement) || panel.querySelector("form.private-value, .private-value strong") !== null;
  }

  // The panel may have come into use while the news were on their way.
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target.id === "panel" && panelInUse()) event.detail.shouldSwap = false;
  });

  async function look() {
    if (!page.hasAttribute("data-live")) return;
    if (fetching) {
      again = true;
      return;
    }
    fetching = true;
    const mode = document.getElementById("acts").dataset.mode;
    const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
    const draft = document.getElementById("reply")?.value ?? "";
    const before = last();
    try {
      await htmx.ajax("GET", `${page.dataset.base}/news?after=${before}&mode=${mode}&panel=${panelInUse() ? 0 : 1}`, { source: page, target: page, swap: "none" });
    } finally {
      fetching = false;
    }
    keepDraft(mode, draft);
    if (atEnd && last() > before) toEnd();
    if (mode === "mine" && [...transcript.querySelectorAll(".line.citizen")].some((line) => Number(line.id.replace("line-", "")) > before))
      desk.alerts.tell(document.title, page.dataset.wrote);
    if (again) {
      again = false;
      look();
    }
  }

  function keepDraft(mode, draft) {
    const place = document.getElementById("lost-draft");
    if (mode !== "mine" || !draft || !place || place.textContent) return;
    place.textContent = draft;
    place.hidden = document.getElementById("lost-draft-words").hidden = false;
  }

  function watch() {
    stream?.close();
    stream = null;
    if (document.hidden || !page.hasAttribute("data-live")) return;
    // A hidden page lets go of its connection: a browser has few for one host.
    stream = new EventSource(`${page.dataset.base}/events`);
    stream.addEventListener("changed", look);
    stream.addEventListener("error", () => {
      if (stream?.readyState !== EventSource.CLOSED) return;
      const notice = document.createElement("p");
      notice.className = "notice fault";
      notice.setAttribute("role", "alert");
      notice.textContent = page.dataset.lost;
      document.getElementById("notices").replaceChildren(notice);
    });
  }

  function freshKeys() {
    for (const field of document.querySelectorAll("[data-key]")) field.value = crypto.randomUUID?.() ?? String(Math.random()).slice(2) + Date.now();
  }

  document.addEventListener("visibilitychange", watch);
  window.addEventListener("pagehide", () => stream?.close());
  setInterval(() => document.hidden && look(), HIDDEN_LOOK);
  // The platform's clock goes on though nothing happens.
  setInterval(() => !document.hidden && document.querySelector(".window-bar") && look(), CLOCK_LOOK);

  document.body.addEventListener("conversation-act", (event) => {
    const act = event.detail.value;
    freshKeys();
    if (act === "replied") {
      const box = document.getElementById("reply");
      if (box) {
        box.value = "";
        box.focus();
      }
    }
    // What one gives away oneself is no surprise.
    if (["forwarded", "handed_back", "closed"].includes(act)) document.getElementById("acts").dataset.mode = "given";
    if (act === "taken_back") document.getElementById("reply")?.focus();
    if (act === "noted") document.getElementById("note-form")?.reset();
    if (act === "file_sent") document.getElementById("file").value = "";
    for (const box of document.querySelectorAll("#acts details[open]")) if (act !== "replied") box.open = false;
    look();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "reply") {
      event.preventDefault();
      document.getElementById("reply-form").requestSubmit();
    }
  });

  desk.press.r = () => {
    const box = document.getElementById("reply");
    box?.focus();
    return Boolean(box);
  };
  desk.press.n = () => {
    const box = document.getElementById("note");
    if (!box) return false;
    box.closest("details").open = true;
    box.focus();
    return true;
  };
  desk.press.i = () => location.assign("/inbox");

  toEnd();
  watch();
})();
