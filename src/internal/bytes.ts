/** Bytes as the Web APIs of Deno take them: a view of an `ArrayBuffer`, never of a shared one. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Joins pieces in order into a new array; a single piece is returned itself, not a copy. */
export function joinBytes(pieces: readonly Bytes[]): Bytes {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Compares two byte strings in a time that depends on their lengths alone, so that it gives no content away. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}
