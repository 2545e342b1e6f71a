import { KEYWORDS } from "../../internal/python.ts";
import { LanguageSyntaxError } from "../language.ts";
import { type Token, tokenize } from "./tokenizer.ts";

/** Reads the tokens of a source in order. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(source: string) {
    this.#tokens = tokenize(source);
  }

  /** The current token. */
  get token(): Token {
    return this.#tokens[this.#index] ?? this.#last();
  }

  /** Index of the current token, for {@linkcode TokenReader.back}. */
  get index(): number {
    return this.#index;
  }

  back(index: number): void {
    this.#index = index;
  }

  next(): Token {
    const { token } = this;
    if (token.kind !== "end") this.#index++;
    return token;
  }

  /** Tells whether the current token is an operator or a keyword. */
  is(text: string): boolean {
    const { token } = this;
    return token.text === text && (token.kind === "operator" || (token.kind === "name" && KEYWORDS.has(text)));
  }

  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.#index++;
    return true;
  }

  expect(text: string): void {
    if (!this.accept(text)) throw this.unexpected(`expected '${text}'`);
  }

  name(): string {
    const { kind, text } = this.token;
    if (kind !== "name" || KEYWORDS.has(text)) throw this.unexpected("expected a name");
    this.#index++;
    return text;
  }

  unexpected(message: string = "invalid syntax"): LanguageSyntaxError {
    const { kind, text, at } = this.token;
    if (kind === "end") return new LanguageSyntaxError(`${message}: the tag ends here`, at);
    if (kind === "newline") return new LanguageSyntaxError(`${message}: the line ends here, outside all brackets`, at);
    return new LanguageSyntaxError(`${message} at '${text.length > 20 ? `${text.slice(0, 20)}...` : text}'`, at);
  }

  #last(): Token {
    const last = this.#tokens.at(-1);
    if (last === undefined) throw new RangeError("a source has an end token");
    return last;
  }
}
