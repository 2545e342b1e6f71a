import type { Bytes } from "../../internal/bytes.ts";
import { nodeCrypto } from "../../internal/node_crypto.ts";
import { type FileState, isSameState, stateOf, unlessAbsent } from "./file_state.ts";

/** Small enough for an early first piece, large enough to be worth a call; a slow client holds at most one. */
const FIRST_PIECE = 65536;
const PIECE = 262144;
/** A block of the file system. */
const SAMPLE = 4096;

/** An open file. Its state and its content belong together, whatever happens to its name in the meantime. */
export class OpenFile implements Disposable {
  readonly path: string;
  readonly state: FileState;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
    this.state = stateOf(file.statSync());
  }

  /**
   * Opens a file for reading; `null` if the name leads to no file.
   *
   * @throws {Deno.errors.PermissionDenied} If the file may not be read, and other errors of `Deno.open`.
   */
  static open(path: string): OpenFile | null {
    const file = unlessAbsent(path, () => Deno.openSync(path));
    return file === null ? null : new OpenFile(path, file);
  }

  /** Tells whether nothing has been written to the file since it was opened. */
  isUnchanged(): boolean {
    return isSameState(this.state, stateOf(this.#file.statSync()));
  }

  /** Reads all of the file, up to its size at the time of opening; less if the file has become shorter. */
  async readAll(): Promise<Bytes> {
    const content = new Uint8Array(this.state.size);
    let length = 0;
    while (length < content.length) {
      const count = await this.#file.read(content.subarray(length));
      if (count === null) return content.slice(0, length);
      length += count;
    }
    return content;
  }

  /**
   * Reads a part of the file in pieces: up to `end`, or to its own end if that is `null` or comes earlier. With
   * `reuse`, a piece overwrites the one before it; fresh memory costs as much as a copy.
   */
  async *read(start: number, end: number | null, reuse: boolean): AsyncGenerator<Bytes, void, undefined> {
    await this.#file.seek(start, Deno.SeekMode.Start);
    let left = end === null ? Infinity : end - start;
    let size = FIRST_PIECE;
    const memory = reuse ? new Uint8Array(Math.min(PIECE, left)) : null;
    while (left > 0) {
      const wanted = Math.min(size, left);
      const buffer = memory?.subarray(0, wanted) ?? new Uint8Array(wanted);
      const count = await this.#file.read(buffer);
      if (count === null) return;
      left -= count;
      size = PIECE;
      yield count === buffer.length ? buffer : buffer.subarray(0, count);
    }
  }

  /**
   * Computes a digest of the first, the middle and the last bytes, or of all. Reproducible builds make files of equal
   * times and sizes, which seldom agree in these. Deno reports the time of the inode's change in whole seconds only.
   */
  sample(whole: boolean): string {
    const hash = nodeCrypto().createHash("sha1");
    if (whole) {
      for (const piece of this.piecesSync()) hash.update(piece);
      return hash.digest("hex");
    }
    const buffer = new Uint8Array(SAMPLE);
    for (const place of [0, this.state.size / 2, this.state.size - SAMPLE]) {
      this.#file.seekSync(Math.max(0, Math.floor(place)), Deno.SeekMode.Start);
      hash.update(buffer.subarray(0, this.#file.readSync(buffer) ?? 0));
    }
    return hash.digest("hex").slice(0, 16);
  }

  /** Yields the content synchronously; each piece overwrites the one before it. */
  *piecesSync(): Generator<Bytes, void, undefined> {
    const buffer = new Uint8Array(PIECE);
    for (let count = this.#file.readSync(buffer); count !== null; count = this.#file.readSync(buffer)) {
      yield buffer.subarray(0, count);
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** Reads a part of the file of that name in pieces, as {@linkcode OpenFile.read}. */
export async function* readRange(
  path: string,
  start: number,
  end: number | null,
): AsyncGenerator<Bytes, void, undefined> {
  using file = OpenFile.open(path);
  if (file === null) throw new Deno.errors.NotFound(`Cannot read ${path}: there is no such file`);
  yield* file.read(start, end, false);
}

/** Computes the SHA-512 of bytes, in one piece or several, in hexadecimal digits. */
export function contentVersion(content: Bytes | Iterable<Bytes>): string {
  const hash = nodeCrypto().createHash("sha512");
  if (content instanceof Uint8Array) hash.update(content);
  else for (const piece of content) hash.update(piece);
  return hash.digest("hex");
}

/**
 * Computes the SHA-512 of the file of that name, and the state of the very file that it hashed.
 *
 * It reads synchronously, because templates ask for the URLs of static files.
 *
 * @throws {Deno.errors.NotFound} If there is no such file, and other errors of `Deno.open`.
 */
export function fileVersion(path: string): { version: string; state: FileState } {
  using file = OpenFile.open(path);
  if (file === null) throw new Deno.errors.NotFound(`Cannot hash ${path}: there is no such file`);
  return { version: contentVersion(file.piecesSync()), state: file.state };
}
