import { checkSeconds } from "../../internal/duration.ts";
import { genLog } from "../../util/log.ts";
import { logError } from "../_ioloop/callbacks.ts";
import { workerLink } from "../_process/worker_link.ts";

/** Options of `drainOn`: the work of a program at the signal, beside the drain of its server. */
export interface DrainOnOptions {
  /** Is called before the drain, for example to end the work that open responses wait for. */
  before?: (() => void | Promise<void>) | undefined;
  /** Is called after the drain and before the process ends, for example to close a database. */
  after?: (() => void | Promise<void>) | undefined;
}

/** A server that {@linkcode drainOnSignal} drains. */
interface Drainable {
  drain(deadline: number): Promise<boolean>;
}

/**
 * Milliseconds after a signal in which another one does not mean that the user asks twice. At Ctrl-C the terminal sends
 * SIGINT to all its processes; `deno task`, which is one of them, sends it to its child once more, some milliseconds
 * later.
 */
const SAME_KEYSTROKE = 250;

/** The exit statuses of a shell for programs that a signal has ended: 128 and the number of the signal. */
const SIGNAL_STATUS: Partial<Record<Deno.Signal, number>> = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 };

/** The drain of each server that a signal begins. */
const drains = new Map<Deno.Signal, Set<() => Promise<boolean>>>();
/** The listener of each signal, which is one for all servers: the process must not end before the last of them has. */
const listeners = new Map<Deno.Signal, () => void>();
/** The time of the signal that has begun the end of the process, in milliseconds. */
let begun: number | null = null;

/**
 * Drains a server when the process receives one of the signals, and then ends the process. All servers that wait for
 * the signal are drained together. A further signal ends the process immediately.
 *
 * In a worker it does nothing: the supervisor receives the signals of a terminal, and drains its workers.
 *
 * @returns A function that withdraws it.
 * @throws {TypeError} If the time is not a number, or the platform does not have a signal.
 */
export function drainOnSignal(
  server: Drainable,
  signals: readonly Deno.Signal[],
  seconds: number,
  { before, after }: DrainOnOptions = {},
): () => void {
  checkSeconds("seconds", seconds);
  if (!Array.isArray(signals)) {
    throw new TypeError(`Cannot drain on ${Deno.inspect(signals)}: give a list of signals, such as ["SIGTERM"]`);
  }
  if (workerLink() !== null) return () => {};
  const drain = async (): Promise<boolean> => {
    try {
      // Not awaited if it is synchronous: the drain must begin in the turn of the signal.
      const work = before?.();
      if (work !== undefined) await work;
      if (!await server.drain(seconds)) genLog.warning("Closed connections that had not finished after %s s", seconds);
      await after?.();
      return true;
    } catch (error) {
      logError("Exception in drainOn", error);
      return false;
    }
  };
  const wanted = signals.filter(canListen);
  for (const signal of wanted) add(signal, drain);
  return () => {
    for (const signal of wanted) remove(signal, drain);
  };
}

/** Windows delivers no SIGTERM, and the programs of all others name it. */
function canListen(signal: Deno.Signal): boolean {
  return Deno.build.os !== "windows" || signal !== "SIGTERM";
}

function add(signal: Deno.Signal, drain: () => Promise<boolean>): void {
  if (!listeners.has(signal)) {
    const listener = (): void => void end(signal);
    Deno.addSignalListener(signal, listener);
    listeners.set(signal, listener);
  }
  let all = drains.get(signal);
  if (all === undefined) drains.set(signal, all = new Set());
  all.add(drain);
}

function remove(signal: Deno.Signal, drain: () => Promise<boolean>): void {
  const all = drains.get(signal);
  all?.delete(drain);
  const listener = listeners.get(signal);
  if (all?.size !== 0 || listener === undefined) return;
  drains.delete(signal);
  listeners.delete(signal);
  Deno.removeSignalListener(signal, listener);
}

async function end(signal: Deno.Signal): Promise<void> {
  if (begun !== null) {
    if (!isSameKeystroke(begun)) Deno.exit(SIGNAL_STATUS[signal] ?? 1);
    return;
  }
  begun = performance.now();
  const results = await Promise.all(Array.from(drains.get(signal) ?? [], (drain) => drain()));
  Deno.exit(results.every(Boolean) ? 0 : 1);
}

/** Tells whether a signal that comes now repeats the one that came at `first`, a time of `performance.now()`. */
export function isSameKeystroke(first: number): boolean {
  return performance.now() - first < SAME_KEYSTROKE;
}
