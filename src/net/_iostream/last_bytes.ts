import { currentClock, TimerEntry } from "../../internal/clock.ts";
import type { Transport, TransportReceiver } from "../_transport/transport.ts";
import type { StreamOutput } from "./stream_output.ts";

/**
 * Seconds that the peer of a closed stream may take none of the bytes that wait for it. A slow reader frees the window
 * of TCP in large steps, which may lie seconds apart.
 */
const STALL_SECONDS = 5;
/** Seconds until the connection is closed in any case: a peer must not hold it by reading a byte at a time. */
const MOST_SECONDS = 60;

/** Writes the bytes that wait at the close of a stream, then closes the connection. */
export class LastBytes implements TransportReceiver {
  readonly #transport: Transport;
  readonly #output: StreamOutput;
  readonly #onDone: () => void;
  readonly #timer: TimerEntry;
  readonly #end: number = currentClock().monotonic() + MOST_SECONDS;
  #takenBefore: number;

  /** Takes over the transport and the output of a stream; calls `onDone` when the transport is closed. */
  constructor(transport: Transport, output: StreamOutput, onDone: () => void) {
    this.#transport = transport;
    this.#output = output;
    this.#onDone = onDone;
    this.#takenBefore = output.bytesWritten;
    this.#timer = new TimerEntry(currentClock().wheel, () => this.#timeout());
    this.#timer.start(STALL_SECONDS);
    transport.stopReading();
    transport.attach(this);
  }

  /** Drops what a read brings that cannot be taken back. */
  onData(): void {}

  /** Gives up if the connection is broken; a peer that has only ended its side still reads. */
  onEnd(error: Error | null): void {
    if (error !== null) this.#close(error);
  }

  onWritten(count: number): void {
    this.#output.onWritten(count);
    if (!this.#output.writing()) this.#close(null);
  }

  onWriteError(error: Error): void {
    this.#close(error);
  }

  #timeout(): void {
    const { bytesWritten } = this.#output;
    if (bytesWritten === this.#takenBefore || currentClock().monotonic() > this.#end) return this.#close(null);
    this.#takenBefore = bytesWritten;
    this.#timer.start(STALL_SECONDS);
  }

  #close(error: Error | null): void {
    this.#timer.cancel();
    this.#output.stop(error);
    this.#transport.close();
    this.#onDone();
  }
}
