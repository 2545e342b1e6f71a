/** Runs callbacks of the loop: whatever goes wrong in one is logged and concerns no other. */
import { isThenable } from "../../internal/promises.ts";
import { appLog } from "../../util/log.ts";

interface Callback {
  readonly run: () => unknown;
  readonly name: string;
}

/** Callbacks for the next turn of the event loop, which one wake-up of the loop serves together. */
export class CallbackQueue {
  #callbacks: Callback[] = [];

  add(run: () => unknown, name: string): void {
    // setImmediate and not setTimeout, which would wait a millisecond; not a microtask, which would keep input out.
    if (this.#callbacks.push({ run, name }) === 1) setImmediate(() => this.#drain());
  }

  #drain(): void {
    const callbacks = this.#callbacks;
    // What these add belongs to the turn after this one.
    this.#callbacks = [];
    for (const { run, name } of callbacks) runCallback(run, name);
  }
}

/** Runs `callback`; an error, or the rejection of the promise it returns, is logged. */
export function runCallback(callback: () => unknown, name: string): void {
  try {
    const result = callback();
    if (isThenable(result)) result.then(undefined, (error) => logCallbackError(name, error));
  } catch (error) {
    logCallbackError(name, error);
  }
}

/** Logs what a callback failed with, unless it was cancelled on purpose. */
export function logCallbackError(name: string, error: unknown): void {
  if (isCancellation(error)) return;
  logError(`Exception in callback ${name}`, error);
}

/** Logs `message` with the stack of `error`, or with the value if something else was thrown. */
export function logError(message: string, error: unknown): void {
  if (error instanceof Error) appLog.error("%s", message, error);
  else appLog.error("%s: %r", message, error);
}

/** The name of a callback as it stands in a log line. */
export function nameOf(callback: { readonly name: string }): string {
  return callback.name || "(anonymous)";
}

// An aborted operation is what a cancelled task is in Python: somebody asked for it, so it is no news.
function isCancellation(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
