// Sound and desktop notices, each by an officer's own choice on this browser; silent without one. A notice holds no words of citizens.
"use strict";

desk.alerts = (() => {
  const account = document.body.dataset.account;
  const place = (kind) => `motcua.${kind}.${account}`;
  let audio = null;

  function chosen(kind) {
    return localStorage.getItem(place(kind)) === "on";
  }

  function mayShow() {
    return "Notification" in window && Notification.permission === "granted";
  }

  const works = {
    sound: () => chosen("sound"),
    notice: () => chosen("notice") && mayShow(),
  };

  // A browser lets a page sound only after somebody has touched it.
  function touched() {
    if (!chosen("sound")) return;
    audio ??= new AudioContext();
    audio.resume();
  }

  function ring() {
    if (!audio) return;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = 660;
    volume.gain.setValueAtTime(0.15, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.6);
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.6);
  }

  // Who looks at the page needs no notice beside it.
  function tell(title, words) {
    if (works.sound()) ring();
    if (!works.notice() || !document.hidden) return;
    const notice = new Notification(title, { body: words, tag: "motcua" });
    notice.addEventListener("click", () => {
      window.focus();
      notice.close();
    });
  }

  function show(button) {
    button.setAttribute("aria-pressed", String(works[button.dataset.alert]()));
  }

  async function press(button) {
    const kind = button.dataset.alert;
    const wanted = !works[kind]();
    if (wanted && kind === "notice" && !mayShow() && (await Notification.requestPermission()) !== "granted") {
      document.getElementById("news").textContent = button.dataset.refused;
      document.getElementById("news").classList.remove("unseen");
      return;
    }
    localStorage.setItem(place(kind), wanted ? "on" : "off");
    show(button);
    if (wanted && kind === "sound") {
      touched();
      ring();
    }
  }

  for (const button of document.querySelectorAll("[data-alert]")) {
    if (!(button.dataset.alert === "sound" ? "AudioContext" in window : "Notification" in window)) continue;
    button.hidden = false;
    show(button);
    button.addEventListener("click", () => press(button));
  }
  for (const act of ["pointerdown", "keydown"]) document.addEventListener(act, touched);

  return { tell };
})();
