import { fileURLToPath } from "node:url";

/** Flags of `deno run` that decide how imports are resolved, with and without a value of their own. */
const RESOLVING =
  /^--(?:config|import-map|no-config|no-remote|no-npm|cached-only|node-modules-dir|vendor|unstable-.*)(?:=|$)/;
const WITH_VALUE = new Set(["-c", "--config", "--import-map"]);

/** The local files of a program, as far as its imports can be read. */
export interface ModuleGraph {
  /** URLs of all modules, also of those that are not local. */
  readonly modules: readonly string[];
  /** Paths of modules, and of what they import as JSON or text; also of modules that are missing. */
  readonly files: readonly string[];
  /** False if a module is missing or malformed, so that the modules that it imports are not known. */
  readonly isComplete: boolean;
}

interface InfoModule {
  readonly specifier: string;
  readonly error?: string;
}

/**
 * Asks Deno for the files that a program imports, dynamic imports of literals included.
 *
 * @param main Path of the main module.
 * @param flags Flags of the program.
 */
export async function moduleGraph(main: string, flags: readonly string[]): Promise<ModuleGraph> {
  const kept = flags.filter((flag, i) => RESOLVING.test(flag) || WITH_VALUE.has(flag) || WITH_VALUE.has(flags[i - 1]));
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-lock", ...kept, main],
    stdin: "null",
    stderr: "null",
  }).output();
  if (!success) return { modules: [], files: [main], isComplete: false };
  const { modules }: { modules: readonly InfoModule[] } = JSON.parse(new TextDecoder().decode(stdout));
  const local = modules.filter(({ specifier }) => specifier.startsWith("file:"));
  return {
    modules: modules.map(({ specifier }) => specifier),
    files: [main, ...local.map(({ specifier }) => fileURLToPath(new URL(new URL(specifier).pathname, "file:")))],
    isComplete: local.every(({ error }) => error === undefined),
  };
}
