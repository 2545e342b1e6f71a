/**
 * Tells whether a value is a promise or has a `then` method like one.
 *
 * Callbacks are written by applications: what one returns may be of any type, whatever its declaration says.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** Marks a promise as handled and returns it: a caller that drops it does not cause an unhandled rejection. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}

/** Returns a thrown value as an `Error`, since anything can be thrown, and logs and rejections need a stack. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** A promise that is not made before a caller waits for it. */
export abstract class LazyPromise<T = void> implements Promise<T> {
  get [Symbol.toStringTag](): string {
    return "Promise";
  }

  then<R = T, E = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    return this.promise().then(onFulfilled, onRejected);
  }

  catch<E = never>(onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null): Promise<T | E> {
    return this.promise().catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.promise().finally(onFinally);
  }

  protected abstract promise(): Promise<T>;
}

function ignore(): void {}
