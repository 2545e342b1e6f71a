import type { Bytes } from "../internal/bytes.ts";
import { toUnicode } from "../util/escape.ts";
import type { BaseLoader, LoaderOptions } from "./base_loader.ts";
import { Compilation } from "./_compile/compilation.ts";
import { CompiledTemplate } from "./compiled_template.ts";
import { LoadError } from "./errors.ts";
import { javascript } from "./javascript.ts";
import type { ExpressionLanguage } from "./language.ts";
import { MAX_SOURCE_LENGTH } from "./limits.ts";
import { parseTemplate } from "./_parse/parse_template.ts";
import type { TemplateFile } from "./_parse/syntax_tree.ts";
import { filterWhitespace, type WhitespaceMode } from "./whitespace.ts";

/** Options of a {@linkcode Template}. */
export interface TemplateOptions extends Pick<LoaderOptions, "autoescape" | "imports" | "language"> {
  /**
   * Name in error messages. Its extension decides the default of `whitespace`.
   *
   * @default {"<string>"}
   */
  name?: string;
  /**
   * Loader of the templates that this one extends or includes. Its options are the defaults of the options below.
   *
   * @default {null}
   */
  loader?: BaseLoader | null;
  /**
   * The treatment of white space in text.
   *
   * @default {"single" for names that end in .html or .js, else "all"}
   */
  whitespace?: WhitespaceMode | null;
  /**
   * Older form of `whitespace`: `true` means `single`, `false` means `all`. Only one of the two may be given.
   *
   * @default {undefined}
   */
  compressWhitespace?: boolean | undefined;
}

/**
 * A template made from source text: Tornado's template language, with JavaScript between the tags. Tornado's
 * `Template`.
 *
 * The constructor parses and checks the source, and loads the templates that it extends and includes. The first
 * rendering generates the code.
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
  /** Loader that the template was given, or `null`. */
  readonly loader: BaseLoader | null;
  /** Language of the expressions. */
  readonly language: ExpressionLanguage;
  readonly #file: TemplateFile;
  readonly #compilation: Compilation;

  /**
   * Parses and checks a template.
   *
   * @param templateString Source as text or as UTF-8 bytes.
   * @throws {ParseError} A tag is wrong.
   * @throws {ExpressionSyntaxError} An expression is not valid.
   * @throws {LoadError} A template that it extends or includes cannot be loaded, the source is not UTF-8, or it exceeds
   * a limit.
   * @throws {TypeError} Both `whitespace` and `compressWhitespace` are given.
   */
  constructor(templateString: string | Bytes, options: TemplateOptions = {}) {
    const { name = "<string>", loader = null } = options;
    const language = options.language ?? loader?.language ?? javascript;
    super(name, () => this.#compilation.program(), {
      namespace: loader?.namespace ?? {},
      imports: options.imports ?? loader?.imports ?? {},
      sourceOf: (filename) => this.#compilation.sourceOf(filename),
      runtime: language.runtime,
    });
    this.loader = loader;
    this.language = language;
    this.#file = parseFile(templateString, { ...options, name });
    this.#compilation = new Compilation(this.#file, loader, this.language);
  }

  /** Name of the function that escapes what this file prints, or `null`. `{% autoescape %}` in the file sets it. */
  get autoescape(): string | null {
    return this.#file.autoescape;
  }

  /** The parsed file. Its contents are not part of the public interface. */
  get file(): object {
    return this.#file;
  }

  /** Generated JavaScript: the method that renders the template in one piece. */
  get code(): string {
    return this.#compilation.code("render");
  }

  /**
   * Generates the code now instead of at the first rendering.
   *
   * @throws {ExpressionSyntaxError} The engine refuses an expression that the parser accepted.
   * @throws {LoadError} The tags are nested too deeply for the engine.
   */
  check(): void {
    void this.isAsync;
  }
}

/** Parses the source of a template, but not the expressions in it. */
export function parseFile(source: string | Bytes, options: TemplateOptions & { name: string }): TemplateFile {
  const { name, loader = null } = options;
  const { autoescape = loader ? loader.autoescape : "xhtml_escape" } = options;
  return parseTemplate(name, decode(source, name), { autoescape, whitespace: whitespaceOf(name, options) });
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
