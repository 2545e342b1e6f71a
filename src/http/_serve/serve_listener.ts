import { currentClock, type Timer } from "../../internal/clock.ts";
import { hasDescriptors, isOutOfDescriptors, SpareDescriptor } from "../../net/internal.ts";
import { genLog } from "../../util/log.ts";

/** Seconds before listening again. Clients are refused for that long, so it is shorter than on the listen engine. */
const RETRY_PAUSE = 0.05;
/** Seconds without an error after which the next one is logged again. */
const BURST_END = 10;

/** Descriptors that have to be free before listening again. */
const NEEDED = 6;

/** Begins to serve with `Deno.serve`: on `port` if it is not `null`. */
export type StartServe<A extends Deno.Addr> = (options: ServeCommon, port: number | null) => Deno.HttpServer<A>;

/** The options that every call of `Deno.serve` gets. */
export type ServeCommon = Required<Pick<Deno.ServeOptions, "signal" | "onListen">>;

/**
 * One address on which `Deno.serve` listens.
 *
 * A `Deno.serve` ends with the first error of its accept, such as too many open files, while its connections go on. So
 * another one follows it at the same address after a pause. Clients that connect meanwhile are refused.
 */
export class ServeListener<A extends Deno.Addr = Deno.Addr> {
  readonly addr: A;
  readonly #start: StartServe<A>;
  readonly #spare = new SpareDescriptor();
  readonly #killer = new AbortController();
  /** The servers that may still have connections. */
  readonly #servers: Deno.HttpServer<A>[] = [];
  #ended = false;
  #pause: Timer | null = null;
  #lastTrouble = -Infinity;

  /** Listens. The errors of `Deno.serve` are thrown. */
  constructor(start: StartServe<A>) {
    this.#start = start;
    this.addr = this.#serve(null).addr;
    this.#spare.take();
  }

  /** Accepts no more connections; resolves when all requests are answered. */
  async stop(): Promise<void> {
    this.#end();
    await Promise.all(this.#servers.map((server) => server.shutdown()));
  }

  /** Closes all connections; resolves when they are closed. */
  async abort(): Promise<void> {
    this.#end();
    this.#killer.abort();
    await Promise.allSettled(this.#servers.map((server) => server.finished));
  }

  #end(): void {
    this.#ended = true;
    this.#pause?.cancel();
    this.#spare.release();
  }

  #serve(port: number | null): Deno.HttpServer<A> {
    const server = this.#start({ signal: this.#killer.signal, onListen: () => {} }, port);
    this.#servers.push(server);
    server.finished.catch((error) => this.#ended || this.#recover(error));
    return server;
  }

  #recover(error: unknown): void {
    const time = currentClock().monotonic();
    const isNews = time - this.#lastTrouble > BURST_END;
    this.#lastTrouble = time;
    // The descriptor of the listener is free as well.
    if (isOutOfDescriptors(error)) this.#spare.release();
    if (isNews) genLog.error("Cannot accept a connection, listening again after %s s: %s", RETRY_PAUSE, error);
    this.#pause = currentClock().setTimer(() => this.#again(), RETRY_PAUSE);
  }

  #again(): void {
    try {
      // The process needs some beside the listener and its first connections.
      if (!hasDescriptors(NEEDED)) {
        throw new Deno.errors.Busy(`Cannot listen: fewer than ${NEEDED} descriptors are free`);
      }
      this.#spare.take();
      this.#serve("port" in this.addr ? this.addr.port : null);
    } catch (error) {
      this.#recover(error);
    }
  }
}
