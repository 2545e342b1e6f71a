import { nodePath } from "../../internal/node_module.ts";
import { type FileState, fileState, isSameFile, unlessAbsent } from "./file_state.ts";

/** A path that needs resolving: it is absolute, or has a segment that is empty, `.` or `..`. */
const UNRESOLVED = /(?:^|[/\\])\.{0,2}(?:[/\\]|$)/;

/** The meaning of a relative root may change; that of an absolute one is known for good. */
let knownRoot = "";
let knownRootPath = "";

function rootPath(root: string): string {
  if (root === knownRoot) return knownRootPath;
  const { isAbsolute, resolve } = nodePath();
  const path = resolve(root);
  if (isAbsolute(root)) {
    knownRoot = root;
    knownRootPath = path;
  }
  return path;
}

/**
 * Resolves `path` under `root`, without `.` and `..`; the result may lie outside. Python's `abspath(join(root, path))`.
 */
export function absolutePath(root: string, path: string): string {
  const base = rootPath(root);
  const { resolve, sep } = nodePath();
  return UNRESOLVED.test(path) ? resolve(base, path) : base.endsWith(sep) ? base + path : base + sep + path;
}

/** Returns the part of an absolute path after the root that it lies below. */
export function relativePath(root: string, path: string): string {
  return path.slice(rootPath(root).length);
}

/** Tells whether an absolute path is the root or below it, by the names alone. */
export function isBelow(root: string, path: string): boolean {
  return isUnder(rootPath(root), path);
}

/**
 * Tells whether a file lies below one of the directories once all symbolic links are followed, those to the directories
 * included.
 *
 * @param opened The state of the file that was opened by this name: the answer is about that very file. `null` if the
 * file need not exist; then the answer is about the place where it would be.
 */
export function isReallyBelow(directories: readonly string[], path: string, opened: FileState | null): boolean {
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const real = realPath(path);
    if (opened !== null) {
      const state = fileState(real);
      // A link has changed since the file was opened.
      if (state === null || !isSameFile(state, opened)) return false;
    }
    if (directories.some((directory) => isUnder(realPath(directory), real))) return true;
  }
  return false;
}

/** A deployment may turn the link to a directory between the look at the file and that at the directory. */
const MAX_LOOKS = 2;
/** As many links as Linux follows. */
const MAX_LINKS = 40;

/** Follows the symbolic links in a path, as far as files exist. Python's `realpath`. */
function realPath(path: string, links: number = 0): string {
  const known = unlessAbsent(path, () => Deno.realPathSync(path));
  if (known !== null) return known;
  const { basename, dirname, join, resolve } = nodePath();
  const parent = dirname(path);
  if (parent === path) return path;
  const place = join(realPath(parent, links), basename(path));
  const target = links < MAX_LINKS ? linkTarget(place) : null;
  return target === null ? place : realPath(resolve(dirname(place), target), links + 1);
}

function linkTarget(path: string): string | null {
  try {
    return Deno.readLinkSync(path);
  } catch {
    // The name does not exist, or is not a link.
    return null;
  }
}

function isUnder(directory: string, path: string): boolean {
  const { sep } = nodePath();
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

/** A name that begins with a dot, other than that of RFC 8615, which is made to be public. */
const HIDDEN = /(?:^|[/\\])\.(?!well-known(?:[/\\]|$))/;

/** Tells whether a relative path has a part that begins with a dot. */
export function isHidden(path: string): boolean {
  return HIDDEN.test(path);
}

/**
 * Tells whether a relative path names a stream of a file, which NTFS has: `page.ts::$DATA` would show the source of a
 * page.
 */
export function namesStream(path: string, os: typeof Deno.build.os = Deno.build.os): boolean {
  return os === "windows" && path.includes(":");
}
