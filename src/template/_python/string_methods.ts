import { isSpace, strip } from "../../internal/python.ts";
import { defineMethods, type Methods } from "./define_methods.ts";
import { LOOKUP_ERROR, OVERFLOW_ERROR, PythonError, TYPE_ERROR, VALUE_ERROR } from "./exceptions.ts";
import { getItem } from "./items.ts";
import { characters, sliceIndexes, textLength } from "./sequences.ts";
import { formatText } from "./text_format.ts";
import { encode } from "./text_codec.ts";
import { indexOf, isDict, isTrue, iterate, own, SliceValue, Tuple, tuple, typeName } from "./values.ts";
import { ABSENT, dictGet, makeDict } from "./dicts.ts";

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function text(value: unknown, message: string = "must be str, not %"): string {
  if (typeof value === "string") return value;
  throw new PythonError(TYPE_ERROR, message.replace("%", typeName(value)));
}

/** The part of a text between two indexes, and the number of code points before it. */
function part(self: string, start: unknown, end: unknown): { found: string; before: number } | null {
  const items = characters(self);
  const range = sliceIndexes(new SliceValue(start ?? null, end ?? null, null), items.length);
  // An index behind the end finds nothing, not even an empty text.
  if (typeof start === "number" && start > items.length) return null;
  const found = typeof items === "string"
    ? items.slice(range.start, Math.max(range.start, range.stop))
    : Array.from(items).slice(range.start, Math.max(range.start, range.stop)).join("");
  return { found, before: range.start };
}

function find(self: string, sub: unknown, start: unknown, end: unknown, last: boolean): number {
  const wanted = text(sub);
  const place = part(self, start, end);
  if (place === null) return -1;
  const at = last ? place.found.lastIndexOf(wanted) : place.found.indexOf(wanted);
  return at < 0 ? -1 : place.before + textLength(place.found.slice(0, at));
}

function mustFind(self: string, sub: unknown, start: unknown, end: unknown, last: boolean): number {
  const at = find(self, sub, start, end, last);
  if (at < 0) throw new PythonError(VALUE_ERROR, "substring not found");
  return at;
}

function hasAffix(
  self: string,
  affix: unknown,
  start: unknown,
  end: unknown,
  name: "startsWith" | "endsWith",
): boolean {
  const place = part(self, start, end);
  const affixes = affix instanceof Tuple ? affix : [affix];
  const expected = `${name.toLowerCase()} first arg must be str or a tuple of str, not %`;
  return affixes.some((one: unknown) => {
    const wanted = text(one, expected);
    return place !== null && place.found[name](wanted);
  });
}

/** Removes characters from the ends; `null` stands for white space. */
function trim(self: string, chars: unknown, fromStart: boolean, fromEnd: boolean): string {
  if (chars === null || chars === undefined) {
    if (fromStart && fromEnd) return strip(self);
    let start = 0;
    let end = self.length;
    while (fromStart && start < end && isSpace(self.charCodeAt(start))) start++;
    while (fromEnd && end > start && isSpace(self.charCodeAt(end - 1))) end--;
    return self.slice(start, end);
  }
  const set = new Set(text(chars, "strip arg must be None or str"));
  const items = [...self];
  let start = 0;
  let end = items.length;
  while (fromStart && start < end && set.has(items[start] ?? "")) start++;
  while (fromEnd && end > start && set.has(items[end - 1] ?? "")) end--;
  return items.slice(start, end).join("");
}

function limitOf(value: unknown): number {
  const limit = value === undefined ? -1 : indexOf(value);
  return limit < 0 ? Infinity : limit;
}

function split(self: string, separator: unknown, limit: unknown): string[] {
  const most = limitOf(limit);
  if (separator === null || separator === undefined) return splitSpace(self, most);
  const by = separatorOf(separator);
  const parts = self.split(by);
  return parts.length - 1 <= most ? parts : [...parts.slice(0, most), parts.slice(most).join(by)];
}

function rsplit(self: string, separator: unknown, limit: unknown): string[] {
  const most = limitOf(limit);
  if (separator === null || separator === undefined) {
    if (most === Infinity) return splitSpace(self, most);
    const reversed = splitSpace([...self].reverse().join(""), most);
    return reversed.map((word) => [...word].reverse().join("")).reverse();
  }
  const by = separatorOf(separator);
  const parts = self.split(by);
  const kept = parts.length - most;
  return kept <= 1 ? parts : [parts.slice(0, kept).join(by), ...parts.slice(kept)];
}

function separatorOf(value: unknown): string {
  const separator = text(value, "must be str or None, not %");
  if (separator === "") throw new PythonError(VALUE_ERROR, "empty separator");
  return separator;
}

function splitSpace(self: string, most: number): string[] {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (at < self.length && isSpace(self.charCodeAt(at))) at++;
    if (at >= self.length) return words;
    if (words.length >= most) return [...words, trim(self.slice(at), null, false, true)];
    const start = at;
    while (at < self.length && !isSpace(self.charCodeAt(at))) at++;
    words.push(self.slice(start, at));
  }
}

/** What ends a line, each with its own name in Unicode; `\r\n` is one end. */
const LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029";

function splitLines(self: string, keepEnds: unknown): string[] {
  const lines: string[] = [];
  let start = 0;
  for (let at = 0; at < self.length; at++) {
    if (!LINE_ENDS.includes(self.charAt(at))) continue;
    const end = self.startsWith("\r\n", at) ? at + 2 : at + 1;
    lines.push(self.slice(start, isTrue(keepEnds) ? end : at));
    start = end;
    at = end - 1;
  }
  if (start < self.length) lines.push(self.slice(start));
  return lines;
}

function partition(self: string, separator: unknown, last: boolean): Tuple {
  const by = separatorOf(separator);
  const at = last ? self.lastIndexOf(by) : self.indexOf(by);
  if (at < 0) return tuple(last ? ["", "", self] : [self, "", ""]);
  return tuple([self.slice(0, at), by, self.slice(at + by.length)]);
}

function fillOf(value: unknown): string {
  const fill = value === undefined ? " " : text(value, "The fill character must be a unicode character, not %");
  if (textLength(fill) !== 1) {
    throw new PythonError(TYPE_ERROR, "The fill character must be exactly one character long");
  }
  return fill;
}

/** Columns of the longest text that is filled up to a width: a template must not fill the memory with blanks. */
const MAX_COLUMNS = 1 << 24;

function columnsOf(width: unknown): number {
  const columns = indexOf(width);
  if (columns <= MAX_COLUMNS) return columns;
  throw new PythonError(OVERFLOW_ERROR, `a width may be ${MAX_COLUMNS} columns at most`);
}

function justify(self: string, width: unknown, fill: unknown, side: "left" | "right" | "center"): string {
  const columns = columnsOf(width);
  const missing = columns - textLength(self);
  const by = fillOf(fill);
  if (missing <= 0) return self;
  // As CPython: of an odd number of blanks the larger half stands before the text if the width is odd.
  const half = Math.floor(missing / 2) + (missing & columns & 1);
  const before = side === "left" ? 0 : side === "right" ? missing : half;
  return by.repeat(before) + self + by.repeat(missing - before);
}

function zeroFill(self: string, width: unknown): string {
  const sign = /^[-+]/.exec(self)?.[0] ?? "";
  const digits = self.slice(sign.length);
  return sign + "0".repeat(Math.max(0, columnsOf(width) - textLength(self))) + digits;
}

const CASED = /[\p{Lu}\p{Ll}\p{Lt}]/u;

function title(self: string): string {
  let result = "";
  let isInWord = false;
  for (const c of self) {
    result += isInWord ? c.toLowerCase() : titleCase(c);
    isInWord = CASED.test(c);
  }
  return result;
}

/** Upper case, but for one letter that stands for two: `ǆ` becomes `ǅ`. */
function titleCase(c: string): string {
  const upper = c.toUpperCase();
  if (upper.length > c.length) return upper.charAt(0) + upper.slice(1).toLowerCase();
  return /[\u01c4-\u01cc\u01f1-\u01f3]/.test(c) ? upper.charAt(0).normalize("NFC") : upper;
}

function capitalize(self: string): string {
  const [first = ""] = self;
  return titleCase(first) + self.slice(first.length).toLowerCase();
}

function swapCase(self: string): string {
  return self.replace(/\p{Lu}|\p{Ll}/gu, (c) => c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase());
}

function replace(self: string, old: unknown, by: unknown, limit: unknown): string {
  const wanted = text(old);
  const replacement = text(by);
  const most = limitOf(limit);
  if (most === Infinity && wanted !== "") return self.replaceAll(wanted, () => replacement);
  if (wanted === "") {
    const items = [...self];
    let result = "";
    items.forEach((c, i) => result += (i < most ? replacement : "") + c);
    return result + (items.length < most ? replacement : "");
  }
  return split(self, wanted, most === Infinity ? -1 : most).join(replacement);
}

function count(self: string, sub: unknown, start: unknown, end: unknown): number {
  const wanted = text(sub);
  const place = part(self, start, end);
  if (place === null) return 0;
  return wanted === "" ? textLength(place.found) + 1 : place.found.split(wanted).length - 1;
}

function join(self: string, items: unknown): string {
  const parts: string[] = [];
  if (typeof items !== "string" && (typeof items !== "object" || items === null)) {
    throw new PythonError(TYPE_ERROR, "can only join an iterable");
  }
  for (const item of iterate(items)) {
    if (typeof item !== "string") {
      const expected = `expected str instance, ${typeName(item)} found`;
      throw new PythonError(TYPE_ERROR, `sequence item ${parts.length}: ${expected}`);
    }
    parts.push(item);
  }
  return parts.join(self);
}

/** What a table has for a character: it may be any value with items. */
function replacementIn(table: unknown, code: unknown): unknown {
  if (isDict(table)) return dictGet(table, code);
  try {
    return getItem(table, code);
  } catch (error) {
    if (LOOKUP_ERROR.matches(error)) return ABSENT;
    throw error;
  }
}

function translate(self: string, table: unknown): string {
  let result = "";
  for (const c of self) {
    const value = replacementIn(table, c.codePointAt(0));
    if (value === ABSENT) result += c;
    else if (typeof value === "number") result += String.fromCodePoint(value);
    else if (value !== null) result += text(value);
  }
  return result;
}

/** Python's `str.maketrans`. */
export function makeTranslation(from: unknown, to: unknown, without: unknown): Map<unknown, unknown> {
  const code = (c: unknown) => typeof c === "string" ? c.codePointAt(0) : c;
  if (isDict(from)) {
    const pairs = from instanceof Map ? [...from] : Object.entries(from);
    return makeDict(pairs.map(([key, value]) => [code(key), value]));
  }
  if (to === undefined) {
    throw new PythonError(TYPE_ERROR, "if you give only one argument to maketrans it must be a dict");
  }
  const target = [...text(to)];
  if (target.length !== textLength(text(from))) {
    throw new PythonError(VALUE_ERROR, "the first two maketrans arguments must have equal length");
  }
  const pairs: [unknown, unknown][] = [...text(from)].map((c, i) => [code(c), code(target[i])]);
  if (without !== undefined) { for (const c of text(without)) pairs.push([code(c), null]); }
  return makeDict(pairs);
}

/** Makes a test of all characters of a text, which is false for empty text. */
function all(pattern: RegExp): readonly [string, (self: string) => boolean] {
  return ["", (self) => pattern.test(self)];
}

/** The methods of `str`. */
export const STRING_METHODS: Methods = defineMethods("str", isText, {
  capitalize: ["", capitalize],
  casefold: ["", (self) => self.toUpperCase().toLowerCase()],
  center: ["width fillchar? /", (self, width, fill) => justify(self, width, fill, "center")],
  count: ["sub start? end? /", count],
  decode: ["encoding? errors?", (self) => self],
  encode: ["encoding? errors?", encode],
  endswith: ["suffix start? end? /", (self, affix, start, end) => hasAffix(self, affix, start, end, "endsWith")],
  expandtabs: ["tabsize?", (self, size) => expandTabs(self, size === undefined ? 8 : columnsOf(size))],
  find: ["sub start? end? /", (self, sub, start, end) => find(self, sub, start, end, false)],
  format: formatText,
  format_map: ["mapping /", (self, mapping) => formatText(self, null, isDict(mapping) ? [...entries(mapping)] : [])],
  index: ["sub start? end? /", (self, sub, start, end) => mustFind(self, sub, start, end, false)],
  isalnum: all(/^[\p{L}\p{N}]+$/u),
  isalpha: all(/^\p{L}+$/u),
  isascii: ["", (self) => !/[^\0-\x7f]/.test(self)],
  isdecimal: all(/^\p{Nd}+$/u),
  isdigit: all(/^[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089]+$/u),
  isidentifier: all(/^[\p{ID_Start}_][\p{ID_Continue}]*$/u),
  islower: ["", (self) => /\p{Ll}/u.test(self) && !/[\p{Lu}\p{Lt}]/u.test(self)],
  isnumeric: all(/^\p{N}+$/u),
  isprintable: ["", (self) => !/[\p{C}\p{Z}]/u.test(self.replaceAll(" ", ""))],
  isspace: ["", (self) => self !== "" && strip(self) === ""],
  istitle: ["", (self) => CASED.test(self) && title(self) === self],
  isupper: ["", (self) => /\p{Lu}/u.test(self) && !/[\p{Ll}\p{Lt}]/u.test(self)],
  join: ["iterable /", join],
  ljust: ["width fillchar? /", (self, width, fill) => justify(self, width, fill, "left")],
  lower: ["", (self) => self.toLowerCase()],
  lstrip: ["chars? /", (self, chars) => trim(self, chars, true, false)],
  maketrans: ["x y? z? /", (_self, from, to, without) => makeTranslation(from, to, without)],
  partition: ["sep /", (self, separator) => partition(self, separator, false)],
  removeprefix: ["prefix /", (self, prefix) => self.startsWith(text(prefix)) ? self.slice(text(prefix).length) : self],
  removesuffix: [
    "suffix /",
    (self, suffix) => suffix !== "" && self.endsWith(text(suffix)) ? self.slice(0, -text(suffix).length) : self,
  ],
  replace: ["old new count? /", replace],
  rfind: ["sub start? end? /", (self, sub, start, end) => find(self, sub, start, end, true)],
  rindex: ["sub start? end? /", (self, sub, start, end) => mustFind(self, sub, start, end, true)],
  rjust: ["width fillchar? /", (self, width, fill) => justify(self, width, fill, "right")],
  rpartition: ["sep /", (self, separator) => partition(self, separator, true)],
  rsplit: ["sep? maxsplit?", (self, separator, limit) => own(rsplit(self, separator, limit))],
  rstrip: ["chars? /", (self, chars) => trim(self, chars, false, true)],
  split: ["sep? maxsplit?", (self, separator, limit) => own(split(self, separator, limit))],
  splitlines: [
    "keepends?",
    (self, keepEnds) => own(splitLines(self, keepEnds === undefined ? false : indexOf(keepEnds))),
  ],
  startswith: ["prefix start? end? /", (self, affix, start, end) => hasAffix(self, affix, start, end, "startsWith")],
  strip: ["chars? /", (self, chars) => trim(self, chars, true, true)],
  swapcase: ["", swapCase],
  title: ["", title],
  translate: ["table /", translate],
  upper: ["", (self) => self.toUpperCase()],
  zfill: ["width /", zeroFill],
});

function* entries(mapping: unknown): Generator<readonly [string, unknown]> {
  if (!isDict(mapping)) return;
  for (const [key, value] of mapping instanceof Map ? mapping : Object.entries(mapping)) {
    if (typeof key === "string") yield [key, value];
  }
}

function expandTabs(self: string, size: number): string {
  let column = 0;
  let result = "";
  for (const c of self) {
    if (c === "\t") {
      const blanks = size > 0 ? size - column % size : 0;
      result += " ".repeat(blanks);
      column += blanks;
    } else {
      result += c;
      column = c === "\n" || c === "\r" ? 0 : column + 1;
    }
  }
  return result;
}
