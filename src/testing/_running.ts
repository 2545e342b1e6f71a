import { checkSeconds } from "../internal/duration.ts";

/**
 * Returns the failure that ended a test. A `using` block that fails after it makes the language wrap both in a
 * `SuppressedError`, whose text names neither: the later one is printed.
 */
export function firstFailure(error: unknown): unknown {
  let first = error;
  while (first instanceof SuppressedError) {
    console.error("After the failure of the test:", first.error);
    first = first.suppressed;
  }
  return first;
}

/**
 * Waits for a result for so many seconds of real time, whatever clock the test has installed.
 *
 * @param late Makes the error of a result that has not come in time.
 * @throws {TypeError} If the time is not a number.
 */
export async function within<T>(seconds: number, result: PromiseLike<T>, late: () => Error): Promise<T> {
  checkSeconds("timeout", seconds);
  const expired = Promise.withResolvers<never>();
  const timer = setTimeout(() => expired.reject(late()), Math.min(seconds * 1000, MAX_TIMEOUT_MS));
  try {
    return await Promise.race([result, expired.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The longest delay that `setTimeout` takes. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
