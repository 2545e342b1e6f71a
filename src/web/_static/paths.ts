import { isAbsolute, resolve, sep } from "node:path";

/** A path that has to be resolved: it is absolute, or has an empty segment, or one that is `.` or `..`. */
const UNRESOLVED = /(?:^|[/\\])\.{0,2}(?:[/\\]|$)/;

/** Of a root that is relative, the meaning may change; of an absolute one it is known once and for all. */
let knownRoot = "";
let knownRootPath = "";

function rootPath(root: string): string {
  if (root === knownRoot) return knownRootPath;
  const path = resolve(root);
  if (isAbsolute(root)) {
    knownRoot = root;
    knownRootPath = path;
  }
  return path;
}

/** The absolute path of `path` under `root`, with neither `.` nor `..`; it may lie outside. Python's `abspath(join(root, path))`. */
export function absolutePath(root: string, path: string): string {
  const base = rootPath(root);
  return UNRESOLVED.test(path) ? resolve(base, path) : base.endsWith(sep) ? base + path : base + sep + path;
}

/** Whether an absolute path is the root or below it, as the names say. */
export function isBelow(root: string, path: string): boolean {
  const base = rootPath(root);
  return path === base || path.startsWith(base.endsWith(sep) ? base : base + sep);
}

/**
 * Whether the file is below the root when symbolic links are followed, those on the way to the root included.
 *
 * @throws {Deno.errors.NotFound} If one of them is gone.
 */
export function isReallyBelow(root: string, path: string): boolean {
  const base = Deno.realPathSync(rootPath(root));
  const real = Deno.realPathSync(path);
  return real === base || real.startsWith(base.endsWith(sep) ? base : base + sep);
}
