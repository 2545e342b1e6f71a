import { LanguageSyntaxError } from "../language.ts";
import { rawBytes, readLiteral, type StringLiteral, unescapeBytes, unescapeText } from "./string_literal.ts";
import type { Constant, Expr, FormattedValue, JoinedStr } from "./syntax_tree.ts";
import type { Token } from "./tokenizer.ts";

/** Parses the expression of a field. The shift is the offset of its source in that of the tag. */
export type ParseField = (source: string, shift: number) => Expr;

/** Most levels of fields in the format of a field: CPython allows one, so that `{x:{y}}` works and no more. */
const MAX_FIELD_DEPTH = 2;

/** Joins texts that follow each other, and parses the fields of those that have an `f` before them. */
export function parseStrings(tokens: readonly Token[], shift: number, parse: ParseField): Constant | JoinedStr {
  const literals = tokens.map(readLiteral);
  const at = (tokens[0]?.at ?? 0) + shift;
  if (literals.some(({ isBytes }) => isBytes)) return bytes(literals, at, shift);
  const parts = new Parts();
  for (const literal of literals) {
    const { body, isRaw, isFormat } = literal;
    const start = literal.at + shift;
    if (isFormat) new FieldReader(literal, start, parse).read(parts);
    else parts.text(isRaw ? body : unescapeText(body, start), start);
  }
  if (!literals.some(({ isFormat }) => isFormat)) return { kind: "Constant", at, type: "str", value: parts.all() };
  return { kind: "JoinedStr", at, values: parts.values() };
}

function bytes(literals: readonly StringLiteral[], at: number, shift: number): Constant {
  const all: number[] = [];
  for (const { isBytes, isRaw, body, at: start } of literals) {
    if (!isBytes) throw new LanguageSyntaxError("cannot mix bytes and nonbytes literals", start + shift);
    if (/[^\0-\x7f]/.test(body)) {
      throw new LanguageSyntaxError("bytes can only contain ASCII literal characters", start + shift);
    }
    all.push(...(isRaw ? rawBytes(body, start) : unescapeBytes(body, start + shift)));
  }
  return { kind: "Constant", at, type: "bytes", value: Uint8Array.from(all) };
}

/** Text and fields in order; texts beside each other become one. */
class Parts {
  readonly #values: (Constant | FormattedValue)[] = [];
  #text = "";
  #at = 0;

  text(text: string, at: number): void {
    if (this.#text === "") this.#at = at;
    this.#text += text;
  }

  field(field: FormattedValue): void {
    this.#flush();
    this.#values.push(field);
  }

  values(): (Constant | FormattedValue)[] {
    this.#flush();
    return this.#values;
  }

  /** The text of parts without fields. */
  all(): string {
    return this.#text;
  }

  #flush(): void {
    if (this.#text !== "") this.#values.push({ kind: "Constant", at: this.#at, type: "str", value: this.#text });
    this.#text = "";
  }
}

/** Reads the body of an f-string. */
class FieldReader {
  readonly #literal: StringLiteral;
  readonly #start: number;
  readonly #parse: ParseField;
  #at = 0;

  constructor(literal: StringLiteral, start: number, parse: ParseField) {
    this.#literal = literal;
    this.#start = start;
    this.#parse = parse;
  }

  read(parts: Parts): void {
    this.#textAndFields(parts, 0);
    if (this.#at < this.#literal.body.length) throw this.#error("f-string: single '}' is not allowed");
  }

  /** @param depth Number of fields around this text; inside one, `}` ends it. */
  #textAndFields(parts: Parts, depth: number): void {
    const { body, isRaw } = this.#literal;
    const isNested = depth > 0;
    let start = this.#at;
    const flush = () => {
      const text = body.slice(start, this.#at);
      if (text !== "") parts.text(isRaw ? text : unescapeText(text, this.#start + start), this.#start + start);
    };
    for (; this.#at < body.length; this.#at++) {
      const c = body.charAt(this.#at);
      if (c === "\\" && !isRaw) {
        if (body.startsWith("N{", this.#at + 1)) this.#at = body.indexOf("}", this.#at);
        else if (!"{}".includes(body.charAt(this.#at + 1))) this.#at++;
      } else if (c === "{" || c === "}") {
        if (!isNested && body.charAt(this.#at + 1) === c) {
          this.#at++;
          flush();
          start = this.#at + 1;
        } else if (c === "}") {
          break;
        } else {
          flush();
          this.#field(parts, depth);
          start = this.#at;
          this.#at--;
        }
      }
    }
    flush();
  }

  /** Reads a field from its `{` on. */
  #field(parts: Parts, depth: number): void {
    if (depth >= MAX_FIELD_DEPTH) throw this.#error("f-string: expressions nested too deeply");
    const { body } = this.#literal;
    const open = this.#at++;
    const start = this.#at;
    const end = this.#expressionEnd();
    const source = body.slice(start, end);
    if (source.trim() === "") throw this.#error("f-string: empty expression not allowed");
    if (source.includes("\\")) throw this.#error("f-string expression part cannot include a backslash");
    if (source.includes("#")) throw this.#error("f-string expression part cannot include '#'");
    // In brackets, as line ends are allowed here.
    const value = this.#parse(`(${source})`, this.#start + start - 1);
    this.#at = end;
    let isShown = false;
    if (body.charAt(this.#at) === "=") {
      const after = /^=\s*/.exec(body.slice(this.#at))?.[0] ?? "";
      this.#at += after.length;
      isShown = true;
      parts.text(source + after, this.#start + start);
    }
    let conversion: FormattedValue["conversion"] = null;
    if (body.charAt(this.#at) === "!") {
      const letter = body.charAt(this.#at + 1);
      if (letter !== "s" && letter !== "r" && letter !== "a") {
        throw this.#error("f-string: invalid conversion character: expected 's', 'r', or 'a'");
      }
      conversion = letter;
      this.#at += 2;
    }
    let format_spec: JoinedStr | null = null;
    if (body.charAt(this.#at) === ":") {
      this.#at++;
      const spec = new Parts();
      const at = this.#start + this.#at;
      this.#textAndFields(spec, depth + 1);
      format_spec = { kind: "JoinedStr", at, values: spec.values() };
    }
    if (body.charAt(this.#at) !== "}") throw this.#error("f-string: expecting '}'");
    this.#at++;
    if (isShown && conversion === null && format_spec === null) conversion = "r";
    parts.field({ kind: "FormattedValue", at: this.#start + open, value, conversion, format_spec });
  }

  /** Finds where the expression of a field ends: at `}`, `:`, `!` or `=` outside brackets and texts. */
  #expressionEnd(): number {
    const { body } = this.#literal;
    let depth = 0;
    let quote = "";
    for (let at = this.#at; at < body.length; at++) {
      const c = body.charAt(at);
      if (quote !== "") {
        if (body.startsWith(quote, at)) {
          at += quote.length - 1;
          quote = "";
        }
      } else if (c === "'" || c === '"') {
        quote = body.startsWith(c.repeat(3), at) ? c.repeat(3) : c;
        at += quote.length - 1;
      } else if ("([{".includes(c)) depth++;
      else if (depth > 0) {
        if (")]}".includes(c)) depth--;
      } else if (c === "}" || c === ":") return at;
      else if (c === "!" && body.charAt(at + 1) !== "=") return at;
      else if (c === "=" || c === "!" || c === "<" || c === ">") {
        if (body.charAt(at + 1) === "=") at++;
        else if (c === "=") return at;
      }
    }
    throw this.#error("f-string: expecting '}'");
  }

  #error(message: string): LanguageSyntaxError {
    return new LanguageSyntaxError(message, this.#start + this.#at);
  }
}
