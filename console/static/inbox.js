// The inbox: shortcuts along the list, and who asked for it hears and sees that a citizen waits. A notice holds no words of citizens.
"use strict";

(() => {
  const news = document.getElementById("news");
  const alerts = document.getElementById("alerts");
  const kept = "motcua.alerts";
  let sound = null;

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

  function on() {
    return alerts.getAttribute("aria-pressed") === "true";
  }

  function ring() {
    if (!sound) return;
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    tone.frequency.value = 660;
    volume.gain.setValueAtTime(0.15, sound.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.6);
    tone.connect(volume).connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + 0.6);
  }

  function tell() {
    const now = counts();
    document.title = (now.waiting ? `(${now.waiting}) ` : "") + document.title.replace(/^\(\d+\) /, "");
    if (now.waiting > before.waiting || now.unread > before.unread) {
      news.textContent = "";
      news.textContent = news.dataset.new;
      if (on()) {
        ring();
        if (document.hidden && Notification.permission === "granted")
          new Notification(news.dataset.title, { body: news.dataset.new, tag: "motcua-waiting" });
      }
    }
    before = now;
  }

  document.body.addEventListener("htmx:afterSettle", tell);
  tell();

  async function turn(wanted) {
    if (wanted) {
      if ((await Notification.requestPermission()) !== "granted") news.textContent = alerts.dataset.refused;
      sound ??= new AudioContext();
      ring();
    }
    alerts.setAttribute("aria-pressed", String(wanted));
    localStorage.setItem(kept, wanted ? "on" : "off");
  }

  if ("Notification" in window && "AudioContext" in window) {
    alerts.hidden = false;
    alerts.addEventListener("click", () => turn(!on()));
    if (localStorage.getItem(kept) === "on") {
      alerts.setAttribute("aria-pressed", "true");
      // A browser lets a page sound only after somebody has touched it.
      document.addEventListener("pointerdown", () => (sound ??= new AudioContext()), { once: true });
      document.addEventListener("keydown", () => (sound ??= new AudioContext()), { once: true });
    }
  }

  document.body.addEventListener("htmx:afterRequest", (event) => {
    // Somebody else was faster: the list shows it at once.
    if (event.detail.xhr?.status === 409) htmx.trigger(document.body, "inbox-look");
  });
})();
