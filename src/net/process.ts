/**
 * Child processes, and several workers for one program. Tornado's `tornado.process`.
 *
 * {@linkcode Subprocess} runs another program with streams. {@linkcode Supervisor} runs workers of this program, as
 * processes or threads that accept from the same sockets, and replaces them without losing a connection.
 * {@linkcode forkProcesses} does it in Tornado's shape, and `app.listen(port, { workers })` in one line.
 *
 * @module
 */
import { type SupervisedWorker, workerLink } from "./_process/worker_link.ts";

export { forkProcesses, type ForkProcessesOptions } from "./_process/fork_processes.ts";
export type { SupervisorMode, WorkerMessage } from "./_process/messages.ts";
export type { SharedListenOptions } from "./_process/shared_sockets.ts";
export {
  CalledProcessError,
  callProcess,
  type CallProcessOptions,
  type CompletedProcess,
  Subprocess,
  type SubprocessCommand,
  type SubprocessOptions,
  type SubprocessStdio,
} from "./_process/subprocess.ts";
export { Supervisor, type SupervisorOptions, type WorkerInfo } from "./_process/supervisor.ts";
export type { SupervisedWorker } from "./_process/worker_link.ts";

/** Returns the number of processors that this program may use (`tornado.process.cpu_count`). */
export function cpuCount(): number {
  return navigator.hardwareConcurrency;
}

/**
 * Returns the number of the task that this program works on, from 0 (`tornado.process.task_id`).
 *
 * @returns `null` in a program that is not a worker.
 */
export function taskId(): number | null {
  return workerLink()?.taskId ?? null;
}

/** Returns this program as a worker, or `null` if it is not one. */
export function currentWorker(): SupervisedWorker | null {
  return workerLink();
}
