import { nodePath } from "../internal/node_module.ts";
import { BaseLoader, type LoaderOptions } from "./base_loader.ts";
import { LoadError } from "./errors.ts";
import { Template } from "./template.ts";

/**
 * A name that resolves to itself, as nearly all do: handlers load by name for every page, so these skip the path
 * arithmetic.
 */
const PLAIN_NAME = /^[\w-]+(?:[./][\w-]+)*$/;

/**
 * Loads templates from the files of a directory and its subdirectories. Tornado's `Loader`.
 *
 * A name in a template is relative to that template. A name passed to `load()` is relative to the root. A name that
 * leads out of the root is refused.
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
  /** Absolute path of the directory. */
  readonly root: string;

  /**
   * Makes the loader. It reads no file before the first `load`.
   *
   * @param rootDirectory Path of the directory. A relative path starts at the current directory.
   */
  constructor(rootDirectory: string, options: LoaderOptions = {}) {
    super(options);
    this.root = nodePath().resolve(rootDirectory);
  }

  /**
   * Resolves a name to a path relative to the root, with `/` between its parts.
   *
   * @throws {LoadError} The name leads out of the root.
   */
  override resolvePath(name: string, parentPath: string | null = null): string {
    if (parentPath === null && PLAIN_NAME.test(name)) return name;
    const { isAbsolute, relative, resolve, sep } = nodePath();
    const isRelative = parentPath !== null && !parentPath.startsWith("<") && !isAbsolute(parentPath);
    const path = relative(this.root, resolve(this.root, isRelative ? parentPath : "", isRelative ? ".." : "", name));
    if (path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path) || path.includes("\0")) {
      throw new LoadError(`the template name ${JSON.stringify(name)} leads out of the root directory`);
    }
    return sep === "/" ? path : path.replaceAll(sep, "/");
  }

  /** Reads and compiles a file; see {@linkcode BaseLoader._createTemplate}. */
  override _createTemplate(name: string): Template {
    let source: Uint8Array<ArrayBuffer>;
    try {
      source = Deno.readFileSync(nodePath().resolve(this.root, name));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        throw new LoadError(`there is no template '${name}' in ${this.root}`, { cause: error });
      }
      const reason = error instanceof Error ? error.message : String(error);
      throw new LoadError(`template '${name}' cannot be read: ${reason}`, { cause: error });
    }
    return new Template(source, { name, loader: this });
  }
}
