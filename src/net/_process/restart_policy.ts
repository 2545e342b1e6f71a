/** Seconds before the first restart that has to wait; each further one waits twice as long. */
const FIRST_DELAY = 1;
/** The longest wait, in seconds: short enough that the default budget is used up, and the supervisor gives up. */
const LONGEST_DELAY = 5;

/**
 * Decides when a worker that has failed is started again, and when to give up.
 *
 * The first failure of each task within the window is made good immediately. All others take turns, and wait longer
 * each time, so that workers which fail again and again are started less than once a second between them.
 */
export class RestartPolicy {
  readonly #most: number;
  readonly #window: number;
  /** The failures within the window, the oldest first. */
  #failures: { readonly taskId: number; readonly time: number }[] = [];
  #delayed = 0;
  #nextFree = -Infinity;

  /** Allows `most` restarts in `window` seconds. */
  constructor(most: number, window: number) {
    this.#most = most;
    this.#window = window;
  }

  /**
   * Counts a failure.
   *
   * @param time The time now, in seconds.
   * @returns Seconds to wait before the restart, or `null` if there were too many.
   */
  next(taskId: number, time: number): number | null {
    this.#failures = this.#failures.filter((failure) => time - failure.time < this.#window);
    if (this.#failures.length === 0) this.#delayed = 0;
    const first = this.#failures.every((failure) => failure.taskId !== taskId);
    this.#failures.push({ taskId, time });
    if (this.#failures.length > this.#most) return null;
    if (first) return 0;
    const delay = Math.min(FIRST_DELAY * 2 ** this.#delayed++, LONGEST_DELAY);
    this.#nextFree = Math.max(time, this.#nextFree) + delay;
    return this.#nextFree - time;
  }
}
