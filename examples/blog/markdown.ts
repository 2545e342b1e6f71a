// A part of Markdown: headings, lists, quotes, code, emphasis and links. HTML in the text stays text.
import { linkify, xhtmlEscape } from "../../src/util/escape.ts";

/** Code, strong, emphasis, a link. None of them can begin within itself, so that the search stays linear. */
const INLINE = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|\*([^*\n]+)\*|\[([^[\]\n]+)\]\(([^()\s]+)\)/g;

/** What a link may lead to: the web, an address of mail, or a page of this site. */
const TARGET = /^(?:https?:\/\/|mailto:|\/(?!\/)|#)/i;

const HEADING = /^(#{1,4})[ \t]+(.*)$/;
const ITEM = /^[ \t]*(?:([-*])|\d{1,3}[.)])[ \t]+/;
const FENCE = /^```/;
/** An empty line, a heading, or a fence. */
const ENDS_BLOCK = /^(?:[ \t]*$|#{1,4}[ \t]|```)/;

/** Returns a text in Markdown as HTML that is safe to insert into a page. */
export function renderMarkdown(text: string): string {
  const lines = text.split("\n");
  let html = "";
  for (let i = 0; i < lines.length;) {
    const line = lines[i] ?? "";
    if (line.trim() === "") {
      i++;
    } else if (FENCE.test(line)) {
      let end = i + 1;
      while (end < lines.length && !FENCE.test(lines[end] ?? "")) end++;
      html += `<pre><code>${xhtmlEscape(lines.slice(i + 1, end).join("\n"))}</code></pre>\n`;
      i = end + 1;
    } else {
      let end = i + 1;
      while (!HEADING.test(line) && end < lines.length && !ENDS_BLOCK.test(lines[end] ?? "")) end++;
      html += renderBlock(lines.slice(i, end));
      i = end;
    }
  }
  return html;
}

function renderBlock(lines: readonly string[]): string {
  const [first = ""] = lines;
  const heading = HEADING.exec(first);
  if (heading !== null) {
    // The title of the entry is an h2.
    const level = (heading[1]?.length ?? 1) + 2;
    return `<h${level}>${renderInline(heading[2] ?? "")}</h${level}>\n`;
  }
  const item = ITEM.exec(first);
  if (item !== null) return renderList(item[1] === undefined ? "ol" : "ul", lines);
  if (lines.every((line) => line.startsWith(">"))) {
    return `<blockquote>${renderInline(lines.map((line) => line.replace(/^> ?/, "")).join("\n"))}</blockquote>\n`;
  }
  return `<p>${renderInline(lines.join("\n"))}</p>\n`;
}

/** Makes a list; a line that begins no item goes on with the one before it. */
function renderList(tag: "ol" | "ul", lines: readonly string[]): string {
  const items: string[] = [];
  for (const line of lines) {
    if (ITEM.test(line)) items.push(line.replace(ITEM, ""));
    else items.push(`${items.pop() ?? ""}\n${line.trim()}`);
  }
  return `<${tag}>${items.map((item) => `<li>${renderInline(item)}</li>`).join("")}</${tag}>\n`;
}

function renderInline(text: string): string {
  let html = "";
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, emphasis, label = "", target = ""] = match;
    html += linkify(text.slice(at, match.index));
    at = match.index + whole.length;
    if (code !== undefined) html += `<code>${xhtmlEscape(code)}</code>`;
    else if (strong !== undefined) html += `<strong>${xhtmlEscape(strong)}</strong>`;
    else if (emphasis !== undefined) html += `<em>${xhtmlEscape(emphasis)}</em>`;
    else if (TARGET.test(target)) html += `<a href="${xhtmlEscape(target)}">${xhtmlEscape(label)}</a>`;
    else html += xhtmlEscape(whole);
  }
  return html + linkify(text.slice(at));
}
