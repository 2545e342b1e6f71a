import { defineFunctions, type FunctionDefinition } from "./define_methods.ts";
import { PythonError, TYPE_ERROR, VALUE_ERROR } from "./exceptions.ts";
import { classOf } from "./natives.ts";
import { civil, dayNumber, pad } from "./time_text.ts";
import { indexOf, PythonValue, typeName } from "./values.ts";

/** Properties that the functions of JavaScript have, which stand for classes. */
const OF_FUNCTIONS: ReadonlySet<string> = new Set(["length", "name", "prototype"]);

/** Microseconds of a day. */
export const DAY = 86_400_000_000;

export type Functions = Readonly<Record<string, FunctionDefinition>>;

/** A value with attributes and methods that are made when they are asked for. */
export abstract class TimeValue extends PythonValue {
  protected abstract attributes(): Readonly<Record<string, unknown>>;
  protected abstract methods(): Functions;

  override attribute(name: string): unknown {
    const attributes = this.attributes();
    if (Object.hasOwn(attributes, name)) return attributes[name];
    const methods = this.methods();
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    return method === undefined ? this.#ofClass(name) : defineFunctions({ [name]: method })[name];
  }

  /** A function or a constant of the class, which its values have as well. */
  #ofClass(name: string): unknown {
    const make = classOf(this.pythonType);
    const isOwn = make !== undefined && Object.hasOwn(make, name) && !OF_FUNCTIONS.has(name);
    return isOwn ? Reflect.get(make, name) : undefined;
  }
}

/** Hours, minutes and seconds, with a fraction if there is one. */
export function clock(micros: number, isPadded: boolean = true): string {
  const seconds = Math.floor(micros / 1e6);
  const hour = Math.floor(seconds / 3600);
  const fraction = micros % 1e6 === 0 ? "" : `.${pad(micros % 1e6, 6)}`;
  return `${isPadded ? pad(hour) : hour}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}${fraction}`;
}

/** How many characters of `HH:MM:SS.ffffff` a `timespec` leaves. */
const TIMESPECS: Readonly<Record<string, number>> = {
  hours: 2,
  minutes: 5,
  seconds: 8,
  milliseconds: 12,
  microseconds: 15,
};

/** The time of `isoformat(timespec=...)`. */
export function isoClock(micros: number, timespec: unknown): string {
  if (timespec === undefined || timespec === "auto") return clock(micros);
  if (typeof timespec !== "string") {
    throw new PythonError(TYPE_ERROR, `isoformat() argument 1 must be str, not ${typeName(timespec)}`);
  }
  const length = Object.hasOwn(TIMESPECS, timespec) ? TIMESPECS[timespec] : undefined;
  if (length === undefined) throw new PythonError(VALUE_ERROR, "Unknown timespec value");
  return `${clock(micros - micros % 1e6)}.${pad(micros % 1e6, 6)}`.slice(0, length);
}

/** The day of a year, a month and a day, which must exist. */
export function checkedDay(parts: readonly unknown[]): number {
  const [year = 0, month = 0, day = 0] = parts.slice(0, 3).map((part) => indexOf(part));
  if (year < 1 || year > 9999) throw new PythonError(VALUE_ERROR, `year ${year} is out of range`);
  if (month < 1 || month > 12) throw new PythonError(VALUE_ERROR, "month must be in 1..12");
  const last = dayNumber(year, month + 1, 1) - dayNumber(year, month, 1);
  if (day < 1 || day > last) throw new PythonError(VALUE_ERROR, "day is out of range for month");
  return dayNumber(year, month, day);
}

export const CLOCK_PARTS = [
  ["hour", 24, 3.6e9],
  ["minute", 60, 6e7],
  ["second", 60, 1e6],
  ["microsecond", 1e6, 1],
] as const;

/** Microseconds of the day at an hour, a minute, a second and a microsecond, each of which must be in its range. */
export function checkedClock(parts: readonly unknown[]): number {
  let micros = 0;
  CLOCK_PARTS.forEach(([name, limit, unit], i) => {
    const value = indexOf(parts[i] ?? 0);
    if (value < 0 || value >= limit) throw new PythonError(VALUE_ERROR, `${name} must be in 0..${limit - 1}`);
    micros += value * unit;
  });
  return micros;
}

export function clockParts(micros: number): Readonly<Record<"hour" | "minute" | "second" | "microsecond", number>> {
  const seconds = Math.floor(micros / 1e6);
  return {
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    microsecond: micros % 1e6,
  };
}

/** The arguments of a repr: zero seconds and microseconds at the end are left out. */
export function clockArguments(micros: number): number[] {
  const { hour, minute, second, microsecond } = clockParts(micros);
  return microsecond !== 0
    ? [hour, minute, second, microsecond]
    : second !== 0
    ? [hour, minute, second]
    : [hour, minute];
}

/** The instant of a local time, in days and microseconds since 1970 in UTC. */
export function localInstant(days: number, micros: number): [days: number, micros: number] {
  const { year, month, day } = civil(days);
  const date = new Date(0);
  date.setFullYear(year, month - 1, day);
  date.setHours(0, 0, Math.floor(micros / 1e6), 0);
  const milliseconds = date.getTime();
  const whole = Math.floor(milliseconds / 864e5);
  return [whole, (milliseconds - whole * 864e5) * 1e3 + micros % 1e6];
}

export function requireText(value: unknown): string {
  if (typeof value === "string") return value;
  throw new PythonError(TYPE_ERROR, `argument must be str, not ${typeName(value)}`);
}
