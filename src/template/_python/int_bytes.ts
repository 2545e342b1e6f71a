import { OVERFLOW_ERROR, PythonError, VALUE_ERROR } from "./exceptions.ts";
import { indexOf, int, isTrue, iterate } from "./values.ts";

/** Python's `int.from_bytes`. */
export function intFromBytes(source: unknown, order: unknown, isSigned: unknown): unknown {
  const bytes = Array.from(iterate(source), (byte) => indexOf(byte));
  if (byteOrder(order) === "little") bytes.reverse();
  const value = bytes.reduce((sum, byte) => sum << 8n | BigInt(byte), 0n);
  return int(isTrue(isSigned ?? false) ? BigInt.asIntN(bytes.length * 8, value) : value);
}

/** Most bytes that one call makes: a template must not fill the memory. */
const MAX_BYTES = 1 << 26;

/** @throws {PythonError} The number is negative, or beyond the limit. */
export function checkedLength(count: number): number {
  if (count < 0) throw new PythonError(VALUE_ERROR, "negative count");
  if (count <= MAX_BYTES) return count;
  throw new PythonError(OVERFLOW_ERROR, `bytes may be ${MAX_BYTES} at most, not ${count}`);
}

function byteOrder(value: unknown): "big" | "little" {
  if (value === undefined || value === "big") return "big";
  if (value === "little") return "little";
  throw new PythonError(VALUE_ERROR, "byteorder must be either 'little' or 'big'");
}

/** Python's `int.to_bytes`. */
export function intToBytes(value: bigint, length: unknown, order: unknown, isSigned: unknown): Uint8Array {
  const size = length === undefined ? 1 : checkedLength(indexOf(length));
  const isFitting = isTrue(isSigned ?? false)
    ? BigInt.asIntN(size * 8, value) === value
    : BigInt.asUintN(size * 8, value) === value;
  if (!isFitting) {
    const isUnsignedMinus = value < 0n && !isTrue(isSigned ?? false);
    throw new PythonError(
      OVERFLOW_ERROR,
      isUnsignedMinus ? "can't convert negative int to unsigned" : "int too big to convert",
    );
  }
  const bytes = Uint8Array.from({ length: size }, (_, i) => Number(value >> BigInt(8 * (size - 1 - i)) & 0xffn));
  return byteOrder(order) === "little" ? bytes.reverse() : bytes;
}
