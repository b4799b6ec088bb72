// Labelling by keyboard: number keys choose an intent, letters a procedure; what is selected in the message can be marked.
"use strict";

(() => {
  const form = document.getElementById("label");
  const message = document.getElementById("message");
  const marked = document.getElementById("marked");

  function press(selector) {
    const button = document.querySelector(selector);
    button?.click();
    return Boolean(button);
  }

  function pick(name, place) {
    const choice = form?.querySelectorAll(`input[name=${name}]:not([value=""])`)[place];
    if (!choice) return false;
    choice.checked = true;
    choice.focus();
    const typed = form.querySelector(`#${name.replace("_pick", "")}`);
    typed.value = "";
    return true;
  }

  function focus(id) {
    const field = document.getElementById(id);
    field?.focus();
    return Boolean(field);
  }

  const keys = {
    i: () => focus("intent"),
    p: () => focus("procedure"),
    g: () => press("#label input[name=group]"),
    s: () => press("button[form=skip]"),
    x: () => press("#label button[value=leave_out]"),
    u: () => press("#undo button"),
    n: () => {
      const asking = document.getElementById("not-sure");
      if (!asking) return false;
      asking.open = true;
      return focus("ask-note");
    },
    enter: () => press("#label button[value=label]"),
  };

  function typing({ target, key }) {
    const pressed = key === "Enter" && target.closest("a, button, summary") !== null;
    return pressed || target.closest("dialog, select, input:not([type=radio], [type=checkbox]), textarea:not([readonly])") !== null;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event)) {
      if (event.key === "Escape" && event.target.closest("#label")) message.focus();
      return;
    }
    const key = event.key.toLowerCase();
    let done = false;
    if (/^[1-9]$/.test(key)) done = pick("intent_pick", Number(key) - 1);
    else if (/^[a-d]$/.test(key)) done = pick("procedure_pick", key.charCodeAt(0) - 97);
    else if (keys[key]) done = keys[key]();
    if (done) event.preventDefault();
  });

  // Places are counted in characters, as the server does, and not in the pieces of 16 bits that browsers count in.
  function selected() {
    const { selectionStart: first, selectionEnd: last, value } = message;
    if (first === last) return null;
    const count = (end) => [...value.slice(0, end)].length;
    return { start: count(first), end: count(last), words: value.slice(first, last) };
  }

  function add(name, value, words) {
    const entry = document.createElement("li");
    const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "×" });
    remove.setAttribute("aria-label", `${marked.dataset.remove} ${words}`);
    remove.addEventListener("click", () => entry.remove());
    entry.append(words, field, remove);
    marked.append(entry);
  }

  function note() {
    const entry = Object.assign(document.createElement("li"), { textContent: marked.dataset.nothing });
    marked.append(entry);
    setTimeout(() => entry.remove(), 4000);
  }

  document.getElementById("mark")?.addEventListener("click", () => {
    const chosen = selected();
    const kind = document.getElementById("entity-kind");
    if (!chosen) return note();
    add("entity", `${kind.value}:${chosen.start}:${chosen.end}`, `${kind.selectedOptions[0].textContent}: ${chosen.words}`);
  });

  document.getElementById("only-part")?.addEventListener("click", () => {
    const chosen = selected();
    if (!chosen) return note();
    marked.querySelector("input[name=part]")?.closest("li").remove();
    add("part", `${chosen.start}:${chosen.end}`, `${marked.dataset.part} ${chosen.words}`);
  });

  if (form) message.focus({ preventScroll: true });
})();
