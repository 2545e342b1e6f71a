import { currentClock } from "../internal/clock.ts";
import { checkSeconds } from "../internal/duration.ts";
import { MemoryTransport } from "../net/internal.ts";
import { IOStream, StreamClosedError } from "../net/iostream.ts";
import { settled } from "./fake_clock.ts";

/** Faults of the way between a client and its server. */
export interface WireOptions {
  /**
   * The size of the pieces in which the request arrives, in bytes.
   *
   * @default {no limit}
   */
  chunkSize?: number;
  /**
   * Seconds between two pieces of the request, by the clock in use.
   *
   * @default {0, which is a turn of the event loop}
   */
  chunkDelay?: number;
  /**
   * The number of bytes of the request, its head included, after which the client goes away.
   *
   * @default {never}
   */
  abortAfter?: number;
  /**
   * The number of bytes of the response, its head included, after which the client goes away.
   *
   * @default {never}
   */
  abortResponseAfter?: number;
}

/** What one read takes where the pieces have no size of their own. */
const LARGE = 65536;

const NEAR: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };
const FAR: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 2 };

/** Tells whether the options ask for a fault. */
export function isFaulty({ chunkSize, abortAfter, abortResponseAfter }: WireOptions): boolean {
  return chunkSize !== undefined || abortAfter !== undefined || abortResponseAfter !== undefined;
}

/** Returns a stream that leads to `far` by a way with faults. */
export function faultyWire(far: IOStream, options: WireOptions): IOStream {
  const { chunkSize = LARGE, chunkDelay = 0, abortAfter = Infinity, abortResponseAfter = Infinity } = options;
  checkSeconds("chunkDelay", chunkDelay);
  const [near, relay] = MemoryTransport.pair({ near: NEAR, far: FAR }).map((end) => new IOStream(end));
  if (near === undefined || relay === undefined) throw new Error("Cannot make a pair of streams");
  const pause = chunkSize < LARGE ? () => delay(chunkDelay) : () => Promise.resolve();
  void pump(relay, far, { chunkSize, most: abortAfter, pause });
  void pump(far, relay, { chunkSize: LARGE, most: abortResponseAfter, pause: () => Promise.resolve() });
  return near;
}

/** Carries bytes from one stream to the other until an end of either, or until `most` bytes have gone. */
async function pump(
  from: IOStream,
  to: IOStream,
  { chunkSize, most, pause }: { chunkSize: number; most: number; pause: () => Promise<void> },
): Promise<void> {
  try {
    for (let left = most; left > 0;) {
      const bytes = await from.readBytes(Math.min(chunkSize, left), true);
      left -= bytes.length;
      await to.write(bytes);
      await pause();
    }
  } catch (error) {
    if (!(error instanceof StreamClosedError)) throw error;
  }
  to.closeWhenWritten();
  from.close();
}

async function delay(seconds: number): Promise<void> {
  if (seconds <= 0) return await settled();
  await new Promise<void>((resolve) => currentClock().setTimer(resolve, seconds));
}
