import { MAX_DAY, MIN_DAY, PythonDate, structTime } from "./date.ts";
import { defineFunctions, defineModule, type FunctionDefinition } from "./define_methods.ts";
import { OVERFLOW_ERROR, PythonError, TYPE_ERROR, VALUE_ERROR } from "./exceptions.ts";
import { parseIsoDate, parseIsoDateTime, parseIsoTime } from "./iso_time.ts";
import { noteClass } from "./natives.ts";
import { parseTime } from "./strptime.ts";
import { Time } from "./time_of_day.ts";
import { civil, dayNumber, offsetText, type TimeFields, weekday } from "./time_text.ts";
import {
  checkedClock,
  checkedDay,
  CLOCK_PARTS,
  clockArguments,
  clockParts,
  DAY,
  type Functions,
  isoClock,
  localInstant,
  requireText,
} from "./time_value.ts";
import { TimeDelta } from "./timedelta.ts";
import { TimeZone, UTC, zoneAt, zoneOf } from "./timezone.ts";
import { float, indexOf, numberOf, type PythonValue, typeName } from "./values.ts";

/** Python's `datetime`. */
class DateTime extends PythonDate {
  override readonly pythonType: string = "datetime.datetime";
  /** Microseconds of the day. */
  readonly micros: number;
  readonly zone: TimeZone | null;

  constructor(days: number, micros: number, zone: TimeZone | null = null) {
    super(days + Math.floor(micros / DAY));
    this.micros = micros - Math.floor(micros / DAY) * DAY;
    this.zone = zone;
  }

  protected override get fields(): TimeFields {
    const { days, micros, zone } = this;
    return { days, micros, offset: zone?.offset ?? null, zone: zone?.str() ?? "" };
  }

  /** Microseconds since 1970 in UTC, split so that they are exact. */
  #instant(): [days: number, micros: number] {
    const micros = this.micros - (this.zone?.offset ?? 0) * 1e6;
    const carry = Math.floor(micros / DAY);
    return [this.days + carry, micros - carry * DAY];
  }

  override str(): string {
    return this.#iso(" ", "auto");
  }

  #iso(separator: string, timespec: unknown): string {
    const offset = this.zone === null ? "" : offsetText(this.zone.offset, ":");
    return super.str() + separator + isoClock(this.micros, timespec) + offset;
  }

  override repr(): string {
    const { year, month, day } = civil(this.days);
    const zone = this.zone === null ? "" : `, tzinfo=${this.zone.repr()}`;
    return `datetime.datetime(${[year, month, day, ...clockArguments(this.micros)].join(", ")}${zone})`;
  }

  override hash(): string {
    return `${this.zone === null ? "" : "z"}${this.#instant().join(":")}`;
  }

  override compare(other: unknown): number | null {
    if (!(other instanceof PythonDate)) return null;
    if (!(other instanceof DateTime)) {
      throw new PythonError(TYPE_ERROR, "can't compare datetime.datetime to datetime.date");
    }
    if ((this.zone === null) !== (other.zone === null)) {
      throw new PythonError(TYPE_ERROR, "can't compare offset-naive and offset-aware datetimes");
    }
    const [days, micros] = this.#instant();
    const [otherDays, otherMicros] = other.#instant();
    return days - otherDays || micros - otherMicros;
  }

  /** A time without a zone is taken for UTC, as Tornado's `format_date` does. */
  override forApplication(): unknown {
    const [days, micros] = this.#instant();
    return new Date(days * 864e5 + Math.floor(micros / 1e3));
  }

  /** As `#instant`, with a time without a zone taken for local time. */
  #utc(): [days: number, micros: number] {
    return this.zone === null ? localInstant(this.days, this.micros) : this.#instant();
  }

  override operate(operator: string, other: unknown, isReflected: boolean): unknown {
    if (other instanceof TimeDelta) {
      const { days, rest } = other;
      if (operator === "+") return new DateTime(this.days + days, this.micros + rest, this.zone);
      if (operator === "-" && !isReflected) return new DateTime(this.days - days, this.micros - rest, this.zone);
    }
    if (operator === "-" && other instanceof DateTime && !isReflected) {
      if ((this.zone === null) !== (other.zone === null)) {
        throw new PythonError(TYPE_ERROR, "can't subtract offset-naive and offset-aware datetimes");
      }
      const [days, micros] = this.#instant();
      const [otherDays, otherMicros] = other.#instant();
      return TimeDelta.of(days - otherDays, micros - otherMicros);
    }
    return undefined;
  }

  protected override attributes(): Readonly<Record<string, unknown>> {
    return { ...super.attributes(), ...clockParts(this.micros), tzinfo: this.zone, fold: 0 };
  }

  protected override methods(): Functions {
    return {
      ...super.methods(),
      astimezone: ["tz?", (zone) => {
        const [days, micros] = this.#utc();
        return inZone(days, micros, zoneOf(zone) ?? localZone(days * 864e5 + micros / 1e3));
      }],
      date: ["", () => new PythonDate(this.days)],
      dst: ["", () => null],
      isoformat: ["sep? timespec?", (separator, timespec) => this.#iso(separatorOf(separator), timespec)],
      replace: ["year? month? day? hour? minute? second? microsecond? tzinfo?", (year, month, day, ...rest) => {
        const own = civil(this.days);
        const parts = clockParts(this.micros);
        const days = checkedDay([year ?? own.year, month ?? own.month, day ?? own.day]);
        const micros = checkedClock(CLOCK_PARTS.map(([name], i) => rest[i] ?? parts[name]));
        return new DateTime(days, micros, zoneOf(rest[4], this.zone));
      }],
      time: ["", () => new Time(this.micros)],
      timestamp: ["", () => {
        const [days, micros] = this.#utc();
        return float(days * 86_400 + micros / 1e6);
      }],
      timetuple: ["", () => structTime(this.days, this.micros, this.zone === null ? -1 : 0)],
      timetz: ["", () => new Time(this.micros, this.zone)],
      tzname: ["", () => this.zone?.str() ?? null],
      utcoffset: ["", () => this.zone?.delta ?? null],
      utctimetuple: ["", () => structTime(...this.#instant(), 0)],
    };
  }
}

function separatorOf(value: unknown): string {
  if (value === undefined) return "T";
  if (typeof value === "string" && [...value].length === 1) return value;
  throw new PythonError(TYPE_ERROR, "isoformat() argument 1 must be a unicode character, not str");
}

function localZone(milliseconds: number): TimeZone {
  return new TimeZone(-new Date(milliseconds).getTimezoneOffset() * 60);
}

function inZone(days: number, micros: number, zone: TimeZone | null): DateTime {
  return new DateTime(days, micros + (zone?.offset ?? 0) * 1e6, zone);
}

/** The local time of an instant, without a time zone, as `datetime.now()` gives it. */
function local(milliseconds: number, extraMicros: number = 0): DateTime {
  const { offset } = localZone(milliseconds);
  const days = Math.floor(milliseconds / 864e5);
  return new DateTime(days, (milliseconds - days * 864e5 + offset * 1e3) * 1e3 + extraMicros);
}

/** A date of JavaScript, as a `datetime` in UTC without a time zone, which is what Tornado's `format_date` expects. */
export function dateOf(date: Date): PythonValue {
  const milliseconds = date.getTime();
  if (Number.isNaN(milliseconds)) throw new PythonError(VALUE_ERROR, "an invalid date has no fields");
  const days = Math.floor(milliseconds / 864e5);
  return new DateTime(days, (milliseconds - days * 864e5) * 1e3);
}

function fromTimestamp(seconds: unknown, zone: TimeZone | null, isUtc: boolean): DateTime {
  const number = numberOf(seconds);
  if (number === null) {
    throw new PythonError(TYPE_ERROR, `'${typeName(seconds)}' object cannot be interpreted as an integer`);
  }
  const micros = Math.round(Number(number) * 1e6);
  if (!Number.isSafeInteger(micros)) {
    // Beyond the digits of a number there are dates still, but none that a template names by its seconds.
    throw new PythonError(Math.abs(micros) > 2.6e17 ? VALUE_ERROR : OVERFLOW_ERROR, "timestamp out of range");
  }
  const milliseconds = Math.floor(micros / 1e3);
  const rest = micros - milliseconds * 1e3;
  if (zone === null && !isUtc) return local(milliseconds, rest);
  const days = Math.floor(milliseconds / 864e5);
  return inZone(days, (milliseconds - days * 864e5) * 1e3 + rest, zone);
}

function fromIso(text: unknown): DateTime {
  const { parts, offset } = parseIsoDateTime(requireText(text));
  return fromParts(parts, offset);
}

function fromParts(parts: readonly number[], offset: number | null): DateTime {
  const zone = offset === null ? null : zoneAt(offset);
  return new DateTime(checkedDay(parts.slice(0, 3)), checkedClock(parts.slice(3)), zone);
}

function fromText(text: unknown, format: unknown): DateTime {
  const { parts, offset } = parseTime(requireText(text), requireText(format));
  return fromParts(parts, offset);
}

function fromOrdinal(ordinal: unknown): number {
  const days = indexOf(ordinal) - 1 + MIN_DAY;
  if (days < MIN_DAY) throw new PythonError(VALUE_ERROR, "ordinal must be >= 1");
  if (days > MAX_DAY) throw new PythonError(VALUE_ERROR, "year is out of range");
  return days;
}

function fromIsoCalendar(year: unknown, week: unknown, day: unknown): number {
  const [weekNumber, dayNumberOfWeek] = [indexOf(week), indexOf(day)];
  if (weekNumber < 1 || weekNumber > 53) throw new PythonError(VALUE_ERROR, `Invalid week: ${weekNumber}`);
  if (dayNumberOfWeek < 1 || dayNumberOfWeek > 7) {
    throw new PythonError(VALUE_ERROR, `Invalid weekday: ${dayNumberOfWeek} (range is [1, 7])`);
  }
  const fourth = dayNumber(indexOf(year), 1, 4);
  return fourth - weekday(fourth) + (weekNumber - 1) * 7 + dayNumberOfWeek - 1;
}

/** Makes a class of the module: a function that makes a value, with functions and constants of its own. */
function timeClass(
  name: string,
  make: FunctionDefinition,
  functions: Functions = {},
  constants: Readonly<Record<string, unknown>> = {},
): unknown {
  const type = `datetime.${name}`;
  const { [type]: constructor = () => null } = defineFunctions({ [type]: make });
  // Their names may be those of properties of functions, which cannot be assigned.
  for (const [key, value] of Object.entries({ ...defineFunctions(functions), ...constants })) {
    Object.defineProperty(constructor, key, { value });
  }
  noteClass(type, constructor);
  return Object.freeze(constructor);
}

const DAY_RANGE = { min: new PythonDate(MIN_DAY), max: new PythonDate(MAX_DAY), resolution: TimeDelta.of(1, 0) };
const MICROSECOND = TimeDelta.of(0, 1);
const MAX_DELTA = TimeDelta.of(999_999_999, DAY - 1);

/** Python's module `datetime`, as far as templates use it. */
export const DATETIME_MODULE: Readonly<Record<string, unknown>> = defineModule("datetime", {
  MAXYEAR: 9999,
  MINYEAR: 1,
  UTC,
  date: timeClass("date", ["year month day", (...parts) => new PythonDate(checkedDay(parts))], {
    fromisocalendar: ["year week day", (...parts) => new PythonDate(fromIsoCalendar(parts[0], parts[1], parts[2]))],
    fromisoformat: ["date_string /", (text) => new PythonDate(checkedDay(parseIsoDate(requireText(text))))],
    fromordinal: ["ordinal /", (ordinal) => new PythonDate(fromOrdinal(ordinal))],
    fromtimestamp: ["timestamp /", (seconds) => new PythonDate(fromTimestamp(seconds, null, false).days)],
    today: ["", () => new PythonDate(local(Date.now()).days)],
  }, DAY_RANGE),
  datetime: timeClass("datetime", [
    "year month day hour? minute? second? microsecond? tzinfo?",
    (...parts) => new DateTime(checkedDay(parts), checkedClock(parts.slice(3, 7)), zoneOf(parts[7])),
  ], {
    combine: ["date time tzinfo?", (date, time, zone) => {
      if (date instanceof PythonDate && time instanceof Time) {
        return new DateTime(date.days, time.micros, zoneOf(zone, time.zone));
      }
      throw new PythonError(TYPE_ERROR, "combine() takes a date and a time");
    }],
    fromisocalendar: ["year week day", (...parts) => new DateTime(fromIsoCalendar(parts[0], parts[1], parts[2]), 0)],
    fromisoformat: ["date_string /", fromIso],
    fromordinal: ["ordinal /", (ordinal) => new DateTime(fromOrdinal(ordinal), 0)],
    fromtimestamp: ["timestamp tz?", (seconds, zone) => fromTimestamp(seconds, zoneOf(zone), false)],
    now: ["tz?", (zone) => fromTimestamp(Date.now() / 1e3, zoneOf(zone), false)],
    strptime: ["date_string format /", fromText],
    today: ["", () => local(Date.now())],
    utcfromtimestamp: ["timestamp /", (seconds) => fromTimestamp(seconds, null, true)],
    utcnow: ["", () => fromTimestamp(Date.now() / 1e3, null, true)],
  }, { min: new DateTime(MIN_DAY, 0), max: new DateTime(MAX_DAY, DAY - 1), resolution: MICROSECOND }),
  time: timeClass("time", [
    "hour? minute? second? microsecond? tzinfo?",
    (...parts) => new Time(checkedClock(parts), zoneOf(parts[4])),
  ], {
    fromisoformat: ["time_string /", (text) => {
      const { parts, offset } = parseIsoTime(requireText(text));
      return new Time(checkedClock(parts), offset === null ? null : zoneAt(offset));
    }],
  }, { min: new Time(0), max: new Time(DAY - 1), resolution: MICROSECOND }),
  timedelta: timeClass(
    "timedelta",
    [
      "days? seconds? microseconds? milliseconds? minutes? hours? weeks?",
      (...parts) => TimeDelta.make(parts),
    ],
    {},
    { min: TimeDelta.of(-999_999_999, 0), max: MAX_DELTA, resolution: MICROSECOND },
  ),
  timezone: timeClass("timezone", ["offset name? /", TimeZone.make], {}, {
    max: new TimeZone(86_340),
    min: new TimeZone(-86_340),
    utc: UTC,
  }),
});
