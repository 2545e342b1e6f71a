/**
 * Use of a name of the namespace within a {@linkcode Fragment}.
 *
 * `read` stands for the value. `write` stands for the variable as the target of an assignment, and so does `delete` if
 * the name has no value afterwards. `probe` stands for the value or, without such a name, `undefined`. `check` stands
 * for no value: it comes before an expression that needs the name to have one, in the same brackets.
 */
export interface NameUse {
  /** Name as written in the template. */
  readonly name: string;
  /** Kind of use. */
  readonly use: "read" | "write" | "delete" | "probe" | "check";
  /** True if evaluating the fragment may skip this place, as after `&&` or inside a function. */
  readonly conditional: boolean;
}

/**
 * A place within the source of a {@linkcode Fragment}. It stands for an expression that notes where the template is, so
 * that errors show the line. The code of the fragment begins at the line of its tag.
 */
export interface PlaceMark {
  /** Offset in the source, in UTF-16 code units. */
  readonly place: number;
}

/** A compiled piece of source: JavaScript in strict mode, with holes where names are used. */
export interface Fragment {
  /** Code, names and places, from left to right. */
  readonly parts: readonly (string | NameUse | PlaceMark)[];
  /** True if the fragment contains `await` outside its own functions. */
  readonly isAsync: boolean;
}

/** The compiled head of a loop. */
export interface LoopFragment {
  /** Expression for the iterable. */
  readonly iterable: Fragment;
  /** Expression that assigns the current value to the names of the loop. */
  readonly target: Fragment;
}

/** The compiled head of an `except` clause. */
export interface ExceptFragment {
  /** Condition that is true if the clause catches the error; `null` if it catches every error. */
  readonly test: Fragment | null;
  /** Name of the error inside the clause, or `null`. */
  readonly name: string | null;
}

/**
 * The part of an {@linkcode ExpressionLanguage} that rendering needs. Templates compiled ahead of time load only this
 * part.
 */
export interface LanguageRuntime {
  /** URL of the module that exports this object. Compiled templates import it. */
  readonly url: string;
  /** Name under which that module exports it. */
  readonly exportName: string;
  /** Path below `./template` of the entry that exports it as well; "" for that entry itself. */
  readonly subPath?: string;
  /**
   * Values that every template sees, by name. They hide the helpers that all languages have, and names of the namespace
   * hide them. An object without a prototype.
   */
  readonly globals: Readonly<Record<string, unknown>>;
  /** Modules that `{% import %}` finds if the loader has none of that name. An object without a prototype. */
  readonly modules?: Readonly<Record<string, unknown>>;
  /** Functions that fragments call, by names that begin with `_t$`. An object without a prototype. */
  readonly helpers: Readonly<Record<string, unknown>>;
  /**
   * Converts a value to the text of the output, before escaping.
   *
   * A string must be its own text, and the text of a number must need no escaping: generated code prints both without
   * this call.
   */
  text(value: unknown): string;
  /**
   * Adds to the message of an error that a template threw what the author may have meant.
   *
   * @param message Message of the error, such as `name 'len' is not defined`.
   */
  explain?(message: string): string;
}

/**
 * The language of the expressions inside the tags of a template. No other part of a template depends on it.
 *
 * Each method compiles a piece of source that has no white space around it, and throws a
 * {@linkcode LanguageSyntaxError} if the source is not valid. The code of an expression, put into brackets, must be one
 * expression.
 */
export interface ExpressionLanguage {
  /** The part that rendering needs. */
  readonly runtime: LanguageRuntime;
  /**
   * True if a template can read a name before it sets it. Then it reads the value of the namespace; otherwise reading
   * is an error.
   */
  readonly namesBeforeSet: boolean;
  /**
   * Compiles the expression of `{{ x }}`.
   *
   * @returns Code of the value.
   */
  expression(source: string): Fragment;
  /**
   * Compiles the condition of `{% if x %}` and `{% while x %}`.
   *
   * @returns Code of a value that is true to JavaScript exactly if it is true in the language.
   */
  test(source: string): Fragment;
  /**
   * Compiles the statement of `{% set x = 1 %}`.
   *
   * @returns Expression that is evaluated for its effect.
   */
  statement(source: string): Fragment;
  /**
   * Compiles the function of `{% apply f %}` and `{% autoescape f %}`.
   *
   * @returns Expression for a function. A method must be bound to its object.
   */
  callable(source: string): Fragment;
  /**
   * Compiles the head of `{% for x in xs %}`.
   *
   * @param source Source after the keyword `for`.
   * @param value Variable that holds the current value.
   */
  loop(source: string, value: string): LoopFragment;
  /**
   * Compiles the head of `{% except X as e %}`.
   *
   * @param source Source after the keyword `except`, never empty.
   * @param error Variable that holds the error.
   */
  except(source: string, error: string): ExceptFragment;
}

/**
 * A piece of source that is not valid in its {@linkcode ExpressionLanguage}.
 *
 * The compiler turns it into an `ExpressionSyntaxError`, which has the place in the template.
 *
 * @example
 * ```ts
 * import { javascript, LanguageSyntaxError } from "@twister/twister/template";
 * import { assertEquals, assertThrows } from "@std/assert";
 * const error = assertThrows(() => javascript.expression("a b"), LanguageSyntaxError);
 * assertEquals(error.offset, 2);
 * ```
 */
export class LanguageSyntaxError extends SyntaxError {
  /** Name of the class. */
  override readonly name: string = "LanguageSyntaxError";
  /** Offset of the fault in the source, in UTF-16 code units. */
  readonly offset: number;

  /**
   * Makes the error.
   *
   * @param offset Offset of the fault in the source, in UTF-16 code units.
   */
  constructor(message: string, offset: number = 0) {
    super(message);
    this.offset = offset;
  }
}
