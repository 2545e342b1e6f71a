import { currentClock } from "../../internal/clock.ts";
import { checkSeconds, type Duration, isDuration, toMilliseconds } from "../../internal/duration.ts";
import { TimeoutError } from "../../util/util.ts";

/** The time limit of an attempt to connect, and the signal that ends it. */
export interface ConnectLimits {
  /**
   * The time limit for everything: the resolver, the connection and the TLS handshake. A number is in seconds from now;
   * zero and less time out immediately. `null` sets no limit.
   *
   * @default {null}
   */
  timeout?: number | Duration | null;
  /**
   * Ends the attempt and closes its sockets; the promise rejects with the reason of the signal. Once the connection is
   * made, the signal has no effect.
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
 * @throws {TypeError} If the time limit is neither a number nor a duration.
 */
export async function withinLimits<T extends { close(): void }>(
  what: string,
  limits: ConnectLimits,
  connect: (signal: AbortSignal | null) => Promise<T>,
): Promise<T> {
  const { timeout = null, signal = null } = limits;
  signal?.throwIfAborted();
  if (timeout === null) return unlessAborted(await connect(signal), signal);
  const seconds = isDuration(timeout) ? toMilliseconds(timeout) / 1000 : timeout;
  checkSeconds("timeout", seconds);
  const tooLate = () => new TimeoutError(`${what}: not connected after ${seconds} seconds`);
  if (seconds <= 0) throw tooLate();
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

/** Closes a connection if the caller has given up just before it was made. */
function unlessAborted<T extends { close(): void }>(connection: T, signal: AbortSignal | null): T {
  if (signal?.aborted !== true) return connection;
  connection.close();
  throw signal.reason;
}

/** Waits for a result that cannot be cancelled, at most until the signal is aborted. */
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
