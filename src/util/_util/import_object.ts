import { importModule } from "../../internal/import_module.ts";

/**
 * Imports a module, or one of its exports, by name: `"file:///app/handlers.ts#MainHandler"`, `"node:path#join"`,
 * `"npm:ws#default"`.
 *
 * A name is a module specifier, optionally with `#` and an export, in place of Python's dotted names. Importing is
 * asynchronous. Never pass a name that a peer sent: the module that it names is run. Tornado's `import_object`.
 *
 * @example
 * ```ts
 * import { importObject } from "@twister/twister/util";
 * import { assertEquals } from "@std/assert";
 * import { join } from "node:path";
 * assertEquals(await importObject("node:path#join"), join);
 * ```
 *
 * @param base URL at which a relative specifier starts, usually `import.meta.url`.
 * @returns The namespace of the module, or the export.
 * @throws {TypeError} The module does not exist or lacks the export, or a relative specifier comes without `base`.
 */
export async function importObject(name: string, base?: string | URL): Promise<unknown> {
  const hash = name.indexOf("#");
  const specifier = hash < 0 ? name : name.slice(0, hash);
  const module = await importModule(resolve(specifier, base));
  if (hash < 0) return module;
  const exported = name.slice(hash + 1);
  if (!Object.hasOwn(module, exported)) {
    throw new TypeError(`Cannot import "${name}": "${specifier}" does not export "${exported}"`);
  }
  return Reflect.get(module, exported);
}

function resolve(specifier: string, base: string | URL | undefined): string {
  if (!/^\.{0,2}\//.test(specifier)) return specifier;
  if (base === undefined) {
    throw new TypeError(`Cannot import "${specifier}": a relative name needs the base it is relative to`);
  }
  return new URL(specifier, base).href;
}
