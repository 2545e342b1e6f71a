import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The files below a directory whose names end as wanted, as sorted paths with `/` between their parts. */
export function templateFiles(root: string, extensions: readonly string[]): string[] {
  const files: string[] = [];
  const visited = new Set<string>();
  const visit = (directory: string) => {
    // A link may lead back to a directory that we are in.
    const real = Deno.realPathSync(directory);
    if (visited.has(real)) return;
    visited.add(real);
    for (const { name } of Deno.readDirSync(directory)) {
      if (name.startsWith(".")) continue;
      const path = join(directory, name);
      const { isDirectory, isFile } = Deno.statSync(path);
      if (isDirectory) visit(path);
      const isWanted = extensions.length === 0 || extensions.some((extension) => name.endsWith(`.${extension}`));
      if (isFile && isWanted) files.push(relative(root, path).replaceAll(sep, "/"));
    }
  };
  visit(root);
  return files.sort();
}

/** How a module at `out` imports one at an address: a file by its path from there, all else by the address. */
export function relativeSpecifier(url: string, out: string | null): string {
  if (out === null || !url.startsWith("file:")) return url;
  const path = relative(dirname(resolve(out)), fileURLToPath(url)).replaceAll(sep, "/");
  return path.startsWith("../") ? path : `./${path}`;
}
