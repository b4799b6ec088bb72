// The question box: grows with the text, sends with Enter, counts characters, refuses pictures.

const LIMIT = 2000;
const COUNTER_FROM = 1800;

/** Characters as the server counts them (code points, after NFC). */
export function lengthOf(text) {
  return [...text.normalize("NFC")].length;
}

export class Composer {
  #form;
  #input;
  #counter;
  #note;
  #t;
  #send;

  /** `parts`: {form, input, counter, note}. `send(text)` gets the text in NFC, never empty, never over the limit. */
  constructor(parts, t, send) {
    this.#form = parts.form;
    this.#input = parts.input;
    this.#counter = parts.counter;
    this.#note = parts.note;
    this.#t = t;
    this.#send = send;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#input.addEventListener("keydown", (event) => this.#keyDown(event));
    this.#input.addEventListener("input", () => this.#changed());
    this.#input.addEventListener("paste", (event) => this.#refuseFiles(event, event.clipboardData));
    for (const name of ["dragover", "drop"]) {
      document.addEventListener(name, (event) => this.#refuseFiles(event, event.dataTransfer));
    }
  }

  focus() {
    this.#input.focus();
  }

  /** Gives a text back to its writer, in front of what was typed since. */
  putBack(text) {
    this.#input.value = [text, this.#input.value].filter((part) => part !== "").join("\n");
    this.#changed();
  }

  #keyDown(event) {
    // While an input method (Telex, VNI …) composes a syllable, Enter belongs to it.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!event.repeat) this.#submit();
  }

  #submit() {
    const text = this.#input.value.normalize("NFC").trim();
    if (text === "") {
      this.focus();
      return;
    }
    if (lengthOf(text) > LIMIT) {
      this.#tell(this.#t("tooLong", { limit: LIMIT }));
      this.focus();
      return;
    }
    this.#input.value = "";
    this.#changed();
    this.#send(text);
    this.focus();
  }

  #changed() {
    const used = lengthOf(this.#input.value);
    this.#counter.hidden = used < COUNTER_FROM;
    this.#counter.textContent = this.#t("counter", { used, limit: LIMIT });
    this.#counter.classList.toggle("over", used > LIMIT);
    this.#input.setAttribute("aria-invalid", String(used > LIMIT));
    if (used <= LIMIT) this.#tell("");
    this.#input.style.height = "auto";
    this.#input.style.height = `${this.#input.scrollHeight + 2}px`;
  }

  #refuseFiles(event, transfer) {
    if (!transfer?.types?.includes("Files")) return;
    event.preventDefault();
    if (event.type !== "dragover") this.#tell(this.#t("noImages"));
  }

  #tell(text) {
    this.#note.hidden = text === "";
    this.#note.textContent = text;
  }
}
