/**
 * Looks at promises without waiting for them.
 *
 * @module
 */

/** What has become of a promise. */
export interface Outcome<T> {
  readonly state: "pending" | "resolved" | "rejected";
  /** What it resolved with. */
  readonly value: T | undefined;
  /** What it was rejected with. */
  readonly error: unknown;
}

/** Follows a promise. The outcome is known one turn of the event loop after the promise has settled. */
export function follow<T>(promise: PromiseLike<T>): Outcome<T> {
  const outcome: { -readonly [K in keyof Outcome<T>]: Outcome<T>[K] } = {
    state: "pending",
    value: undefined,
    error: undefined,
  };
  promise.then((value) => {
    outcome.state = "resolved";
    outcome.value = value;
  }, (error) => {
    outcome.state = "rejected";
    outcome.error = error;
  });
  return outcome;
}

/** The states of several outcomes, one letter each: `p`ending, `f`ulfilled, `r`ejected. */
export function states(outcomes: readonly Outcome<unknown>[]): string {
  return outcomes.map(({ state }) => state === "resolved" ? "f" : state[0]).join("");
}
