import { filePath, nodePath } from "../../internal/node_module.ts";
import { appLog, genLog } from "../../util/log.ts";
import { workerLink } from "../_process/worker_link.ts";
import { reloadChannel } from "./channel.ts";
import { hasWatchFlag, ownFlags } from "./own_flags.ts";
import { type ReloaderOptions, runInstead } from "./run_instead.ts";

/** Milliseconds between two looks at the files where the system does not report changes, as in Tornado. */
export const CHECK_TIME = 500;

const watched = new Set<string>();
const hooks: (() => void | Promise<void>)[] = [];

/** The answer of the first call of {@linkcode startReloading} that returned. */
let isReloading: boolean | null = null;

/**
 * Makes this process restart when a file changes; see `start` of the module.
 *
 * @returns True if something restarts it, which may be `deno run --watch`.
 */
export function startReloading(checkTime: number = CHECK_TIME): boolean {
  if (attach()) return true;
  return isReloading ??= startFirst(checkTime);
}

function startFirst(checkTime: number): boolean {
  const way = waysToReload(checkTime);
  if ("options" in way) runInstead(way.options);
  if (way.refusal !== DENO_WATCHES) genLog.debug("autoreload does not restart this process: %s", way.refusal);
  return way.refusal === DENO_WATCHES;
}

/** Adds a path to watch. */
export function watchPath(path: string): void {
  const absolute = nodePath().resolve(path);
  if (watched.has(absolute)) return;
  watched.add(absolute);
  reloadChannel()?.watch([absolute]);
}

/** Adds a function to run before a restart. */
export function addHook(hook: () => void | Promise<void>): void {
  hooks.push(hook);
  attach();
}

/** Connects the hooks to the process that restarts this one; returns whether there is one. */
export function attach(): boolean {
  const channel = reloadChannel();
  if (channel === null) return false;
  if (channel.onReload === null) {
    channel.onReload = runHooks;
    channel.watch([...watched]);
  }
  return true;
}

/** Runs all hooks, one after another. */
export async function runHooks(files: readonly string[]): Promise<void> {
  genLog.info("%s modified; restarting server", files.join(", "));
  for (const hook of hooks) {
    try {
      await hook();
    } catch (error) {
      appLog.error("Exception in a reload hook", error);
    }
  }
}

const DENO_WATCHES = "deno run --watch restarts it";

/** `false` in a bundle: what restarts a program is loaded from files of its own. */
const HAS_SOURCES = import.meta.url.endsWith("/_autoreload/program.ts");

/**
 * Returns how to run a program with the flags of this process, or the reason for which that cannot be done.
 *
 * @param main Path of the program; by default that of this process.
 */
export function waysToReload(
  checkTime: number,
  main?: string,
): { readonly options: ReloaderOptions } | { readonly refusal: string } {
  if ("WorkerGlobalScope" in globalThis || workerLink() !== null) return { refusal: "it is a worker" };
  if (!HAS_SOURCES) return { refusal: "the library is bundled" };
  const own = ownFlags();
  if ("refusal" in own) return own;
  if (hasWatchFlag(own.flags)) return { refusal: DENO_WATCHES };
  if (main === undefined && !Deno.mainModule.startsWith("file:")) {
    return { refusal: "its main module is not a local file" };
  }
  return {
    options: {
      main: main ?? filePath(Deno.mainModule),
      flags: own.flags,
      args: Deno.args,
      until: "first",
      waits: false,
      checkTime,
      watched: [...watched],
    },
  };
}
