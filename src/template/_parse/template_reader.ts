import { ParseError } from "../errors.ts";
import { sourceFrame } from "../_runtime/error_places.ts";
import type { Position } from "./syntax_tree.ts";

/** The source of a template, read from front to back, with the line kept. */
export class TemplateReader {
  readonly name: string;
  readonly text: string;
  #offset = 0;
  #line = 1;
  #lineStart = 0;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.text.length - this.#offset;
  }

  get position(): Position {
    return { line: this.#line, column: this.#offset - this.#lineStart + 1, offset: this.#offset };
  }

  /** Where `needle` next is, counted from here, or -1. */
  find(needle: string, start: number = 0): number {
    const index = this.text.indexOf(needle, this.#offset + start);
    return index < 0 ? -1 : index - this.#offset;
  }

  /** The character at a distance from here. */
  peek(distance: number = 0): string {
    return this.text[this.#offset + distance] ?? "";
  }

  consume(count: number = this.remaining): string {
    const start = this.#offset;
    const end = start + count;
    const consumed = this.text.slice(start, end);
    // Looked for in the whole text, the newline after the piece would be looked for again with the next piece.
    for (let i = consumed.indexOf("\n"); i >= 0; i = consumed.indexOf("\n", i + 1)) {
      this.#line++;
      this.#lineStart = start + i + 1;
    }
    this.#offset = end;
    return consumed;
  }

  /**
   * Makes an error with the line up to which the source is read, as Tornado does.
   *
   * @param tag Start of the tag. Its column is used if it is on that line.
   */
  error(message: string, tag: Position = this.position): ParseError {
    const line = this.#line;
    const column = tag.line === line ? tag.column : this.position.column;
    return new ParseError(message, this.name, line, { column, frame: sourceFrame(this.text, line, column) });
  }
}
