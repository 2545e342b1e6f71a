import { fileURLToPath } from "node:url";

/**
 * Flags of `deno run` that decide how imports are resolved, with and without a value of their own. `deno info` fails by
 * a flag that it does not know, such as `--cached-only`.
 */
const RESOLVING = /^--(?:config|import-map|no-config|no-remote|no-npm|node-modules-dir|vendor|unstable-.*)(?:=|$)/;
const WITH_VALUE = new Set(["-c", "--config", "--import-map"]);

/** The modules of a program, as far as its imports can be read. */
export interface ModuleGraph {
  /** URLs of the modules of this library. */
  readonly library: readonly string[];
  /** URLs of those that other modules import by themselves. */
  readonly entries: readonly string[];
  /** Paths of modules, and of what they import as JSON or text; also of modules that are missing. */
  readonly files: readonly string[];
}

interface InfoModule {
  readonly specifier: string;
  readonly dependencies?: readonly { readonly isDynamic?: boolean; readonly code?: { readonly specifier?: string } }[];
}

/** The folder of this library, whose modules do nothing when they are imported. */
const LIBRARY = new URL("../../", import.meta.url).href;

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
  if (!success) return { library: [], entries: [], files: [main] };
  const { modules }: { modules: readonly InfoModule[] } = JSON.parse(new TextDecoder().decode(stdout));
  const isOurs = (url: string) => url.startsWith(LIBRARY) && url.endsWith(".ts");
  const library = modules.map(({ specifier }) => specifier).filter(isOurs);
  const imported = modules.filter(({ specifier }) => !isOurs(specifier)).flatMap(({ dependencies = [] }) =>
    dependencies.filter(({ isDynamic = false }) => !isDynamic).map(({ code }) => code?.specifier ?? "")
  );
  const local = modules.filter(({ specifier }) => specifier.startsWith("file:"));
  return {
    library,
    entries: [...new Set(imported.filter(isOurs))],
    files: [main, ...local.map(({ specifier }) => fileURLToPath(new URL(new URL(specifier).pathname, "file:")))],
  };
}
