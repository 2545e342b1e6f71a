import { ExpressionSyntaxError, LoadError, type TemplateErrorOptions, type TemplatePlace } from "../errors.ts";
import { placeChain, sourceFrame } from "../_runtime/error_places.ts";
import type { Position, Source, TemplateFile } from "../_parse/syntax_tree.ts";
import type { ProgramPlace } from "../_runtime/program.ts";

/** Every place of a template that can fail, and where we are in the files while it is put together. */
export class PlaceTable {
  readonly files: TemplateFile[] = [];
  readonly rows: ProgramPlace[] = [];
  readonly #indexes = new Map<TemplateFile, number>();
  #file: TemplateFile;
  /** The place of the include or block that we are in, or -1. */
  #outer = -1;

  constructor(file: TemplateFile) {
    this.#file = file;
    // The place of what fails before the first tag.
    this.add({ line: 1, column: 1, offset: 0 });
  }

  /** The file in which we are. */
  get file(): TemplateFile {
    return this.#file;
  }

  /** Notes a place of the current file, and gives its number. */
  add({ line, column }: Position): number {
    let index = this.#indexes.get(this.#file);
    if (index === undefined) {
      index = this.files.push(this.#file) - 1;
      this.#indexes.set(this.#file, index);
    }
    return this.rows.push([index, line, column, this.#outer]) - 1;
  }

  /** Continues in another file, or another part of this one, which stands where `at` is. */
  within(file: TemplateFile, at: Position, work: () => void): void {
    const outerFile = this.#file;
    const outer = this.#outer;
    this.#outer = this.add(at);
    this.#file = file;
    work();
    this.#file = outerFile;
    this.#outer = outer;
  }

  /** What an error at a place of the current file carries. */
  describe({ line, column }: Position): TemplateErrorOptions {
    const { name, text } = this.#file;
    const via = this.#chain(this.#outer);
    return { filename: name, lineno: line, column, via, frame: sourceFrame(text, line, column) };
  }

  /**
   * The line is that of the tag, as in Tornado; the column is that of the fault if it is in that line.
   *
   * @param inside Where in the source the fault is.
   */
  syntaxError({ at, offset }: Source, message: string, inside: number = 0, cause?: unknown): ExpressionSyntaxError {
    const { line, column } = at;
    const between = this.#file.text.slice(at.offset, offset + Math.max(0, inside));
    const fault = { ...at, line, column: between.includes("\n") ? column : column + between.length };
    return new ExpressionSyntaxError(message, { ...this.describe(fault), cause });
  }

  /** The template is beyond a limit; the place is the include or block that led beyond it. */
  limitError(message: string): LoadError {
    const [place, ...via] = this.#chain(this.#outer);
    return new LoadError(message, place ? { ...place, via } : { filename: this.#file.name, lineno: 1 });
  }

  #chain(outer: number): TemplatePlace[] {
    return placeChain({ files: this.files.map(({ name }) => name), places: this.rows }, outer);
  }
}
