import { isAbsolute, relative, resolve, sep } from "node:path";
import { BaseLoader, type LoaderOptions } from "./base_loader.ts";
import { LoadError } from "./errors.ts";
import { Template } from "./template.ts";

/** A name that means itself, as nearly all do: there is nothing in it to resolve, which would be done for each page. */
const PLAIN_NAME = /^[\w-]+(?:[./][\w-]+)*$/;

/**
 * Loads templates from files below one directory.
 *
 * A name in a template is relative to that template, a name given to `load()` to the root. No name leads out of the root.
 *
 * @example
 * ```ts
 * import { Loader } from "@twister/twister/template";
 * import { assertEquals } from "@std/assert";
 * const root = await Deno.makeTempDir();
 * await Deno.mkdir(`${root}/mail`);
 * await Deno.writeTextFile(`${root}/mail/order.txt`, 'Dear {{ name }},\n{% include "foot.txt" %}');
 * await Deno.writeTextFile(`${root}/mail/foot.txt`, "Bye");
 * const loader = new Loader(root, { autoescape: null });
 * assertEquals(loader.load("mail/order.txt").generate({ name: "Ada" }), "Dear Ada,\nBye");
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export class Loader extends BaseLoader<Template> {
  /** The directory, as an absolute path. */
  readonly root: string;

  /**
   * Makes the loader; the directory is read only when templates are loaded.
   *
   * @param rootDirectory The directory; a relative one counts from the current directory.
   * @param options How the loader treats its templates.
   */
  constructor(rootDirectory: string, options: LoaderOptions = {}) {
    super(options);
    this.root = resolve(rootDirectory);
  }

  /**
   * Says which file a name means.
   *
   * @param name The name as it is written.
   * @param parentPath The resolved name of the template in which it is written, if it is in one.
   * @returns The path relative to the root, with `/` between its parts.
   * @throws {LoadError} The name leads out of the root.
   */
  override resolvePath(name: string, parentPath: string | null = null): string {
    if (parentPath === null && PLAIN_NAME.test(name)) return name;
    const isRelative = parentPath !== null && !parentPath.startsWith("<") && !isAbsolute(parentPath);
    const path = relative(this.root, resolve(this.root, isRelative ? parentPath : "", isRelative ? ".." : "", name));
    if (path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path) || path.includes("\0")) {
      throw new LoadError(`the template name ${JSON.stringify(name)} leads out of the root directory`);
    }
    return sep === "/" ? path : path.replaceAll(sep, "/");
  }

  /**
   * Reads and compiles a file.
   *
   * @param name The resolved name.
   * @returns The template.
   * @throws {LoadError} The file cannot be read, or is not UTF-8.
   */
  override _createTemplate(name: string): Template {
    let source: Uint8Array<ArrayBuffer>;
    try {
      source = Deno.readFileSync(resolve(this.root, name));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        throw new LoadError(`there is no template '${name}'`, { cause: error });
      }
      const reason = error instanceof Error ? error.message : String(error);
      throw new LoadError(`template '${name}' cannot be read: ${reason}`, { cause: error });
    }
    return new Template(source, { name, loader: this });
  }
}
