/**
 * How long the other side goes on to take what it drops, after the end of a protocol.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Bytes } from "../../src/internal/bytes.ts";
import { TICK } from "../../src/internal/clock.ts";
import { LINGER_BYTES, LINGER_SECONDS } from "../../src/net/internal.ts";
import type { IOStream } from "../../src/net/iostream.ts";
import { type FakeClock, settled } from "./fake_clock.ts";

/** What kernels of both sides hold at most between a writer and a reader that is gone. */
const KERNEL_BYTES = 16 * 1024 * 1024;

/** Makes sure that the other side closes the connection when it has dropped its number of bytes. */
export async function assertDroppedWithinBytes(stream: IOStream): Promise<void> {
  const piece = new Uint8Array(1 << 20);
  let sent = 0;
  // A connection that is not dropped takes all of it.
  while (sent < 4 * (LINGER_BYTES + KERNEL_BYTES) && await isTaken(stream, piece)) sent += piece.length;
  assert(sent <= LINGER_BYTES + KERNEL_BYTES, `${sent} bytes`);
}

/** Makes sure that the other side takes a few bytes, and closes the connection when the seconds are over. */
export async function assertDroppedWithinSeconds(
  stream: IOStream,
  clock: FakeClock,
  seconds: number = LINGER_SECONDS,
): Promise<void> {
  for (let n = 0; n < 10; n++) assert(await isTaken(stream, new Uint8Array(1)), "dropped too early");
  await assertDroppedAfter(stream, clock, seconds);
}

/**
 * Lets that time pass, after which the other side takes no more than its kernel does, and far less than it may drop.
 */
export async function assertDroppedAfter(stream: IOStream, clock: FakeClock, seconds: number): Promise<void> {
  // A tick of the wheel may be missing.
  await clock.advanceAsync(seconds + 2 * TICK);
  const piece = new Uint8Array(65536);
  let taken = 0;
  while (taken < LINGER_BYTES / 2 && await isTaken(stream, piece)) taken += piece.length;
  assert(taken < LINGER_BYTES / 2, `not dropped after ${seconds} seconds`);
}

async function isTaken(stream: IOStream, bytes: Bytes): Promise<boolean> {
  try {
    await stream.write(bytes);
    await settled();
    return true;
  } catch {
    return false;
  }
}
