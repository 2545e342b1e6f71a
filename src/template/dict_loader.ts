import { posix } from "node:path";
import { BaseLoader, type LoaderOptions } from "./base_loader.ts";
import { LoadError } from "./errors.ts";
import { Template } from "./template.ts";

/**
 * Loads templates from an object whose properties are their sources.
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
  /** The sources by name. */
  readonly dict: Readonly<Record<string, string>>;

  /**
   * Makes the loader.
   *
   * @param dict The sources by name; it is kept, not copied.
   * @param options How the loader treats its templates.
   */
  constructor(dict: Readonly<Record<string, string>>, options: LoaderOptions = {}) {
    super(options);
    this.dict = dict;
  }

  /**
   * Says which template a name means: one in a template is relative to that.
   *
   * @param name The name as it is written.
   * @param parentPath The resolved name of the template in which it is written, if it is in one.
   * @returns The property's name.
   */
  override resolvePath(name: string, parentPath: string | null = null): string {
    if (parentPath === null || /^[</]/.test(parentPath) || name.startsWith("/")) return name;
    return posix.join(posix.dirname(parentPath), name).replace(/(?<=.)\/$/, "");
  }

  /**
   * Compiles a source.
   *
   * @param name The resolved name.
   * @returns The template.
   * @throws {LoadError} There is no such source.
   */
  override _createTemplate(name: string): Template {
    const source = Object.hasOwn(this.dict, name) ? this.dict[name] : undefined;
    if (source === undefined) throw new LoadError(`there is no template '${name}'`);
    return new Template(source, { name, loader: this });
  }
}
