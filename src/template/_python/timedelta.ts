import { OVERFLOW_ERROR, PythonError, TYPE_ERROR, ZERO_DIVISION_ERROR } from "./exceptions.ts";
import { floatRatio } from "./float_hex.ts";
import { clock, DAY, type Functions, TimeValue } from "./time_value.ts";
import { float, int, isFloat, numberOf, typeName } from "./values.ts";

/** Most days of a `timedelta`, either way. */
const MAX_DAYS = 999_999_999;

const DAY_MICROS = BigInt(DAY);

/** Microseconds of what `timedelta()` takes, in order. */
const UNITS = [DAY_MICROS, 1_000_000n, 1n, 1_000n, 60_000_000n, 3_600_000_000n, 7n * DAY_MICROS];

/** Python's `timedelta`. */
export class TimeDelta extends TimeValue {
  readonly pythonType = "datetime.timedelta";
  /** Microseconds of all of it: up to 8.64e19, which a number has not the digits for. */
  readonly micros: bigint;

  constructor(micros: bigint) {
    super();
    this.micros = micros;
    if (Math.abs(this.days) > MAX_DAYS) {
      throw new PythonError(OVERFLOW_ERROR, `days=${this.days}; must have magnitude <= ${MAX_DAYS}`);
    }
  }

  /** Makes one of whole days and of microseconds. */
  static of(days: number, micros: number): TimeDelta {
    return new TimeDelta(BigInt(days) * DAY_MICROS + BigInt(micros));
  }

  /** Makes one of the arguments of `timedelta()`. */
  static make(parts: readonly unknown[]): TimeDelta {
    let sum: Ratio = [0n, 1n];
    UNITS.forEach((unit, i) => {
      const [numerator, denominator] = ratioOf(parts[i] ?? 0);
      sum = [sum[0] * denominator + numerator * unit * sum[1], sum[1] * denominator];
    });
    return new TimeDelta(rounded(...sum));
  }

  get days(): number {
    return Number(floorDivide(this.micros, DAY_MICROS));
  }

  /** Microseconds of the last, unfinished day. */
  get rest(): number {
    return Number(this.micros - floorDivide(this.micros, DAY_MICROS) * DAY_MICROS);
  }

  str(): string {
    const { days } = this;
    const head = days === 0 ? "" : `${days} day${Math.abs(days) === 1 ? "" : "s"}, `;
    return head + clock(this.rest, false);
  }

  repr(): string {
    const { rest } = this;
    const parts = [["days", this.days], ["seconds", Math.floor(rest / 1e6)], ["microseconds", rest % 1e6]] as const;
    const shown = parts.filter(([, value]) => value !== 0).map(([name, value]) => `${name}=${value}`);
    return `datetime.timedelta(${shown.length === 0 ? "0" : shown.join(", ")})`;
  }

  hash(): string {
    return String(this.micros);
  }

  override isTrue(): boolean {
    return this.micros !== 0n;
  }

  override compare(other: unknown): number | null {
    return other instanceof TimeDelta ? Number(this.micros - other.micros) : null;
  }

  override operate(operator: string, other: unknown, isReflected: boolean): unknown {
    switch (operator) {
      case "abs":
        return this.micros < 0n ? new TimeDelta(-this.micros) : this;
      case "unary -":
        return new TimeDelta(-this.micros);
      case "unary +":
        return this;
    }
    if (other instanceof TimeDelta) {
      return isReflected ? other.#withDelta(operator, this) : this.#withDelta(operator, other);
    }
    return numberOf(other) === null ? undefined : this.#withNumber(operator, other, isReflected);
  }

  #withDelta(operator: string, { micros }: TimeDelta): unknown {
    if (operator === "+") return new TimeDelta(this.micros + micros);
    if (operator === "-") return new TimeDelta(this.micros - micros);
    if (!["/", "//", "%"].includes(operator)) return undefined;
    if (micros === 0n) {
      throw new PythonError(ZERO_DIVISION_ERROR, "integer division or modulo by zero");
    }
    if (operator === "/") return float(Number(this.micros) / Number(micros));
    const quotient = floorDivide(this.micros, micros);
    return operator === "//" ? int(quotient) : new TimeDelta(this.micros - quotient * micros);
  }

  #withNumber(operator: string, other: unknown, isReflected: boolean): unknown {
    const [numerator, denominator] = ratioOf(other);
    if (operator === "*") return new TimeDelta(rounded(this.micros * numerator, denominator));
    if (isReflected || (operator !== "/" && (operator !== "//" || isFloat(other)))) return undefined;
    if (numerator === 0n) {
      throw new PythonError(
        ZERO_DIVISION_ERROR,
        operator === "/" ? "division by zero" : "integer division or modulo by zero",
      );
    }
    if (operator === "//") return new TimeDelta(floorDivide(this.micros, numerator));
    return new TimeDelta(rounded(this.micros * denominator, numerator));
  }

  override forApplication(): number {
    return Number(this.micros) / 1e6;
  }

  protected attributes(): Readonly<Record<string, unknown>> {
    const { days, rest } = this;
    return { days, seconds: Math.floor(rest / 1e6), microseconds: rest % 1e6 };
  }

  protected methods(): Functions {
    return { total_seconds: ["", () => float(Number(this.micros) / 1e6)] };
  }
}

/** A numerator and a denominator above zero. */
type Ratio = [numerator: bigint, denominator: bigint];

/** The exact value of a number. */
function ratioOf(value: unknown): Ratio {
  const number = numberOf(value);
  if (number === null) {
    throw new PythonError(TYPE_ERROR, `unsupported type for timedelta days component: ${typeName(value)}`);
  }
  if (typeof number === "bigint" || Number.isSafeInteger(number)) return [BigInt(number), 1n];
  if (!Number.isFinite(number)) {
    throw new PythonError(
      OVERFLOW_ERROR,
      `cannot convert float ${Number.isNaN(number) ? "NaN" : "infinity"} to integer`,
    );
  }
  return floatRatio(number);
}

/** The floor of a quotient. */
function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return quotient * b !== a && (a < 0n) !== (b < 0n) ? quotient - 1n : quotient;
}

/** The whole number that is nearest to a quotient; of two, the even one. */
function rounded(numerator: bigint, denominator: bigint): bigint {
  const quotient = floorDivide(numerator, denominator);
  const twice = (numerator - quotient * denominator) * 2n;
  const size = denominator < 0n ? -denominator : denominator;
  const rest = twice < 0n ? -twice : twice;
  return rest > size || (rest === size && (quotient & 1n) === 1n) ? quotient + 1n : quotient;
}
