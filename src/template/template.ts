import type { Bytes } from "../internal/bytes.ts";
import { toUnicode } from "../util/escape.ts";
import type { BaseLoader } from "./base_loader.ts";
import { CompiledTemplate } from "./compiled_template.ts";
import { generateMethod } from "./_emit.ts";
import { ExpressionSyntaxError, LoadError } from "./errors.ts";
import { expandTemplate } from "./_expand.ts";
import { sourceFrame } from "./_frame.ts";
import { instantiate } from "./_instantiate.ts";
import { javascript } from "./javascript.ts";
import type { ExpressionLanguage, LanguageRuntime } from "./language.ts";
import { MAX_SOURCE_LENGTH } from "./_limits.ts";
import { ancestorsOf, collectBlocks, type LoadFile } from "./_link.ts";
import type { TemplateFile } from "./_nodes.ts";
import { parseTemplate } from "./_parse.ts";
import { placeChain } from "./_place_chain.ts";
import type { Plan } from "./_plan.ts";
import type { Namespace, TemplateProgram } from "./program.ts";
import { refusedPlace } from "./_refused.ts";
import { filterWhitespace, type WhitespaceMode } from "./whitespace.ts";

/** How a {@linkcode Template} is read. */
export interface TemplateOptions {
  /**
   * The name that errors give; its end decides what becomes of white space.
   *
   * @default {"<string>"}
   */
  name?: string;
  /**
   * Finds the templates that this one extends or includes, and gives the defaults of the other options.
   *
   * @default {null}
   */
  loader?: BaseLoader | null;
  /**
   * The name of the function that escapes what is printed; `null` for none.
   *
   * @default {"xhtml_escape"}
   */
  autoescape?: string | null;
  /**
   * What becomes of white space in text.
   *
   * @default {"single" for names that end in .html or .js, else "all"}
   */
  whitespace?: WhitespaceMode | null;
  /**
   * `true` is `single`, `false` is `all`: the older form of `whitespace`, which excludes it.
   *
   * @default {undefined}
   */
  compressWhitespace?: boolean | undefined;
  /**
   * What `{% import %}` and `{% from %}` find.
   *
   * @default {{}}
   */
  imports?: Namespace;
  /**
   * The language of the expressions.
   *
   * @default {javascript}
   */
  language?: ExpressionLanguage;
}

/** What the compiler ahead of time takes from a template. */
export interface TemplateParts {
  readonly plan: Plan;
  /** The two methods of the program. */
  readonly methods: readonly string[];
  readonly runtime: LanguageRuntime;
}

/** The parsed file of a template, for templates that include it. */
export let fileOf: (template: Template) => TemplateFile;
/** Everything of a template that goes into a module. */
export let partsOf: (template: Template) => TemplateParts;

/**
 * A template compiled from its source: Tornado's template language, with JavaScript between the tags.
 *
 * Making one reads and checks it, and loads what it extends and includes; the code is generated when it first renders.
 *
 * @example
 * ```ts
 * import { Template } from "@twister/twister/template";
 * import { assertEquals } from "@std/assert";
 * const template = new Template("{% for name in names %}<li>{{ name }}</li>{% end %}", { name: "list.html" });
 * assertEquals(template.generate({ names: ["Ada", "<Bob>"] }), "<li>Ada</li><li>&lt;Bob&gt;</li>");
 * ```
 */
export class Template extends CompiledTemplate {
  /** The loader that made the template or that it was given, or `null`. */
  readonly loader: BaseLoader | null;
  readonly #file: TemplateFile;
  readonly #plan: Plan;
  readonly #language: ExpressionLanguage;
  #code: string | null = null;

  static {
    fileOf = (template) => template.#file;
    partsOf = (template) => ({
      plan: template.#plan,
      methods: [template.code, template.#method("chunks")],
      runtime: template.#language.runtime,
    });
  }

  /**
   * Compiles a template.
   *
   * @param templateString The source, as text or UTF-8.
   * @param options How it is read.
   * @throws {ParseError} The tags are wrong.
   * @throws {ExpressionSyntaxError} An expression is not valid.
   * @throws {LoadError} A template that it extends or includes cannot be had, it is not UTF-8, or it is beyond a limit.
   */
  constructor(templateString: string | Bytes, options: TemplateOptions = {}) {
    const { name = "<string>", loader = null } = options;
    super(name, () => this.#makeProgram(), {
      namespace: loader?.namespace ?? {},
      imports: options.imports ?? loader?.imports ?? {},
      sourceOf: (filename) => this.#plan.files.find((file) => file.name === filename)?.text ?? null,
    });
    const { autoescape = loader ? loader.autoescape : "xhtml_escape" } = options;
    this.loader = loader;
    this.#language = options.language ?? loader?.language ?? javascript;
    const text = decode(templateString, name);
    this.#file = parseTemplate(name, text, { autoescape, whitespace: whitespaceOf(name, options) });
    const load: LoadFile = loader && ((included, parent) => sourceFile(loader.load(included, parent), included));
    const ancestors = ancestorsOf(this.#file, load).reverse();
    const [outermost = this.#file] = ancestors;
    this.#plan = expandTemplate(outermost, collectBlocks(ancestors, load), load, this.#language);
  }

  /** The name of the function that escapes what this file prints, or `null`; `{% autoescape %}` may have set it. */
  get autoescape(): string | null {
    return this.#file.autoescape;
  }

  /** The parsed file; what it looks like inside is not part of the interface. */
  get file(): object {
    return this.#file;
  }

  /** The JavaScript that the template is compiled to: the method that renders it in one piece. */
  get code(): string {
    return this.#code ??= this.#method("render");
  }

  /**
   * Compiles the template at once, instead of when it first renders.
   *
   * @throws {ExpressionSyntaxError} The engine refuses an expression that the parser took.
   */
  check(): void {
    void this.isAsync;
  }

  #makeProgram(): TemplateProgram {
    const { isAsync, files, places } = this.#plan;
    const { render } = this.#instantiate<"render">(this.code);
    let chunks: TemplateProgram["chunks"] | null = null;
    return {
      isAsync,
      files: files.map((file) => file.name),
      places,
      render,
      // Most templates are never asked for pieces.
      chunks: (...args) => (chunks ??= this.#instantiate<"chunks">(this.#method("chunks")).chunks)(...args),
    };
  }

  #method(method: "render" | "chunks"): string {
    return generateMethod(this.#plan, this.#language, method);
  }

  #instantiate<Method extends "render" | "chunks">(code: string): Pick<TemplateProgram, Method> {
    try {
      return instantiate<Method>(code, this.name, this.#language.runtime);
    } catch (error) {
      // The engine's own parser recurses, too.
      if (error instanceof RangeError) {
        throw new LoadError(`template '${this.name}' is nested too deeply`, { cause: error });
      }
      // The parser of the language took what the engine does not: newer syntax, or an early error that is not its affair.
      if (!(error instanceof SyntaxError)) throw error;
      throw this.#refused(error);
    }
  }

  #refused(error: SyntaxError): ExpressionSyntaxError {
    const { files, places } = this.#plan;
    const [place, ...via] = placeChain({ files: files.map(({ name }) => name), places }, refusedPlace(this.#plan));
    const file = files.find(({ name }) => name === place?.filename);
    return new ExpressionSyntaxError(`the engine refuses the code: ${error.message}`, {
      ...place,
      via,
      frame: file && place ? sourceFrame(file.text, place.lineno, place.column) : "",
      cause: error,
    });
  }
}

function decode(source: string | Bytes, name: string): string {
  let text: string;
  try {
    text = toUnicode(source);
  } catch (error) {
    throw new LoadError(`template '${name}' is not UTF-8`, { cause: error });
  }
  if (text.length > MAX_SOURCE_LENGTH) {
    throw new LoadError(`template '${name}' is longer than ${MAX_SOURCE_LENGTH} characters`);
  }
  return text;
}

function whitespaceOf(name: string, options: TemplateOptions): WhitespaceMode {
  const { loader = null, compressWhitespace, whitespace = null } = options;
  if (compressWhitespace !== undefined && whitespace !== null) {
    throw new TypeError("cannot set both whitespace and compressWhitespace");
  }
  if (compressWhitespace !== undefined) return compressWhitespace ? "single" : "all";
  const mode = whitespace ?? loader?.whitespace ?? (/\.(?:html|js)$/.test(name) ? "single" : "all");
  try {
    filterWhitespace(mode, "");
  } catch (error) {
    throw new LoadError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  return mode;
}

function sourceFile(template: CompiledTemplate, name: string): TemplateFile {
  if (template instanceof Template) return fileOf(template);
  throw new LoadError(`template '${name}' is compiled already: it cannot become part of another`);
}
