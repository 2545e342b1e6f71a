import { importModule } from "../../internal/import_module.ts";
import { logError } from "./callbacks.ts";

/** Milliseconds within which the main module has failed as well, if an error is its own. */
const FAILURE_DELAY_MS = 100;

/**
 * Keeps errors that nothing caught from ending a server: unhandled rejections, and what a
 * timer or the listener of an event throws.
 */
class UncaughtErrors {
  /** Tells whether they are logged; otherwise they end the process, as usual in Deno. */
  logged = true;
  #watching = false;
  /** The main module has run to its end. */
  #started = false;
  /** What the main module failed with, which must end the process: half of its set-up may be missing. */
  #failure: { readonly error: unknown } | null = null;
  /** The errors that were logged before the end of the main module. */
  readonly #early: WeakSet<WeakKey> = new WeakSet();

  /** Begins to log errors. A test run does not, since each such error must fail a test. */
  watch(): void {
    if (this.#watching || isTestRun()) return;
    this.#watching = true;
    evaluationOfMain().then(() => this.#started = true, (error: unknown) => {
      this.#failure = { error };
      if (error instanceof Object && this.#early.has(error)) this.#end(error);
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
    if (this.#started) logError(message, error);
    else setTimeout(() => this.#logEarly(message, error), FAILURE_DELAY_MS);
  }

  #logEarly(message: string, error: unknown): void {
    if (this.#failure?.error === error) return this.#end(error);
    if (error instanceof Object) this.#early.add(error);
    logError(message, error);
  }

  #end(error: unknown): void {
    this.logged = false;
    reportError(error);
  }
}

/**
 * Settles as the evaluation of the main module does. Nothing else tells how it ends, and an `import()` of the module
 * itself resolves while the module waits; one of a module that imports it does not.
 */
function evaluationOfMain(): Promise<unknown> {
  return importModule(`data:text/javascript,${encodeURIComponent(`import ${JSON.stringify(Deno.mainModule)}`)}`);
}

/** The one of this process. */
export const uncaughtErrors: UncaughtErrors = new UncaughtErrors();

/**
 * Tells whether `deno test` runs the program: elsewhere `Deno.test` is a function of another name that does nothing.
 */
function isTestRun(): boolean {
  return Deno.test.name === "test";
}
