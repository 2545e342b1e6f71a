import { PythonError, VALUE_ERROR } from "./exceptions.ts";

/** Bits of the fraction of a float, and its hexadecimal digits. */
const FRACTION_BITS = 52n;
const FRACTION_DIGITS = 13;

/** Python's `float.hex`: the exact value, as `0x1.8000000000000p+1`. */
export function floatToHex(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const { isNegative, exponent, fraction } = partsOf(value);
  const sign = isNegative ? "-" : "";
  if (value === 0) return `${sign}0x0.0p+0`;
  const power = exponent === 0 ? -1022 : exponent - 1023;
  const digits = fraction.toString(16).padStart(FRACTION_DIGITS, "0");
  return `${sign}0x${exponent === 0 ? 0 : 1}.${digits}p${power < 0 ? "-" : "+"}${Math.abs(power)}`;
}

function partsOf(value: number): { isNegative: boolean; exponent: number; fraction: bigint } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  return {
    isNegative: bits >> 63n === 1n,
    exponent: Number(bits >> FRACTION_BITS & 0x7ffn),
    fraction: bits & (1n << FRACTION_BITS) - 1n,
  };
}

/** Python's `float.as_integer_ratio`, in lowest terms. */
export function floatRatio(value: number): [numerator: bigint, denominator: bigint] {
  const { isNegative, exponent, fraction } = partsOf(value);
  let numerator = exponent === 0 ? fraction : fraction | 1n << FRACTION_BITS;
  const power = BigInt(Math.max(exponent, 1) - 1023) - FRACTION_BITS;
  let denominator = 1n;
  if (power >= 0n) numerator <<= power;
  else denominator <<= -power;
  while (numerator !== 0n && (numerator & 1n) === 0n && (denominator & 1n) === 0n) {
    numerator >>= 1n;
    denominator >>= 1n;
  }
  if (numerator === 0n) return [0n, 1n];
  return [isNegative ? -numerator : numerator, denominator];
}

const HEX = /^\s*([-+]?)(?:0x)?([\da-f]*)(?:\.([\da-f]*))?(?:p([-+]?\d+))?\s*$/i;

/** Python's `float.fromhex`. */
export function floatFromHex(text: unknown): number {
  const special = /^\s*([-+]?)(?:(inf(?:inity)?)|nan)\s*$/i.exec(String(text));
  if (special !== null) return special[2] === undefined ? NaN : special[1] === "-" ? -Infinity : Infinity;
  const [, sign, whole = "", fraction = "", power = "0"] = HEX.exec(String(text)) ?? [];
  if (whole + fraction === "") {
    throw new PythonError(VALUE_ERROR, "invalid hexadecimal floating-point string");
  }
  // Digits beyond those of a float decide nothing but halves, which `Number` of an exact int rounds.
  const digits = Number(BigInt(`0x${whole}${fraction}`));
  const value = digits * 2 ** (Number(power) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}
