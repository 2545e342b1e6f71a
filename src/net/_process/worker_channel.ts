import type { FromWorker, ToWorker } from "./messages.ts";

/** The end of a worker: an exit status, or a signal. */
export interface WorkerExit {
  readonly code: number;
  readonly signal: string | null;
}

/** Hears of one worker. */
export interface WorkerListener {
  onMessage(message: FromWorker): void;
  /** Called once, after everything else. */
  onExit(exit: WorkerExit): void;
}

/** The supervisor's end of a worker, which runs from the start on. */
export interface WorkerChannel {
  /** The name of the worker in the log, such as `pid 4711`. */
  readonly label: string;
  /** The number of the process, or `null` for a thread. */
  readonly pid: number | null;
  /** Sends a message; a worker that has ended does not get it. */
  send(message: ToWorker): void;
  /** Ends the worker immediately. */
  kill(): void;
}

/** Tells whether a value that came from a worker is a message of ours, and not one of another library. */
export function isFromWorker(value: unknown): value is FromWorker {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" &&
    ["ready", "beat", "message"].includes(value.type);
}
