// What the officers' pages share: the table of shortcuts, and whether somebody is typing.
"use strict";

const desk = {
  typing: (event) =>
    event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target.closest("input, textarea, select, dialog") !== null,
  press: {},
};

function showShortcuts() {
  document.getElementById("shortcuts")?.showModal();
}

for (const button of document.querySelectorAll("[data-shortcuts]")) button.addEventListener("click", showShortcuts);

document.addEventListener("keydown", (event) => {
  if (desk.typing(event)) return;
  if (event.key === "?") {
    event.preventDefault();
    showShortcuts();
    return;
  }
  const act = desk.press[event.key.toLowerCase()];
  if (act && act() !== false) event.preventDefault();
});
