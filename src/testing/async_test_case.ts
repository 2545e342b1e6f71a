import { isThenable } from "../internal/promises.ts";
import { IOLoop } from "../net/ioloop.ts";
import { TimeoutError } from "../util/util.ts";
import { getAsyncTestTimeout } from "./async_test_timeout.ts";
import { firstFailure, within } from "./_running.ts";
import { isGenTest } from "./gen_test.ts";
import { ServerErrors } from "./_server_errors.ts";

/** A class of test cases that `register` takes. */
export type TestCaseClass = new (methodName: string) => AsyncTestCase;

/**
 * A class whose methods are tests, in the shape of Python's `unittest`. Tornado's `AsyncTestCase`.
 *
 * Each method whose name begins with `test` is one test, which runs on an object of its own, between
 * {@linkcode AsyncTestCase.setUp} and {@linkcode AsyncTestCase.tearDown}. `register` hands the tests of a class to
 * `Deno.test`. The methods may be async, and then have 5 seconds, or `ASYNC_TEST_TIMEOUT`; `genTest` gives one more.
 *
 * @example
 * ```ts
 * import { AsyncTestCase } from "@twister/twister/testing";
 * import { assertEquals } from "@std/assert";
 *
 * class ListTest extends AsyncTestCase {
 *   #list: number[] = [];
 *   override setUp(): void {
 *     this.#list = [1, 2];
 *   }
 *   testLength(): void {
 *     assertEquals(this.#list.length, 2);
 *   }
 * }
 * await new ListTest("testLength").run();
 * ```
 */
export class AsyncTestCase {
  /** The name of the method that is the test. */
  readonly methodName: string;
  /** The event loop. */
  readonly ioLoop: IOLoop = IOLoop.current();
  /**
   * Tells whether an error that a handler has thrown fails the test, unless an `ExpectLog` expects it. A subclass may
   * override it.
   *
   * @default {true}
   */
  readonly raiseServerErrors: boolean = true;

  /** Makes the case of one method; without a name, one that is used by hand. */
  constructor(methodName: string = "runTest") {
    this.methodName = methodName;
  }

  /** Prepares for the test; a subclass overrides it. It may return a promise. */
  setUp(): void | Promise<void> {}

  /** Cleans up after the test, also after one that has failed; a subclass overrides it. It may return a promise. */
  tearDown(): void | Promise<void> {}

  /**
   * Runs the test: {@linkcode AsyncTestCase.setUp}, the method, and {@linkcode AsyncTestCase.tearDown}.
   *
   * @throws {TypeError} If there is no such method, or if it returns anything but a promise.
   * @throws {TimeoutError} If the promise of the method takes too long.
   */
  async run(): Promise<void> {
    using errors = new ServerErrors();
    await this.setUp();
    try {
      await this.#test();
    } catch (error) {
      throw firstFailure(error);
    } finally {
      await this.tearDown();
    }
    if (this.raiseServerErrors) errors.raise();
  }

  async #test(): Promise<void> {
    const { methodName } = this;
    const method: unknown = Reflect.get(this, methodName);
    if (typeof method !== "function") throw new TypeError(`Cannot run ${methodName}: the class has no such method`);
    let result: unknown = method.call(this);
    if (isThenable(result)) {
      const seconds = isGenTest(method) ? Infinity : getAsyncTestTimeout();
      const late = () => new TimeoutError(`${methodName} has not ended after ${seconds} seconds`);
      result = await within(seconds, result, late);
    }
    if (typeof result === "object" && result !== null && "next" in result) {
      throw new TypeError(`Cannot run ${methodName}: a generator test method should be decorated with genTest`);
    }
    if (result !== undefined) throw new TypeError(`Return value from test method ignored: ${Deno.inspect(result)}`);
  }
}
