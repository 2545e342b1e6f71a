import { currentClock } from "../../internal/clock.ts";
import { type Duration, toMilliseconds } from "../../internal/duration.ts";
import { TimeoutError } from "../../util/util.ts";

/** The limits of a connecting. */
export interface ConnectLimits {
  /**
   * The time limit for everything: the resolver, the connection and the TLS handshake. A number is in seconds from now;
   * zero and less time out immediately. `null` sets no limit.
   *
   * @default {null}
   */
  timeout?: number | Duration | null;
  /**
   * Ends the connecting and closes what was opened: the promise rejects with the reason of the signal. After the
   * connection is made, the signal has no effect.
   *
   * @default {null}
   */
  signal?: AbortSignal | null;
}

/**
 * Runs `connect` with a signal that stands for both limits, or with `null` if there are none.
 *
 * @param what What the message of the time-out begins with: `Cannot connect to localhost port 80`.
 * @throws {TimeoutError} If the time has passed.
 */
export async function withinLimits<T extends { close(): void }>(
  what: string,
  limits: ConnectLimits,
  connect: (signal: AbortSignal | null) => Promise<T>,
): Promise<T> {
  const { timeout = null, signal = null } = limits;
  signal?.throwIfAborted();
  if (timeout === null) return unlessAborted(await connect(signal), signal);
  const seconds = typeof timeout === "number" ? timeout : toMilliseconds(timeout) / 1000;
  const tooLate = () => new TimeoutError(`${what}: not connected after ${seconds} seconds`);
  // A number that is none has to end it as well.
  if (!(seconds > 0)) throw tooLate();
  const controller = new AbortController();
  const timer = currentClock().setTimer(() => controller.abort(tooLate()), seconds);
  const stop = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return unlessAborted(await connect(controller.signal), controller.signal);
  } finally {
    timer.cancel();
    signal?.removeEventListener("abort", stop);
  }
}

/** Closes a connection whose caller has given up in the moment in which it was made. */
function unlessAborted<T extends { close(): void }>(connection: T, signal: AbortSignal | null): T {
  if (signal?.aborted !== true) return connection;
  connection.close();
  throw signal.reason;
}

/** Waits for something that cannot be cancelled, but not longer than until the signal. */
export async function untilAborted<T>(result: Promise<T>, signal: AbortSignal | null): Promise<T> {
  if (signal === null) return await result;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
