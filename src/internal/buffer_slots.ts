import { Buffer } from "node:buffer";

/** A `node:buffer` view: a `Bytes` whose `toString("latin1")` is the fastest way from bytes to a string. */
export type BufferBytes = Buffer<ArrayBuffer>;

/**
 * Bytes of a slot: what an idle connection holds to read into. The requests of programs fit, a browser's take two
 * reads.
 */
export const SLOT_SIZE = 512;
/** Bytes that are allocated at once. An array buffer of its own would cost each slot half its size again. */
const SLAB_SIZE = 65536;

const free: BufferBytes[] = [];

/** Takes a slot; its content is whatever was there. */
export function acquireSlot(): BufferBytes {
  const slot = free.pop();
  if (slot !== undefined) return slot;
  const slab = Buffer.allocUnsafeSlow(SLAB_SIZE).buffer;
  for (let at = SLOT_SIZE; at < SLAB_SIZE; at += SLOT_SIZE) free.push(Buffer.from(slab, at, SLOT_SIZE));
  return Buffer.from(slab, 0, SLOT_SIZE);
}

/** Gives a slot back. Neither the caller nor an operation under way may use it afterwards. */
export function releaseSlot(slot: BufferBytes): void {
  free.push(slot);
}
