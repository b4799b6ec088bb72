// A tiny, safe reading of answer text: paragraphs, "- " lists, "1. " lists and **bold**. Everything else stays as written.

import { el } from "./dom.js";

const BULLET = /^\s*[-•]\s+(.*)$/;
const NUMBER = /^\s*(\d{1,3})[.)]\s+(.*)$/;
const BOLD = /\*\*([^\s*](?:[^*\n]*[^\s*])?)\*\*/g;

function blockOf(line) {
  const bullet = BULLET.exec(line);
  if (bullet) return { type: "bullets", item: { text: bullet[1] } };
  const number = NUMBER.exec(line);
  if (number) return { type: "numbers", item: { text: number[2], value: Number(number[1]) } };
  return { type: "paragraph", item: { text: line } };
}

/** Splits a text into blocks `{type: "paragraph" | "bullets" | "numbers", items: [{text, value?}]}`; a blank line ends a block. */
export function parseBlocks(text) {
  const blocks = [];
  let open = null;
  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
    if (line.trim() === "") {
      open = null;
      continue;
    }
    const { type, item } = blockOf(line);
    if (open?.type !== type) blocks.push((open = { type, items: [] }));
    open.items.push(item);
  }
  return blocks;
}

/** Splits a line into `{text, bold}` runs. */
export function parseRuns(line) {
  const runs = [];
  let end = 0;
  for (const match of line.matchAll(BOLD)) {
    if (match.index > end) runs.push({ text: line.slice(end, match.index), bold: false });
    runs.push({ text: match[1], bold: true });
    end = match.index + match[0].length;
  }
  if (end < line.length) runs.push({ text: line.slice(end), bold: false });
  return runs;
}

function runNodes(line) {
  return parseRuns(line).map((run) => (run.bold ? el("strong", {}, run.text) : document.createTextNode(run.text)));
}

function paragraph(items) {
  const node = el("p");
  items.forEach((item, index) => node.append(...(index > 0 ? [el("br")] : []), ...runNodes(item.text)));
  return node;
}

/** The DOM nodes of an answer. */
export function renderBlocks(text) {
  return parseBlocks(text).map(({ type, items }) => {
    if (type === "paragraph") return paragraph(items);
    const tag = type === "bullets" ? "ul" : "ol";
    return el(tag, {}, ...items.map((item) => el("li", { value: item.value }, ...runNodes(item.text))));
  });
}
