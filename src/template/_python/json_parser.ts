import { makeDict } from "./dicts.ts";
import { noteException } from "./exception_values.ts";
import { ExceptionType, PythonError, VALUE_ERROR } from "./exceptions.ts";
import { textLength } from "./sequences.ts";
import { float, int, own } from "./values.ts";

/** Python's `json.JSONDecodeError`. */
export const JSON_DECODE_ERROR: ExceptionType = new ExceptionType("JSONDecodeError", VALUE_ERROR, VALUE_ERROR.isNative);
noteException(JSON_DECODE_ERROR);

/** Deepest nesting, as deep as Python's limit of recursion. */
const MAX_DEPTH = 1_000;

const NUMBER = /(-?(?:0|[1-9]\d*))(\.\d+)?([eE][-+]?\d+)?/y;

const CONSTANTS: readonly (readonly [text: string, value: unknown])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
];

/**
 * Reads JSON as Python's `json.loads`: keys keep their order, ints have any size, and errors have Python's words.
 *
 * @throws {PythonError} JSONDecodeError: the text is not JSON.
 */
export function parseJson(source: string): unknown {
  if (source.startsWith("\ufeff")) throw new Parser(source).error("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0);
  return new Parser(source).whole();
}

class Parser {
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  whole(): unknown {
    this.#skip();
    const value = this.#value();
    this.#skip();
    if (this.#at < this.#source.length) throw this.error("Extra data", this.#at);
    return value;
  }

  error(reason: string, at: number): PythonError {
    const before = this.#source.slice(0, at);
    const lineno = before.split("\n").length;
    const pos = textLength(before);
    const colno = textLength(before.slice(before.lastIndexOf("\n") + 1)) + 1;
    const message = `${reason}: line ${lineno} column ${colno} (char ${pos})`;
    return new PythonError(JSON_DECODE_ERROR, message, [message], {
      msg: reason,
      doc: this.#source,
      pos,
      lineno,
      colno,
    });
  }

  #value(): unknown {
    const c = this.#source.charAt(this.#at);
    if (c === '"') return this.#text();
    if (c === "{" || c === "[") {
      if (++this.#depth > MAX_DEPTH) throw new RangeError("Maximum call stack size exceeded");
      this.#at++;
      const value = c === "{" ? this.#object() : this.#array();
      this.#depth--;
      return value;
    }
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#source);
    if (match !== null) {
      this.#at = NUMBER.lastIndex;
      const [text, whole = "", fraction, exponent] = match;
      return fraction === undefined && exponent === undefined ? int(BigInt(whole)) : float(Number(text));
    }
    for (const [text, value] of CONSTANTS) {
      if (!this.#source.startsWith(text, this.#at)) continue;
      this.#at += text.length;
      return value;
    }
    throw this.error("Expecting value", this.#at);
  }

  #array(): unknown[] {
    const items: unknown[] = [];
    this.#skip();
    if (this.#accept("]")) return own(items);
    for (;;) {
      items.push(this.#value());
      this.#skip();
      if (this.#accept("]")) return own(items);
      if (!this.#accept(",")) throw this.error("Expecting ',' delimiter", this.#at);
      this.#skip();
    }
  }

  #object(): unknown {
    const pairs: [string, unknown][] = [];
    this.#skip();
    if (this.#accept("}")) return makeDict(pairs);
    for (;;) {
      if (this.#source.charAt(this.#at) !== '"') {
        throw this.error("Expecting property name enclosed in double quotes", this.#at);
      }
      const key = this.#text();
      this.#skip();
      if (!this.#accept(":")) throw this.error("Expecting ':' delimiter", this.#at);
      this.#skip();
      pairs.push([key, this.#value()]);
      this.#skip();
      if (this.#accept("}")) return makeDict(pairs);
      if (!this.#accept(",")) throw this.error("Expecting ',' delimiter", this.#at);
      this.#skip();
    }
  }

  #text(): string {
    const start = this.#at;
    for (let at = start + 1; at < this.#source.length; at++) {
      const c = this.#source.charAt(at);
      if (c === '"') {
        this.#at = at + 1;
        // The parts are checked, and JavaScript's parser is quick.
        return JSON.parse(this.#source.slice(start, this.#at));
      }
      if (c < " ") throw this.error("Invalid control character at", at);
      if (c === "\\") at = this.#escape(start, at);
    }
    throw this.error("Unterminated string starting at", start);
  }

  /** @returns Offset of the last character of the escape at an offset. */
  #escape(start: number, at: number): number {
    const c = this.#source.charAt(at + 1);
    if (c === "") throw this.error("Unterminated string starting at", start);
    if (c === "u") {
      if (/^[\da-fA-F]{4}/.test(this.#source.slice(at + 2, at + 6))) return at + 5;
      throw this.error("Invalid \\uXXXX escape", at + 1);
    }
    if (!'"\\/bfnrt'.includes(c)) throw this.error("Invalid \\escape", at);
    return at + 1;
  }

  #accept(c: string): boolean {
    if (this.#source.charAt(this.#at) !== c) return false;
    this.#at++;
    return true;
  }

  #skip(): void {
    while (/[ \t\n\r]/.test(this.#source.charAt(this.#at))) this.#at++;
  }
}
