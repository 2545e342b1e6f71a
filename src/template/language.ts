/**
 * One place of a {@linkcode Fragment} where a name of the namespace is used.
 *
 * `read` is the value, `write` the variable as the target of an assignment, `probe` the value or `undefined` if there is no
 * such name. `check` comes before an expression, in brackets with it, that needs the name to have a value.
 */
export interface NameUse {
  /** The name, as written in the template. */
  readonly name: string;
  /** How it is used. */
  readonly use: "read" | "write" | "probe" | "check";
  /** Whether evaluating the fragment may pass this place by: behind `&&`, inside a function. */
  readonly conditional: boolean;
}

/** A piece of a template's language, compiled: JavaScript in strict mode, with holes where names are used. */
export interface Fragment {
  /** The code, from left to right. */
  readonly parts: readonly (string | NameUse)[];
  /** Whether it contains `await` outside every function of its own. */
  readonly isAsync: boolean;
}

/** The head of a loop, compiled. */
export interface LoopFragment {
  /** What is iterated: an expression. */
  readonly iterable: Fragment;
  /** A statement that assigns the current value to the loop's names. */
  readonly target: Fragment;
}

/** The head of an `except` clause, compiled. */
export interface ExceptFragment {
  /** A condition that tells whether the clause takes the error; `null` if it takes every one. */
  readonly test: Fragment | null;
  /** The name under which the clause sees the error, if any. */
  readonly name: string | null;
}

/** The half of an {@linkcode ExpressionLanguage} that rendering needs; templates compiled ahead of time load only this. */
export interface LanguageRuntime {
  /** The address of the module that exports this object. */
  readonly url: string;
  /** The name under which that module exports it. */
  readonly exportName: string;
  /** The names that exist in every template, and give way to those of the namespace. No prototype. */
  readonly globals: Readonly<Record<string, unknown>>;
  /** The functions that fragments may use, each under a name that begins with `_t$`. No prototype. */
  readonly helpers: Readonly<Record<string, unknown>>;
  /**
   * What a value looks like in the output, before escaping. A string must be its own text, and the text of a number must
   * have nothing to escape: both may be printed without a call of this.
   *
   * @param value Any value.
   * @returns Its text.
   */
  text(value: unknown): string;
}

/**
 * The language of the expressions inside a template's tags; everything else of templates knows nothing of it.
 *
 * Each method compiles a piece of source, which has no white space around it, and throws a
 * {@linkcode LanguageSyntaxError} if it is not valid. Fragments must be complete: put into brackets, they stay one expression.
 */
export interface ExpressionLanguage {
  /** What rendering needs of the language. */
  readonly runtime: LanguageRuntime;
  /**
   * Whether a name that a template sets can be read before: then it is that of the namespace. If not, that is an error.
   */
  readonly namesBeforeSet: boolean;
  /**
   * Compiles `{{ x }}`: an expression.
   *
   * @param source The source.
   * @returns The value's code.
   */
  expression(source: string): Fragment;
  /**
   * Compiles the condition of `{% if x %}` and `{% while x %}`.
   *
   * @param source The source.
   * @returns Code whose value JavaScript's `if` judges rightly.
   */
  test(source: string): Fragment;
  /**
   * Compiles `{% set x = 1 %}`.
   *
   * @param source The source.
   * @returns An expression to be evaluated for its effect.
   */
  statement(source: string): Fragment;
  /**
   * Compiles what `{% apply f %}` and `{% autoescape f %}` name.
   *
   * @param source The source.
   * @returns An expression whose value can be called without losing the object that it is a method of.
   */
  callable(source: string): Fragment;
  /**
   * Compiles the head of `{% for x in xs %}`.
   *
   * @param source What follows the keyword `for`.
   * @param value The variable that holds the current value.
   * @returns The two parts.
   */
  loop(source: string, value: string): LoopFragment;
  /**
   * Compiles the head of `{% except X as e %}`.
   *
   * @param source What follows the keyword `except`; never empty.
   * @param error The variable that holds the error.
   * @returns The two parts.
   */
  except(source: string, error: string): ExceptFragment;
}

/**
 * A piece of source is not valid in its {@linkcode ExpressionLanguage}.
 *
 * Compiling a template turns it into an `ExpressionSyntaxError`, which knows the place.
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
  /** The name of the class. */
  override readonly name: string = "LanguageSyntaxError";
  /** Where in the source the fault is, in UTF-16 code units. */
  readonly offset: number;

  /**
   * Makes the error.
   *
   * @param message What is wrong.
   * @param offset Where in the source.
   */
  constructor(message: string, offset: number = 0) {
    super(message);
    this.offset = offset;
  }
}
