// Safari on phones lays its keyboard over the page without changing any viewport unit; the visual viewport tells the truth.

const KEYBOARD_AT_LEAST_PX = 80;

/** Keeps `--visible-height` on the root while a keyboard covers the page. */
export function followKeyboard(root) {
  const view = window.visualViewport;
  if (!view) return;
  view.addEventListener("resize", () => {
    // A page zoomed by pinching has a small visual viewport too, and must be left alone.
    const covered = view.scale === 1 && window.innerHeight - view.height > KEYBOARD_AT_LEAST_PX;
    if (covered) root.style.setProperty("--visible-height", `${view.height}px`);
    else root.style.removeProperty("--visible-height");
    if (covered) window.scrollTo(0, 0);
  });
}
