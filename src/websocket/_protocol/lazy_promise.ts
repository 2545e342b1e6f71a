/** A promise that comes into being when somebody looks at it. */
export abstract class LazyPromise implements Promise<void> {
  /** As of a promise. */
  get [Symbol.toStringTag](): string {
    return "Promise";
  }

  /** As of a promise. */
  then<T = void, E = never>(
    onFulfilled?: ((value: void) => T | PromiseLike<T>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<T | E> {
    return this.promise().then(onFulfilled, onRejected);
  }

  /** As of a promise. */
  catch<E = never>(onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null): Promise<void | E> {
    return this.promise().catch(onRejected);
  }

  /** As of a promise. */
  finally(onFinally?: (() => void) | null): Promise<void> {
    return this.promise().finally(onFinally);
  }

  /** Makes the promise. */
  protected abstract promise(): Promise<void>;
}
