/** A place in the source of a template. */
export interface TemplatePlace {
  /** The name of the template. */
  readonly filename: string;
  /** The line, from 1. */
  readonly lineno: number;
  /** The column, from 1, counted in UTF-16 code units; 0 if only the line is known. */
  readonly column: number;
}

/** What a {@linkcode TemplateError} carries besides its message. */
export interface TemplateErrorOptions {
  /**
   * The template in which the error is.
   *
   * @default {null}
   */
  filename?: string | null;
  /**
   * Its line, from 1; 0 if none is known.
   *
   * @default {0}
   */
  lineno?: number;
  /**
   * Its column, from 1; 0 if none is known.
   *
   * @default {0}
   */
  column?: number;
  /**
   * The includes, blocks and modules through which the place was reached, innermost first.
   *
   * @default {[]}
   */
  via?: readonly TemplatePlace[];
  /**
   * The lines around the place, for people.
   *
   * @default {""}
   */
  frame?: string;
  /**
   * The error underneath, if there is one.
   *
   * @default {undefined}
   */
  cause?: unknown;
}

/**
 * An error in a template; its subclasses say of which kind.
 *
 * {@linkcode ParseError}: the tags are wrong. {@linkcode ExpressionSyntaxError}: an expression between them is.
 * {@linkcode LoadError}: a template cannot be had. {@linkcode RenderError}: rendering threw. The message says only what is
 * wrong; `toString()` adds the place, and what the console shows adds the lines around it.
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
  /** The name of the class. */
  override readonly name: string = "TemplateError";
  #filename: string | null;
  #lineno: number;
  #column: number;
  #via: readonly TemplatePlace[];
  #frame: string;
  readonly #calls: string;

  /**
   * Makes the error.
   *
   * @param message What is wrong, without the place.
   * @param options The place, and how it was reached.
   */
  constructor(message: string, options: TemplateErrorOptions = {}) {
    const { filename = null, lineno = 0, column = 0, via = [], frame = "", cause } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.#filename = filename;
    this.#lineno = lineno;
    this.#column = column;
    this.#via = via;
    this.#frame = frame;
    this.#calls = this.stack?.match(/\n {4}at [^]*$/)?.[0] ?? "";
    // The name is a field, and those of a subclass are not there yet.
    this.#describe(new.target.name);
  }

  /** The template in which the error is, or `null` where no template is to blame. */
  get filename(): string | null {
    return this.#filename;
  }

  /** The line in that template, from 1; 0 if none is known. */
  get lineno(): number {
    return this.#lineno;
  }

  /** The column in that line, from 1; 0 if none is known. */
  get column(): number {
    return this.#column;
  }

  /** The includes, blocks and modules through which the place was reached, innermost first. */
  get via(): readonly TemplatePlace[] {
    return this.#via;
  }

  /** The lines around the place with a mark below it; empty if the source is not at hand. */
  get frame(): string {
    return this.#frame;
  }

  /**
   * Adds the place that led to this error: an include, a block or a module. An error without a place takes it as its own.
   *
   * @param place The place outside.
   * @param frame The lines around that place.
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

  /**
   * The message with its place.
   *
   * @returns `MESSAGE at FILE:LINE (via FILE:LINE, ...)`, which up to the bracket is what Tornado says.
   */
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
 * The tags of a template are wrong: an unknown one, one that does not belong here, or one without its end.
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
  /** The name of the class. */
  override readonly name: string = "ParseError";

  /**
   * Makes the error; the arguments are those of Tornado's `ParseError`.
   *
   * @param message What is wrong, without the place.
   * @param filename The template in which it is.
   * @param lineno Its line, from 1; 0 if none is known.
   * @param options What else is known of the place.
   */
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
 * The tags of a template are right, but an expression or statement in them, or the order of the parts of a `try` or
 * `if`, is not valid.
 *
 * @example
 * ```ts
 * import { ExpressionSyntaxError, Template } from "@twister/twister/template";
 * import { assertThrows } from "@std/assert";
 * assertThrows(() => new Template("{{ a b }}"), ExpressionSyntaxError);
 * ```
 */
export class ExpressionSyntaxError extends TemplateError {
  /** The name of the class. */
  override readonly name: string = "ExpressionSyntaxError";
}

/**
 * A template cannot be had: there is no such file, it lies outside the root, it is not UTF-8, it includes itself, or it is
 * beyond a limit.
 *
 * @example
 * ```ts
 * import { DictLoader, LoadError } from "@twister/twister/template";
 * import { assertThrows } from "@std/assert";
 * assertThrows(() => new DictLoader({}).load("page.html"), LoadError, "there is no template 'page.html'");
 * ```
 */
export class LoadError extends TemplateError {
  /** The name of the class. */
  override readonly name: string = "LoadError";
}

/**
 * Rendering a template threw; `cause` is what was thrown.
 *
 * What a template throws on purpose, such as an error that stands for an HTTP status, is in `cause` unchanged.
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
  /** The name of the class. */
  override readonly name: string = "RenderError";
}
