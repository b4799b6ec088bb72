// Text size A−/A+: five steps, kept in the browser for the next visit.

const STEPS = [90, 100, 115, 130, 150];
const NORMAL = 1;

export class TextSize {
  #shelf;
  #root;
  #smaller;
  #larger;
  #told;

  /** `told(percent)` is called after a change by hand. */
  constructor(shelf, root, smaller, larger, told) {
    this.#shelf = shelf;
    this.#root = root;
    this.#smaller = smaller;
    this.#larger = larger;
    this.#told = told;
    smaller.addEventListener("click", () => this.#change(-1));
    larger.addEventListener("click", () => this.#change(1));
    this.#apply(this.#step);
  }

  get #step() {
    const saved = this.#shelf.read("text-size", NORMAL);
    return Number.isInteger(saved) && saved in STEPS ? saved : NORMAL;
  }

  #change(by) {
    const step = Math.min(STEPS.length - 1, Math.max(0, this.#step + by));
    this.#shelf.write("text-size", step);
    this.#apply(step);
    this.#told(STEPS[step]);
  }

  #apply(step) {
    this.#root.dataset.textSize = STEPS[step];
    // aria-disabled keeps the focus where it is when the last step is reached.
    this.#smaller.setAttribute("aria-disabled", String(step === 0));
    this.#larger.setAttribute("aria-disabled", String(step === STEPS.length - 1));
  }
}
