import { LITERAL_ESCAPES } from "../../internal/python.ts";
import { ConfigFileError } from "./errors.ts";

/** A token of a Python file. */
export interface Token {
  readonly kind: "name" | "number" | "text" | "operator" | "newline" | "end";
  /** Source of a name, number or operator. */
  readonly source: string;
  /** Value of a number or text. */
  readonly value: number | string | Uint8Array | null;
  /** Line, counted from 1. */
  readonly line: number;
  /** Tells whether the token is the first of its line and blanks precede it. */
  readonly indented: boolean;
}

const BLANKS = /(?:[ \t\f]|\\\n|#[^\n]*)+/y;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const NUMBER =
  /(?:0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][-+]?\d(?:_?\d)*)?)/y;
const STRING =
  /([a-zA-Z]{0,2})("""(?:[^\\]|\\[^])*?"""|'''(?:[^\\]|\\[^])*?'''|"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*')/y;
const OPERATOR = /\*\*=?|\/\/=?|->|:=|[-+*\/%&|^@=!<>]=|<<|>>|[-+*\/%&|^~@=<>()[\]{},:.;]/y;

/**
 * Splits a Python file into tokens. Newlines within brackets are left out, as Python has it.
 *
 * @throws {ConfigFileError} A character or a literal is none of Python, or one that has no plain value.
 */
export function tokenize(text: string, path: string): Token[] {
  const source = text.replace(/\r\n?/g, "\n");
  const tokens: Token[] = [];
  let position = 0;
  let line = 1;
  let depth = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(source);
    if (match === null) return null;
    position += match[0].length;
    line += match[0].split("\n").length - 1;
    return match;
  };
  while (true) {
    const lineStart = position === 0 || source[position - 1] === "\n";
    const indented = take(BLANKS) !== null && lineStart;
    const start = line;
    const add = (kind: Token["kind"], source: string, value: Token["value"] = null) =>
      tokens.push({ kind, source, value, line: start, indented });
    if (position >= source.length) {
      add("newline", "\n");
      add("end", "");
      return tokens;
    }
    if (source[position] === "\n") {
      if (depth === 0) add("newline", "\n");
      position++;
      line++;
      continue;
    }
    const string = take(STRING);
    if (string !== null) {
      add(
        "text",
        "",
        textValue(string[1] ?? "", string[2] ?? "", (reason) => new ConfigFileError(path, start, reason)),
      );
      continue;
    }
    const number = take(NUMBER);
    if (number !== null) {
      const value = Number(number[0].replaceAll("_", ""));
      if (/^0[\d_]*[1-9][\d_]*$/.test(number[0])) throw new ConfigFileError(path, start, "it is not Python");
      if (/^[\d_]+$|^0[xXoObB]/.test(number[0]) && !Number.isSafeInteger(value)) {
        throw new ConfigFileError(path, start, "an integer is larger than a number of JavaScript can hold exactly");
      }
      add("number", number[0], value);
      continue;
    }
    const word = take(NAME);
    if (word !== null) {
      add("name", word[0]);
      continue;
    }
    const operator = take(OPERATOR)?.[0];
    if (operator === undefined) throw new ConfigFileError(path, line, "it is not Python");
    if ("([{".includes(operator)) depth++;
    if (")]}".includes(operator)) depth = Math.max(0, depth - 1);
    add("operator", operator);
  }
}

const ESCAPE = /\\(?:[0-7]{1,3}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[^])/g;

/** Returns the value of a literal of the form `r"..."`. */
function textValue(prefix: string, literal: string, fault: (reason: string) => Error): string | Uint8Array {
  const kind = prefix.toLowerCase();
  if (/f/.test(kind)) throw fault("an f-string is computed, and config files are read as literals, never executed");
  if (!["", "r", "u", "b", "br", "rb"].includes(kind)) throw fault("it is not Python");
  const quote = /^(?:"""|'''|.)/.exec(literal)?.[0] ?? "";
  const body = literal.slice(quote.length, -quote.length);
  const isBytes = kind.includes("b");
  const text = kind.includes("r") ? body : body.replace(ESCAPE, (escape) => {
    const letter = escape[1] ?? "";
    if (/[0-7]/.test(letter)) return String.fromCodePoint(parseInt(escape.slice(1), 8));
    if (letter === "x" && escape.length > 2) return String.fromCodePoint(parseInt(escape.slice(2), 16));
    if (isBytes) return LITERAL_ESCAPES[letter] ?? escape;
    if ("uU".includes(letter) && escape.length > 2) {
      const code = parseInt(escape.slice(2), 16);
      if (code <= 0x10ffff) return String.fromCodePoint(code);
    }
    if ("xuUN".includes(letter)) throw fault(`the escape "${escape.slice(0, 2)}" of a text cannot be read`);
    return LITERAL_ESCAPES[letter] ?? escape;
  });
  return isBytes ? Uint8Array.from(text, (character) => character.codePointAt(0) ?? 0) : text;
}
