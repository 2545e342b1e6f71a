import { convertYielded } from "./multi.ts";

/**
 * The type of a generator method that is decorated with {@linkcode coroutine}. TypeScript neither lets a decorator
 * change the type of a method nor knows what a `yield` returns, so this is `any`. `T` tells the reader what the
 * promise resolves with.
 */
// deno-lint-ignore no-explicit-any -- no other type is both that of a generator and that of the promise in its place.
export type Coroutine<_T = void> = any;

/** A generator whose `yield` returns what the yielded promise resolves with. */
// deno-lint-ignore no-explicit-any -- each yield may return another type, and the generator has only one.
export type CoroutineGenerator<T = void> = Generator<unknown, T, any>;

const IS_COROUTINE: unique symbol = Symbol("coroutine");

/**
 * Ends a coroutine with a value, when it is thrown (`tornado.gen.Return`). A `return` does the same.
 *
 * @example
 * ```ts
 * import { coroutine, Return } from "@twister/twister/gen";
 * import { assertEquals } from "@std/assert";
 *
 * const answer = coroutine(function* () {
 *   const six = yield Promise.resolve(6);
 *   throw new Return(six * 7);
 * });
 * assertEquals<unknown>(await answer(), 42);
 * ```
 */
export class Return<T = undefined> extends Error {
  /** Always `"Return"`. */
  override readonly name: string = "Return";
  /** The value that the coroutine returns. */
  readonly value: T | undefined;

  /** Makes an error that carries a value. */
  constructor(value?: T) {
    super("A coroutine returns by this error: throw it inside of one");
    this.value = value;
  }
}

/**
 * Makes a function that returns a promise from a generator function, or does so with a method that it decorates
 * (`tornado.gen.coroutine`). It is the way to carry old code over; new code is shorter with `async` and `await`.
 *
 * The generator runs up to its first `yield` when the function is called. A `yield` of a promise returns its result, or
 * throws its error. A list or a record of promises is waited for as by {@linkcode multi}, and `yield;` lets the event
 * loop turn once. Anything else throws a {@linkcode BadYieldError} at the `yield`. Async functions and coroutines can
 * wait for each other.
 *
 * @example
 * ```ts
 * import { coroutine } from "@twister/twister/gen";
 * import { assertEquals } from "@std/assert";
 *
 * const fetchAll = coroutine(function* (first: number) {
 *   const one: number = yield Promise.resolve(first);
 *   const [two, three]: number[] = yield [Promise.resolve(one + 1), Promise.resolve(one + 2)];
 *   return one + two + three;
 * });
 * assertEquals(await fetchAll(1), 6);
 * ```
 *
 * @example A method of a handler
 * ```ts
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { type Coroutine, coroutine } from "@twister/twister/gen";
 * import { assertEquals } from "@std/assert";
 *
 * class Main extends RequestHandler {
 *   @coroutine
 *   override *get(): Coroutine {
 *     const text = yield Promise.resolve("done");
 *     this.write(text);
 *   }
 * }
 * const response = await new Application([["/", Main]]).fetch(new Request("http://localhost/"));
 * assertEquals(await response.text(), "done");
 * ```
 */
export function coroutine<This, Args extends unknown[]>(
  method: (this: This, ...args: Args) => Generator<unknown, unknown, never>,
  context: ClassMethodDecoratorContext<This>,
): void;
/** Makes a function that returns a promise from a generator function. */
export function coroutine<This, Args extends unknown[], T>(
  func: (this: This, ...args: Args) => CoroutineGenerator<T>,
): (this: This, ...args: Args) => Promise<Awaited<T>>;
/** Makes a function that returns a promise from one that returns a value. */
export function coroutine<This, Args extends unknown[], T>(
  func: (this: This, ...args: Args) => T,
): (this: This, ...args: Args) => Promise<Awaited<T>>;
export function coroutine<This>(
  func: (this: This, ...args: unknown[]) => unknown,
): (this: This, ...args: unknown[]) => Promise<unknown> {
  const wrapper = async function (this: This, ...args: unknown[]): Promise<unknown> {
    try {
      const result = func.apply(this, args);
      return isGenerator(result) ? await run(result) : await result;
    } catch (error) {
      if (error instanceof Return) return await error.value;
      throw error;
    }
  };
  Object.defineProperty(wrapper, "name", { value: func.name, configurable: true });
  Object.defineProperty(wrapper, "length", { value: func.length, configurable: true });
  return Object.assign(wrapper, { [IS_COROUTINE]: true });
}

/**
 * Returns whether {@linkcode coroutine} has made a function (`tornado.gen.is_coroutine_function`).
 *
 * @example
 * ```ts
 * import { coroutine, isCoroutineFunction } from "@twister/twister/gen";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(isCoroutineFunction(coroutine(function* () {})), true);
 * assertEquals(isCoroutineFunction(async () => {}), false);
 * ```
 */
export function isCoroutineFunction(func: unknown): boolean {
  return typeof func === "function" && IS_COROUTINE in func;
}

/** Drives a generator: what it yields is waited for and sent, or thrown, back into it. */
async function run(generator: Generator<unknown, unknown, unknown>): Promise<unknown> {
  let step = generator.next();
  while (!step.done) {
    let result: unknown;
    try {
      result = await convertYielded(step.value);
    } catch (error) {
      step = generator.throw(error);
      continue;
    }
    step = generator.next(result);
  }
  return step.value;
}

function isGenerator(value: unknown): value is Generator<unknown, unknown, unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value && "next" in value && "throw" in value;
}
