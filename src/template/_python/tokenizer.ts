import { LanguageSyntaxError } from "../language.ts";

/** A word of Python: `name` also for keywords. A token of kind `end` follows the last one. */
export interface Token {
  readonly kind: "name" | "number" | "string" | "operator" | "newline" | "end";
  /** The token as written; a name in the normal form that Python compares (NFKC). */
  readonly text: string;
  /** Offset of the token in the source, in UTF-16 code units. */
  readonly at: number;
}

const NAME = /[\p{XID_Start}_][\p{XID_Continue}]*/uy;
const NUMBER =
  /0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][-+]?\d(?:_?\d)*)?[jJ]?/y;
const STRING_START = /(?:[rR][bBfF]?|[bBfF][rR]?|[uU])?("""|'''|"|')/y;
const OPERATOR = /\*\*=|\/\/=|>>=|<<=|\.\.\.|[-+*/%@&|^=<>!]=|\*\*|\/\/|<<|>>|:=|->|[-+*/%@&|^~<>=()[\]{},:.;!]/y;

/**
 * Splits source into tokens. A line ends the statement, except inside brackets or after a backslash.
 *
 * @throws {LanguageSyntaxError} The source has a character, number or text that Python refuses.
 */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const open: { bracket: string; at: number }[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0] ?? null;
  };
  const push = (kind: Token["kind"], text: string, length: number = text.length) => {
    tokens.push({ kind, text, at });
    at += length;
  };
  while (at < source.length) {
    const c = source.charAt(at);
    if (c === " " || c === "\t" || c === "\f") {
      at++;
    } else if (c === "\n" || c === "\r") {
      if (open.length === 0) push("newline", c);
      else at++;
    } else if (c === "#") {
      while (at < source.length && source.charAt(at) !== "\n") at++;
    } else if (c === "\\") {
      const end = /\\\r?\n/y;
      const line = match(end);
      if (line === null) throw new LanguageSyntaxError("unexpected character after line continuation character", at);
      at += line.length;
    } else if (/[\d.]/.test(c) && match(/\.?\d/y) !== null) {
      push("number", number(match(NUMBER) ?? "", source, at));
    } else if (match(STRING_START) !== null) {
      push("string", source.slice(at, stringEnd(source, at)));
    } else {
      const name = match(NAME);
      if (name !== null) push("name", name.normalize("NFKC"), name.length);
      else {
        const operator = match(OPERATOR);
        if (operator === null) throw new LanguageSyntaxError(`invalid character '${c}'`, at);
        matchBracket(operator, open, at);
        push("operator", operator);
      }
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) throw new LanguageSyntaxError(`'${unclosed.bracket}' was never closed`, unclosed.at);
  while (tokens.at(-1)?.kind === "newline") tokens.pop();
  tokens.push({ kind: "end", text: "", at: source.length });
  return tokens;
}

const CLOSING: ReadonlyMap<string, string> = new Map([["(", ")"], ["[", "]"], ["{", "}"]]);

function matchBracket(operator: string, open: { bracket: string; at: number }[], at: number): void {
  if (CLOSING.has(operator)) open.push({ bracket: operator, at });
  else if (")]}".includes(operator)) {
    const last = open.pop();
    if (last === undefined) throw new LanguageSyntaxError(`unmatched '${operator}'`, at);
    if (CLOSING.get(last.bracket) !== operator) {
      throw new LanguageSyntaxError(
        `closing parenthesis '${operator}' does not match opening parenthesis '${last.bracket}'`,
        at,
      );
    }
  }
}

function number(text: string, source: string, at: number): string {
  if (/^0[\d_]*[1-9]/.test(text) && /^[\d_]+$/.test(text)) {
    throw new LanguageSyntaxError("leading zeros in decimal integer literals are not permitted", at);
  }
  // `1if x else y` is a number and a keyword, which Python allows.
  const rest = /^[\p{XID_Continue}]+/u.exec(source.slice(at + text.length, at + text.length + 16))?.[0];
  if (rest !== undefined && !/^(?:and|else|for|if|in|is|not|or)$/.test(rest)) {
    throw new LanguageSyntaxError(`invalid decimal literal '${text}${rest}'`, at);
  }
  return text;
}

function stringEnd(source: string, start: number): number {
  STRING_START.lastIndex = start;
  const [opening = "", quote = ""] = STRING_START.exec(source) ?? [];
  for (let at = start + opening.length; at < source.length; at++) {
    const c = source.charAt(at);
    if (c === "\\") {
      // Also in raw text, where both characters stay: a quote after a backslash ends nothing.
      if (source.startsWith("\r\n", at + 1)) at++;
      at++;
    } else if (c === "\n" && quote.length === 1) break;
    else if (source.startsWith(quote, at)) return at + quote.length;
  }
  throw new LanguageSyntaxError(
    `unterminated ${quote.length === 3 ? "triple-quoted " : ""}string literal`,
    start,
  );
}
