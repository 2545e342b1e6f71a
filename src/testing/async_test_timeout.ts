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
