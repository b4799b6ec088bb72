// The menu on a narrow screen: folded behind a button. Without scripts it is open.
"use strict";

(() => {
  const menu = document.getElementById("menu");
  const button = menu?.querySelector(".menu-fold");
  if (!button) return;
  button.hidden = false;
  menu.classList.add("folded");
  button.addEventListener("click", () => {
    const folded = menu.classList.toggle("folded");
    button.setAttribute("aria-expanded", String(!folded));
  });
})();
