/** Seconds that an asynchronous test may take unless told otherwise: Tornado's. */
const DEFAULT_TIMEOUT = 5;

/**
 * Returns the seconds that an asynchronous test may take: the environment variable `ASYNC_TEST_TIMEOUT` if it is a
 * number and may be read without a question to the user, else 5. Tornado's `get_async_test_timeout`.
 *
 * @example
 * ```ts
 * import { getAsyncTestTimeout } from "@twister/twister/testing";
 * import { assertEquals } from "@std/assert";
 *
 * Deno.env.set("ASYNC_TEST_TIMEOUT", "0.5");
 * assertEquals(getAsyncTestTimeout(), 0.5);
 * Deno.env.delete("ASYNC_TEST_TIMEOUT");
 * assertEquals(getAsyncTestTimeout(), 5);
 * ```
 */
export function getAsyncTestTimeout(): number {
  const variable = "ASYNC_TEST_TIMEOUT";
  if (Deno.permissions.querySync({ name: "env", variable }).state !== "granted") return DEFAULT_TIMEOUT;
  const text = Deno.env.get(variable)?.trim() ?? "";
  const seconds = Number(text);
  return text === "" || Number.isNaN(seconds) ? DEFAULT_TIMEOUT : seconds;
}

/**
 * Waits for a result for so many seconds of real time, whatever clock the test has installed.
 *
 * @param late Makes the error of a result that has not come in time.
 */
export async function within<T>(seconds: number, result: PromiseLike<T>, late: () => Error): Promise<T> {
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
