import type { LongLivedResponse, LongLivedResponses } from "../../http/httputil.ts";
import type { ByteBuffer } from "../../internal/byte_buffer.ts";
import { currentClock, type Timer, TimerEntry } from "../../internal/clock.ts";
import type { BaseIOStream, StreamConsumer } from "../../net/iostream.ts";

/** Bytes that may wait for one end before nothing more is read from the other. */
const HIGH_WATER = 65536;
/** Seconds without a byte after which a tunnel is closed that one end has left: HAProxy and nginx take a minute. */
const HALF_OPEN_TIMEOUT = 60;

/** Options of a {@linkcode Tunnel}. */
export interface TunnelOptions {
  /** The most seconds that it outlives the beginning of a drain. */
  readonly closeDelay: number;
  /** Where it is told of a drain, or `null`. */
  readonly longLived: LongLivedResponses | null;
  /** Called when bytes pass, or `null`. */
  readonly onActivity: (() => void) | null;
  /** Called once at the end. */
  readonly onEnd: () => void;
}

/** Passes bytes between two streams, each way until its end. */
export class Tunnel implements LongLivedResponse {
  readonly #client: BaseIOStream;
  readonly #upstream: BaseIOStream;
  readonly #options: TunnelOptions;
  /** Closes the rest of a tunnel that one end has left. */
  #rest: TimerEntry | null = null;
  #ends = 0;
  #drainTimer: Timer | null = null;
  #isOver = false;

  constructor(client: BaseIOStream, upstream: BaseIOStream, options: TunnelOptions) {
    this.#client = client;
    this.#upstream = upstream;
    this.#options = options;
  }

  /** Begins, with the bytes that the streams have received so far. */
  start(): void {
    const client = this.#client;
    const upstream = this.#upstream;
    this.#options.longLived?.add(this);
    client.consume(new Direction(this, client, upstream));
    if (!this.#isOver) upstream.consume(new Direction(this, upstream, client));
  }

  /** Restarts the time limit of a tunnel that one end has left. */
  passed(): void {
    this.#rest?.start(HALF_OPEN_TIMEOUT);
    this.#options.onActivity?.();
  }

  /** Notes that one direction has ended. */
  halfEnded(): void {
    if (++this.#ends === 2) return this.close();
    this.#rest = new TimerEntry(currentClock().wheel, () => this.close());
    this.#rest.start(HALF_OPEN_TIMEOUT);
  }

  /** Ends the tunnel; bytes that were taken from one end still go to the other. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#rest?.cancel();
    this.#drainTimer?.cancel();
    this.#client.close();
    this.#upstream.close();
    this.#options.longLived?.delete(this);
    this.#options.onEnd();
  }

  /** Ends the tunnel at some moment of the delay, so that not all clients connect again immediately. */
  drain(seconds: number): void {
    const delay = Math.min(this.#options.closeDelay, seconds) * Math.random();
    if (delay === 0) this.close();
    else this.#drainTimer ??= currentClock().setTimer(() => this.close(), delay);
  }

  abort(): void {
    this.#client.abort();
    this.#upstream.abort();
    this.close();
  }
}

/** Passes the bytes of one stream to another. */
class Direction implements StreamConsumer {
  readonly #tunnel: Tunnel;
  readonly #from: BaseIOStream;
  readonly #to: BaseIOStream;
  #isHeld = false;
  #hasEnded = false;

  constructor(tunnel: Tunnel, from: BaseIOStream, to: BaseIOStream) {
    this.#tunnel = tunnel;
    this.#from = from;
    this.#to = to;
  }

  onData(buffer: ByteBuffer): void {
    const bytes = buffer.take(buffer.length);
    const to = this.#to;
    if (to.closed()) return;
    to.send(bytes);
    this.#tunnel.passed();
    if (to.writeBufferSize <= HIGH_WATER || this.#isHeld) return;
    this.#isHeld = true;
    this.#from.pause();
    // A failure shows as the end of the other stream.
    to.drained().then(() => this.#letGo(), () => {});
  }

  onInputEnd(): void {
    this.#hasEnded = true;
    this.#endIfDone();
  }

  onEnd(_error: Error | null): void {
    this.#tunnel.close();
  }

  #letGo(): void {
    this.#isHeld = false;
    this.#from.resume();
    if (this.#hasEnded) this.#endIfDone();
  }

  /** Passes the end on, behind the last byte. */
  #endIfDone(): void {
    if (this.#isHeld || this.#from.readBufferSize > 0) return;
    if (!this.#to.closed()) this.#to.closeWrite().catch(() => {});
    this.#tunnel.halfEnded();
  }
}
