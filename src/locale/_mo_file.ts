import { TranslationFileError } from "./errors.ts";

/** One message of a `.mo` file, as bytes of the file's own character set. */
export interface MoEntry {
  /** Context, message and plural message in one: what the translation is found by. */
  readonly id: Uint8Array;
  /** The translation, its plural forms separated by NUL. */
  readonly text: Uint8Array;
}

const MAGIC = 0x950412de;
/** Magic number, revision, number of entries, offset of the table of ids, offset of the table of translations. */
const HEADER_SIZE = 20;
/** Length and offset of one string. */
const DESCRIPTOR_SIZE = 8;

/**
 * Limit for the bytes of all strings, as a multiple of the file's size. Strings that do not overlap stay below 1; a
 * writer that stores equal strings once may exceed it. Without a limit, a file of 1 MB could claim a million
 * overlapping strings of 1 MB each.
 */
const MAX_OVERLAP = 16;

/** Tests for the magic number of a `.mo` file in either byte order. */
export function isMo(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 4);
  return view.getUint32(0, true) === MAGIC || view.getUint32(0, false) === MAGIC;
}

/**
 * Reads the strings of a `.mo` file in order: GNU gettext manual, section "The Format of GNU MO Files". The hash table
 * is not used.
 *
 * @throws {TranslationFileError} The bytes are not such a file, or point outside it.
 */
export function* readMo(bytes: Uint8Array): Generator<MoEntry> {
  if (!isMo(bytes)) throw new TranslationFileError("file is not a .mo file: its magic number is wrong");
  if (bytes.length < HEADER_SIZE) throw new TranslationFileError("file is corrupt: its header is cut short");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = view.getUint32(0, true) === MAGIC;
  const major = view.getUint32(4, little) >>> 16;
  if (major > 1) throw new TranslationFileError(`file is of an unknown version: ${major}`);
  const count = view.getUint32(8, little);
  const ids = view.getUint32(12, little);
  const texts = view.getUint32(16, little);
  if (Math.max(ids, texts) + count * DESCRIPTOR_SIZE > bytes.length && count > 0) {
    throw new TranslationFileError(`file is corrupt: ${count} entries do not fit into it`);
  }

  let budget = bytes.length * MAX_OVERLAP;
  const stringAt = (at: number): Uint8Array => {
    const length = view.getUint32(at, little);
    const start = view.getUint32(at + 4, little);
    // A NUL follows every string, so not even the last one reaches the end of the file.
    if (start + length >= bytes.length) {
      throw new TranslationFileError(`file is corrupt: a string of ${length} bytes at ${start} does not fit into it`);
    }
    budget -= length;
    if (budget < 0) throw new TranslationFileError("file is corrupt: its strings overlap");
    return bytes.subarray(start, start + length);
  };
  for (let i = 0; i < count; i++) {
    yield { id: stringAt(ids + i * DESCRIPTOR_SIZE), text: stringAt(texts + i * DESCRIPTOR_SIZE) };
  }
}
