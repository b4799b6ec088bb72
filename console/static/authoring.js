// Marks of entities by selecting text, line numbers beside the YAML editor, how many examples are chosen.
"use strict";

const MARK = /\[([^[\]]*)\](?:\([^()]*\)|\{[^{}]*\})/g;

function told(text) {
  const place = document.getElementById("mark-told");
  if (place) place.textContent = text;
}

for (const button of document.querySelectorAll("[data-mark]")) {
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.mark);
    let { selectionStart: from, selectionEnd: to } = field;
    while (from < to && field.value[from] === " ") from += 1;
    while (to > from && field.value[to - 1] === " ") to -= 1;
    const chosen = field.value.slice(from, to);
    const place = document.getElementById("mark-told");
    if (!chosen || /[[\](){}]/.test(chosen)) return told(place?.dataset.nothing ?? "");
    const marked = `[${chosen}](${document.getElementById("entity").value})`;
    field.setRangeText(marked, from, to, "end");
    field.focus();
    told(marked);
  });
}

for (const button of document.querySelectorAll("[data-unmark]")) {
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.unmark);
    field.value = field.value.replace(MARK, "$1");
    field.focus();
    told(field.value);
  });
}

for (const field of document.querySelectorAll("[data-numbered]")) {
  const numbers = field.parentElement.querySelector(".line-numbers");
  let shown = 0;
  const number = () => {
    const lines = field.value.split("\n").length;
    if (lines !== shown) numbers.textContent = Array.from({ length: lines }, (_, at) => at + 1).join("\n") + "\n\n";
    shown = lines;
    numbers.scrollTop = field.scrollTop;
  };
  field.addEventListener("input", number);
  field.addEventListener("scroll", () => { numbers.scrollTop = field.scrollTop; });
  number();
}

const choosing = document.getElementById("chosen");
if (choosing) {
  const place = choosing.querySelector("[data-chosen]");
  const count = () => {
    const chosen = choosing.querySelectorAll("input[name=example]:checked").length;
    place.textContent = chosen ? `${place.dataset.chosen} ${chosen}` : "";
  };
  choosing.addEventListener("change", count);
  count();
}
