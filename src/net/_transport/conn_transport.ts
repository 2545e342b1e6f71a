import type { BufferBytes } from "../../internal/byte_buffer.ts";
import { nodeBuffer } from "../../internal/node_buffer.ts";
import { latin1Bytes } from "../../internal/utf8.ts";
import { toError } from "../../internal/promises.ts";
import type { Duplex } from "../_iostream/duplex.ts";
import { forgetResting, hasSliceEnded, readLater, type Resting } from "./next_turn.ts";
import type { Transport, TransportReceiver } from "./transport.ts";

/** What an idle connection holds to read into, in bytes. The requests of programs fit, a browser's take two reads. */
const SLOT = 512;
/** Bytes of slots that share one array buffer: one each would cost a slot half its size again. */
const SLAB = 65536;
/** The memory of a busy connection, in bytes: as much as a stream reads at once by default. */
const LARGE = 65536;
/** The memory of a client's long body, in bytes. */
const LARGEST = 131072;
/**
 * Storage up to this size is given back only when little is read twice in a row: its connection may be idle for long.
 */
const KEPT = 4096;
/** Bytes of storage of each large size that are kept for reuse. */
const POOLED = 1048576;

const slots: BufferBytes[] = [];
const large: BufferBytes[] = [];
const largest: BufferBytes[] = [];

/** A connection whose reads and writes are promises: that of `Deno.connect` or `Deno.listen`, with TLS or without. */
export class ConnTransport implements Transport, Resting {
  readonly #conn: Duplex;
  readonly #most: number;
  #receiver: TransportReceiver | null = null;
  #memory: BufferBytes | null = null;
  #reading = false;
  #pending = false;
  /** The most bytes received at once since little was received. */
  #largest = 0;
  // One closure each for the life of the connection, so that no read or write makes one.
  readonly #onRead = (count: number | null): void => this.#received(count);
  readonly #onReadError = (error: unknown): void => this.#ended(toError(error));
  readonly #onWritten = (count: number): void => this.#receiver?.onWritten(count);
  readonly #onWriteError = (error: unknown): void => this.#receiver?.onWriteError(toError(error));

  /** Takes a connection over; `most` bytes are read at once. */
  constructor(conn: Duplex, most: number) {
    this.#conn = conn;
    this.#most = most;
  }

  attach(receiver: TransportReceiver): void {
    this.#receiver = receiver;
  }

  startReading(): void {
    this.#reading = true;
    if (!this.#pending) this.readOn();
  }

  stopReading(): void {
    this.#reading = false;
  }

  get readPending(): boolean {
    return this.#pending;
  }

  write(data: Uint8Array): boolean {
    try {
      this.#conn.write(data).then(this.#onWritten, this.#onWriteError);
    } catch (error) {
      // Of a duplex that throws instead of rejecting.
      queueMicrotask(() => this.#onWriteError(error));
    }
    return false;
  }

  /** Always `true`: an array for each text costs more than a buffer that is used again. */
  get prefersBytes(): boolean {
    return true;
  }

  writeLatin1(text: string): boolean {
    return this.write(latin1Bytes(text));
  }

  async closeWrite(): Promise<void> {
    await this.#conn.closeWrite?.();
  }

  close(): void {
    this.#receiver = null;
    try {
      this.#conn.close();
    } catch {
      // The resource went away by itself.
    }
    if (forgetResting(this)) this.#pending = false;
    // A read under way still fills the memory.
    if (!this.#pending) this.#release();
  }

  readOn(): void {
    this.#pending = this.#reading && this.#receiver !== null;
    if (this.#receiver === null) return this.#release();
    if (!this.#reading) return;
    const memory = this.#memory ??= acquireSlot();
    const target = memory.length > this.#most ? memory.subarray(0, this.#most) : memory;
    this.#conn.read(target).then(this.#onRead, this.#onReadError);
  }

  #received(count: number | null): void {
    const receiver = this.#receiver;
    if (receiver === null || this.#memory === null) return this.#release();
    if (count === null) return this.#ended(null);
    const isFull = count === Math.min(this.#memory.length, this.#most);
    const begun = isFull ? performance.now() : 0;
    receiver.onData(this.#memory, count);
    if (this.#receiver === null) return this.#release();
    this.#fit(count, isFull);
    // Reads that are ready settle in microtasks: others have no turn meanwhile.
    if (isFull && hasSliceEnded(begun)) readLater(this, true);
    else this.readOn();
  }

  #ended(error: Error | null): void {
    this.#pending = this.#reading = false;
    this.#release();
    this.#receiver?.onEnd(error);
  }

  /**
   * Fits the memory to the traffic: a read that filled all there was makes it larger; one that left most of it unused
   * makes it small.
   */
  #fit(count: number, isFull: boolean): void {
    const length = this.#memory?.length ?? 0;
    if (count > this.#largest) this.#largest = count;
    if (isFull && length < this.#most) {
      this.#release();
      const size = Math.min(length * 4, this.#most);
      this.#memory = poolOf(size)?.pop() ?? nodeBuffer().allocUnsafeSlow(size);
    } else if (count <= length >> 3) {
      // The end of a long message is no sign that there will be no other.
      const needed = this.#largest > length >> 3;
      this.#largest = 0;
      if (!needed || length > KEPT) this.#release();
    }
  }

  #release(): void {
    const memory = this.#memory;
    this.#memory = null;
    if (memory === null) return;
    if (memory.length === SLOT) slots.push(memory);
    const pool = poolOf(memory.length);
    if (pool !== null && pool.length * memory.length < POOLED) pool.push(memory);
  }
}

function poolOf(size: number): BufferBytes[] | null {
  return size === LARGE ? large : size === LARGEST ? largest : null;
}

function acquireSlot(): BufferBytes {
  const slot = slots.pop();
  if (slot !== undefined) return slot;
  const Buffer = nodeBuffer();
  const slab = Buffer.allocUnsafeSlow(SLAB).buffer;
  for (let at = SLOT; at < SLAB; at += SLOT) slots.push(Buffer.from(slab, at, SLOT));
  return Buffer.from(slab, 0, SLOT);
}
