/**
 * Loads a built-in module of Node, or returns `null` if the runtime lacks it. It does so when it is called: an import
 * would cost every program up to 25 ms and 5 MiB at its start, also those that do not need the module.
 */
export function nodeModule(name: `node:${string}`): object | null {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const module = process?.getBuiltinModule?.(name);
  return typeof module === "object" ? module : null;
}
