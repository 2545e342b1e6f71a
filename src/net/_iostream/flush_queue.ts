import { toError } from "../../internal/promises.ts";
import { genLog } from "../../util/log.ts";

/** Something that writes to a socket. */
export interface Flushable {
  /** Writes the queued bytes to the kernel. */
  flush(): void;
}

/** Streams whose bytes wait at most until the others have been read: as many as have buffers in the pool. */
const MANY = 64;

let waiting: Flushable[] = [];

/**
 * Flushes a stream when the input that is ready now has been looked at, on all connections. The system calls of a turn
 * then come one after another and not between the answers, so that each finds its code and data in the processor's
 * cache. A client that is woken by the first answer is still awake at the next ones, which then cost less.
 */
export function flushSoon(stream: Flushable): void {
  if (waiting.push(stream) === 1) queueMicrotask(flushAll);
}

/** Flushes what waits, between two inputs, if it is much. */
export function flushIfMany(): void {
  if (waiting.length >= MANY) flushAll();
}

function flushAll(): void {
  const streams = waiting;
  waiting = [];
  for (const stream of streams) {
    try {
      stream.flush();
    } catch (error) {
      // Of what a close has called. The other streams must not wait for it.
      genLog.error("Uncaught exception", toError(error));
    }
  }
}

/** Runs a close callback in a later turn, after the reactions of the promises that the close has settled. */
export function runLater(callback: () => void): void {
  setTimeout(() => {
    try {
      callback();
    } catch (error) {
      genLog.error("Uncaught exception in close callback", toError(error));
    }
  }, 0);
}
