/** Names and their values, for a template: only own properties count. */
export type Namespace = Readonly<Record<string, unknown>>;

/**
 * A place of a program that can fail: index of the file, line, column, and index of the place outside (an include or block) or
 * -1.
 */
export type ProgramPlace = readonly [file: number, line: number, column: number, outer: number];

/** Makes an error of an error, with the index of the place where it was thrown. */
export type ProgramFailure = (error: unknown, place: number) => unknown;

/** What a template is compiled to. */
export interface TemplateProgram {
  /** Whether it contains `await`; then both methods are asynchronous. */
  readonly isAsync: boolean;
  /** The names of the files that went into it. */
  readonly files: readonly string[];
  /** Every place that can fail. */
  readonly places: readonly ProgramPlace[];
  /**
   * Renders the template.
   *
   * @param namespace The names for this rendering.
   * @param defaults The names of the loader.
   * @param imports What `{% import %}` finds.
   * @param fail Called with what is thrown, and its result is thrown.
   * @returns The output.
   */
  render(
    namespace: Namespace,
    defaults: Namespace,
    imports: Namespace,
    fail: ProgramFailure,
  ): string | Promise<string>;
  /**
   * Renders the template in pieces.
   *
   * @param namespace The names for this rendering.
   * @param defaults The names of the loader.
   * @param imports What `{% import %}` finds.
   * @param fail Called with what is thrown, and its result is thrown.
   * @param size How many characters make a piece.
   * @returns The pieces.
   */
  chunks(
    namespace: Namespace,
    defaults: Namespace,
    imports: Namespace,
    fail: ProgramFailure,
    size: number,
  ): Generator<string, void> | AsyncGenerator<string, void>;
}
