import { formatTime } from "./strftime.ts";

const DAY = 86_400;

/** Length in seconds and file name suffix of the units that run from the file's last change. */
const UNITS: ReadonlyMap<string, readonly [seconds: number, suffix: string]> = new Map([
  ["S", [1, "%Y-%m-%d_%H-%M-%S"]],
  ["M", [60, "%Y-%m-%d_%H-%M"]],
  ["H", [3600, "%Y-%m-%d_%H"]],
  ["D", [DAY, "%Y-%m-%d"]],
]);

/**
 * Times at which log files end, and the suffixes of their names: Python's `TimedRotatingFileHandler` without the file.
 */
export class RolloverSchedule {
  readonly #interval: number;
  readonly #suffix: string;
  /** Whole days of local time instead of seconds, so that a change to summer time does not move the hour. */
  readonly #days: boolean;
  /** Day after whose end the file changes, 0 is Monday; null for every day. */
  readonly #weekday: number | null;

  /**
   * @param when `S`, `M`, `H`, `D`, `midnight` or `W0` to `W6`, in any case.
   * @param interval How many of them.
   * @throws {RangeError} Either is not known.
   */
  constructor(when: string, interval: number) {
    if (!(interval > 0)) {
      throw new RangeError(`Cannot rotate the log: the interval must be positive, got ${interval}`);
    }
    const unit = when.toUpperCase();
    const plain = UNITS.get(unit);
    this.#weekday = /^W[0-6]$/.test(unit) ? Number(unit[1]) : null;
    if (plain !== undefined) {
      this.#interval = plain[0] * interval;
      this.#suffix = plain[1];
      this.#days = false;
    } else if (unit === "MIDNIGHT" || this.#weekday !== null) {
      this.#interval = interval * (this.#weekday === null ? 1 : 7);
      this.#suffix = "%Y-%m-%d";
      this.#days = true;
    } else {
      throw new RangeError(`Cannot rotate the log: expected S, M, H, D, midnight or W0 to W6, got "${when}"`);
    }
  }

  /** Returns the time at which a file that began at `time` ends, both in seconds since the epoch. */
  next(time: number): number {
    if (!this.#days) return time + this.#interval;
    const date = new Date(time * 1000);
    if (this.#weekday === null) return startOfDay(date, this.#interval);
    const today = (date.getDay() + 6) % 7;
    return startOfDay(date, (this.#weekday - today + 7) % 7 + 1 + this.#interval - 7);
  }

  /** Returns the suffix of a file that ended at `end`: the time at which it began. */
  suffix(end: number): string {
    return formatTime(
      this.#days ? startOfDay(new Date(end * 1000), -this.#interval) : end - this.#interval,
      this.#suffix,
    );
  }

  /** Tests whether a text has the form of this schedule's suffixes. */
  isSuffix(text: string): boolean {
    const form = this.#suffix.replace("%Y", "dddd").replace(/%\w/g, "dd");
    return text.replace(/[0-9]/g, "d") === form;
  }
}

function startOfDay(date: Date, days: number): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime() / 1000;
}
