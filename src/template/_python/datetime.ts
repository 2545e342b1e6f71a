import { defineFunctions, type FunctionDefinition } from "./define_methods.ts";
import { OVERFLOW_ERROR, PythonError, TYPE_ERROR, VALUE_ERROR } from "./exceptions.ts";
import {
  civil,
  dayNumber,
  formatTime,
  offsetOf,
  offsetText,
  pad,
  parseTime,
  type TimeFields,
  weekday,
} from "./time_text.ts";
import { float, indexOf, numberOf, PythonValue, tuple, typeName } from "./values.ts";

const DAY = 86_400_000_000;

/** The first and the last day, of the years 1 and 9999. */
const MIN_DAY = -719_162;
const MAX_DAY = 2_932_896;

/** Microseconds of what `timedelta()` takes, in order. */
const DELTA_UNITS = [DAY, 1e6, 1, 1e3, 6e7, 3.6e9, 7 * DAY];

type Functions = Readonly<Record<string, FunctionDefinition>>;

/** A value with attributes and methods that are made when they are asked for. */
abstract class TimeValue extends PythonValue {
  protected abstract attributes(): Readonly<Record<string, unknown>>;
  protected abstract methods(): Functions;

  override attribute(name: string): unknown {
    const attributes = this.attributes();
    if (Object.hasOwn(attributes, name)) return attributes[name];
    const methods = this.methods();
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    return method === undefined ? undefined : defineFunctions({ [name]: method })[name];
  }
}

function requireFinite(micros: number): number {
  if (Math.abs(micros) > Number.MAX_SAFE_INTEGER) throw new PythonError(OVERFLOW_ERROR, "a time is out of range");
  return micros;
}

function number(value: unknown): number {
  const found = numberOf(value ?? 0);
  if (found === null) throw new PythonError(TYPE_ERROR, `unsupported type for timedelta: ${typeName(value)}`);
  return Number(found);
}

/** Python's `timedelta`. */
class TimeDelta extends TimeValue {
  readonly pythonType = "datetime.timedelta";
  readonly micros: number;

  constructor(micros: number) {
    super();
    this.micros = requireFinite(Math.round(micros));
  }

  get #days(): number {
    return Math.floor(this.micros / DAY);
  }

  str(): string {
    const days = this.#days;
    const rest = this.micros - days * DAY;
    const head = days === 0 ? "" : `${days} day${Math.abs(days) === 1 ? "" : "s"}, `;
    return head + clock(rest, false);
  }

  repr(): string {
    const days = this.#days;
    const rest = this.micros - days * DAY;
    const parts = [["days", days], ["seconds", Math.floor(rest / 1e6)], ["microseconds", rest % 1e6]] as const;
    const shown = parts.filter(([, value]) => value !== 0).map(([name, value]) => `${name}=${value}`);
    return `datetime.timedelta(${shown.length === 0 ? "0" : shown.join(", ")})`;
  }

  hash(): string {
    return String(this.micros);
  }

  override isTrue(): boolean {
    return this.micros !== 0;
  }

  override compare(other: unknown): number | null {
    return other instanceof TimeDelta ? this.micros - other.micros : null;
  }

  override operate(operator: string, other: unknown, isReflected: boolean): unknown {
    if (other instanceof TimeDelta) {
      if (operator === "+") return new TimeDelta(this.micros + other.micros);
      if (operator === "-") return new TimeDelta(isReflected ? other.micros - this.micros : this.micros - other.micros);
      if (operator === "/" && !isReflected) return float(this.micros / other.micros);
      if (operator === "//" && !isReflected) return Math.floor(this.micros / other.micros);
    }
    if (operator === "abs") return new TimeDelta(Math.abs(this.micros));
    const factor = numberOf(other);
    if (factor === null) return undefined;
    if (operator === "*") return new TimeDelta(this.micros * Number(factor));
    if (operator === "/" && !isReflected) return new TimeDelta(this.micros / Number(factor));
    if (operator === "//" && !isReflected) return new TimeDelta(Math.floor(this.micros / Number(factor)));
    return undefined;
  }

  override forApplication(): number {
    return this.micros / 1e6;
  }

  protected attributes() {
    const rest = this.micros - this.#days * DAY;
    return { days: this.#days, seconds: Math.floor(rest / 1e6), microseconds: rest % 1e6 };
  }

  protected methods(): Functions {
    return { total_seconds: ["", () => float(this.micros / 1e6)] };
  }
}

/** Hours, minutes and seconds, with a fraction if there is one. */
function clock(micros: number, isPadded: boolean = true): string {
  const seconds = Math.floor(micros / 1e6);
  const hour = Math.floor(seconds / 3600);
  const fraction = micros % 1e6 === 0 ? "" : `.${pad(micros % 1e6, 6)}`;
  return `${isPadded ? pad(hour) : hour}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}${fraction}`;
}

/** Python's `timezone`, a fixed distance from UTC. */
class TimeZone extends TimeValue {
  readonly pythonType = "datetime.timezone";
  /** Seconds east of UTC. */
  readonly offset: number;

  constructor(offset: number) {
    super();
    this.offset = offset;
  }

  str(): string {
    return this.offset === 0 ? "UTC" : `UTC${offsetText(this.offset, ":")}`;
  }

  repr(): string {
    if (this.offset === 0) return "datetime.timezone.utc";
    return `datetime.timezone(${new TimeDelta(this.offset * 1e6).repr()})`;
  }

  hash(): string {
    return String(this.offset);
  }

  protected attributes() {
    return {};
  }

  protected methods(): Functions {
    return {
      tzname: ["dt /", () => this.str()],
      utcoffset: ["dt /", () => new TimeDelta(this.offset * 1e6)],
    };
  }
}

const UTC = new TimeZone(0);

/** Python's `date`. */
class PythonDate extends TimeValue {
  readonly pythonType: string = "datetime.date";
  readonly days: number;

  constructor(days: number) {
    super();
    if (!(days >= MIN_DAY && days <= MAX_DAY)) throw new PythonError(OVERFLOW_ERROR, "date value out of range");
    this.days = days;
  }

  protected get fields(): TimeFields {
    return { days: this.days, micros: 0, offset: null, zone: "" };
  }

  str(): string {
    const { year, month, day } = civil(this.days);
    return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
  }

  repr(): string {
    const { year, month, day } = civil(this.days);
    return `datetime.date(${year}, ${month}, ${day})`;
  }

  hash(): string {
    return String(this.days);
  }

  override compare(other: unknown): number | null {
    if (!(other instanceof PythonDate) || other instanceof DateTime) return null;
    return this.days - other.days;
  }

  override operate(operator: string, other: unknown, isReflected: boolean): unknown {
    if (other instanceof TimeDelta) {
      const days = Math.floor(other.micros / DAY);
      if (operator === "+") return new PythonDate(this.days + days);
      if (operator === "-" && !isReflected) return new PythonDate(this.days - days);
    }
    if (operator === "-" && other instanceof PythonDate && !isReflected) {
      return new TimeDelta((this.days - other.days) * DAY);
    }
    return undefined;
  }

  override format(spec: string): string {
    return spec === "" ? this.str() : formatTime(this.fields, spec);
  }

  override forApplication(): unknown {
    return new Date(toMilliseconds([this.days, 0]));
  }

  protected attributes(): Readonly<Record<string, unknown>> {
    return civil(this.days);
  }

  protected methods(): Functions {
    return {
      ctime: ["", () => formatTime(this.fields, "%c")],
      isoformat: ["", () => this.str()],
      isoweekday: ["", () => weekday(this.days) + 1],
      isocalendar: ["", () => isoCalendar(this.days)],
      replace: ["year? month? day?", (year, month, day) => {
        const own = civil(this.days);
        return new PythonDate(checkedDay([year ?? own.year, month ?? own.month, day ?? own.day]));
      }],
      strftime: ["format", (format) => formatTime(this.fields, String(format))],
      toordinal: ["", () => this.days - MIN_DAY + 1],
      weekday: ["", () => weekday(this.days)],
    };
  }
}

function isoCalendar(days: number): unknown {
  const thursday = days - weekday(days) + 3;
  const { year } = civil(thursday);
  return tuple([year, Math.floor((thursday - dayNumber(year, 1, 1)) / 7) + 1, weekday(days) + 1]);
}

function checkedDay(parts: readonly unknown[]): number {
  const [year = 0, month = 0, day = 0] = parts.slice(0, 3).map((part) => indexOf(part));
  if (year < 1 || year > 9999) throw new PythonError(VALUE_ERROR, `year ${year} is out of range`);
  if (month < 1 || month > 12) throw new PythonError(VALUE_ERROR, "month must be in 1..12");
  const last = dayNumber(year, month + 1, 1) - dayNumber(year, month, 1);
  if (day < 1 || day > last) throw new PythonError(VALUE_ERROR, "day is out of range for month");
  return dayNumber(year, month, day);
}

const CLOCK_PARTS = [["hour", 24, 3.6e9], ["minute", 60, 6e7], ["second", 60, 1e6], ["microsecond", 1e6, 1]] as const;

function checkedClock(parts: readonly unknown[]): number {
  let micros = 0;
  CLOCK_PARTS.forEach(([name, limit, unit], i) => {
    const value = indexOf(parts[i] ?? 0);
    if (value < 0 || value >= limit) throw new PythonError(VALUE_ERROR, `${name} must be in 0..${limit - 1}`);
    micros += value * unit;
  });
  return micros;
}

function clockParts(micros: number): Readonly<Record<"hour" | "minute" | "second" | "microsecond", number>> {
  const seconds = Math.floor(micros / 1e6);
  return {
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    microsecond: micros % 1e6,
  };
}

/** The arguments of a repr: zero seconds and microseconds at the end are left out. */
function clockArguments(micros: number): number[] {
  const { hour, minute, second, microsecond } = clockParts(micros);
  return microsecond !== 0
    ? [hour, minute, second, microsecond]
    : second !== 0
    ? [hour, minute, second]
    : [hour, minute];
}

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
    return this.#iso(" ");
  }

  #iso(separator: string): string {
    const offset = this.zone === null ? "" : offsetText(this.zone.offset, ":");
    return super.str() + separator + clock(this.micros) + offset;
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
    if (!(other instanceof DateTime)) return null;
    if ((this.zone === null) !== (other.zone === null)) {
      throw new PythonError(TYPE_ERROR, "can't compare offset-naive and offset-aware datetimes");
    }
    const [days, micros] = this.#instant();
    const [otherDays, otherMicros] = other.#instant();
    return days - otherDays || micros - otherMicros;
  }

  /** A time without a zone is taken for UTC, as Tornado's `format_date` does. */
  override forApplication(): unknown {
    return new Date(toMilliseconds(this.#instant()));
  }

  /** As `#instant`, with a time without a zone taken for local time. */
  #utc(): [days: number, micros: number] {
    return this.zone === null ? localInstant(this.days, this.micros) : this.#instant();
  }

  override operate(operator: string, other: unknown, isReflected: boolean): unknown {
    if (other instanceof TimeDelta) {
      if (operator === "+") return new DateTime(this.days, this.micros + other.micros, this.zone);
      if (operator === "-" && !isReflected) return new DateTime(this.days, this.micros - other.micros, this.zone);
    }
    if (operator === "-" && other instanceof DateTime && !isReflected) {
      if ((this.zone === null) !== (other.zone === null)) {
        throw new PythonError(TYPE_ERROR, "can't subtract offset-naive and offset-aware datetimes");
      }
      const [days, micros] = this.#instant();
      const [otherDays, otherMicros] = other.#instant();
      return new TimeDelta((days - otherDays) * DAY + micros - otherMicros);
    }
    return undefined;
  }

  protected override attributes() {
    return { ...super.attributes(), ...clockParts(this.micros), tzinfo: this.zone };
  }

  protected override methods(): Functions {
    return {
      ...super.methods(),
      astimezone: ["tz?", (zone) => {
        const [days, micros] = this.#utc();
        return inZone(days, micros, zone instanceof TimeZone ? zone : localZone(days * 864e5 + micros / 1e3));
      }],
      date: ["", () => new PythonDate(this.days)],
      isoformat: ["sep? timespec?", (separator) => this.#iso(separator === undefined ? "T" : String(separator))],
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
      tzname: ["", () => this.zone?.str() ?? null],
      utcoffset: ["", () => this.zone === null ? null : new TimeDelta(this.zone.offset * 1e6)],
    };
  }
}

/** Python's `time`. */
class Time extends TimeValue {
  readonly pythonType = "datetime.time";
  readonly micros: number;

  constructor(micros: number) {
    super();
    this.micros = micros;
  }

  str(): string {
    return clock(this.micros);
  }

  repr(): string {
    return `datetime.time(${clockArguments(this.micros).join(", ")})`;
  }

  hash(): string {
    return String(this.micros);
  }

  override compare(other: unknown): number | null {
    return other instanceof Time ? this.micros - other.micros : null;
  }

  override format(spec: string): string {
    return spec === "" ? this.str() : this.#strftime(spec);
  }

  override forApplication(): string {
    return this.str();
  }

  #strftime(format: string): string {
    return formatTime({ days: dayNumber(1900, 1, 1), micros: this.micros, offset: null, zone: "" }, format);
  }

  protected attributes() {
    return clockParts(this.micros);
  }

  protected methods(): Functions {
    return {
      isoformat: ["", () => this.str()],
      strftime: ["format", (format) => this.#strftime(String(format))],
    };
  }
}

function zoneOf(value: unknown, otherwise: TimeZone | null = null): TimeZone | null {
  if (value === undefined) return otherwise;
  if (value === null || value instanceof TimeZone) return value;
  throw new PythonError(TYPE_ERROR, `tzinfo argument must be None or a timezone, not '${typeName(value)}'`);
}

function toMilliseconds([days, micros]: readonly [days: number, micros: number]): number {
  return days * 864e5 + Math.floor(micros / 1e3);
}

/** The instant of a local time. */
function localInstant(days: number, micros: number): [days: number, micros: number] {
  const { year, month, day } = civil(days);
  const date = new Date(0);
  date.setFullYear(year, month - 1, day);
  date.setHours(0, 0, Math.floor(micros / 1e6), 0);
  const milliseconds = date.getTime();
  const whole = Math.floor(milliseconds / 864e5);
  return [whole, (milliseconds - whole * 864e5) * 1e3 + micros % 1e6];
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
  const micros = requireFinite(Math.round(number(seconds) * 1e6));
  const milliseconds = Math.floor(micros / 1e3);
  const rest = micros - milliseconds * 1e3;
  if (zone === null && !isUtc) return local(milliseconds, rest);
  const days = Math.floor(milliseconds / 864e5);
  return inZone(days, (milliseconds - days * 864e5) * 1e3 + rest, zone);
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{3}|\d{6}))?)?(Z|[-+]\d\d:\d\d)?)?$/;

function fromIso(text: unknown): DateTime {
  const match = ISO.exec(String(text));
  if (match === null) throw new PythonError(VALUE_ERROR, `Invalid isoformat string: '${String(text)}'`);
  const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = "0", zone] = match;
  const micros = checkedClock([hour, minute, second, fraction.padEnd(6, "0")].map(Number));
  const days = checkedDay([year, month, day].map(Number));
  return new DateTime(days, micros, zone === undefined ? null : zoneAt(offsetOf(zone)));
}

function zoneAt(offset: number): TimeZone {
  return offset === 0 ? UTC : new TimeZone(offset);
}

function fromText(text: unknown, format: unknown): DateTime {
  const time = parseTime(String(text), String(format));
  if (time === null) {
    throw new PythonError(VALUE_ERROR, `time data '${String(text)}' does not match format '${String(format)}'`);
  }
  const { parts, offset } = time;
  return new DateTime(
    checkedDay(parts.slice(0, 3)),
    checkedClock(parts.slice(3)),
    offset === null ? null : zoneAt(offset),
  );
}

/** Makes a class of the module: a function that makes a value, with functions and constants of its own. */
function timeClass(
  name: string,
  make: FunctionDefinition,
  functions: Functions = {},
  constants: Readonly<Record<string, unknown>> = {},
): unknown {
  const type = `datetime.${name}`;
  const { [type]: constructor } = defineFunctions({ [type]: make });
  return Object.freeze(Object.assign(constructor ?? {}, defineFunctions(functions), constants));
}

/** Python's module `datetime`, as far as templates use it. */
export const DATETIME_MODULE: Readonly<Record<string, unknown>> = Object.freeze({
  date: timeClass("date", ["year month day", (...parts) => new PythonDate(checkedDay(parts))], {
    fromisoformat: ["date_string /", (text) => new PythonDate(fromIso(text).days)],
    fromtimestamp: ["timestamp /", (seconds) => new PythonDate(fromTimestamp(seconds, null, false).days)],
    today: ["", () => new PythonDate(local(Date.now()).days)],
  }),
  datetime: timeClass("datetime", [
    "year month day hour? minute? second? microsecond? tzinfo?",
    (...parts) => new DateTime(checkedDay(parts), checkedClock(parts.slice(3, 7)), zoneOf(parts[7])),
  ], {
    combine: ["date time", (date, time) => {
      if (date instanceof PythonDate && time instanceof Time) return new DateTime(date.days, time.micros);
      throw new PythonError(TYPE_ERROR, "combine() takes a date and a time");
    }],
    fromisoformat: ["date_string /", fromIso],
    fromtimestamp: ["timestamp tz?", (seconds, zone) => fromTimestamp(seconds, zoneOf(zone), false)],
    now: ["tz?", (zone) => fromTimestamp(Date.now() / 1e3, zoneOf(zone), false)],
    strptime: ["date_string format /", fromText],
    today: ["", () => local(Date.now())],
    utcfromtimestamp: ["timestamp /", (seconds) => fromTimestamp(seconds, null, true)],
    utcnow: ["", () => fromTimestamp(Date.now() / 1e3, null, true)],
  }),
  time: timeClass("time", ["hour? minute? second? microsecond?", (...parts) => new Time(checkedClock(parts))]),
  timedelta: timeClass("timedelta", [
    "days? seconds? microseconds? milliseconds? minutes? hours? weeks?",
    (...parts) => new TimeDelta(DELTA_UNITS.reduce((sum, unit, i) => sum + number(parts[i]) * unit, 0)),
  ]),
  timezone: timeClass(
    "timezone",
    ["offset /", (offset) => {
      if (!(offset instanceof TimeDelta)) throw new PythonError(TYPE_ERROR, "timezone() takes a timedelta");
      return offset.micros === 0 ? UTC : new TimeZone(offset.micros / 1e6);
    }],
    {},
    { utc: UTC },
  ),
});
