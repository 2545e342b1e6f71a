import { OVERFLOW_ERROR, PythonError } from "./exceptions.ts";
import { formatTime } from "./strftime.ts";
import { civil, dayNumber, isoWeek, pad, type TimeFields, weekday } from "./time_text.ts";
import { checkedDay, DAY, type Functions, requireText, TimeValue } from "./time_value.ts";
import { TimeDelta } from "./timedelta.ts";
import { NamedTuple } from "./values.ts";

/** The first and the last day, of the years 1 and 9999. */
export const MIN_DAY = -719_162;
export const MAX_DAY = 2_932_896;

/** Python's `date`. */
export class PythonDate extends TimeValue {
  readonly pythonType: string = "datetime.date";
  /** Days since 1970-01-01. */
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
    return other instanceof PythonDate && other.pythonType === this.pythonType ? this.days - other.days : null;
  }

  override operate(operator: string, other: unknown, isReflected: boolean): unknown {
    if (other instanceof TimeDelta) {
      if (operator === "+") return new PythonDate(this.days + other.days);
      if (operator === "-" && !isReflected) return new PythonDate(this.days - other.days);
    }
    if (operator === "-" && other instanceof PythonDate && other.pythonType === this.pythonType && !isReflected) {
      return TimeDelta.of(this.days - other.days, 0);
    }
    return undefined;
  }

  override format(spec: string): string {
    return spec === "" ? this.str() : formatTime(this.fields, spec);
  }

  override forApplication(): unknown {
    return new Date(this.days * 864e5);
  }

  protected attributes(): Readonly<Record<string, unknown>> {
    return civil(this.days);
  }

  protected methods(): Functions {
    return {
      ctime: ["", () => formatTime(this.fields, "%c")],
      isocalendar: ["", () => NamedTuple.make("datetime.IsoCalendarDate", isoWeek(this.days))],
      isoformat: ["", () => this.str()],
      isoweekday: ["", () => weekday(this.days) + 1],
      replace: ["year? month? day?", (year, month, day) => {
        const own = civil(this.days);
        return new PythonDate(checkedDay([year ?? own.year, month ?? own.month, day ?? own.day]));
      }],
      strftime: ["format", (format) => formatTime(this.fields, requireText(format))],
      timetuple: ["", () => structTime(this.days, 0, -1)],
      toordinal: ["", () => this.days - MIN_DAY + 1],
      weekday: ["", () => weekday(this.days)],
    };
  }
}

/** Python's `time.struct_time`. */
export function structTime(days: number, micros: number, isSummer: number): NamedTuple {
  const { year, month, day } = civil(days);
  const seconds = Math.floor(micros / 1e6);
  return NamedTuple.make("time.struct_time", {
    tm_year: year,
    tm_mon: month,
    tm_mday: day,
    tm_hour: Math.floor(micros / (DAY / 24)),
    tm_min: Math.floor(seconds / 60) % 60,
    tm_sec: seconds % 60,
    tm_wday: weekday(days),
    tm_yday: days - dayNumber(year, 1, 1) + 1,
    tm_isdst: isSummer,
  });
}
