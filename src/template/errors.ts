/** A place in the source of a template. */
export interface TemplatePlace {
  /** Name of the template. */
  readonly filename: string;
  /** Line, from 1. */
  readonly lineno: number;
  /** Column in UTF-16 code units, from 1; 0 if only the line is known. */
  readonly column: number;
}

/** Options of a {@linkcode TemplateError}. */
export interface TemplateErrorOptions extends ErrorOptions {
  /**
   * Name of the template that contains the error.
   *
   * @default {null}
   */
  filename?: string | null;
  /**
   * Line in that template, from 1; 0 if it is not known.
   *
   * @default {0}
   */
  lineno?: number;
  /**
   * Column in that line, from 1; 0 if it is not known.
   *
   * @default {0}
   */
  column?: number;
  /**
   * Includes, blocks and modules that led to the place, innermost first.
   *
   * @default {[]}
   */
  via?: readonly TemplatePlace[];
  /**
   * Source lines around the place, with a mark under the column.
   *
   * @default {""}
   */
  frame?: string;
}

/**
 * Base class of all errors in templates.
 *
 * A {@linkcode ParseError} means a wrong tag, an {@linkcode ExpressionSyntaxError} a wrong expression, a
 * {@linkcode LoadError} a template that cannot be loaded, and a {@linkcode RenderError} a failure while rendering. The
 * message says what is wrong. `toString()` adds the place. The stack, which the console prints, also shows the source
 * lines around it.
 *
 * @example
 * ```ts
 * import { DictLoader, TemplateError } from "@twister/twister/template";
 * import { assertEquals, assertThrows } from "@std/assert";
 * const loader = new DictLoader({ "page.html": "<p>\n{% if x %}" });
 * const error = assertThrows(() => loader.load("page.html"), TemplateError);
 * assertEquals([error.filename, error.lineno], ["page.html", 2]);
 * ```
 */
export class TemplateError extends Error {
  /** Name of the class. */
  override readonly name: string = "TemplateError";
  #filename: string | null;
  #lineno: number;
  #column: number;
  #via: readonly TemplatePlace[];
  #frame: string;
  readonly #calls: string;

  /** Makes the error. */
  constructor(message: string, options: TemplateErrorOptions = {}) {
    const { filename = null, lineno = 0, column = 0, via = [], frame = "", cause } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.#filename = filename;
    this.#lineno = lineno;
    this.#column = column;
    this.#via = via;
    this.#frame = frame;
    this.#calls = this.stack?.match(/\n {4}at [^]*$/)?.[0] ?? "";
    // `name` is a field, and a subclass sets its own only after this constructor.
    this.#describe(new.target.name);
  }

  /** Name of the template that contains the error, or `null` if no template is to blame. */
  get filename(): string | null {
    return this.#filename;
  }

  /** Line in that template, from 1; 0 if it is not known. */
  get lineno(): number {
    return this.#lineno;
  }

  /** Column in that line, from 1; 0 if it is not known. */
  get column(): number {
    return this.#column;
  }

  /** Includes, blocks and modules that led to the place, innermost first. */
  get via(): readonly TemplatePlace[] {
    return this.#via;
  }

  /** Source lines around the place, with a mark under the column; empty without the source. */
  get frame(): string {
    return this.#frame;
  }

  /**
   * Adds an include, block or module that led to this error. An error without a place takes it as its own place.
   *
   * Loaders and templates call it while the error passes through them.
   */
  addOuterPlace(place: TemplatePlace, frame: string = ""): void {
    if (this.#filename === null) {
      this.#filename = place.filename;
      this.#lineno = place.lineno;
      this.#column = place.column;
      this.#frame = frame;
    } else {
      this.#via = [...this.#via, place];
    }
    this.#describe();
  }

  /** Returns `MESSAGE at FILE:LINE (via FILE:LINE, ...)`. The part before the bracket is Tornado's text. */
  override toString(): string {
    const via = this.#via.map(({ filename, lineno }) => `${filename}:${lineno}`);
    return `${this.message} at ${this.#filename ?? "None"}:${this.#lineno}${
      via.length ? ` (via ${via.join(", ")})` : ""
    }`;
  }

  #describe(name: string = this.name): void {
    this.stack = `${name}: ${this.toString()}${this.#frame ? `\n${this.#frame}` : ""}${this.#calls}`;
  }
}

/**
 * A wrong tag: unknown, out of place, or without its end. Tornado's `ParseError`.
 *
 * @example
 * ```ts
 * import { ParseError, Template } from "@twister/twister/template";
 * import { assertEquals, assertThrows } from "@std/assert";
 * const error = assertThrows(() => new Template("{{ }}", { name: "page.html" }), ParseError);
 * assertEquals(error.toString(), "Empty expression at page.html:1");
 * ```
 */
export class ParseError extends TemplateError {
  /** Name of the class. */
  override readonly name: string = "ParseError";

  /** Makes the error, with the arguments of Tornado's `ParseError`. */
  constructor(
    message: string,
    filename: string | null = null,
    lineno: number = 0,
    options: Omit<TemplateErrorOptions, "filename" | "lineno"> = {},
  ) {
    super(message, { ...options, filename, lineno });
  }
}

/**
 * A wrong expression or statement inside a tag, or a part of an `if` or `try` in the wrong order.
 *
 * @example
 * ```ts
 * import { ExpressionSyntaxError, Template } from "@twister/twister/template";
 * import { assertThrows } from "@std/assert";
 * assertThrows(() => new Template("{{ a b }}"), ExpressionSyntaxError);
 * ```
 */
export class ExpressionSyntaxError extends TemplateError {
  /** Name of the class. */
  override readonly name: string = "ExpressionSyntaxError";
}

/**
 * A template that cannot be loaded: it does not exist, lies outside the root, is not UTF-8, includes itself, or exceeds
 * a limit.
 *
 * @example
 * ```ts
 * import { DictLoader, LoadError } from "@twister/twister/template";
 * import { assertThrows } from "@std/assert";
 * assertThrows(() => new DictLoader({}).load("page.html"), LoadError, "there is no template 'page.html'");
 * ```
 */
export class LoadError extends TemplateError {
  /** Name of the class. */
  override readonly name: string = "LoadError";

  /** Returns the message, and the place if a template led to the error. */
  override toString(): string {
    return this.filename === null ? this.message : super.toString();
  }
}

/**
 * A failure while rendering. `cause` is the value that the template threw.
 *
 * An error that a template throws on purpose, such as an `HTTPError`, is in `cause` unchanged.
 *
 * @example
 * ```ts
 * import { RenderError, Template } from "@twister/twister/template";
 * import { assert, assertEquals, assertThrows } from "@std/assert";
 * const error = assertThrows(() => new Template("{{ user }}", { name: "page.html" }).generate(), RenderError);
 * assertEquals(error.toString(), "name 'user' is not defined at page.html:1");
 * assert(error.cause instanceof ReferenceError);
 * ```
 */
export class RenderError extends TemplateError {
  /** Name of the class. */
  override readonly name: string = "RenderError";
}
