/**
 * Loads a built-in module of Node, or returns `null` if the runtime lacks it. It does so when it is called: an import
 * would cost every program up to 25 ms and 5 MiB at its start, also those that do not need the module.
 */
export function nodeModule(name: `node:${string}`): object | null {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const module = process?.getBuiltinModule?.(name);
  return typeof module === "object" ? module : null;
}

/** The functions of `node:path`. */
export type NodePath = typeof import("node:path");

let loaded: NodePath | null = null;

/** Returns `node:path`, loaded at the first call: programs that touch no files never need it. */
export function nodePath(): NodePath {
  return loaded ??= process.getBuiltinModule("node:path");
}

/**
 * Returns the path of a file URL, by `node:url`, which takes 20 ms to load.
 *
 * @throws {TypeError} If it is not a file URL.
 */
export function filePath(url: string | URL): string {
  return process.getBuiltinModule("node:url").fileURLToPath(url);
}
