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
  /** The last failure of each task within the window. */
  readonly #failures: Map<number, number> = new Map();
  /** The times of restarts that had to wait. */
  #restarts: number[] = [];
  #delayed = 0;

  /** Allows `most` restarts in `window` seconds, beside the immediate ones. */
  constructor(most: number, window: number) {
    this.#most = most;
    this.#window = window;
  }

  /**
   * Takes a failure.
   *
   * @param time The time now, in seconds.
   * @returns Seconds to wait before the restart, or `null` if there were too many.
   */
  next(taskId: number, time: number): number | null {
    const begin = time - this.#window;
    for (const [task, last] of this.#failures) if (last <= begin) this.#failures.delete(task);
    this.#restarts = this.#restarts.filter((restart) => restart > begin);
    if (this.#failures.size === 0) this.#delayed = 0;
    const isFirst = !this.#failures.has(taskId);
    this.#failures.set(taskId, time);
    if (isFirst) return 0;
    if (this.#restarts.filter((restart) => restart <= time).length >= this.#most) return null;
    const delay = Math.min(FIRST_DELAY * 2 ** this.#delayed++, LONGEST_DELAY);
    const restart = Math.max(time, this.#restarts.at(-1) ?? time) + delay;
    this.#restarts.push(restart);
    return restart - time;
  }
}
