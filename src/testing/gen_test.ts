import { coroutine } from "../concurrency/gen.ts";
import { TimeoutError } from "../util/util.ts";
import { getAsyncTestTimeout } from "./async_test_timeout.ts";
import { within } from "./_running.ts";

/** Options of {@linkcode genTest}. */
export interface GenTestOptions {
  /**
   * Seconds that the test may take.
   *
   * @default {the result of getAsyncTestTimeout()}
   */
  timeout?: number;
}

/** A test function or method: plain, async, or a generator function that yields promises. */
export type TestMethod<This, Args extends unknown[]> = (this: This, ...args: Args) => unknown;

/** A test that {@linkcode genTest} has made. */
export type GenTest<This, Args extends unknown[]> = (this: This, ...args: Args) => Promise<void>;

/** Turns a test method into one that fails after a time; what {@linkcode genTest} with options returns. */
export type GenTestDecorator = <This, Args extends unknown[]>(
  method: TestMethod<This, Args>,
  context?: ClassMethodDecoratorContext<This>,
) => GenTest<This, Args>;

/**
 * Wraps a test so that it fails if it takes too long, and so that it may be a generator. Tornado's `gen_test`.
 *
 * It is a function and a method decorator, with options or without: `genTest(fn)`, `genTest({ timeout: 10 })(fn)`,
 * `@genTest`, `@genTest({ timeout: 10 })`. A generator is run as by `gen.coroutine`; TypeScript wants its method to
 * have the type `Coroutine`. The time is real time, also under a `FakeClock`.
 *
 * @throws {TimeoutError} From the test, if its time has passed.
 *
 * @example
 * ```ts
 * import { type Coroutine, sleep } from "@twister/twister/gen";
 * import { AsyncTestCase, genTest } from "@twister/twister/testing";
 * import { TimeoutError } from "@twister/twister/util";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * class SleepTest extends AsyncTestCase {
 *   @genTest
 *   *testGenerator(): Coroutine {
 *     yield sleep(0.001);
 *     assertEquals(yield Promise.resolve(1), 1);
 *   }
 *   @genTest({ timeout: 0.01 })
 *   async testTooSlow(): Promise<void> {
 *     await new Promise(() => {});
 *   }
 * }
 * await new SleepTest("testGenerator").run();
 * await assertRejects(() => new SleepTest("testTooSlow").run(), TimeoutError);
 * ```
 */
export function genTest<This, Args extends unknown[]>(
  method: TestMethod<This, Args>,
  context?: ClassMethodDecoratorContext<This>,
): GenTest<This, Args>;
/** Returns a wrapper of tests with options. */
export function genTest(options: GenTestOptions): GenTestDecorator;
export function genTest<This, Args extends unknown[]>(
  methodOrOptions: TestMethod<This, Args> | GenTestOptions,
): GenTest<This, Args> | GenTestDecorator {
  if (typeof methodOrOptions === "function") return wrap(methodOrOptions, {});
  return <T, A extends unknown[]>(method: TestMethod<T, A>) => wrap(method, methodOrOptions);
}

/** Returns whether {@linkcode genTest} has made a function, which therefore has a time-out of its own. */
export function isGenTest(method: object): boolean {
  return IS_GEN_TEST in method;
}

const IS_GEN_TEST: unique symbol = Symbol("genTest");

function wrap<This, Args extends unknown[]>(
  method: TestMethod<This, Args>,
  { timeout }: GenTestOptions,
): GenTest<This, Args> {
  const run = coroutine(method);
  const wrapper = async function (this: This, ...args: Args): Promise<void> {
    const seconds = timeout ?? getAsyncTestTimeout();
    await within(
      seconds,
      run.apply(this, args),
      () => new TimeoutError(`Operation timed out after ${seconds} seconds`),
    );
  };
  return Object.assign(wrapper, { [IS_GEN_TEST]: true });
}
