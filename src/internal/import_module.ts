/** What runs an `import()`: a module of its own, see {@linkcode importModule}. */
interface Importer {
  load(specifier: string): Promise<object>;
}

/**
 * Imports a module that a caller names, which is none of this package.
 *
 * `deno publish` rewrites what the package imports, and warns of each `import()` whose specifier it cannot read. This
 * one stands where it does not look: there is nothing to rewrite in a name that comes from elsewhere.
 *
 * @param specifier An absolute URL, or a name of the program's import map.
 * @throws {TypeError} If there is no such module.
 */
export async function importModule(specifier: string): Promise<object> {
  const { load }: Importer = await import(
    "data:text/javascript,export const load = (specifier) => import(specifier);"
  );
  return await load(specifier);
}
