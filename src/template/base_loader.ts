import type { CompiledTemplate } from "./compiled_template.ts";
import { LoadError } from "./errors.ts";
import type { ExpressionLanguage } from "./language.ts";
import { MAX_LOAD_DEPTH } from "./limits.ts";
import type { Namespace } from "./_runtime/program.ts";
import type { WhitespaceMode } from "./whitespace.ts";

/** Options that a loader applies to every template it loads. */
export interface LoaderOptions {
  /**
   * Name of the function that escapes printed values, looked up in the template's namespace; `null` turns escaping off.
   * A file overrides it with `{% autoescape %}`.
   *
   * @default {"xhtml_escape"}
   */
  autoescape?: string | null;
  /**
   * Names that every template sees. Those passed to a rendering hide them.
   *
   * @default {{}}
   */
  namespace?: Namespace;
  /**
   * The treatment of white space in text. `null` means `single` for files whose name ends in `.html` or `.js`, and
   * `all` for others.
   *
   * @default {null}
   */
  whitespace?: WhitespaceMode | null;
  /**
   * Modules that `{% import %}` and `{% from %}` can reach, by name.
   *
   * @default {{}}
   */
  imports?: Namespace;
  /**
   * Language of the expressions between the tags.
   *
   * @default {javascript}
   */
  language?: ExpressionLanguage;
}

/**
 * Base class of template loaders. It keeps the templates that it has loaded.
 *
 * A subclass overrides `resolvePath`, which turns a name into a path, and `_createTemplate`, which makes the template
 * of a path. Tornado's `BaseLoader`.
 *
 * @typeParam T Class of the templates: {@linkcode CompiledTemplate} or a subclass.
 *
 * @example
 * ```ts
 * import { BaseLoader, Template } from "@twister/twister/template";
 * import { assertEquals } from "@std/assert";
 * class ShoutLoader extends BaseLoader {
 *   override resolvePath(name: string): string {
 *     return name.toUpperCase();
 *   }
 *   override _createTemplate(name: string): Template {
 *     return new Template(`${name}, {{ who }}!`, { name, loader: this });
 *   }
 * }
 * assertEquals(new ShoutLoader().load("hello").generate({ who: "Ada" }), "HELLO, Ada!");
 * ```
 */
export abstract class BaseLoader<T extends CompiledTemplate = CompiledTemplate> {
  /** Name of the function that escapes printed values, or `null`. */
  readonly autoescape: string | null;
  /** Names that every template sees. Those passed to a rendering hide them. */
  readonly namespace: Namespace;
  /** The treatment of white space in text; `null` decides by the file's name. */
  readonly whitespace: WhitespaceMode | null;
  /** Modules that `{% import %}` and `{% from %}` can reach, by name. */
  readonly imports: Namespace;
  /** Language of the expressions, or `null` for JavaScript. */
  readonly language: ExpressionLanguage | null;
  /** Loaded templates by resolved name. */
  readonly templates: Map<string, T> = new Map();
  /** Paths of the templates that are being loaded, each of which needs the next one. */
  readonly #loading: string[] = [];

  /** Makes the loader. */
  constructor(options: LoaderOptions = {}) {
    const { autoescape = "xhtml_escape", namespace = {}, whitespace = null, imports = {}, language = null } = options;
    this.autoescape = autoescape;
    this.namespace = namespace;
    this.whitespace = whitespace;
    this.imports = imports;
    this.language = language;
  }

  /** Forgets all loaded templates, so that the next `load` compiles each one again. */
  reset(): void {
    this.templates.clear();
  }

  /**
   * Resolves a name, as written by the caller or in a template.
   *
   * @param parentPath Resolved name of the template that contains the name; `null` for a name that the program gives.
   * @returns Resolved name, under which the loader keeps the template.
   */
  abstract resolvePath(name: string, parentPath?: string | null): string;

  /**
   * Returns a template, which it loads on the first call for a name.
   *
   * The `@throws` below also cover the templates that this one extends or includes.
   *
   * @param parentPath Resolved name of the template that contains the name; `null` for a name that the program gives.
   * @returns The template; the same object until {@linkcode reset}.
   * @throws {LoadError} There is no such template, it includes itself, or it exceeds a limit.
   * @throws {ParseError} A tag is wrong.
   * @throws {ExpressionSyntaxError} An expression is not valid.
   */
  load(name: string, parentPath: string | null = null): T {
    const path = this.resolvePath(name, parentPath);
    const known = this.templates.get(path);
    if (known !== undefined) return known;
    const start = this.#loading.indexOf(path);
    if (start >= 0) {
      const loop = [...this.#loading.slice(start), path].map((part) => `'${part}'`);
      throw new LoadError(`a template extends or includes itself: ${loop.join(" -> ")}`);
    }
    if (this.#loading.length >= MAX_LOAD_DEPTH) {
      throw new LoadError(`more than ${MAX_LOAD_DEPTH} templates that extend or include each other in a row`);
    }
    this.#loading.push(path);
    try {
      const template = this._createTemplate(path);
      this.templates.set(path, template);
      return template;
    } finally {
      this.#loading.pop();
    }
  }

  /**
   * Makes the template of a resolved name. A subclass overrides it; only the loader calls it.
   *
   * @throws {TemplateError} There is no such template, or it is not valid.
   */
  abstract _createTemplate(name: string): T;
}
