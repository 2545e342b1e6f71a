/** Base of the length symbols 257 to 285 (RFC 1951, section 3.2.5). */
// deno-fmt-ignore
export const LENGTH_BASE: Uint16Array = Uint16Array.of(
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
);
/** Bits that follow a length symbol and are added to its base. */
// deno-fmt-ignore
export const LENGTH_EXTRA: Uint8Array = Uint8Array.of(
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
);

/** Base of the distance symbols 0 to 29. */
// deno-fmt-ignore
export const DISTANCE_BASE: Uint16Array = Uint16Array.of(
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
);
/** Bits that follow a distance symbol and are added to its base. */
// deno-fmt-ignore
export const DISTANCE_EXTRA: Uint8Array = Uint8Array.of(
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
);

/** The symbol that ends a block; literals are below it, lengths above. */
export const END_OF_BLOCK = 256;

/** No match is longer. */
export const LONGEST_MATCH = 258;
