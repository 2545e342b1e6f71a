import { utf8 } from "../../util/escape.ts";
import type { ByteBuffer } from "../../internal/byte_buffer.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { UnsatisfiableReadError } from "./errors.ts";

/** Says how many bytes from the front of the buffer satisfy a read, or -1 while it has to wait. */
type Finder = (buffer: ByteBuffer, closed: boolean) => number;

/** A read that waits for its bytes: a promise, and the rule that tells from the buffer when it is satisfied. */
export class PendingRead {
  /** Resolves with the bytes. */
  readonly promise: Promise<Bytes>;
  /** Rejects the promise. */
  readonly reject: (error: Error) => void;
  /** Tells whether the bytes count only if the peer has ended the stream, and no error has. */
  readonly wantsEnd: boolean;
  readonly #resolve: (bytes: Bytes) => void;
  readonly #find: Finder;

  private constructor(find: Finder, wantsEnd = false) {
    this.wantsEnd = wantsEnd;
    const { promise, resolve, reject } = Promise.withResolvers<Bytes>();
    this.promise = promise;
    this.reject = reject;
    this.#resolve = resolve;
    this.#find = find;
  }

  /** A read up to and including a delimiter. */
  static until(delimiter: Uint8Array | string, maxBytes: number | null): PendingRead {
    const needle = typeof delimiter === "string" ? utf8(delimiter) : delimiter.slice();
    let searched = 0;
    return new PendingRead((buffer) => {
      const at = buffer.indexOf(needle, searched);
      const size = at < 0 ? buffer.length : at + needle.length;
      check(size, maxBytes, () => `delimiter ${JSON.stringify(new TextDecoder().decode(needle))}`);
      if (at >= 0) return size;
      // The delimiter may begin in the bytes that are here already.
      searched = Math.max(0, buffer.length - needle.length + 1);
      return -1;
    });
  }

  /** A read up to and including the first match of a pattern. */
  static untilRegex(regex: RegExp, maxBytes: number | null): PendingRead {
    const pattern = new RegExp(regex.source, regex.flags.replace(/[gy]/g, ""));
    return new PendingRead((buffer) => {
      if (buffer.length === 0) return -1;
      const match = pattern.exec(buffer.bytes.toString("latin1", buffer.start, buffer.end));
      const size = match === null ? buffer.length : match.index + match[0].length;
      check(size, maxBytes, () => `pattern ${regex}`);
      return match === null ? -1 : size;
    });
  }

  /**
   * A read of so many bytes, or with `partial` of one byte up to so many.
   *
   * @throws {RangeError} If it is not a number of bytes.
   */
  static bytes(count: number, partial: boolean): PendingRead {
    if (!(Number.isInteger(count) && count >= 0)) {
      throw new RangeError(`Cannot read ${count} bytes: it must be a whole number from 0`);
    }
    return new PendingRead((buffer) => {
      if (buffer.length >= count) return count;
      return partial && buffer.length > 0 ? buffer.length : -1;
    });
  }

  /** A read of everything until the close. */
  static untilClose(): PendingRead {
    return new PendingRead((buffer, closed) => closed ? buffer.length : -1, true);
  }

  /**
   * Resolves the promise from the buffer if that is possible, and tells whether it did.
   *
   * @throws {UnsatisfiableReadError} If the read can no longer be satisfied within its `maxBytes`.
   */
  settle(buffer: ByteBuffer, closed: boolean): boolean {
    const count = this.#find(buffer, closed);
    if (count < 0) return false;
    this.#resolve(buffer.take(count));
    return true;
  }
}

function check(size: number, maxBytes: number | null, what: () => string): void {
  if (maxBytes !== null && size > maxBytes) {
    throw new UnsatisfiableReadError(`${what()} not found within ${maxBytes} bytes`);
  }
}
