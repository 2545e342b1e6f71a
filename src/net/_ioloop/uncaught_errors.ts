import { logError } from "./callbacks.ts";

/**
 * Keeps errors that nothing caught from ending a server: unhandled rejections, and what a
 * timer or the listener of an event throws.
 */
class UncaughtErrors {
  /** Tells whether they are logged; otherwise they end the process, as usual in Deno. */
  logged = true;
  #watching = false;
  /** What the program itself failed with, which must end it: half of its set-up may be missing. */
  #mainError: { readonly error: unknown } | null = null;

  /** Begins to log errors. A test run does not, since each such error must fail a test. */
  watch(): void {
    if (this.#watching || isTestRun()) return;
    this.#watching = true;
    // Nothing else tells how the evaluation of the main module ends. It is loaded already.
    import(Deno.mainModule).then(undefined, (error: unknown) => {
      this.#mainError = { error };
    });
    addEventListener(
      "unhandledrejection",
      (event) => this.#take(event, "Uncaught rejection of a promise", event.reason),
    );
    addEventListener("error", (event) => this.#take(event, "Uncaught exception", event.error));
  }

  #take(event: Event, message: string, error: unknown): void {
    // The application has a listener of its own.
    if (!this.logged || event.defaultPrevented) return;
    event.preventDefault();
    // By then the main module has failed as well, if it is going to.
    setTimeout(() => {
      if (this.#mainError === null || this.#mainError.error !== error) return logError(message, error);
      this.logged = false;
      reportError(error);
    });
  }
}

/** The one of this process. */
export const uncaughtErrors: UncaughtErrors = new UncaughtErrors();

/**
 * Tells whether `deno test` runs the program: elsewhere `Deno.test` is a function of another name that does nothing.
 */
function isTestRun(): boolean {
  return Deno.test.name === "test";
}
