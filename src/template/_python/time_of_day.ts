import { formatTime } from "./strftime.ts";
import { dayNumber, offsetText } from "./time_text.ts";
import {
  checkedClock,
  clock,
  CLOCK_PARTS,
  clockArguments,
  clockParts,
  type Functions,
  isoClock,
  requireText,
  TimeValue,
} from "./time_value.ts";
import { type TimeZone, zoneOf } from "./timezone.ts";

/** Python's `time`. */
export class Time extends TimeValue {
  readonly pythonType = "datetime.time";
  /** Microseconds of the day. */
  readonly micros: number;
  readonly zone: TimeZone | null;

  constructor(micros: number, zone: TimeZone | null = null) {
    super();
    this.micros = micros;
    this.zone = zone;
  }

  str(): string {
    return clock(this.micros) + this.#offset;
  }

  get #offset(): string {
    return this.zone === null ? "" : offsetText(this.zone.offset, ":");
  }

  repr(): string {
    const zone = this.zone === null ? "" : `, tzinfo=${this.zone.repr()}`;
    return `datetime.time(${clockArguments(this.micros).join(", ")}${zone})`;
  }

  hash(): string {
    return `${this.zone === null ? "" : "z"}${this.#utc}`;
  }

  get #utc(): number {
    return this.micros - (this.zone?.offset ?? 0) * 1e6;
  }

  override compare(other: unknown): number | null {
    return other instanceof Time ? this.#utc - other.#utc : null;
  }

  override format(spec: string): string {
    return spec === "" ? this.str() : this.#strftime(spec);
  }

  override forApplication(): string {
    return this.str();
  }

  #strftime(format: string): string {
    const { micros, zone } = this;
    const fields = { days: dayNumber(1900, 1, 1), micros, offset: zone?.offset ?? null, zone: zone?.str() ?? "" };
    return formatTime(fields, format);
  }

  protected attributes(): Readonly<Record<string, unknown>> {
    return { ...clockParts(this.micros), tzinfo: this.zone, fold: 0 };
  }

  protected methods(): Functions {
    return {
      dst: ["", () => null],
      isoformat: ["timespec?", (timespec) => isoClock(this.micros, timespec) + this.#offset],
      replace: ["hour? minute? second? microsecond? tzinfo?", (...parts) => {
        const own = clockParts(this.micros);
        const micros = checkedClock(CLOCK_PARTS.map(([name], i) => parts[i] ?? own[name]));
        return new Time(micros, zoneOf(parts[4], this.zone));
      }],
      strftime: ["format", (format) => this.#strftime(requireText(format))],
      tzname: ["", () => this.zone?.str() ?? null],
      utcoffset: ["", () => this.zone?.delta ?? null],
    };
  }
}
