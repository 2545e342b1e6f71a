/**
 * Imports a module, or one export of it, by name: `"file:///app/handlers.ts#MainHandler"`, `"node:path#join"`, `"npm:ws#default"`.
 *
 * Python's dotted names become a module specifier and an export after `#`. Importing is asynchronous here. Never pass a name that comes
 * from a peer: what it names is run. Tornado's `import_object`.
 *
 * @example
 * ```ts
 * import { importObject } from "@twister/twister/util";
 * import { assertEquals } from "@std/assert";
 * import { join } from "node:path";
 * assertEquals(await importObject("node:path#join"), join);
 * ```
 *
 * @param name Module specifier, and perhaps `#` with the name of an export.
 * @param base What a relative specifier is relative to, usually `import.meta.url`.
 * @returns The module's namespace, or the export.
 * @throws {TypeError} The specifier is relative and there is no base, the module cannot be found, or it has no such export.
 */
export async function importObject(name: string, base?: string | URL): Promise<unknown> {
  const hash = name.indexOf("#");
  const specifier = hash < 0 ? name : name.slice(0, hash);
  const module: object = await import(resolve(specifier, base));
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
