import { toError } from "../../internal/promises.ts";
import { genLog } from "../../util/log.ts";

/** Something that writes to a socket. */
export interface Flushable {
  /** Writes the queued bytes to the kernel. */
  flush(): void;
}

let waiting: Flushable[] = [];

/**
 * Flushes a stream when the input that is ready now has been looked at, on all connections. The system calls of a turn
 * then come one after another and not between the answers, so that each finds its code and data in the processor's
 * cache.
 */
export function flushSoon(stream: Flushable): void {
  if (waiting.push(stream) === 1) queueMicrotask(flushAll);
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
