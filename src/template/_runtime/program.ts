/** Values that a template sees, by name. Only own properties are read. */
export type Namespace = Readonly<Record<string, unknown>>;

/** A place that can fail: index of its file, line, column, and index of the include or block around it, or -1. */
export type ProgramPlace = readonly [file: number, line: number, column: number, outer: number];

/** Turns a thrown value into the error to throw instead. `place` is the index of the place that threw. */
export type ProgramFailure = (error: unknown, place: number) => unknown;

/** A compiled template: the object that generated code evaluates to. */
export interface TemplateProgram {
  /** True if the template contains `await`. Then both methods are asynchronous. */
  readonly isAsync: boolean;
  /** Names of the files that make up the template. */
  readonly files: readonly string[];
  /** All places that can fail. */
  readonly places: readonly ProgramPlace[];
  /**
   * Renders the template.
   *
   * @param namespace Values passed to this rendering, by name.
   * @param defaults Values of the loader, by name.
   * @param imports Modules that `{% import %}` can reach, by name.
   * @param fail Turns a thrown value into the error to throw.
   */
  render(
    namespace: Namespace,
    defaults: Namespace,
    imports: Namespace,
    fail: ProgramFailure,
  ): string | Promise<string>;
  /**
   * Renders the template in chunks; see {@linkcode TemplateProgram.render}.
   *
   * @param size Smallest size of a chunk in characters, except for the last one.
   */
  chunks(
    namespace: Namespace,
    defaults: Namespace,
    imports: Namespace,
    fail: ProgramFailure,
    size: number,
  ): Generator<string, void> | AsyncGenerator<string, void>;
}
