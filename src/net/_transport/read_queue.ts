import type { BufferBytes } from "../../internal/byte_buffer.ts";
import { nodeBuffer } from "../../internal/node_buffer.ts";

/** Something that takes what a connection has read. */
export interface QueuedReader {
  /** Takes the first `count` of the bytes, which are valid until the call returns. */
  take(bytes: BufferBytes, count: number): void;
}

/** The longest read that waits, in bytes: most requests and messages are shorter. */
const LONGEST = 2048;
/** The most reads that wait: the same number as in the flush queue. */
const MANY = 64;
/** Up to here bytes are copied one by one: a view for more at a time would cost more. */
const TINY = 128;

/** A read that waits. */
interface Place {
  readonly bytes: BufferBytes;
  count: number;
  reader: QueuedReader | null;
}

const places: Place[] = [];
/** The places of the reads that wait: from `first` up to, not including, `end`. */
let first = 0;
let end = 0;

/**
 * Keeps a copy of what a connection has read until {@linkcode takeReads}, so that the system calls of a turn come one
 * after another and not between the work on the requests: each finds its code and data in the processor's cache.
 *
 * @returns `false` if the read is too long to wait. The caller has to call {@linkcode takeReads} then before it passes
 * it on, since an earlier one of the same connection may wait.
 */
export function queueRead(reader: QueuedReader, memory: BufferBytes, count: number): boolean {
  if (count > LONGEST || end === MANY) return false;
  if (places.length === 0) makePlaces();
  const place = places[end++];
  const { bytes } = place;
  if (count > TINY) bytes.set(memory.subarray(0, count));
  else for (let i = 0; i < count; i++) bytes[i] = memory[i];
  place.count = count;
  place.reader = reader;
  if (end === MANY) takeReads();
  return true;
}

/** Lets the readers take what waits, in the order of the reads. */
export function takeReads(): void {
  while (first < end) {
    const place = places[first++];
    const { bytes, count, reader } = place;
    place.reader = null;
    try {
      reader?.take(bytes, count);
    } catch (error) {
      // Uncaught, as it would be without a queue; but the others must not wait for it.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
  first = end = 0;
}

/** Tells whether a read of this reader waits. */
export function hasQueuedRead(reader: QueuedReader): boolean {
  for (let i = first; i < end; i++) if (places[i].reader === reader) return true;
  return false;
}

function makePlaces(): void {
  const slab = nodeBuffer().allocUnsafeSlow(MANY * LONGEST);
  for (let i = 0; i < MANY; i++) {
    places.push({ bytes: slab.subarray(i * LONGEST, (i + 1) * LONGEST), count: 0, reader: null });
  }
}
