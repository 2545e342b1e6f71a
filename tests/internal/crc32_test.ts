import { crc32 as zlibCrc32 } from "node:zlib";
import { assertEquals } from "@std/assert";
import { crc32 } from "../../src/internal/crc32.ts";
import { test } from "../support/test.ts";

test("crc32 gives zlib's checksum, in one piece or several", () => {
  const bytes = Uint8Array.from({ length: 5000 }, (_, i) => (i * 31 + (i >> 5)) & 0xff);
  for (const length of [0, 1, 2, 9, 255, 5000]) {
    const piece = bytes.subarray(0, length);
    assertEquals(crc32(piece), zlibCrc32(piece));
    assertEquals(crc32(piece.subarray(length >> 1), crc32(piece.subarray(0, length >> 1))), zlibCrc32(piece));
  }
});
