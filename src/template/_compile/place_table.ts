import { ExpressionSyntaxError, LoadError, type TemplateErrorOptions, type TemplatePlace } from "../errors.ts";
import { placeChain, sourceFrame } from "../_runtime/error_places.ts";
import type { Position, Source, TemplateFile } from "../_parse/syntax_tree.ts";
import type { ProgramPlace } from "../_runtime/program.ts";

/** All places of a template that can fail, and the current file while the template is expanded. */
export class PlaceTable {
  readonly files: TemplateFile[] = [];
  readonly rows: ProgramPlace[] = [];
  readonly #indexes = new Map<TemplateFile, number>();
  readonly #lineEnds = new Map<TemplateFile, readonly number[]>();
  #file: TemplateFile;
  /** The place of the include or block that we are in, or -1. */
  #outer = -1;

  constructor(file: TemplateFile) {
    this.#file = file;
    // Place 0, for errors before the first tag.
    this.add({ line: 1, column: 1, offset: 0 });
  }

  get file(): TemplateFile {
    return this.#file;
  }

  /** Adds a place of the current file, and returns its number. */
  add({ line, column }: Position): number {
    let index = this.#indexes.get(this.#file);
    if (index === undefined) {
      index = this.files.push(this.#file) - 1;
      this.#indexes.set(this.#file, index);
    }
    return this.rows.push([index, line, column, this.#outer]) - 1;
  }

  /** Adds the place of an offset in the source of a tag. */
  addWithin(source: Source, inside: number): number {
    return this.add(this.#position(source, inside));
  }

  /** The position of an offset in the source of a tag; that of the tag for a source that is not in the file. */
  #position({ at, offset }: Source, inside: number): Position {
    const end = offset + inside;
    if (end <= at.offset) return at;
    const lineEnds = this.#lineEndsOf(this.#file);
    const line = countBelow(lineEnds, end);
    const before = countBelow(lineEnds, at.offset);
    if (line === before) return { line: at.line, column: at.column + end - at.offset, offset: end };
    return { line: at.line + line - before, column: end - (lineEnds[line - 1] ?? 0), offset: end };
  }

  #lineEndsOf(file: TemplateFile): readonly number[] {
    let lineEnds = this.#lineEnds.get(file);
    if (lineEnds === undefined) {
      lineEnds = Array.from(file.text.matchAll(/\n/g), ({ index }) => index);
      this.#lineEnds.set(file, lineEnds);
    }
    return lineEnds;
  }

  /** Does work in another file, or another part of this one, which is inserted at `at`. */
  within(file: TemplateFile, at: Position, work: () => void): void {
    const outerFile = this.#file;
    const outer = this.#outer;
    this.#outer = this.add(at);
    this.#file = file;
    work();
    this.#file = outerFile;
    this.#outer = outer;
  }

  /** Describes a place of the current file for an error. */
  describe({ line, column }: Position): TemplateErrorOptions {
    const { name, text } = this.#file;
    const via = this.#chain(this.#outer);
    return { filename: name, lineno: line, column, via, frame: sourceFrame(text, line, column) };
  }

  /**
   * Makes an error at the fault itself, which may be in a later line than the tag begins with, as Tornado gives it.
   *
   * @param inside Offset of the fault in the source.
   */
  syntaxError(source: Source, message: string, inside: number = 0, cause?: unknown): ExpressionSyntaxError {
    const fault = this.#position(source, Math.max(0, inside));
    return new ExpressionSyntaxError(message, { ...this.describe(fault), cause });
  }

  /** Makes the error of a template that exceeds a limit, at the include or block that led there. */
  limitError(message: string): LoadError {
    const [place, ...via] = this.#chain(this.#outer);
    return new LoadError(message, place ? { ...place, via } : { filename: this.#file.name, lineno: 1 });
  }

  #chain(outer: number): TemplatePlace[] {
    return placeChain({ files: this.files.map(({ name }) => name), places: this.rows }, outer);
  }
}

/** Returns how many of some numbers in ascending order are below another one. */
export function countBelow(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
