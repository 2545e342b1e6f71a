import { isPlainObject } from "../../internal/json_object.ts";
import { handled, isThenable } from "../../internal/promises.ts";
import { Waiter } from "../_waiters.ts";
import { type ErrorClass, logUnlessQuiet } from "./quiet_exceptions.ts";
import { moment } from "./sleep.ts";

/**
 * A value that a coroutine can yield: a promise, `null` or `undefined` for one turn of the event loop, or a list or a
 * record of these.
 */
export type Yieldable =
  | PromiseLike<unknown>
  | null
  | undefined
  | readonly Yieldable[]
  | { readonly [key: string]: Yieldable };

/** The result of waiting for a {@linkcode Yieldable}: lists and records keep their shape. */
export type Yielded<T> = T extends PromiseLike<unknown> ? Awaited<T>
  : T extends null | undefined ? undefined
  : { -readonly [K in keyof T]: Yielded<T[K]> };

/** Options of {@linkcode multi}. */
export interface MultiOptions {
  /**
   * Errors that are not logged where only another one can be thrown.
   * @default {[]}
   */
  quietExceptions?: ErrorClass | readonly ErrorClass[];
  /**
   * Ends the wait: the promise rejects with the reason of the signal. The children go on, unless they were made by a
   * function, whose signal aborts too.
   * @default {null}
   */
  signal?: AbortSignal | null;
}

/**
 * A coroutine yielded something that cannot be waited for (`tornado.gen.BadYieldError`).
 *
 * @example
 * ```ts
 * import { BadYieldError, coroutine } from "@twister/twister/gen";
 * import { assertRejects } from "@std/assert";
 *
 * const wrong = coroutine(function* () {
 *   yield 42;
 * });
 * await assertRejects(() => wrong(), BadYieldError);
 * ```
 */
export class BadYieldError extends TypeError {
  /** Always `"BadYieldError"`. */
  override readonly name: string = "BadYieldError";
}

/**
 * Returns a promise of what was yielded (`tornado.gen.convert_yielded`): of a list or a record by {@linkcode multi}, of
 * `null` and `undefined` by {@linkcode moment}.
 *
 * @throws {BadYieldError} If the value cannot be waited for.
 *
 * @example
 * ```ts
 * import { convertYielded } from "@twister/twister/gen";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await convertYielded([Promise.resolve(1), { two: Promise.resolve(2) }]), [1, { two: 2 }]);
 * ```
 */
export function convertYielded(yielded: unknown): PromiseLike<unknown> {
  if (isThenable(yielded)) return yielded;
  if (yielded === null || yielded === undefined) return moment;
  if (Array.isArray(yielded) || isPlainObject(yielded)) return waitForAll(yielded, {}, null);
  throw new BadYieldError(
    `Cannot wait for what was yielded, neither a promise nor a list nor a record: ${
      Deno.inspect(yielded, { depth: 0 })
    }`,
  );
}

/**
 * Waits for all children of a list or a record, and resolves with their results in the same shape
 * (`tornado.gen.multi`).
 *
 * It waits for every child, also after a failure. Then it rejects with the first failure in the order of the children,
 * and logs the others. If the children are made by a function, they share a signal: the first failure aborts it, and
 * is the one that is thrown.
 *
 * @param children A list or a record, or a function that receives a signal and returns one.
 * @throws {BadYieldError} If a child cannot be waited for.
 *
 * @example
 * ```ts
 * import { multi } from "@twister/twister/gen";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await multi([Promise.resolve(1), Promise.resolve("a")]), [1, "a"]);
 * assertEquals(await multi({ x: Promise.resolve(1), y: [Promise.resolve(2)] }), { x: 1, y: [2] });
 * ```
 *
 * @example A failure cancels the others
 * ```ts
 * import { multi, sleep } from "@twister/twister/gen";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(
 *   () => multi((signal) => [sleep(3600, { signal }), Promise.reject(new RangeError("no such page"))]),
 *   RangeError,
 * );
 * ```
 */
export function multi<const T extends readonly Yieldable[] | { readonly [key: string]: Yieldable }>(
  children: T | ((signal: AbortSignal) => T),
  options?: MultiOptions,
): Promise<Yielded<T>>;
export async function multi(
  children: Children | ((signal: AbortSignal) => Children),
  options: MultiOptions = {},
): Promise<unknown> {
  if (typeof children !== "function") return await waitForAll(children, options, null);
  options.signal?.throwIfAborted();
  const controller = new AbortController();
  return await waitForAll(children(controller.signal), options, controller);
}

/** Does the same as {@linkcode multi}. Tornado's older name for it. */
export const Multi: typeof multi = multi;

/** Does the same as {@linkcode multi}. Tornado's older name for it. */
export const multiFuture: typeof multi = multi;

type Children = readonly unknown[] | Readonly<Record<string, unknown>>;

async function waitForAll(
  children: Children,
  { quietExceptions = [], signal = null }: MultiOptions,
  controller: AbortController | null,
): Promise<unknown> {
  const futures = Object.values(children).map(startChild);
  const waiter = new Waiter<PromiseSettledResult<unknown>[]>(undefined);
  let first: PromiseRejectedResult | null = null;
  if (controller !== null) {
    for (const future of futures) {
      future.catch((reason) => {
        first ??= { status: "rejected", reason };
        controller.abort(reason);
      });
    }
  }
  Promise.allSettled(futures).then((outcomes) => {
    const failures = outcomes.filter((outcome) => outcome.status === "rejected");
    const thrown = waiter.ended ? null : first ?? failures[0];
    // What the abort itself has caused is no news.
    const news = failures.filter(({ reason }) =>
      reason !== thrown?.reason && reason !== signal?.reason && reason !== controller?.signal.reason
    );
    for (const { reason } of news) logUnlessQuiet("Multiple exceptions in yield list", reason, quietExceptions);
    waiter.serve(outcomes);
  });
  const onAbort = (reason: unknown) => {
    waiter.fail(reason);
    controller?.abort(reason);
  };
  if (signal?.aborted) onAbort(signal.reason);
  else waiter.watch(Infinity, signal, () => {}, onAbort);
  const results = (await waiter.promise).map((outcome) => {
    if (outcome.status === "rejected") throw (first ?? outcome).reason;
    return outcome.value;
  });
  if (Array.isArray(children)) return results;
  return Object.fromEntries(Object.keys(children).map((key, i) => [key, results[i]]));
}

/** Makes a promise of a child. One that cannot be waited for fails like the others, which go on. */
function startChild(child: unknown): Promise<unknown> {
  try {
    return handled(Promise.resolve(convertYielded(child)));
  } catch (error) {
    return handled(Promise.reject(error));
  }
}
