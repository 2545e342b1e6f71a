// Looks through prose for phrases that read as translated, and for comment lines that `deno fmt` does not wrap.
//
//   deno task words [--wrap] [folder or file ...]
//
// Prose is the Markdown pages and the public doc comments of src. --wrap breaks long lines of comments again.
import { projectRoot, sourceFiles } from "./project.ts";
import { WORD_RULES } from "./word_rules.ts";

/** The width of a line, as for code. */
export const MAX_COLUMNS = 120;

/** Something to be changed. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

interface Line {
  readonly number: number;
  text: string;
}

/** Finds phrases of the rules in lines of prose that belong together. */
export function findPhrases(lines: readonly Line[]): { line: number; message: string }[] {
  const text = lines.map((line) => withoutCode(line.text.trim())).join(" ");
  const found: { line: number; message: string }[] = [];
  for (const { pattern, instead } of WORD_RULES) {
    for (const { 0: phrase, index } of text.matchAll(new RegExp(pattern, isOpening(pattern) ? "g" : "gi"))) {
      let end = 0;
      const line = lines.find(({ text }) => index < (end += text.trim().length + 1)) ?? lines[0];
      const shown = phrase.replace(/^[.:;] /, "").trim();
      if (line !== undefined) found.push({ line: line.number, message: `"${shown}": ${instead}` });
    }
  }
  return found.sort((a, b) => a.line - b.line);
}

/** A rule for the first word of a sentence, which is upper-case. */
function isOpening({ source }: RegExp): boolean {
  return source.startsWith("(?:^|");
}

/** Text in which code is as long as before, but not there. */
function withoutCode(text: string): string {
  return text.replaceAll(/`[^`]*`|\{@\w+ [^}]*\}|https?:\S+/g, (code) => "`".repeat(code.length));
}

/** Splits lines at those that are empty, and at the items of lists and tags, which begin something new. */
function paragraphs(lines: readonly Line[]): Line[][] {
  const found: Line[][] = [];
  let current: Line[] = [];
  let inCode = false;
  for (const line of lines) {
    const text = line.text.trim();
    const fence = text.startsWith("```");
    const isProse = !inCode && !fence && text !== "" && !/^(?:\||#|@example|@module|<)/.test(text);
    if (fence) inCode = !inCode;
    if (isProse && !/^(?:[-*+] |\d+\. |@|>)/.test(text)) {
      current.push(line);
      continue;
    }
    if (current.length > 0) found.push(current);
    // The subject of a tag is not a sentence: `@param name Whether ...`.
    current = isProse ? [{ ...line, text: text.replace(/^@\w+ (?:\{[^}]*\} ?)?/, "- ") }] : [];
  }
  if (current.length > 0) found.push(current);
  return found;
}

/** The public doc comments of a source file: those of what is exported, and of members of that. */
export function docComments(source: string): Line[][] {
  const lines = source.split("\n");
  const found: Line[][] = [];
  let exported = false;
  for (let i = 0; i < lines.length; i++) {
    const text = lines[i] ?? "";
    if (/^[a-z@]/.test(text)) exported = text.startsWith("export");
    if (!/^\s*\/\*\*/.test(text)) continue;
    const start = i;
    while (i < lines.length && !(lines[i] ?? "").includes("*/")) i++;
    const subject = lines[i + 1] ?? "";
    const indented = /^\s/.test(text);
    const isPublic = indented
      ? exported && !/^\s*(?:static )?(?:readonly )?(?:async )?(?:get |set )?#/.test(subject)
      : /^export|^$|^import|^\/\//.test(subject);
    if (!isPublic) continue;
    const comment = lines.slice(start, i + 1).map((line, j) => ({
      number: start + j + 1,
      text: line.replace(/^\s*\/?\*\*?\/?\s?/, "").replace(/\s*\*\/\s*$/, ""),
    }));
    found.push(comment);
  }
  return found;
}

/** Finds phrases in a page or in the doc comments of a source file. */
export function lintProse(file: string, source: string): Finding[] {
  const texts = file.endsWith(".md")
    ? [source.split("\n").map((text, i) => ({ number: i + 1, text }))]
    : docComments(source);
  return texts.flatMap((lines) =>
    paragraphs(lines).flatMap(findPhrases).map(({ line, message }) => ({ file, line, message }))
  );
}

const COMMENT = /^(\s*(?:\/\/+|\/\*\*?|\*)\s?)(.*)$/;

/** Finds lines of comments that are too long. */
export function lintColumns(file: string, source: string): Finding[] {
  return source.split("\n").flatMap((text, i) =>
    text.length > MAX_COLUMNS && COMMENT.test(text) && !text.includes("://")
      ? [{ file, line: i + 1, message: `a comment of ${text.length} columns, not ${MAX_COLUMNS}` }]
      : []
  );
}

/** Breaks paragraphs of comments that have a line that is too long; code and what is short enough stay. */
export function wrapComments(source: string): string {
  const out: string[] = [];
  const lines = source.split("\n");
  let inCode = false;
  for (let i = 0; i < lines.length; i++) {
    const text = lines[i] ?? "";
    const [, head = "", body = ""] = COMMENT.exec(text) ?? [];
    if (body.startsWith("```")) inCode = !inCode;
    if (head === "") inCode = false;
    if (head === "" || inCode || text.length <= MAX_COLUMNS || text.includes("://") || /^[|#]/.test(body)) {
      out.push(text);
      continue;
    }
    if (/^\s*\/\*/.test(head)) {
      out.push(...unfold(text));
      continue;
    }
    const indent = / {2,}$/.exec(head)?.[0] ?? "";
    let words = body.trim();
    // What follows belongs to the paragraph as long as it is no new item, tag or fence.
    while (i + 1 < lines.length) {
      const [, nextHead = "", next = ""] = COMMENT.exec(lines[i + 1] ?? "") ?? [];
      if (nextHead.trimEnd() !== head.trimEnd() || next.trim() === "" || /^\s*(?:[-*@|#>]|```|\d+\.|\/$)/.test(next)) {
        break;
      }
      words += ` ${next.trim()}`;
      i++;
    }
    const hanging = /^[-*] /.test(words) ? "  " : "";
    out.push(...fill(words, head.trimEnd() + " " + indent, hanging));
  }
  return out.join("\n");
}

/** Makes a doc comment of one line one of several. */
function unfold(text: string): string[] {
  const [, indent = "", body = ""] = /^(\s*)\/\*\*?\s*(.*?)\s*\*\/\s*$/.exec(text) ?? [];
  return body === "" ? [text] : [`${indent}/**`, ...fill(body, `${indent} * `, ""), `${indent} */`];
}

function fill(words: string, head: string, hanging: string): string[] {
  const lines: string[] = [];
  let line = head;
  // Inline code and links are not broken.
  for (const [word] of words.matchAll(/(?:\{@[^}]*\}|`[^`]*`|\S)+/g)) {
    if (line.trim() !== head.trim() && line.length + 1 + word.length > MAX_COLUMNS) {
      lines.push(line);
      line = head + hanging + word;
    } else line += line === head ? word : ` ${word}`;
  }
  lines.push(line);
  return lines;
}

/** The files below what is named, relative to the project. */
function chosen(names: readonly string[], files: readonly string[]): string[] {
  if (names.length === 0) return [...files];
  const prefixes = names.map((name) => name.replace(/^\.\//, "").replace(/\/$/, ""));
  return files.filter((file) => prefixes.some((prefix) => file === prefix || file.startsWith(`${prefix}/`)));
}

function markdownFiles(): string[] {
  const pages = Array.from(Deno.readDirSync(`${projectRoot}/docs`)).filter(({ name }) => name.endsWith(".md"));
  return ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ...pages.map(({ name }) => `docs/${name}`).sort()];
}

/** Prints what is found, and how much there is in each folder. */
function main(args: readonly string[]): number {
  const names = args.filter((arg) => !arg.startsWith("--"));
  const code = ["src", "tests", "tools", "examples", "bench"].flatMap(sourceFiles);
  const prose = chosen(names, [...markdownFiles(), "mod.ts", ...sourceFiles("src")]);
  const findings: Finding[] = [];
  for (const file of chosen(names, ["mod.ts", ...code])) {
    const path = `${projectRoot}/${file}`;
    const source = Deno.readTextFileSync(path);
    if (args.includes("--wrap")) Deno.writeTextFileSync(path, wrapComments(source));
    else findings.push(...lintColumns(file, source));
  }
  for (const file of prose) findings.push(...lintProse(file, Deno.readTextFileSync(`${projectRoot}/${file}`)));
  const counts = new Map<string, number>();
  for (const { file, line, message } of findings) {
    console.log(`${file}:${line}: ${message}`);
    const folder = file.split("/").slice(0, file.startsWith("src/") ? 2 : 1).join("/");
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  for (const [folder, count] of [...counts].sort()) console.log(`${String(count).padStart(5)} ${folder}`);
  return findings.length;
}

if (import.meta.main) Deno.exit(main(Deno.args) === 0 ? 0 : 1);
