import { currentClock } from "../../internal/clock.ts";

/** The longest step in which file times are counted: Deno tells `ctime` in whole seconds, FAT has every other. */
const SETTLING_MS = 2000;

/** The fields of a file's status that tell one version of it from another. */
export interface FileState {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  /** The size in bytes. */
  readonly size: number;
  /** The time of the last change of the content, in milliseconds since 1970; 0 if the file system keeps none. */
  readonly mtime: number;
  /** The time of the last change of the inode, like `mtime` but in whole seconds; no program can set it back. */
  readonly ctime: number;
  readonly dev: number;
  readonly ino: number;
}

export function stateOf({ isFile, isDirectory, size, mtime, ctime, dev, ino }: Deno.FileInfo): FileState {
  return { isFile, isDirectory, size, mtime: mtime?.getTime() ?? 0, ctime: ctime?.getTime() ?? 0, dev, ino: ino ?? 0 };
}

/** Tells whether two states belong to the same version of the same file. */
export function isSameState(a: FileState, b: FileState): boolean {
  return a.mtime === b.mtime && a.size === b.size && a.ctime === b.ctime && isSameFile(a, b);
}

/**
 * Tells whether a later change of the file would show in its state. A file that has just changed may change again at
 * the same time of the file system's clock, and `utime` may put the time of the content back.
 */
export function isSettled({ mtime, ctime }: FileState): boolean {
  const now = currentClock().now() * 1000;
  return Math.abs(now - mtime) > SETTLING_MS && Math.abs(now - ctime) > SETTLING_MS;
}

/** Tells whether two states belong to the same file, in whatever version. */
export function isSameFile(a: FileState, b: FileState): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/**
 * Looks at a file, through symbolic links; `null` if the name leads to no file.
 *
 * It is a synchronous call, because it takes two microseconds where an asynchronous one takes fifty.
 *
 * @throws {Deno.errors.PermissionDenied} If a directory on the way may not be searched, and other errors of
 * `Deno.stat`.
 */
export function fileState(path: string): FileState | null {
  return unlessAbsent(path, () => stateOf(Deno.statSync(path)));
}

/** Returns what `look` returns, or `null` if it finds that the name leads to no file. */
export function unlessAbsent<T>(path: string, look: () => T): T | null {
  // No name has one, and the system would end the name there.
  if (path.includes("\0")) return null;
  try {
    return look();
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

/** Not found, a file where a directory was expected, links in a circle, a name that is too long. */
function isAbsence(error: unknown): boolean {
  const { NotFound, NotADirectory, FilesystemLoop } = Deno.errors;
  if (error instanceof NotFound || error instanceof NotADirectory || error instanceof FilesystemLoop) return true;
  return error instanceof Error && "code" in error && error.code === "ENAMETOOLONG";
}
