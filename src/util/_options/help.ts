import type { Option } from "./option.ts";

/** Tornado's columns: a description begins behind a name of up to 30 characters, and ends before column 79. */
const NAME_WIDTH = 30;
const DESCRIPTION_WIDTH = 79 - 35;
const INDENT = " ".repeat(34);

/**
 * Returns the help of a program: the options by group, in the form of Tornado.
 *
 * @param program Name of the program.
 * @param options All options, once each.
 */
export function formatHelp(program: string, options: Iterable<Option<unknown>>): string {
  const groups = new Map<string, Option<unknown>[]>();
  for (const option of options) {
    const group = groups.get(option.group);
    if (group === undefined) groups.set(option.group, [option]);
    else group.push(option);
  }
  const lines = [`Usage: ${program} [OPTIONS]`, "", "Options:", ""];
  for (const [group, members] of [...groups].sort(([a], [b]) => compare(a, b))) {
    if (group !== "") lines.push("", `${group} options:`, "");
    for (const option of members.sort((a, b) => compare(a.name, b.name))) lines.push(...optionLines(option));
  }
  return [...lines, "", ""].join("\n");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function optionLines(option: Option<unknown>): string[] {
  const head = option.dashedName + (option.metavar === "" ? "" : `=${option.metavar}`);
  const [first = "", ...rest] = wrap(description(option), DESCRIPTION_WIDTH);
  const lines = first === "" || head.length > NAME_WIDTH
    ? ["", ...first === "" ? [] : [first], ...rest]
    : [first, ...rest];
  return lines.map((line, index) => index === 0 ? `  --${head.padEnd(NAME_WIDTH)} ${line}` : `${INDENT} ${line}`);
}

function description(option: Option<unknown>): string {
  const notes = [option.formatChoices(), option.formatDefault()];
  return option.help +
    (notes[0] === "" ? "" : ` (one of ${notes[0]})`) +
    (option.isMissing ? " (required)" : "") +
    (notes[1] === "" ? "" : ` (default ${notes[1]})`);
}

/** Pieces that a line may end after, as Python's `textwrap` cuts them: words, parts of hyphenated words, and blanks. */
const PIECE =
  /\s+|(?<=[\w!"'&.,?])-{2,}(?=\w)|\S+?(?:-(?:(?<=[^\P{L}]{2}-)|(?<=[^\P{L}]-[^\P{L}]-))(?=\p{L}-?\p{L})|(?=\s|$)|(?<=[\w!"'&.,?])(?=-{2,}\w))/gu;

/** Breaks a text into lines of at most `width` characters, as Python's `textwrap.wrap`. */
export function wrap(text: string, width: number): string[] {
  const pieces: string[] = text.replace(/\s/g, " ").match(PIECE) ?? [];
  const lines: string[] = [];
  let line = "";
  while (pieces.length > 0) {
    const piece = pieces.shift() ?? "";
    if (line === "" && lines.length > 0 && piece.trim() === "") continue;
    if (line.length + piece.length <= width) {
      line += piece;
      continue;
    }
    const cut = piece.length > width ? cutLongWord(piece, width - line.length) : 0;
    const full = (line + piece.slice(0, cut)).trimEnd();
    if (full !== "") lines.push(full);
    line = "";
    pieces.unshift(piece.slice(cut));
  }
  return line.trimEnd() === "" ? lines : [...lines, line.trimEnd()];
}

/** Returns how much of a word that is longer than a line goes into the rest of this one. */
function cutLongWord(word: string, room: number): number {
  const hyphen = word.lastIndexOf("-", room - 1);
  return hyphen > 0 && room > 0 && /[^-]/.test(word.slice(0, hyphen)) ? hyphen + 1 : room;
}
