import type { CompiledTemplate } from "./compiled_template.ts";
import { LoadError } from "./errors.ts";
import type { ExpressionLanguage } from "./language.ts";
import { MAX_LOAD_DEPTH } from "./limits.ts";
import type { Namespace } from "./_runtime/program.ts";
import type { WhitespaceMode } from "./whitespace.ts";

/** How a loader treats its templates. */
export interface LoaderOptions {
  /**
   * The name of the function, in the namespace of the template, that escapes what is printed; `null` for none. A file changes
   * it for itself by `{% autoescape %}`.
   *
   * @default {"xhtml_escape"}
   */
  autoescape?: string | null;
  /**
   * Names for every template, below those given to each rendering.
   *
   * @default {{}}
   */
  namespace?: Namespace;
  /**
   * What becomes of white space in text. `null` means `single` for files whose name ends in `.html` or `.js`, else `all`.
   *
   * @default {null}
   */
  whitespace?: WhitespaceMode | null;
  /**
   * The modules that `{% import %}` and `{% from %}` find, by name.
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
 * Base of all template loaders: keeps what was loaded, and resolves names.
 *
 * A subclass says where a template comes from, by `_createTemplate`, and what a name means seen from another template, by
 * `resolvePath`.
 *
 * @typeParam T What the loader gives: {@linkcode CompiledTemplate}, or a subclass.
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
  /** The name of the function that escapes what is printed, or `null`. */
  readonly autoescape: string | null;
  /** Names for every template, below those given to each rendering. */
  readonly namespace: Namespace;
  /** What becomes of white space in text; `null` to go by the file's name. */
  readonly whitespace: WhitespaceMode | null;
  /** The modules that `{% import %}` and `{% from %}` find, by name. */
  readonly imports: Namespace;
  /** The language of the expressions, or `null` for JavaScript. */
  readonly language: ExpressionLanguage | null;
  /** What was loaded, by resolved name. */
  readonly templates: Map<string, T> = new Map();
  /** The templates that wait for one that they extend or include, outermost first. */
  readonly #loading: string[] = [];

  /**
   * Makes the loader.
   *
   * @param options How it treats its templates.
   */
  constructor(options: LoaderOptions = {}) {
    const { autoescape = "xhtml_escape", namespace = {}, whitespace = null, imports = {}, language = null } = options;
    this.autoescape = autoescape;
    this.namespace = namespace;
    this.whitespace = whitespace;
    this.imports = imports;
    this.language = language;
  }

  /** Forgets what was loaded: the next load of each template compiles it again. */
  reset(): void {
    this.templates.clear();
  }

  /**
   * Says which template a name means.
   *
   * @param name The name as it is written.
   * @param parentPath The resolved name of the template in which it is written, if it is in one.
   * @returns The resolved name, under which the template is kept.
   */
  abstract resolvePath(name: string, parentPath?: string | null): string;

  /**
   * Loads a template, or gives the one that is already loaded.
   *
   * @param name The name of the template.
   * @param parentPath The resolved name of the template in which the name is written, if it is in one.
   * @returns The template.
   * @throws {LoadError} There is no such template, it includes itself, or it is beyond a limit.
   * @throws {ParseError} Its tags, or those of a template that it needs, are wrong.
   * @throws {ExpressionSyntaxError} An expression in it, or in a template that it needs, is not valid.
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
   * Makes a template; a subclass overrides it.
   *
   * @param name The resolved name.
   * @returns The template, which the loader keeps.
   */
  abstract _createTemplate(name: string): T;
}
