// The inbox: shortcuts along the list, and who asked for it hears and sees that a citizen waits.
"use strict";

(() => {
  const news = document.getElementById("news");

  function list() {
    return document.getElementById("inbox");
  }

  function counts() {
    const { waiting, unread } = list().dataset;
    return { waiting: Number(waiting), unread: Number(unread) };
  }

  let before = counts();

  function links() {
    return [...list().querySelectorAll("a.open")];
  }

  function move(step) {
    const all = links();
    if (!all.length) return false;
    const at = all.indexOf(document.activeElement?.closest(".conversation")?.querySelector("a.open"));
    all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + step))].focus();
    return true;
  }

  desk.press.j = () => move(1);
  desk.press.k = () => move(-1);
  desk.press.c = () => {
    const button = document.activeElement?.closest(".conversation")?.querySelector("button");
    button?.click();
    return Boolean(button);
  };
  [..."1234"].forEach((key, place) => {
    desk.press[key] = () => list().querySelectorAll(".tabs a")[place]?.click();
  });

  function tell() {
    const now = counts();
    document.title = (now.waiting ? `(${now.waiting}) ` : "") + document.title.replace(/^\(\d+\) /, "");
    if (now.waiting > before.waiting || now.unread > before.unread) {
      news.textContent = "";
      news.textContent = news.dataset.new;
      desk.alerts.tell(news.dataset.title, news.dataset.new);
    }
    before = now;
  }

  document.body.addEventListener("htmx:afterSettle", tell);
  tell();

  document.body.addEventListener("htmx:afterRequest", (event) => {
    // Somebody else was faster: the list shows it at once.
    if (event.detail.xhr?.status === 409) htmx.trigger(document.body, "inbox-look");
  });
})();
