import { workerLink } from "./worker_link.ts";
import type { SharedListenOptions } from "./shared_sockets.ts";
import { Supervisor, type SupervisorOptions } from "./supervisor.ts";

/** Options of {@linkcode forkProcesses}: those of a supervisor, and the ports that the processes share. */
export interface ForkProcessesOptions extends Omit<SupervisorOptions, "workers"> {
  /**
   * The ports on which the processes listen together, each with the options of `listen`.
   * @default {[]}
   */
  ports?: readonly (number | ({ readonly port: number } & SharedListenOptions))[];
  /**
   * The number of restarts in {@linkcode SupervisorOptions.restartWindow} after which the parent gives up.
   * @default {100}
   */
  maxRestarts?: number;
}

/** Tornado's default. */
const MAX_RESTARTS = 100;

/**
 * Starts several processes that run this program (`tornado.process.fork_processes`).
 *
 * In each of them, the promise resolves with the number of its task, from 0. In the parent it never resolves: the
 * parent watches, starts a process that has failed again with the same number, and exits when all have ended normally.
 * A process starts at the beginning of the program, since Deno cannot fork: what comes before this call runs in the
 * parent and in every process. A socket that a process binds before or after is its own; `ports` names those that all
 * share.
 *
 * @param numProcesses The number of processes; 0 or `null` is for one a processor.
 *
 * @example
 * ```ts ignore
 * import { forkProcesses } from "@twister/twister/process";
 * import { Application } from "@twister/twister/web";
 *
 * const task = await forkProcesses(4, { ports: [8888] });
 * console.log(`This is process ${task}`);
 * new Application().listen(8888);
 * ```
 */
export async function forkProcesses(
  numProcesses: number | null,
  options: ForkProcessesOptions = {},
): Promise<number> {
  const worker = workerLink();
  if (worker !== null) {
    worker.ready();
    return worker.taskId;
  }
  const { ports = [], ...rest } = options;
  const supervisor = new Supervisor({ maxRestarts: MAX_RESTARTS, ...rest, workers: Math.max(0, numProcesses ?? 0) });
  for (const one of ports) {
    if (typeof one === "number") supervisor.bind(one);
    else supervisor.bind(one.port, one);
  }
  return Deno.exit(await supervisor.run());
}
