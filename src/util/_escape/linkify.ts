import { isSpace, strip } from "../../internal/python.ts";
import { xhtmlEscape } from "./html.ts";

/** Options of {@linkcode linkify}. */
export interface LinkifyOptions {
  /**
   * Shortens a long URL in the text of its link. The title of the link then has the whole URL.
   *
   * @default {false}
   */
  shorten?: boolean;
  /**
   * Attributes for the tag of the link, or a function that makes them from its target. They are not escaped.
   *
   * @default {""}
   */
  extraParams?: string | ((href: string) => string);
  /**
   * Makes links only of URLs that name their protocol, and not of `www.example.com`.
   *
   * @default {false}
   */
  requireProtocol?: boolean;
  /**
   * Protocols that become links. Never add `javascript`: such a link runs code that the author of the text chose.
   *
   * @default {["http", "https"]}
   */
  permittedProtocols?: readonly string[];
}

/** Length in characters above which a URL is shortened. Tornado's number. */
const MAX_LENGTH = 30;

/**
 * Escapes text for HTML and turns its URLs into links. Tornado's `linkify`.
 *
 * Punctuation at the end of a URL is not part of it, nor is a closing bracket without an opening one. The time is
 * linear in the length of the text.
 *
 * @example
 * ```ts
 * import { linkify } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * assertEquals(
 *   linkify("Hello http://tornadoweb.org!"),
 *   'Hello <a href="http://tornadoweb.org">http://tornadoweb.org</a>!',
 * );
 * ```
 *
 * @param text Plain text, or its UTF-8 bytes.
 * @throws {TypeError} The bytes are not UTF-8.
 */
export function linkify(text: string | Uint8Array, options: LinkifyOptions = {}): string {
  const { shorten = false, requireProtocol = false, permittedProtocols = ["http", "https"] } = options;
  const { extraParams = "" } = options;
  const extra = typeof extraParams === "string" && extraParams !== "" ? ` ${strip(extraParams)}` : extraParams;
  const escaped = xhtmlEscape(text);
  let html = "";
  let done = 0;
  for (const url of findURLs(escaped)) {
    html += escaped.slice(done, url.start);
    done = url.end;
    const shown = escaped.slice(url.start, url.end);
    const allowed = url.protocol === null ? !requireProtocol : permittedProtocols.includes(url.protocol);
    if (!allowed) {
      html += shown;
      continue;
    }
    const href = url.protocol === null ? `http://${shown}` : shown;
    const params = typeof extra === "string" ? extra : ` ${strip(extra(href))}`;
    const short = shorten ? shortenURL(shown, url) : shown;
    const title = short === shown ? "" : ` title="${href}"`;
    html += `<a href="${href}"${params}${title}>${short}</a>`;
  }
  return html + escaped.slice(done);
}

/** Keeps the host and a bit of the path. */
function shortenURL(url: string, { protocol, slashes }: FoundURL): string {
  // Lengths are counted in characters, not in the halves of surrogate pairs, so that none is cut in two.
  const characters = [...url];
  if (characters.length <= MAX_LENGTH) return url;
  const prefix = protocol === null ? 0 : protocol.length + 1 + slashes;
  const parts = url.slice(prefix).split("/");
  let short = characters;
  if (parts.length > 1) {
    const path = [...parts[1] ?? ""].slice(0, 8).join("").split("?")[0]?.split(".")[0] ?? "";
    short = [...`${url.slice(0, prefix)}${parts[0] ?? ""}/${path}`];
  }
  if (short.length > MAX_LENGTH * 1.5) short = short.slice(0, MAX_LENGTH);
  if (short.join("") === url) return url;
  // Do not cut a character reference in two.
  const ampersand = short.lastIndexOf("&");
  if (ampersand > MAX_LENGTH - 5) short = short.slice(0, ampersand);
  return short.length + 3 >= characters.length ? url : `${short.join("")}...`;
}

/** A URL in escaped text. */
interface FoundURL {
  readonly start: number;
  readonly end: number;
  /** What stands before the colon; null for a URL that begins with `www.`. */
  readonly protocol: string | null;
  /** The number of slashes after the colon. */
  readonly slashes: number;
}

/**
 * Finds what Tornado's regex finds. The regex tries a scheme at every word of a text, which is quadratic for
 * "a-a-a-a-...", so this looks for the `:/` and `www.` that every URL has and goes back from there.
 */
function* findURLs(text: string): Generator<FoundURL> {
  let from = 0;
  let colon = -1;
  let scheme = -1;
  let www = -1;
  while (true) {
    // The scheme is looked for once for each colon: the text may hold many a "www." before it.
    if (colon < from || scheme < from) {
      if (colon < from) colon = indexOrEnd(text, ":/", from);
      scheme = schemeStart(text, from, colon);
    }
    if (www < from) www = indexOrEnd(text, "www.", from);
    if (colon === text.length && www === text.length) return;
    if (www < scheme) {
      const end = isWordBoundary(text, www) ? tailEnd(text, www + 4) : -1;
      if (end < 0) {
        www = indexOrEnd(text, "www.", www + 1);
        continue;
      }
      yield { start: www, end, protocol: null, slashes: 0 };
      from = end;
      continue;
    }
    const found = scheme < colon ? findTail(text, colon + 1) : null;
    if (found === null) {
      colon = indexOrEnd(text, ":/", colon + 1);
      scheme = schemeStart(text, from, colon);
      continue;
    }
    yield { start: scheme, end: found.end, protocol: text.slice(scheme, colon), slashes: found.slashes };
    from = found.end;
  }
}

function indexOrEnd(text: string, part: string, from: number): number {
  const index = text.indexOf(part, from);
  return index < 0 ? text.length : index;
}

/**
 * First word boundary in the run of word characters and hyphens that ends at the colon; the colon's index when there is
 * none.
 */
function schemeStart(text: string, from: number, colon: number): number {
  if (colon === text.length) return colon;
  let start = colon;
  let boundary = colon;
  while (start > from) {
    const before = previous(text, start);
    if (text.charCodeAt(before) !== 0x2d && !isWordAt(text, before)) break;
    start = before;
    if (start >= from && isWordBoundary(text, start)) boundary = start;
  }
  return boundary;
}

/** One to three slashes, as many as leave something after them. */
function findTail(text: string, start: number): { end: number; slashes: number } | null {
  let slashes = 0;
  while (slashes < 3 && text[start + slashes] === "/") slashes++;
  for (; slashes > 0; slashes--) {
    const end = tailEnd(text, start + slashes);
    if (end >= 0) return { end, slashes };
  }
  return null;
}

/**
 * End of the rest of a URL: runs that end in something else than punctuation, and pairs of round brackets; -1 when
 * there is none.
 *
 * Of the character references in escaped text only `&amp;` and `&quot;` belong to a URL.
 */
function tailEnd(text: string, start: number): number {
  let end = -1;
  let position = start;
  while (true) {
    const run = scanRun(text, position);
    if (run.lastEnd > position) {
      end = position = run.lastEnd;
      continue;
    }
    if (run.end !== position || text[position] !== "(") return end;
    const inside = scanRun(text, position + 1);
    if (text[inside.end] !== ")") return end;
    end = position = inside.end + 1;
  }
}

/** A run without white space and brackets, and the end of the last character in it that may end a URL. */
function scanRun(text: string, start: number): { end: number; lastEnd: number } {
  let i = start;
  let lastEnd = start;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === 0x26) {
      if (text.startsWith("&amp;", i)) i += 5;
      else if (text.startsWith("&quot;", i)) i += 6;
      else break;
      continue;
    }
    if (code === 0x28 || code === 0x29 || isSpace(code)) break;
    i++;
    if (!isPunctuation(code)) lastEnd = i;
  }
  return { end: i, lastEnd };
}

const PUNCTUATION = new Set([..."!\"#$%&'()*+,.:;<=>?@[]^`{|}~"].map((character) => character.charCodeAt(0)));

function isPunctuation(code: number): boolean {
  return code < 0x80 && PUNCTUATION.has(code);
}

const WORD = /[\p{L}\p{N}_]/u;

/** Tells whether a character that begins at `index` is one of Python's `\w`. */
function isWordAt(text: string, index: number): boolean {
  const code = text.codePointAt(index);
  if (code === undefined) return false;
  if (code < 0x80) {
    return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) || code === 0x5f;
  }
  return WORD.test(String.fromCodePoint(code));
}

/** Index of the character before `index`, which may be a surrogate pair. */
function previous(text: string, index: number): number {
  const low = text.charCodeAt(index - 1);
  if (index < 2 || low < 0xdc00 || low > 0xdfff) return index - 1;
  const high = text.charCodeAt(index - 2);
  return high >= 0xd800 && high <= 0xdbff ? index - 2 : index - 1;
}

function isWordBoundary(text: string, index: number): boolean {
  return isWordAt(text, index) !== (index > 0 && isWordAt(text, previous(text, index)));
}
