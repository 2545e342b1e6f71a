let table: Int32Array | null = null;

/** The polynomial of RFC 1952, section 8, with its lowest power in the highest bit. */
const POLYNOMIAL = 0xedb88320;

/**
 * CRC-32 of gzip and zip, over several pieces where the result for those before is given.
 *
 * Written out here because importing node:zlib for it costs a program 15 ms at its start.
 *
 * @example
 * ```ts
 * import { crc32 } from "./crc32.ts";
 * import { assertEquals } from "@std/assert";
 * assertEquals(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
 * ```
 *
 * @param bytes The next piece.
 * @param value The result for the pieces before.
 * @returns The checksum, 0 to 2^32 - 1.
 */
export function crc32(bytes: Uint8Array, value = 0): number {
  const steps = table ??= makeTable();
  let crc = ~value;
  for (let i = 0; i < bytes.length; i++) {
    crc = (crc >>> 8) ^ steps[(crc ^ bytes[i]) & 0xff];
  }
  return ~crc >>> 0;
}

function makeTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
    return crc;
  });
}
