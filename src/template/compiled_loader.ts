// Modules of compiled templates import this file, so nothing that it reaches may import the compiler.
import { nodePath } from "../internal/node_module.ts";
import { BaseLoader, type LoaderOptions } from "./base_loader.ts";
import { CompiledTemplate } from "./compiled_template.ts";
import { LoadError } from "./errors.ts";
import type { LanguageRuntime } from "./language.ts";
import type { TemplateProgram } from "./_runtime/program.ts";

/** Contents of a module that `compileTemplates` wrote. */
export interface CompiledTemplates {
  /** Programs by template name. */
  readonly programs: Readonly<Record<string, TemplateProgram>>;
  /** Sources by file name. Errors show lines of them; an error in a file without a source shows none. */
  readonly sources: Readonly<Record<string, string>>;
  /** Runtime of the language that the templates are written in. */
  readonly runtime?: LanguageRuntime;
}

/**
 * Options of a {@linkcode CompiledLoader}. All other options took effect when the templates were compiled.
 *
 * `language` lets an application pass the same options to every loader. It must be the language of the compiled
 * templates.
 */
export type CompiledLoaderOptions = Pick<LoaderOptions, "namespace" | "imports" | "language">;

/**
 * Loads the templates of a module that `compileTemplates` wrote. It compiles nothing and needs no permission.
 *
 * @example
 * ```ts
 * import { CompiledLoader, compileTemplates, DictLoader } from "@twister/twister/template";
 * import { assertEquals } from "@std/assert";
 * const source = new DictLoader({ "hello.txt": "Hello {{ name }}" });
 * const module = compileTemplates(source, ["hello.txt"]);
 * // Written to a file, this is imported like any module.
 * const { templates } = await import(`data:text/javascript,${encodeURIComponent(module)}`);
 * assertEquals(new CompiledLoader(templates).load("hello.txt").generate({ name: "Ada" }), "Hello Ada");
 * ```
 */
export class CompiledLoader extends BaseLoader {
  readonly #templates: CompiledTemplates;

  /**
   * Makes the loader.
   *
   * @param templates Export `templates` of the module.
   * @throws {TypeError} `options.language` is not the language of the compiled templates.
   */
  constructor(templates: CompiledTemplates, options: CompiledLoaderOptions = {}) {
    super(options);
    const { runtime } = templates;
    if (runtime !== undefined && this.language !== null && this.language.runtime !== runtime) {
      throw new TypeError(
        `the templates were compiled from another language: their runtime is ${runtime.exportName}, ` +
          `that of the options is ${this.language.runtime.exportName}`,
      );
    }
    this.#templates = templates;
  }

  /** Returns the name under which a template was compiled; see {@linkcode BaseLoader.resolvePath}. */
  override resolvePath(name: string, parentPath: string | null = null): string {
    if (Object.hasOwn(this.#templates.programs, name) && parentPath === null) return name;
    const { posix } = nodePath();
    return posix.join(parentPath === null ? "" : posix.dirname(parentPath), name);
  }

  /**
   * Makes a template from its program.
   *
   * @throws {LoadError} The module has no template of that name.
   */
  override _createTemplate(name: string): CompiledTemplate {
    const { programs, sources, runtime } = this.#templates;
    const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
    if (program === undefined) throw new LoadError(`there is no template '${name}' among the compiled ones`);
    return new CompiledTemplate(name, program, {
      namespace: this.namespace,
      imports: this.imports,
      sourceOf: (filename) => Object.hasOwn(sources, filename) ? sources[filename] ?? null : null,
      runtime,
    });
  }
}
