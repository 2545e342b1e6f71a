import type { Bytes } from "../internal/bytes.ts";
import { toUnicode } from "../util/escape.ts";
import type { BaseLoader } from "./base_loader.ts";
import { Compilation } from "./_compile/compilation.ts";
import { CompiledTemplate } from "./compiled_template.ts";
import { LoadError } from "./errors.ts";
import { javascript } from "./javascript.ts";
import type { ExpressionLanguage } from "./language.ts";
import { MAX_SOURCE_LENGTH } from "./limits.ts";
import { parseTemplate } from "./_parse/parse_template.ts";
import type { TemplateFile } from "./_parse/syntax_tree.ts";
import type { Namespace } from "./_runtime/program.ts";
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
  /** The language of the expressions. */
  readonly language: ExpressionLanguage;
  readonly #file: TemplateFile;
  readonly #compilation: Compilation;

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
    super(name, () => this.#compilation.program(), {
      namespace: loader?.namespace ?? {},
      imports: options.imports ?? loader?.imports ?? {},
      sourceOf: (filename) => this.#compilation.sourceOf(filename),
    });
    const { autoescape = loader ? loader.autoescape : "xhtml_escape" } = options;
    this.loader = loader;
    this.language = options.language ?? loader?.language ?? javascript;
    const text = decode(templateString, name);
    this.#file = parseTemplate(name, text, { autoescape, whitespace: whitespaceOf(name, options) });
    this.#compilation = new Compilation(this.#file, loader, this.language);
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
    return this.#compilation.code("render");
  }

  /**
   * Compiles the template at once, instead of when it first renders.
   *
   * @throws {ExpressionSyntaxError} The engine refuses an expression that the parser took.
   */
  check(): void {
    void this.isAsync;
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
