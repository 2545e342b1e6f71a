import type { Bytes } from "../../internal/bytes.ts";

/** The first piece comes soon, and later ones are worth their call: a slow client holds no more than one. */
const FIRST_PIECE = 65536;
const PIECE = 262144;

/**
 * Reads a part of a file in pieces.
 *
 * @param start First byte.
 * @param end Where to stop, `null` for the end of the file; the file may end earlier.
 * @param reuse Whether a piece may lie where the one before it did. Fresh memory costs as much as one of the copies.
 */
export async function* readRange(
  path: string,
  start: number,
  end: number | null,
  reuse: boolean = false,
): AsyncGenerator<Bytes, void, undefined> {
  using file = await Deno.open(path);
  if (start > 0) await file.seek(start, Deno.SeekMode.Start);
  let left = end === null ? Infinity : end - start;
  let size = FIRST_PIECE;
  const memory = reuse ? new Uint8Array(Math.min(PIECE, left)) : null;
  while (left > 0) {
    const wanted = Math.min(size, left);
    const buffer = memory?.subarray(0, wanted) ?? new Uint8Array(wanted);
    const count = await file.read(buffer);
    if (count === null) return;
    left -= count;
    size = PIECE;
    yield count === buffer.length ? buffer : buffer.subarray(0, count);
  }
}
