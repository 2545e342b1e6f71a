import { currentClock } from "../../internal/clock.ts";
import { genLog } from "../../util/log.ts";

/**
 * Asks something that a program depends on, such as its database.
 *
 * @param signal Aborts when the answer comes too late.
 * @returns `false` if the program should get no requests now; a check that throws counts as that.
 */
export type HealthCheck = (signal: AbortSignal) => boolean | void | Promise<boolean | void>;

/** The results of checks by name: whether each has passed. */
export type CheckResults = Readonly<Record<string, boolean>>;

/** Runs checks, all of them together and none twice at a time. */
export class Checks {
  readonly #checks: readonly (readonly [string, HealthCheck])[];
  readonly #timeout: number;
  readonly #maxAge: number;
  #running: Promise<CheckResults> | null = null;
  #last: CheckResults | null = null;
  #lastAt = 0;
  /** Those that have failed last time, so that the log has one line for each change. */
  readonly #failing = new Set<string>();

  constructor(checks: Readonly<Record<string, HealthCheck>>, timeout: number, maxAge: number) {
    this.#checks = Object.entries(checks);
    this.#timeout = timeout;
    this.#maxAge = maxAge;
  }

  /** Returns results that are not older than the limit. */
  run(): Promise<CheckResults> {
    if (this.#running !== null) return this.#running;
    if (this.#last !== null && currentClock().monotonic() - this.#lastAt < this.#maxAge) {
      return Promise.resolve(this.#last);
    }
    const running = this.#runAll();
    this.#running = running;
    return running;
  }

  async #runAll(): Promise<CheckResults> {
    const results = await Promise.all(this.#checks.map(async ([name, check]) => [name, await this.#ask(name, check)]));
    this.#last = Object.fromEntries(results);
    this.#lastAt = currentClock().monotonic();
    this.#running = null;
    return this.#last ?? {};
  }

  async #ask(name: string, check: HealthCheck): Promise<boolean> {
    const controller = new AbortController();
    const { promise, reject } = Promise.withResolvers<never>();
    const late = () => {
      const error = new Error(`no answer within ${this.#timeout} s`);
      controller.abort(error);
      reject(error);
    };
    const timer = currentClock().setTimer(late, this.#timeout);
    try {
      const passed = await Promise.race([promise, (async () => await check(controller.signal))()]) !== false;
      this.#note(name, passed, "it says so");
      return passed;
    } catch (error) {
      this.#note(name, false, error);
      return false;
    } finally {
      timer.cancel();
    }
  }

  #note(name: string, passed: boolean, reason: unknown): void {
    if (passed) {
      if (this.#failing.delete(name)) genLog.info("The check %s passes again", name);
    } else if (!this.#failing.has(name)) {
      this.#failing.add(name);
      genLog.warning("Not ready: the check %s fails: %s", name, reason);
    }
  }
}
