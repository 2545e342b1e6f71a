// Modules of compiled templates import this: neither it nor what it imports compiles anything.
import { posix } from "node:path";
import { BaseLoader, type LoaderOptions } from "./base_loader.ts";
import { CompiledTemplate } from "./compiled_template.ts";
import { LoadError } from "./errors.ts";
import type { TemplateProgram } from "./_runtime/program.ts";

/** The contents of a module of compiled templates. */
export interface CompiledTemplates {
  /** The programs by the names of their templates. */
  readonly programs: Readonly<Record<string, TemplateProgram>>;
  /** The sources of the files by name, for the frames of errors; those left out have no frame. */
  readonly sources: Readonly<Record<string, string>>;
}

/** How a {@linkcode CompiledLoader} treats its templates; all else was settled when they were compiled. */
export type CompiledLoaderOptions = Pick<LoaderOptions, "namespace" | "imports">;

/**
 * Gives the templates that `compileTemplates` put into a module.
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
   * @param templates The `templates` of the module.
   * @param options How the loader treats its templates.
   */
  constructor(templates: CompiledTemplates, options: CompiledLoaderOptions = {}) {
    super(options);
    this.#templates = templates;
  }

  /**
   * Says which template a name means.
   *
   * @param name The name as it is written.
   * @param parentPath The resolved name of the template in which it is written, if it is in one.
   * @returns The name under which it was compiled.
   */
  override resolvePath(name: string, parentPath: string | null = null): string {
    if (Object.hasOwn(this.#templates.programs, name) && parentPath === null) return name;
    return posix.join(parentPath === null ? "" : posix.dirname(parentPath), name);
  }

  /**
   * Makes a template of its program.
   *
   * @param name The resolved name.
   * @returns The template.
   * @throws {LoadError} There is none of that name in the module.
   */
  override _createTemplate(name: string): CompiledTemplate {
    const { programs, sources } = this.#templates;
    const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
    if (program === undefined) throw new LoadError(`there is no template '${name}' among the compiled ones`);
    return new CompiledTemplate(name, program, {
      namespace: this.namespace,
      imports: this.imports,
      sourceOf: (filename) => Object.hasOwn(sources, filename) ? sources[filename] ?? null : null,
    });
  }
}
