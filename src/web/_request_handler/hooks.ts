import type { HTTPServerRequest } from "../../http/httputil.ts";
import { isThenable, toError } from "../../internal/promises.ts";
import { appLog } from "../../util/log.ts";
import { requestSummary } from "./request_log.ts";

/** Logs the failure of a hook whose promise is not awaited, such as that of `onFinish`: it must not end the process. */
export function observeHook(request: HTTPServerRequest, result: unknown): void {
  // A function of its own, since a closure takes memory wherever it may be made.
  if (isThenable(result)) observe(request, result);
}

function observe(request: HTTPServerRequest, result: PromiseLike<unknown>): void {
  result.then(undefined, (error) => {
    appLog.error("Uncaught exception %s", requestSummary(request), toError(error));
  });
}

/**
 * Returns what a hook returned that cannot be waited for. A promise would pass for a user who is logged in, or for a
 * check that succeeded.
 *
 * @throws {TypeError} If it is a promise.
 */
export function atOnce<T>(value: T, what: string): T {
  if (!isThenable(value)) return value;
  // Its rejection would be unhandled otherwise.
  value.then(undefined, () => {});
  throw new TypeError(`${what} cannot be asynchronous: wait in prepare()`);
}

/**
 * Refuses a value that a method of a handler returned. Many frameworks send it as the answer; here it would be lost.
 *
 * @throws {TypeError} If it is not `undefined`.
 */
export function checkNothing(value: unknown, handler: object, method: string): void {
  if (value === undefined) return;
  // A Response has a dozen fields, which would hide what to do.
  const shown = value instanceof Response
    ? "a Response"
    : Deno.inspect(value, { depth: 1, strAbbreviateSize: 100, iterableLimit: 10 });
  const what = `what ${method}() of ${handler.constructor.name} returned, ${shown}`;
  throw new TypeError(`Cannot send ${what}: a handler answers with this.write()`);
}
