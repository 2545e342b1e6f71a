import { LazyPromise } from "../internal/promises.ts";

/** The promise of a call that may be ignored: its error goes elsewhere unless the caller waits for it. */
export class Unawaited extends LazyPromise {
  readonly #settled: Promise<void>;
  #isAwaited = false;

  constructor(settled: Promise<void>, report: (error: unknown) => void) {
    super();
    this.#settled = settled;
    settled.catch((error) => {
      if (!this.#isAwaited) report(error);
    });
  }

  protected override promise(): Promise<void> {
    this.#isAwaited = true;
    return this.#settled;
  }
}
