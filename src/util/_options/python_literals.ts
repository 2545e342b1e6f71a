import { KEYWORDS } from "../../internal/python.ts";
import { ConfigFileError } from "./errors.ts";
import { type Token, tokenize } from "./python_tokens.ts";

/** Python itself refuses brackets that are nested more than 200 deep. */
const MAX_DEPTH = 100;

const CONSTANTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["True", true],
  ["False", false],
  ["None", null],
]);

const NEVER_EXECUTED = "config files are read as literals, never executed";

/**
 * Reads what a Python file assigns to names, without executing it: literals, names that were assigned before, and sums
 * and products of them. Imports are skipped; a name that they bind has no value.
 *
 * @param text Source of the file.
 * @param path Path for errors.
 * @param absolutePath Value of `__file__`.
 * @returns The last value of each name, in the order of the first assignments. Lists and tuples are arrays, dicts are
 * objects.
 * @throws {ConfigFileError} There is something that only execution could evaluate.
 */
export function readPythonLiterals(text: string, path: string, absolutePath: string): Map<string, unknown> {
  return new LiteralReader(tokenize(text, path), path, absolutePath).read();
}

class LiteralReader {
  readonly #tokens: readonly Token[];
  readonly #path: string;
  readonly #names: Map<string, unknown>;
  #index = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], path: string, absolutePath: string) {
    this.#tokens = tokens;
    this.#path = path;
    this.#names = new Map([["__file__", absolutePath]]);
  }

  read(): Map<string, unknown> {
    while (this.#peek().kind !== "end") {
      if (this.#peek().kind === "newline") this.#index++;
      else this.#statement();
    }
    return this.#names;
  }

  #statement(): void {
    const token = this.#peek();
    if (token.indented) throw this.#fault(token, "an indented line belongs to a statement that would be executed");
    if (token.kind === "name" && !CONSTANTS.has(token.source)) this.#nameStatement(token);
    // A text that stands alone is a comment.
    else this.#expression();
    const end = this.#peek();
    if (end.source === ";") this.#index++;
    else if (end.kind !== "newline") throw this.#unexpected(end);
  }

  #nameStatement(token: Token): void {
    const next = this.#tokens[this.#index + 1];
    if (token.source === "import" || token.source === "from") {
      while (this.#peek().kind !== "newline" && this.#peek().source !== ";") this.#index++;
    } else if (token.source === "pass") {
      this.#index++;
    } else if (KEYWORDS.has(token.source)) {
      throw this.#noAssignment(token);
    } else if (next?.source === "=") {
      this.#index += 2;
      this.#assign(token.source);
    } else if (next?.source === ":") {
      // An annotation: what it says is not looked at.
      while (!["=", "\n"].includes(this.#peek().source)) this.#index++;
      if (this.#accept("=")) this.#assign(token.source);
    } else if (next?.kind === "operator" && next.source !== "." && next.source !== "(" && next.source !== "[") {
      throw this.#fault(token, `"${token.source} ${next.source} ..." is not a plain assignment, and ${NEVER_EXECUTED}`);
    } else if (next?.kind === "name" || next?.kind === "text" || next?.kind === "number") {
      throw this.#noAssignment(token);
    } else {
      this.#expression();
    }
  }

  /** Reads `value`, or the rest of `a = b = value`. */
  #assign(name: string): void {
    const [token, next] = this.#tokens.slice(this.#index, this.#index + 2);
    if (token?.kind === "name" && next?.source === "=" && !CONSTANTS.has(token.source)) {
      if (KEYWORDS.has(token.source)) throw this.#noAssignment(token);
      this.#index += 2;
      this.#assign(token.source);
      this.#names.set(name, this.#names.get(token.source));
      return;
    }
    this.#names.set(name, this.#listOrOne());
  }

  /** Reads one value, or a tuple without brackets. */
  #listOrOne(): unknown {
    const first = this.#expression();
    if (this.#peek().source !== ",") return first;
    const items = [first];
    while (this.#accept(",") && this.#peek().kind !== "newline" && this.#peek().source !== ";") {
      items.push(this.#expression());
    }
    return items;
  }

  #expression(): unknown {
    if (++this.#depth > MAX_DEPTH) throw this.#fault(this.#peek(), `it is nested more than ${MAX_DEPTH} deep`);
    let left = this.#term();
    for (let operator = this.#peek(); "+-".includes(operator.source) && operator.kind === "operator";) {
      this.#index++;
      left = this.#combine(operator, left, this.#term());
      operator = this.#peek();
    }
    this.#depth--;
    return left;
  }

  #term(): unknown {
    let left = this.#factor();
    for (let operator = this.#peek(); ["*", "/", "//"].includes(operator.source);) {
      this.#index++;
      left = this.#combine(operator, left, this.#factor());
      operator = this.#peek();
    }
    return left;
  }

  #combine(operator: Token, left: unknown, right: unknown): unknown {
    if (operator.source === "+") {
      if (typeof left === "string" && typeof right === "string") return left + right;
      if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
    }
    if (typeof left !== "number" || typeof right !== "number") {
      throw this.#fault(operator, `"${operator.source}" stands between values that are no numbers`);
    }
    if (operator.source === "+") return left + right;
    if (operator.source === "-") return left - right;
    if (operator.source === "*") return left * right;
    if (right === 0) throw this.#fault(operator, "it divides by zero");
    return operator.source === "/" ? left / right : Math.floor(left / right);
  }

  #factor(): unknown {
    const sign = this.#peek();
    if (sign.source !== "-" && sign.source !== "+") return this.#atom();
    this.#index++;
    if (++this.#depth > MAX_DEPTH) throw this.#fault(sign, `it is nested more than ${MAX_DEPTH} deep`);
    const value = this.#factor();
    this.#depth--;
    if (typeof value !== "number") throw this.#fault(sign, `"${sign.source}" stands before a value that is no number`);
    return sign.source === "-" ? 0 - value : value;
  }

  #atom(): unknown {
    const token = this.#next();
    const value = this.#value(token);
    const after = this.#peek();
    if (after.source === "(" && after.kind === "operator") {
      throw this.#fault(token, `a call cannot be evaluated, since ${NEVER_EXECUTED}`);
    }
    if (after.kind === "operator" && [".", "[", "**", "%"].includes(after.source)) {
      throw this.#fault(token, `"${after.source}" cannot be evaluated, since ${NEVER_EXECUTED}`);
    }
    return value;
  }

  #value(token: Token): unknown {
    if (token.kind === "number") return token.value;
    if (token.kind === "text") return this.#adjacentTexts(token);
    if (token.kind === "name") return this.#nameValue(token);
    if (token.source === "(") return this.#parenthesised();
    if (token.source === "[") return this.#items("]");
    if (token.source === "{") return this.#dict();
    throw this.#unexpected(token);
  }

  /** `"a" "b"` is one text. */
  #adjacentTexts(token: Token): unknown {
    let value = token.value;
    while (this.#peek().kind === "text") {
      const next = this.#next().value;
      if (typeof value === "string" && typeof next === "string") value += next;
      else if (value instanceof Uint8Array && next instanceof Uint8Array) value = Uint8Array.of(...value, ...next);
      else throw this.#fault(token, "text and bytes cannot be joined");
    }
    return value;
  }

  #nameValue(token: Token): unknown {
    if (CONSTANTS.has(token.source)) return CONSTANTS.get(token.source);
    if (this.#names.has(token.source)) return this.#names.get(token.source);
    const dotted = this.#dottedName(token);
    if (this.#peek().source === "(") {
      throw this.#fault(token, `"${dotted}(...)" is a call, and ${NEVER_EXECUTED}`);
    }
    throw this.#fault(token, `"${dotted}" is no literal and no name that was assigned before`);
  }

  #dottedName(token: Token): string {
    let name = token.source;
    while (this.#accept(".")) name += `.${this.#next().source}`;
    return name;
  }

  #parenthesised(): unknown {
    if (this.#accept(")")) return [];
    const first = this.#expression();
    if (this.#accept(")")) return first;
    this.#expect(",");
    return [first, ...this.#items(")")];
  }

  #items(end: string): unknown[] {
    const items: unknown[] = [];
    while (!this.#accept(end)) {
      items.push(this.#expression());
      if (!this.#accept(",")) {
        this.#expect(end);
        break;
      }
    }
    return items;
  }

  /** Keys become text, as in JSON. */
  #dict(): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    while (!this.#accept("}")) {
      const token = this.#peek();
      const key = this.#expression();
      if (key !== null && typeof key === "object") throw this.#fault(token, "a key is no text and no number");
      this.#expect(":");
      entries.push([String(key), this.#expression()]);
      if (!this.#accept(",")) {
        this.#expect("}");
        break;
      }
    }
    return Object.fromEntries(entries);
  }

  #peek(): Token {
    // The last token is "end", which nothing takes.
    return this.#tokens[Math.min(this.#index, this.#tokens.length - 1)];
  }

  #next(): Token {
    const token = this.#peek();
    this.#index++;
    return token;
  }

  #accept(operator: string): boolean {
    const token = this.#peek();
    if (token.kind !== "operator" || token.source !== operator) return false;
    this.#index++;
    return true;
  }

  #expect(operator: string): void {
    const token = this.#peek();
    if (!this.#accept(operator)) throw this.#unexpected(token);
  }

  #noAssignment(token: Token): ConfigFileError {
    return this.#fault(token, `"${token.source}" begins a statement that is no assignment, and ${NEVER_EXECUTED}`);
  }

  #unexpected(token: Token): ConfigFileError {
    if (token.kind === "newline" || token.kind === "end") return this.#fault(token, "something is missing at its end");
    const what = token.kind === "text" || token.kind === "number" ? `a ${token.kind}` : `"${token.source}"`;
    return this.#fault(token, `${what} was not expected here, and ${NEVER_EXECUTED}`);
  }

  #fault(token: Token, reason: string): ConfigFileError {
    return new ConfigFileError(this.#path, token.line, reason);
  }
}
