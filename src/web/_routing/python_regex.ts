/**
 * Turns the regular expressions of Tornado's URL patterns, which are Python's, into those of JavaScript.
 *
 * Most patterns are the same in both. Other syntax is rewritten where JavaScript has an equivalent, and refused with a
 * clear error where it has none: possessive quantifiers, atomic groups, conditionals, verbose mode. `\d` and `\w` stand
 * for ASCII characters only; targets and host names are ASCII, unless a client sends bytes that RFC 3986 does not allow
 * there. A group that is repeated and could match nothing, such as `([a-z]*)?`, keeps its last round that was not
 * empty, or none; Python keeps the empty one.
 *
 * @module
 */

/** A pattern in JavaScript's syntax. */
export interface TranslatedPattern {
  /** The source text of the RegExp, without anchors of its own. */
  readonly source: string;
  /** Those of the flags `i`, `m` and `s` that the pattern sets at its start. */
  readonly flags: string;
}

/**
 * Escapes that mean the same in both languages, outside and inside a class; `b` changes its meaning in a class in both
 * alike.
 */
const SAME_ESCAPES = "bBdDsSwWfnrtvx";

/** Escapes of a letter in Python that JavaScript lacks. */
const OTHER_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["a", "\\x07"],
  // Written out, because ^ and $ change with the m flag.
  ["A", "(?<![^])"],
  ["Z", "(?![^])"],
]);

const LEADING_FLAGS = /^\(\?([a-zA-Z]+)\)/;
const GROUP_FLAGS = /^\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?:/;
const NAMED_GROUP = /^\(\?P?<([A-Za-z_]\w*)>/;
const NAMED_REFERENCE = /^\(\?P=([A-Za-z_]\w*)\)/;
const REPEAT = /^\{(?:\d+(?:,\d*)?|,\d*)\}/;
const HEX_ESCAPE = /^\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/;

/**
 * Translates a pattern.
 *
 * @param pattern A regular expression in Python's syntax; `(?<name>...)` and `\k<name>` work as well.
 * @throws {SyntaxError} If the pattern uses what JavaScript cannot do, or what Python refuses.
 */
export function translatePattern(pattern: string): TranslatedPattern {
  return new Translator(pattern).run();
}

class Translator {
  readonly #pattern: string;
  #at = 0;
  #out = "";
  #flags = "";
  #groups = 0;
  /** The highest group that `\1` ... `\99` refer to. */
  #highest = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  run(): TranslatedPattern {
    this.#leadingFlags();
    while (this.#at < this.#pattern.length) this.#step();
    if (this.#highest > this.#groups) this.#refuse(`there is no group ${this.#highest}`);
    return { source: this.#out, flags: this.#flags };
  }

  #step(): void {
    switch (this.#pattern[this.#at]) {
      case "\\":
        return this.#escape(false);
      case "[":
        return this.#class();
      case "(":
        return this.#group();
      case "*":
      case "+":
      case "?":
        return this.#quantifier(1);
      case "{":
        return this.#brace();
      default:
        this.#copy(1);
    }
  }

  #leadingFlags(): void {
    const [whole = "", letters = ""] = LEADING_FLAGS.exec(this.#pattern) ?? [];
    this.#flags = this.#takeFlags(letters);
    this.#at = whole.length;
  }

  /** Of Python's flags `a` and `u` are dropped: what they choose between is one and the same here. */
  #takeFlags(letters: string): string {
    let flags = "";
    for (const letter of letters) {
      if ("ims".includes(letter)) {
        if (!flags.includes(letter)) flags += letter;
      } else if (!"au".includes(letter)) this.#refuse(`the flag "${letter}" is not supported`);
    }
    return flags;
  }

  #group(): void {
    const rest = this.#pattern.slice(this.#at);
    if (!rest.startsWith("(?")) {
      this.#groups++;
      return this.#copy(1);
    }
    const [named, name] = NAMED_GROUP.exec(rest) ?? [];
    if (named !== undefined) {
      this.#groups++;
      return this.#replace(named.length, `(?<${name}>`);
    }
    const [reference, referred] = NAMED_REFERENCE.exec(rest) ?? [];
    if (reference !== undefined) return this.#replace(reference.length, `\\k<${referred}>`);
    const [flagged, on = "", off = ""] = GROUP_FLAGS.exec(rest) ?? [];
    if (flagged !== undefined) return this.#flaggedGroup(flagged.length, on, off);
    const look = ["(?=", "(?!", "(?<=", "(?<!"].find((start) => rest.startsWith(start));
    if (look !== undefined) return this.#copy(look.length);
    if (rest.startsWith("(?#")) {
      const end = rest.indexOf(")");
      if (end < 0) this.#refuse("a comment has no end");
      return this.#replace(end + 1, "");
    }
    if (rest.startsWith("(?>")) this.#refuse("atomic groups are not supported");
    if (rest.startsWith("(?(")) this.#refuse("conditional groups are not supported");
    if (LEADING_FLAGS.test(rest)) this.#refuse("flags are allowed at the start only");
    this.#refuse(`a group begins with "${rest.slice(0, 3)}"`);
  }

  #flaggedGroup(length: number, on: string, off: string): void {
    const added = this.#takeFlags(on), removed = this.#takeFlags(off);
    this.#replace(length, `(?${added}${removed === "" ? "" : `-${removed}`}:`);
  }

  #quantifier(length: number): void {
    this.#copy(length);
    const next = this.#pattern[this.#at];
    if (next === "?") this.#copy(1);
    else if (next === "+") this.#refuse("possessive quantifiers are not supported");
  }

  /** A brace that does not repeat stands for itself in both languages; `{,3}` repeats in Python only. */
  #brace(): void {
    const [repeat] = REPEAT.exec(this.#pattern.slice(this.#at)) ?? [];
    if (repeat === undefined) return this.#replace(1, "\\{");
    if (repeat.startsWith("{,")) {
      this.#replace(2, "{0,");
      return this.#quantifier(repeat.length - 2);
    }
    this.#quantifier(repeat.length);
  }

  /** A bracket that comes first belongs to the class in Python; in JavaScript it would end an empty one. */
  #class(): void {
    this.#copy(1);
    if (this.#pattern[this.#at] === "^") this.#copy(1);
    if (this.#pattern[this.#at] === "]") this.#replace(1, "\\]");
    while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== "]") {
      if (this.#pattern[this.#at] === "\\") this.#escape(true);
      else this.#copy(1);
    }
    if (this.#at === this.#pattern.length) this.#refuse("a character class has no end");
    this.#copy(1);
  }

  #escape(inClass: boolean): void {
    const next = this.#pattern[this.#at + 1];
    if (next === undefined) this.#refuse("it ends in a backslash");
    if (next >= "0" && next <= "9") return this.#number(inClass);
    const [hex] = HEX_ESCAPE.exec(this.#pattern.slice(this.#at)) ?? [];
    if (hex !== undefined) return this.#codePoint(hex);
    const named = !inClass && /^\\k<[A-Za-z_]\w*>/.exec(this.#pattern.slice(this.#at));
    if (named) return this.#copy(named[0].length);
    if (!/[A-Za-z]/.test(next) || (SAME_ESCAPES.includes(next) && next !== "x")) return this.#copy(2);
    const other = OTHER_ESCAPES.get(next);
    if (other === undefined || (inClass && next !== "a")) this.#refuse(`"\\${next}" is not supported here`);
    this.#replace(2, other);
  }

  /** `\0`, `\07` and three octal digits are characters; other numbers outside a class are references. */
  #number(inClass: boolean): void {
    const rest = this.#pattern.slice(this.#at + 1, this.#at + 4);
    const [octal] = /^(?:0[0-7]{0,2}|[0-3][0-7]{2})/.exec(rest) ?? (inClass ? /^[0-7]{1,3}/.exec(rest) : null) ?? [];
    if (octal !== undefined) {
      const code = parseInt(octal, 8);
      return this.#replace(1 + octal.length, `\\x${code.toString(16).padStart(2, "0")}`);
    }
    const [number = ""] = /^\d{1,2}/.exec(rest) ?? [];
    if (inClass) this.#refuse(`"\\${number}" is not supported here`);
    this.#highest = Math.max(this.#highest, Number(number));
    // The group keeps a digit that follows from becoming a part of the number.
    this.#replace(1 + number.length, `(?:\\${number})`);
  }

  #codePoint(escape: string): void {
    if (!escape.startsWith("\\U")) return this.#copy(escape.length);
    const code = parseInt(escape.slice(2), 16);
    if (code > 0xffff) this.#refuse(`"${escape}" is beyond the characters that a pattern can name`);
    this.#replace(escape.length, `\\u${code.toString(16).padStart(4, "0")}`);
  }

  #copy(length: number): void {
    this.#out += this.#pattern.slice(this.#at, this.#at + length);
    this.#at += length;
  }

  #replace(length: number, text: string): void {
    this.#out += text;
    this.#at += length;
  }

  #refuse(reason: string): never {
    throw new SyntaxError(`Cannot use the pattern "${this.#pattern}": ${reason}`);
  }
}
