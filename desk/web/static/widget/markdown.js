import { h } from "./dom.js";

const SCHEMES = new Set(["http:", "https:", "mailto:", "tel:"]);

/** Bold, a link, a bare address; an address may hold parentheses but not end in punctuation. */
const INLINE = new RegExp(
  [
    /\*\*(?<bold>\S(?:.*?\S)?)\*\*/,
    /\[(?<label>[^\]\n]+)\]\((?<target>[^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\)/,
    /(?<bare>https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]*'])/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gu",
);
const ITEM = /^\s*(?:[-*•]|(?<number>\d{1,3})[.)])\s+(?<text>.*)$/u;

/** The address when it is one that we let a visitor follow, else null. */
function safe(target) {
  try {
    const url = new URL(target);
    return SCHEMES.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A link, or null when the address is none that we let a visitor follow. `newTab` is said to who cannot see it. */
export function link(target, content, newTab) {
  const href = safe(target);
  if (!href) return null;
  const away = /^https?:/.test(href);
  const hint = away && h("span", { class: "hidden" }, ` ${newTab}`);
  return h("a", { href, rel: "noopener", target: away && "_blank" }, content, hint);
}

function* inline(text, newTab) {
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const { bold, label, target, bare } = match.groups;
    yield text.slice(end, match.index);
    if (bold) yield h("strong", {}, ...inline(bold, newTab));
    else yield link(target ?? bare, label ?? bare, newTab) ?? match[0];
    end = match.index + match[0].length;
  }
  yield text.slice(end);
}

/** Lines of one paragraph or item, with the breaks that the writer set. */
function lines(texts, newTab) {
  return texts.flatMap((text, index) => [index ? h("br") : null, ...inline(text, newTab)]);
}

/** Lines grouped into paragraphs, headings and lists. A line that follows an item without a gap belongs to it. */
function blocks(text) {
  const found = [];
  let gap = true;
  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
    const last = found.at(-1);
    const item = line.match(ITEM);
    const heading = line.match(/^#{1,6}\s+(.*)$/);
    if (!line.trim()) {
      gap = true;
      continue;
    }
    if (item) {
      const tag = item.groups.number ? "ol" : "ul";
      if (last?.tag === tag) last.items.push([item.groups.text]);
      else found.push({ tag, start: item.groups.number, items: [[item.groups.text]] });
    } else if (heading) {
      found.push({ tag: "p", items: [[`**${heading[1].replaceAll("**", "")}**`]] });
      gap = true;
      continue;
    } else if (last && !gap) last.items.at(-1).push(line.trim());
    else if (last && last.tag !== "p" && /^\s{2,}/.test(line)) last.items.at(-1).push(line.trim());
    else found.push({ tag: "p", items: [[line.trim()]] });
    gap = false;
  }
  return found;
}

/**
 * A small, safe part of Markdown as nodes: paragraphs, bold, lists, links to http, https, mailto and tel. Everything
 * else stays the text it was; nothing is ever parsed as HTML.
 */
export function markdown(text, newTab) {
  return blocks(text).map(({ tag, start, items }) => {
    if (tag === "p") return h("p", {}, ...lines(items[0], newTab));
    return h(tag, { start }, ...items.map((item) => h("li", {}, ...lines(item, newTab))));
  });
}
