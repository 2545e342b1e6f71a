import { Buffer } from "node:buffer";
import type { ZlibOptions } from "node:zlib";
import type { BufferBytes } from "./byte_buffer.ts";
import { nodeZlib } from "./node_zlib.ts";

/**
 * What node:zlib keeps behind a stream: the zlib state, driven synchronously. The name is not documented, but pngjs and minizlib, and so
 * half of npm, have relied on it since Node 8. Where it is missing, {@linkcode openStream} says so and the documented functions are used.
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

/** Output is made in this much at once; a message that needs no more costs no memory of its own. */
const OUTPUT_SIZE = 64 * 1024;
/** The stream of node:zlib around the handle gets the smallest buffer that it can have, since it is never used. */
const UNUSED_CHUNK = 64;
/** zlib's flush that ends a message; the number is part of its interface. */
export const Z_SYNC_FLUSH = 2;
/** zlib's error for a call that had nothing to do. */
const Z_BUF_ERROR = -5;

let scratch: BufferBytes | null = null;

/** Where all streams leave their output: made when the first message is compressed or inflated. */
function outputMemory(): BufferBytes {
  return scratch ??= Buffer.allocUnsafeSlow(OUTPUT_SIZE) as BufferBytes;
}

/** A zlib stream that works in the caller's turn. It has memory outside the heap, so it must be closed. */
export class ZlibStream {
  /** What the last {@linkcode run} made, in memory that all streams share. */
  readonly output: BufferBytes = outputMemory();
  /** How many bytes the last {@linkcode run} made. */
  written = 0;
  /** How many bytes of its input the last {@linkcode run} left. */
  left = 0;
  readonly #handle: Handle;
  /** The handle leaves the free room of the output and the rest of the input here. */
  readonly #state: Uint32Array;
  #error: string | null = null;

  /** Takes the handle over. */
  constructor(handle: Handle, state: Uint32Array) {
    this.#handle = handle;
    this.#state = state;
    handle.onerror = (message, errno) => {
      if (errno !== Z_BUF_ERROR) this.#error = message;
    };
  }

  /** Whether the last {@linkcode run} filled the output, so that there may be more. */
  get full(): boolean {
    return this.written === OUTPUT_SIZE;
  }

  /**
   * Feeds bytes, and flushes.
   *
   * @throws {RangeError} If the input is damaged; {@linkcode reset} makes the stream usable again.
   */
  run(input: Uint8Array, start: number, end: number): void {
    this.#handle.writeSync(Z_SYNC_FLUSH, input, start, end - start, this.output, 0, OUTPUT_SIZE);
    if (this.#error !== null) {
      const error = this.#error;
      this.#error = null;
      throw new RangeError(`Cannot inflate: ${error}`);
    }
    this.written = OUTPUT_SIZE - this.#state[0];
    this.left = this.#state[1];
  }

  /** Forgets what went through the stream. */
  reset(): void {
    this.#handle.reset();
  }

  /** Frees the memory. */
  close(): void {
    this.#handle.close();
  }
}

/** Makes a stream that inflates; `null` if this runtime's node:zlib has no synchronous handle. */
export function openInflate(): ZlibStream | null {
  return openStream(nodeZlib().createInflateRaw({ chunkSize: UNUSED_CHUNK }));
}

/** Makes a stream that deflates; `null` if this runtime's node:zlib has no synchronous handle. */
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
