// Small builders of DOM nodes. Text always enters as text nodes: nothing here reads HTML.

/** Builds an element. `on*` properties are listeners, `class` and other names are attributes; false, null and undefined are left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 8a8 8 0 0 1 16 0",
  newChat: "M4 5h16v11H10l-5 4v-4H4ZM12 7.5v6M9 10.5h6",
  close: "M6 6l12 12M18 6 6 18",
  send: "M4 12 20 4l-5 16-3.5-6.5L4 12Z",
  down: "M12 5v14m-6-6 6 6 6-6",
  out: "M14 4h6v6m0-6L10 14M18 14v6H4V6h6",
  door: "M5 21V10a7 7 0 0 1 14 0v11M3 21h18M9 21V11a3 3 0 0 1 6 0v10",
};

/** A decorative line icon, hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false", class: "icon" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Text for screen readers only. */
export function hiddenText(text) {
  return el("span", { class: "visually-hidden" }, text);
}

/** A web address as URL, or null where the text is none. (`URL.canParse` is missing on older phones.) */
export function parseAddress(text) {
  if (typeof text !== "string") return null;
  try {
    return new URL(text);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return null;
  }
}
