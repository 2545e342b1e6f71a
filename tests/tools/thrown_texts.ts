// The texts of the errors that the library throws, as the sources have them.
import { projectRoot, sourceFiles } from "../../tools/project.ts";

/** An error with a text of its own. */
export interface ThrownText {
  readonly file: string;
  /** The class of the error. */
  readonly error: string;
  /** The text, with `…` for each value. */
  readonly text: string;
}

/** Begins an error: `new TypeError(`, or `super(` in the class of one. */
const ERROR = /\bnew (\w*(?:Error|Exception|Closed|Full|Empty))\(|\bclass (\w*Error) [^{]*\{[^]*?\bsuper\(/g;

/** Returns the texts of all errors that files below `folder` make, sorted by file. */
export function thrownTexts(folder: string): ThrownText[] {
  return sourceFiles(folder).flatMap((file) => {
    const source = withoutComments(Deno.readTextFileSync(`${projectRoot}${file}`));
    return Array.from(source.matchAll(ERROR), ({ 0: match, 1: made, 2: defined, index }) => {
      const texts = literals(firstArgument(source, index + match.length));
      return texts.map((text) => ({ file, error: made ?? defined ?? "", text }));
    }).flat();
  });
}

function withoutComments(source: string): string {
  return source.replace(/^\s*(?:\/\/|\/?\*).*$/gm, "");
}

/** The source of the arguments of a call whose parenthesis opens before `start`, without its options. */
function firstArgument(source: string, start: number): string {
  let depth = 0;
  for (let i = start; i < source.length; i++) {
    const char = source[i] ?? "";
    if (char === '"' || char === "`" || char === "'") i = endOfText(source, i);
    else if (char === "(" || char === "[") depth++;
    else if (char === "{" && depth === 0) return source.slice(start, i);
    else if ((char === ")" || char === "]") && depth-- === 0) return source.slice(start, i);
  }
  return source.slice(start);
}

/** The place of the quote that ends the text whose quote is at `start`. */
function endOfText(source: string, start: number): number {
  const quote = source[start];
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === "\\") i++;
    else if (source[i] === quote) return i;
    else if (quote === "`" && source[i] === "$" && source[i + 1] === "{") i = endOfValue(source, i + 2);
  }
  return source.length;
}

/** The place of the brace that ends the value in a template which begins at `start`. */
function endOfValue(source: string, start: number): number {
  for (let i = start; i < source.length; i++) {
    const char = source[i] ?? "";
    if (char === "}") return i;
    if (char === "{") i = endOfValue(source, i + 1);
    else if (char === '"' || char === "`" || char === "'") i = endOfText(source, i);
  }
  return source.length;
}

/** The texts in an expression, with `…` for each value. */
function literals(expression: string): string[] {
  const found: string[] = [];
  let end = 0;
  for (let i = 0; i < expression.length; i++) {
    if (!`"'\``.includes(expression[i] ?? "")) continue;
    const between = expression.slice(end, i);
    end = endOfText(expression, i) + 1;
    const text = fixed(expression.slice(i + 1, end - 1));
    const isSum = found.length > 0 && /^\s*\+[^,?:]*$/.test(between);
    if (isSum) found.push((found.pop() ?? "") + (/[^\s+]/.test(between) ? "…" : "") + text);
    else found.push(text);
    i = end - 1;
  }
  if (found.length > 0 && /^\s*\+ \w[\w.]*\s*$/.test(expression.slice(end))) found.push(`${found.pop()}…`);
  return found;
}

/** A text without its values. */
function fixed(text: string): string {
  let parts = "";
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") parts += text[++i] ?? "";
    else if (text[i] === "$" && text[i + 1] === "{") {
      parts += "…";
      i = endOfValue(text, i + 2);
    } else parts += text[i];
  }
  return parts;
}
