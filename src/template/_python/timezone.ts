import { PythonError, TYPE_ERROR, VALUE_ERROR } from "./exceptions.ts";
import { offsetText } from "./time_text.ts";
import { type Functions, TimeValue } from "./time_value.ts";
import { TimeDelta } from "./timedelta.ts";
import { typeName } from "./values.ts";

/** Seconds of a day: no time zone is so far from UTC. */
const DAY_SECONDS = 86_400;

/** Python's `timezone`, a fixed distance from UTC. */
export class TimeZone extends TimeValue {
  readonly pythonType = "datetime.timezone";
  /** Seconds east of UTC. */
  readonly offset: number;
  /** Name that it was given; `null` for that of its distance. */
  readonly #name: string | null;

  constructor(offset: number, name: string | null = null) {
    super();
    this.offset = offset;
    this.#name = name;
  }

  /** Makes one of the arguments of `timezone()`. */
  static make(offset: unknown, name: unknown): TimeZone {
    if (!(offset instanceof TimeDelta)) {
      throw new PythonError(TYPE_ERROR, `timezone() argument 1 must be datetime.timedelta, not ${typeName(offset)}`);
    }
    const seconds = Number(offset.micros) / 1e6;
    if (Math.abs(seconds) >= DAY_SECONDS) {
      const range = "strictly between -timedelta(hours=24) and timedelta(hours=24)";
      throw new PythonError(VALUE_ERROR, `offset must be a timedelta ${range}, not ${offset.repr()}.`);
    }
    if (name !== undefined) return new TimeZone(seconds, String(name));
    return zoneAt(seconds);
  }

  get delta(): TimeDelta {
    return TimeDelta.of(0, Math.round(this.offset * 1e6));
  }

  str(): string {
    return this.#name ?? (this.offset === 0 ? "UTC" : `UTC${offsetText(this.offset, ":")}`);
  }

  repr(): string {
    if (this.#name !== null) return `datetime.timezone(${this.delta.repr()}, '${this.#name}')`;
    return this.offset === 0 ? "datetime.timezone.utc" : `datetime.timezone(${this.delta.repr()})`;
  }

  hash(): string {
    return String(this.offset);
  }

  protected attributes(): Readonly<Record<string, unknown>> {
    return {};
  }

  protected methods(): Functions {
    return {
      dst: ["dt /", (time) => about(time, "dst", null)],
      tzname: ["dt /", (time) => about(time, "tzname", this.str())],
      utcoffset: ["dt /", (time) => about(time, "utcoffset", this.delta)],
    };
  }
}

/** The answer to a question about a time, which is the same for all times. */
function about(time: unknown, name: string, answer: unknown): unknown {
  const type = typeName(time);
  if (time === null || type === "datetime.datetime") return answer;
  throw new PythonError(TYPE_ERROR, `${name}(dt) argument must be a datetime instance or None, not ${type}`);
}

export const UTC: TimeZone = new TimeZone(0);

export function zoneAt(offset: number): TimeZone {
  return offset === 0 ? UTC : new TimeZone(offset);
}

/** The time zone that an argument is. */
export function zoneOf(value: unknown, otherwise: TimeZone | null = null): TimeZone | null {
  if (value === undefined) return otherwise;
  if (value === null || value instanceof TimeZone) return value;
  const type = typeName(value);
  throw new PythonError(TYPE_ERROR, `tzinfo argument must be None or of a tzinfo subclass, not type '${type}'`);
}
