import { LazyPromise } from "../internal/promises.ts";

/** The promise of a call that may be ignored: its error goes elsewhere unless the caller waits for it. */
export class Unawaited extends LazyPromise {
  readonly #begun: Promise<readonly [end: Promise<void>]>;
  #isAwaited = false;

  /**
   * @param begun Resolves with the promise of the end, which takes work only for callers that wait. In a list, since a
   * promise that resolves with another one waits for it.
   * @param report Is told of an error before that.
   */
  constructor(begun: Promise<readonly [end: Promise<void>]>, report: (error: unknown) => void) {
    super();
    this.#begun = begun;
    begun.catch((error) => {
      if (!this.#isAwaited) report(error);
    });
  }

  protected override promise(): Promise<void> {
    this.#isAwaited = true;
    return this.#begun.then(([end]) => end);
  }
}
