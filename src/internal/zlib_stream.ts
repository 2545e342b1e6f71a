import type { ZlibOptions } from "node:zlib";
import type { BufferBytes } from "./byte_buffer.ts";
import { nodeBuffer } from "./node_buffer.ts";
import { nodeZlib } from "./node_zlib.ts";

/**
 * The zlib state behind a stream of node:zlib, which can be driven synchronously. The name is not documented, but pngjs
 * and minizlib, and so half of npm, have relied on it since Node 8. If it is missing, {@linkcode openStream} returns
 * `null`, and callers use the documented functions.
 */
interface Handle {
  onerror: (message: string, errno: number) => void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    output: Uint8Array,
    outputOffset: number,
    outputLength: number,
  ): void;
  reset(): void;
  close(): void;
}

/** Output is made in pieces of this size; a message that needs no more costs no memory of its own. */
const OUTPUT_SIZE = 64 * 1024;
/** The stream of node:zlib around the handle gets the smallest buffer that it can have, since it is never used. */
const UNUSED_CHUNK = 64;
/** zlib's flush that ends a message; the number is part of its interface. */
export const Z_SYNC_FLUSH = 2;
/** zlib's flush that says that no input is left. */
const Z_FINISH = 4;
/** zlib's error for a call that had nothing to do. */
const Z_BUF_ERROR = -5;
const NOTHING = new Uint8Array(0);

/**
 * Reports that compressed data is damaged, cut short, or not of its format.
 *
 * @example
 * ```ts
 * import { GzipDecompressor, InflateError } from "@twister/twister/util";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => new GzipDecompressor().decompress(new Uint8Array([1, 2])), InflateError);
 * ```
 */
export class InflateError extends RangeError {
  /** Always `"InflateError"`. */
  override readonly name: string = "InflateError";
}

let scratch: BufferBytes | null = null;

/** Returns the memory in which all streams leave their output; it is allocated for the first stream. */
function outputMemory(): BufferBytes {
  return scratch ??= nodeBuffer().allocUnsafeSlow(OUTPUT_SIZE);
}

/** Drives zlib synchronously, in the caller's turn. It has memory outside the heap, so the owner must close it. */
export class ZlibStream {
  /** The output of the last {@linkcode run}, in memory that all streams share. */
  readonly output: BufferBytes = outputMemory();
  /** The number of bytes that the last {@linkcode run} made, also if it threw. */
  written = 0;
  /** The number of bytes of its input that the last {@linkcode run} left, also if it threw. */
  left = 0;
  /** Tells whether the last {@linkcode run} filled the room it was given, so that there may be more output. */
  full = false;
  readonly #handle: Handle;
  /** The handle leaves the free room of the output and the rest of the input here. */
  readonly #state: Uint32Array;
  #error: { readonly message: string; readonly errno: number } | null = null;

  constructor(handle: Handle, state: Uint32Array) {
    this.#handle = handle;
    this.#state = state;
    handle.onerror = (message, errno) => {
      this.#error = { message, errno };
    };
  }

  /**
   * Feeds bytes, and flushes.
   *
   * @param most The most bytes of output to make, up to 64 KiB.
   * @throws {InflateError} If the input is damaged; {@linkcode reset} makes the stream usable again.
   */
  run(input: Uint8Array, start: number, end: number, most: number = OUTPUT_SIZE): void {
    const room = Math.min(most, OUTPUT_SIZE);
    this.#handle.writeSync(Z_SYNC_FLUSH, input, start, end - start, this.output, 0, room);
    this.written = room - this.#state[0];
    this.left = this.#state[1];
    this.full = this.#state[0] === 0;
    const error = this.#takeError();
    if (error !== null && error.errno !== Z_BUF_ERROR) throw new InflateError(`Cannot inflate: ${error.message}`);
  }

  /** Tells whether the compressed data fed so far is complete. All output must have been taken. */
  isComplete(): boolean {
    this.#handle.writeSync(Z_FINISH, NOTHING, 0, 0, this.output, 0, OUTPUT_SIZE);
    return this.#takeError() === null;
  }

  reset(): void {
    this.#handle.reset();
  }

  close(): void {
    this.#handle.close();
  }

  #takeError(): { readonly message: string; readonly errno: number } | null {
    const error = this.#error;
    this.#error = null;
    return error;
  }
}

/** Opens a stream that inflates raw deflate data; `null` if this runtime's node:zlib has no synchronous handle. */
export function openInflate(): ZlibStream | null {
  return openStream(nodeZlib().createInflateRaw({ chunkSize: UNUSED_CHUNK }));
}

/**
 * Opens a stream that inflates gzip; `null` if this runtime's node:zlib has no synchronous handle.
 *
 * Bytes after a member are the next one, unless the first of them is 0. zlib checks headers, checksums and lengths.
 */
export function openGunzip(): ZlibStream | null {
  return openStream(nodeZlib().createGunzip({ chunkSize: UNUSED_CHUNK }));
}

/** Opens a stream that deflates; `null` if this runtime's node:zlib has no synchronous handle. */
export function openDeflate(options: ZlibOptions): ZlibStream | null {
  return openStream(nodeZlib().createDeflateRaw({ ...options, chunkSize: UNUSED_CHUNK }));
}

/** Takes the handle of a node:zlib stream; exported for its test. */
export function openStream(stream: object): ZlibStream | null {
  if (!("_handle" in stream) || !("_writeState" in stream)) return null;
  const { _handle: handle, _writeState: state } = stream;
  return isHandle(handle) && state instanceof Uint32Array ? new ZlibStream(handle, state) : null;
}

function isHandle(value: unknown): value is Handle {
  if (typeof value !== "object" || value === null) return false;
  return "onerror" in value && "writeSync" in value && typeof value.writeSync === "function" &&
    "reset" in value && typeof value.reset === "function" && "close" in value && typeof value.close === "function";
}
