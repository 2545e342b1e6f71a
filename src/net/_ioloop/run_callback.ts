/** How callbacks of the loop run: whatever goes wrong in one is logged and concerns no other. */
import { setTimerErrorHandler } from "../../internal/timer_wheel.ts";
import { appLog } from "../../util/log.ts";

setTimerErrorHandler((error) => logCallbackError("of a connection's time-out", error));

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

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
