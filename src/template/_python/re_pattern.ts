/**
 * Patterns of Python's `re` as those of JavaScript.
 *
 * @module
 */

import { noteException } from "./exception_values.ts";
import { EXCEPTION, ExceptionType, PythonError } from "./exceptions.ts";

/** Python's `re.error`. */
export const RE_ERROR: ExceptionType = new ExceptionType("error", EXCEPTION);
noteException(RE_ERROR);

/** The bits of the flags, with the letters by which a pattern sets them; `null` for those that it cannot set. */
export const FLAGS = {
  IGNORECASE: { bit: 2, short: "I", letter: "i" },
  MULTILINE: { bit: 8, short: "M", letter: "m" },
  DOTALL: { bit: 16, short: "S", letter: "s" },
  VERBOSE: { bit: 64, short: "X", letter: "x" },
  UNICODE: { bit: 32, short: "U", letter: "u" },
  ASCII: { bit: 256, short: "A", letter: "a" },
} as const;

/** What the classes of characters hold: letters and digits of all scripts, and Python's white space. */
const CLASSES: Readonly<Record<string, readonly [unicode: string, ascii: string]>> = {
  d: ["\\p{Nd}", "0-9"],
  s: ["\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000", "\\t-\\r\\x20"],
  w: ["\\p{L}\\p{N}_", "A-Za-z0-9_"],
};

/** Escapes that mean the same in both languages. */
const SAME = /^(?:[tnrfv]|x[\da-fA-F]{2}|u[\da-fA-F]{4})/;

export interface TranslatedPattern {
  readonly regExp: RegExp;
  /** All flags, those that the pattern sets itself among them. */
  readonly flags: number;
  readonly groups: number;
}

/**
 * Translates a pattern.
 *
 * @throws {PythonError} `re.error`: the text is not a pattern, or one that JavaScript lacks.
 */
export function translatePattern(source: string, flags: number): TranslatedPattern {
  return new Translator(source, flags).result();
}

/** What a quantifier finds before it. */
type Before = "nothing" | "atom" | "quantifier";

class Translator {
  readonly #source: string;
  #at = 0;
  #flags: number;
  #groups = 0;
  /** Where the brackets stand that are not closed yet. */
  readonly #open: number[] = [];
  /** What a quantifier would find before it. */
  #before: Before = "nothing";

  constructor(source: string, flags: number) {
    this.#source = source;
    this.#flags = flags | (flags & FLAGS.ASCII.bit ? 0 : FLAGS.UNICODE.bit);
  }

  result(): TranslatedPattern {
    let code = "";
    while (this.#at < this.#source.length) code += this.#next();
    const [open] = this.#open.slice(-1);
    if (open !== undefined) throw this.#error("missing ), unterminated subpattern", open);
    try {
      const regExp = new RegExp(code, `dgv${this.#has("IGNORECASE") ? "i" : ""}`);
      return { regExp, flags: this.#flags, groups: this.#groups };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw this.#error(error.message.replace(/^.*: /, ""), 0);
    }
  }

  #has(flag: keyof typeof FLAGS): boolean {
    return (this.#flags & FLAGS[flag].bit) !== 0;
  }

  #error(reason: string, at: number): PythonError {
    const message = `${reason} at position ${at}`;
    return new PythonError(RE_ERROR, message, [message], { msg: reason, pattern: this.#source, pos: at });
  }

  /** A piece of the pattern that matches a rest of the source; "" if it does not match. */
  #accept(pattern: RegExp): string {
    const [found = ""] = pattern.exec(this.#source.slice(this.#at)) ?? [];
    this.#at += found.length;
    return found;
  }

  #next(): string {
    const start = this.#at;
    const c = String.fromCodePoint(this.#source.codePointAt(start) ?? 0);
    this.#at += c.length;
    const before = this.#before;
    this.#before = c === "(" || c === "|" ? "nothing" : "atom";
    if ("*+?".includes(c)) return this.#repeat(c, start, before);
    if (c === "{") return this.#counted(start, before);
    switch (c) {
      case "\\":
        return this.#escape(false);
      case "[":
        return this.#set();
      case "(":
        return this.#group(start);
      case ")":
        if (this.#open.pop() === undefined) throw this.#error("unbalanced parenthesis", start);
        return ")";
      case ".":
        return this.#has("DOTALL") ? "[^]" : "[^\\n]";
      case "^":
        return this.#has("MULTILINE") ? "(?<![^\\n])" : "(?<![^])";
      case "$":
        return this.#has("MULTILINE") ? "(?![^\\n])" : "(?=\\n?(?![^]))";
      case "}":
      case "]":
      case "/":
        return `\\${c}`;
      case "#":
        if (!this.#has("VERBOSE")) return c;
        this.#accept(/^[^\n]*/);
        this.#before = before;
        return "";
    }
    if (!this.#has("VERBOSE") || !/[ \t\n\r\f\v]/.test(c)) return c;
    this.#before = before;
    return "";
  }

  #repeat(quantifier: string, start: number, before: Before): string {
    if (before === "nothing") throw this.#error("nothing to repeat", start);
    if (before === "quantifier") throw this.#error("multiple repeat", start);
    this.#before = "quantifier";
    if (this.#accept(/^\+/) !== "") throw this.#error("a possessive quantifier is not supported", start);
    return quantifier + this.#accept(/^\?/);
  }

  /** `{2,3}`; a brace that is none of that kind stands for itself. */
  #counted(start: number, before: Before): string {
    const counts = this.#accept(/^(?:\d+(?:,\d*)?|,\d*)\}/);
    if (counts === "" || counts === ",}") {
      this.#at = start + 1;
      return "\\{";
    }
    return this.#repeat(`{${counts.replace(/^,/, "0,")}`, start, before);
  }

  #group(start: number): string {
    this.#open.push(start);
    if (this.#accept(/^\?/) === "") {
      this.#groups++;
      return "(";
    }
    if (this.#accept(/^#[^)]*\)/) !== "") {
      this.#open.pop();
      return "";
    }
    const reference = this.#accept(/^P=\w+\)/);
    if (reference !== "") {
      this.#open.pop();
      this.#before = "atom";
      return `\\k<${reference.slice(2, -1)}>`;
    }
    const name = this.#accept(/^P<[\p{L}_][\p{L}\p{N}_]*>/u);
    if (name !== "") {
      this.#groups++;
      return `(?${name.slice(1)}`;
    }
    const look = this.#accept(/^(?::|=|!|<=|<!)/);
    if (look !== "") return `(?${look}`;
    return this.#modifiers(start);
  }

  /** `(?i)` at the start, which is for the whole pattern, and `(?i:...)`. */
  #modifiers(start: number): string {
    const letters = this.#accept(/^[aimsux]*/);
    if (letters !== "" && this.#accept(/^\)/) !== "") {
      if (start !== 0) throw this.#error("global flags not at the start of the expression", start);
      this.#open.pop();
      for (const { bit, letter } of Object.values(FLAGS)) if (letters.includes(letter)) this.#flags |= bit;
      return "";
    }
    const off = this.#accept(/^-[ims]+/);
    const isScoped = this.#accept(/^:/) !== "";
    // Of the others, those of JavaScript mean something else: `.` and `^` are translated by the flags of the whole.
    if (isScoped && /^i?$/.test(letters) && /^(?:-i)?$/.test(off) && letters + off !== "") return `(?${letters}${off}:`;
    throw this.#error(`unknown extension ?${letters}${off}${this.#source.charAt(this.#at)}`, start + 1);
  }

  /** What stands after a backslash. */
  #escape(isInSet: boolean): string {
    const start = this.#at - 1;
    const same = this.#accept(SAME);
    if (same !== "") return `\\${same}`;
    const c = String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0);
    if (this.#at >= this.#source.length) throw this.#error("bad escape (end of pattern)", start);
    this.#at += c.length;
    if (/[dswDSW]/.test(c)) return this.#classOf(c, isInSet);
    if (c === "a") return "\\x07";
    if (c === "b" && isInSet) return "\\x08";
    if (/\d/.test(c)) return this.#number(c, isInSet);
    if (!isInSet) {
      const word = CLASSES.w?.[this.#has("ASCII") ? 1 : 0] ?? "";
      if (c === "A") return "(?<![^])";
      if (c === "Z") return "(?![^])";
      if (c === "b") return `(?:(?<=[${word}])(?![${word}])|(?<![${word}])(?=[${word}]))`;
      if (c === "B") return `(?:(?<=[${word}])(?=[${word}])|(?<![${word}])(?![${word}]))`;
    }
    if (/[a-zA-Z]/.test(c)) throw this.#error(`bad escape \\${c}`, start);
    return isInSet ? inSet(c) : literal(c);
  }

  #classOf(letter: string, isInSet: boolean): string {
    const [unicode = "", ascii = ""] = CLASSES[letter.toLowerCase()] ?? [];
    const content = this.#has("ASCII") ? ascii : unicode;
    const isNegated = letter !== letter.toLowerCase();
    return isInSet && !isNegated ? content : `[${isNegated ? "^" : ""}${content}]`;
  }

  /** A group by its number, or a character by its octal code. */
  #number(first: string, isInSet: boolean): string {
    const rest = this.#source.slice(this.#at - 1);
    const [octal] = /^(?:0[0-7]{0,2}|[0-3][0-7]{2})/.exec(rest) ?? [];
    if (octal !== undefined) {
      this.#at += octal.length - 1;
      return `\\x${parseInt(octal, 8).toString(16).padStart(2, "0")}`;
    }
    if (isInSet) throw this.#error(`bad escape \\${first}`, this.#at - 2);
    const number = first + this.#accept(/^\d/);
    if (Number(number) > this.#groups) {
      throw this.#error(`invalid group reference ${number}`, this.#at - number.length);
    }
    // In a group of its own: digits may follow.
    return `(?:\\${number})`;
  }

  #set(): string {
    const start = this.#at - 1;
    let code = `[${this.#accept(/^\^/)}`;
    // A hyphen makes a range between two characters, but not between classes, nor with the end of a range.
    let canBegin = false;
    let isEnd = false;
    if (this.#accept(/^\]/) !== "") {
      code += "\\]";
      canBegin = true;
    }
    for (;;) {
      const c = String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0);
      if (this.#at >= this.#source.length) throw this.#error("unterminated character set", start);
      this.#at += c.length;
      if (c === "]") return `${code}]`;
      const next = this.#source.slice(this.#at, this.#at + 2);
      if (c === "-" && canBegin && !/^(?:\]|\\[dswDSW])/.test(next)) {
        code += "-";
        canBegin = false;
        isEnd = true;
        continue;
      }
      canBegin = !isEnd && !(c === "\\" && /^[dswDSW]/.test(next));
      isEnd = false;
      code += c === "\\" ? this.#escape(true) : inSet(c);
    }
  }
}

/** A character that stands for itself. */
function literal(c: string): string {
  return /[\^$\\.*+?()[\]{}|\/]/.test(c) ? `\\${c}` : c;
}

/** A character that stands for itself in a set, where pairs of some characters mean something to JavaScript. */
function inSet(c: string): string {
  return /[\^$\\.*+?()[\]{}|\/&\-!#%,:;<=>@`~]/.test(c) ? `\\${c}` : c;
}
