import { AsyncTestCase, type TestCaseClass } from "./async_test_case.ts";

/** Options of {@linkcode register}: those of `Deno.test` but for the function and its name. */
export type RegisterOptions = Omit<Deno.TestDefinition, "fn" | "name">;

/**
 * Hands the tests of a class to `Deno.test`, each under the name `Class.method`.
 *
 * The tests are the methods of the class, and of those that it extends, whose names begin with `test`.
 *
 * @param options What all of the tests have in common, such as `ignore` or `permissions`.
 *
 * @example
 * ```ts ignore
 * import { AsyncTestCase, register } from "@twister/twister/testing";
 * import { assertEquals } from "@std/assert";
 *
 * class SumTest extends AsyncTestCase {
 *   testSmall(): void {
 *     assertEquals(1 + 1, 2);
 *   }
 * }
 * register(SumTest);
 * ```
 */
export function register(testCase: TestCaseClass, options: RegisterOptions = {}): void {
  for (const methodName of testMethods(testCase)) {
    Deno.test({ ...options, name: `${testCase.name}.${methodName}`, fn: () => new testCase(methodName).run() });
  }
}

/**
 * Hands the tests of several classes to `Deno.test`, at the end of a file of tests. Tornado's `tornado.testing.main`,
 * which finds the classes itself; the options of its runner are those of `deno test`.
 *
 * @example
 * ```ts ignore
 * import { AsyncTestCase, main } from "@twister/twister/testing";
 *
 * class FirstTest extends AsyncTestCase {
 *   testNothing(): void {}
 * }
 * class SecondTest extends AsyncTestCase {
 *   testNothing(): void {}
 * }
 * main(FirstTest, SecondTest);
 * ```
 */
export function main(...testCases: TestCaseClass[]): void {
  for (const testCase of testCases) register(testCase);
}

/** The names of the test methods of a class, those of the classes that it extends first. */
function testMethods(testCase: TestCaseClass): Set<string> {
  const prototypes: object[] = [];
  for (let one: object = testCase.prototype; one !== AsyncTestCase.prototype; one = Object.getPrototypeOf(one)) {
    prototypes.unshift(one);
  }
  const names = new Set<string>();
  for (const prototype of prototypes) {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      if (name.startsWith("test") && typeof Reflect.get(prototype, name) === "function") names.add(name);
    }
  }
  return names;
}
