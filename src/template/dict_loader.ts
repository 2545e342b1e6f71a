import { nodePath } from "../internal/node_module.ts";
import { BaseLoader, type LoaderOptions } from "./base_loader.ts";
import { LoadError } from "./errors.ts";
import { Template } from "./template.ts";

/**
 * Loads templates from an object that maps names to sources. Tornado's `DictLoader`.
 *
 * @example
 * ```ts
 * import { DictLoader } from "@twister/twister/template";
 * import { assertEquals } from "@std/assert";
 * const loader = new DictLoader({
 *   "base.html": "<h1>{% block title %}Site{% end %}</h1>",
 *   "page.html": '{% extends "base.html" %}{% block title %}{{ title }}{% end %}',
 * });
 * assertEquals(loader.load("page.html").generate({ title: "News" }), "<h1>News</h1>");
 * ```
 */
export class DictLoader extends BaseLoader<Template> {
  /** Sources by name. */
  readonly dict: Readonly<Record<string, string>>;

  /**
   * Makes the loader.
   *
   * @param dict Sources by name. The loader keeps the object itself and reads a source when it loads the template.
   */
  constructor(dict: Readonly<Record<string, string>>, options: LoaderOptions = {}) {
    super(options);
    this.dict = dict;
  }

  /** Resolves a name. A name in a template is relative to that template; see {@linkcode BaseLoader.resolvePath}. */
  override resolvePath(name: string, parentPath: string | null = null): string {
    if (parentPath === null || /^[</]/.test(parentPath) || name.startsWith("/")) return name;
    const { posix } = nodePath();
    return posix.join(posix.dirname(parentPath), name).replace(/(?<=.)\/$/, "");
  }

  /** Compiles a source; see {@linkcode BaseLoader._createTemplate}. */
  override _createTemplate(name: string): Template {
    const source = Object.hasOwn(this.dict, name) ? this.dict[name] : undefined;
    if (source === undefined) throw new LoadError(`there is no template '${name}'`);
    return new Template(source, { name, loader: this });
  }
}
