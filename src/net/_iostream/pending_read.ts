import { utf8 } from "../../util/escape.ts";
import type { ByteBuffer } from "../../internal/byte_buffer.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { handled, toError } from "../../internal/promises.ts";
import { UnsatisfiableReadError } from "./errors.ts";

/** Says how many bytes from the front of the buffer satisfy a read, or -1 while it has to wait. */
type Finder = (buffer: ByteBuffer, closed: boolean) => number;

/** A read that waits, as a stream sees it. */
export interface WaitingRead {
  /** Tells whether the bytes count only if the peer has ended the stream, and no error has. */
  readonly wantsEnd: boolean;
  /**
   * Settles the promise from the buffer if that is possible, and tells whether it did.
   *
   * @throws {UnsatisfiableReadError} If the read can no longer be satisfied within its `maxBytes`.
   */
  settle(buffer: ByteBuffer, closed: boolean): boolean;
  /** Rejects the promise. */
  reject(error: Error): void;
}

/** Takes the first `count` bytes of the buffer, and makes the result of a read from them. */
type Taker<T> = (buffer: ByteBuffer, count: number) => T;

/** A read that waits for its bytes: a promise, and the rule that tells from the buffer when it is satisfied. */
export class PendingRead<T = Bytes> implements WaitingRead {
  readonly promise: Promise<T>;
  readonly wantsEnd: boolean;
  readonly #reject: (error: Error) => void;
  readonly #resolve: (result: T) => void;
  readonly #find: Finder;
  readonly #take: Taker<T>;

  private constructor(find: Finder, take: Taker<T>, wantsEnd = false) {
    this.wantsEnd = wantsEnd;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.promise = promise;
    this.#reject = reject;
    this.#resolve = resolve;
    this.#find = find;
    this.#take = take;
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
    }, takeCopy);
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
    }, takeCopy);
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
    return new PendingRead(findBytes(count, partial), takeCopy);
  }

  /**
   * A read into memory of the caller's, of all of it, or with `partial` of one byte up to all.
   *
   * @throws {TypeError} If it is not a `Uint8Array`.
   */
  static into(memory: Uint8Array, partial: boolean): PendingRead<number> {
    if (!(memory instanceof Uint8Array)) {
      throw new TypeError(`Cannot read into ${Deno.inspect(memory)}: it must be a Uint8Array`);
    }
    return new PendingRead(findBytes(memory.length, partial), (buffer, count) => {
      // The caller may have transferred it meanwhile, or resized the buffer below it.
      if (memory.length < count) {
        throw new TypeError(`Cannot read ${count} bytes into ${memory.length}: the memory has shrunk`);
      }
      return buffer.takeInto(memory, count);
    });
  }

  /** A read of everything until the close. */
  static untilClose(): PendingRead {
    return new PendingRead((buffer, closed) => closed ? buffer.length : -1, takeCopy, true);
  }

  settle(buffer: ByteBuffer, closed: boolean): boolean {
    const count = this.#find(buffer, closed);
    if (count < 0) return false;
    try {
      this.#resolve(this.#take(buffer, count));
    } catch (error) {
      this.reject(toError(error));
    }
    return true;
  }

  /** Rejects the promise, which the caller may have dropped. Until then, marking it as handled would cost as much. */
  reject(error: Error): void {
    handled(this.promise);
    this.#reject(error);
  }
}

function findBytes(count: number, partial: boolean): Finder {
  return (buffer) => {
    const { length } = buffer;
    return length >= count ? count : partial && length > 0 ? length : -1;
  };
}

function takeCopy(buffer: ByteBuffer, count: number): Bytes {
  return buffer.take(count);
}

function check(size: number, maxBytes: number | null, what: () => string): void {
  if (maxBytes !== null && size > maxBytes) {
    throw new UnsatisfiableReadError(`${what()} not found within ${maxBytes} bytes`);
  }
}
