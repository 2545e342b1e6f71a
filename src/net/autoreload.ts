/**
 * Restarts a program when one of its files changes. Tornado's `tornado.autoreload`.
 *
 * An `Application` with the setting `debug` or `autoreload` calls {@linkcode start}. Other programs call it before
 * anything else, or are run by this module, which then also gets over an error of syntax in the first start:
 *
 * ```sh
 * deno run -A src/net/autoreload.ts [--until-success] main.ts [args]
 * ```
 *
 * @module
 */
import { nodePath } from "../internal/node_module.ts";
import {
  addHook,
  attach,
  CHECK_TIME,
  runHooks,
  startReloading,
  watchPath,
  waysToReload,
} from "./_autoreload/program.ts";

/**
 * Restarts the program from now on whenever a file changes: a module that it imports, JSON or text that it imports, its
 * `deno.json`, or a path given to {@linkcode watch}.
 *
 * The process that calls it first runs the program once more as a child process, with the same flags, arguments and
 * terminal, does nothing else until that ends, and ends with its exit code: the call does not return. So call it before
 * the program does anything that should not be done twice. In the child process the call returns immediately.
 *
 * It needs `--allow-run`, `--allow-read` and `--allow-env`. Without them, under `deno run --watch`, `deno test` or
 * `deno serve`, in a worker and in a compiled or bundled program, it returns and does nothing.
 *
 * @param checkTime Milliseconds between two looks at the files, where the system does not report changes.
 */
export function start(checkTime: number = CHECK_TIME): void {
  startReloading(checkTime);
}

/**
 * Waits for a change of a file, and then restarts the program. It is meant for the end of a script, such as one that
 * runs tests.
 *
 * @throws {Error} The process cannot be started again, for example because it lacks the permission `--allow-run`.
 */
export async function wait(): Promise<void> {
  // Only the restart ends the wait, and the timer keeps the process alive until then.
  if (attach()) await new Promise(() => setInterval(() => {}, 2 ** 30));
  const way = waysToReload(CHECK_TIME);
  if ("refusal" in way) throw new Error(`Cannot restart this process: ${way.refusal}`);
  const { Reloader } = await import("./_autoreload/reloader.ts");
  Deno.exit(await new Reloader({ ...way.options, waits: true, until: "never", beforeStart: runHooks }).run());
}

/**
 * Adds a file whose change restarts the program, or a directory with all files below it.
 *
 * Modules are watched anyway, except those whose dynamic import is computed.
 *
 * @param filename Path, which need not exist yet.
 */
export function watch(filename: string): void {
  watchPath(filename);
}

/**
 * Adds a function that runs before the program is restarted. The restart waits for it, but at most 5 seconds for all.
 *
 * The system closes files and sockets without a hook.
 *
 * @param fn Function to call. An error of it is logged.
 */
export function addReloadHook(fn: () => void | Promise<void>): void {
  addHook(fn);
}

/**
 * Runs a program and restarts it, as the command line says: flags of Deno stand before this module, then
 * `--until-success`, the path of the program and its arguments.
 *
 * With `--until-success` it ends once the program ends with the exit code 0. Otherwise it waits for a change whenever
 * the program ends. It ends the process.
 *
 * @param args Command line without the name of this program.
 */
export async function main(args: readonly string[] = Deno.args): Promise<void> {
  const untilSuccess = args[0] === "--until-success";
  const [program, ...rest] = untilSuccess ? args.slice(1) : args;
  if (program === undefined || program.startsWith("-")) {
    console.error("Usage: autoreload.ts [--until-success] path/to/program.ts [args...]");
    Deno.exit(1);
  }
  const way = waysToReload(CHECK_TIME, nodePath().resolve(program));
  if ("refusal" in way) {
    console.error(`[autoreload] Cannot run ${program}: ${way.refusal}`);
    Deno.exit(1);
  }
  const { Reloader } = await import("./_autoreload/reloader.ts");
  Deno.exit(await new Reloader({ ...way.options, args: rest, until: untilSuccess ? "success" : "never" }).run());
}

// In a program that was bundled into one file, the code of every module belongs to the main one.
if (import.meta.main && new URL(import.meta.url).pathname.endsWith("/autoreload.ts")) await main();
