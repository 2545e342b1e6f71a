import { TimeoutError } from "../util/util.ts";
import { getAsyncTestTimeout } from "./async_test_timeout.ts";
import { within } from "./_running.ts";
import { EventParser, type ServerSentEvent } from "../internal/event_parser.ts";
import type { StreamedResponse } from "./streamed_response.ts";

export type { ServerSentEvent } from "../internal/event_parser.ts";

/** Options of a wait for something from the server. */
export interface ReceiveOptions {
  /**
   * Seconds of real time to wait.
   *
   * @default {the result of getAsyncTestTimeout()}
   */
  timeout?: number;
}

/**
 * The events of a response of the type `text/event-stream`; `TestClient.eventStream` returns it.
 *
 * @example
 * ```ts
 * import { TestClient } from "@twister/twister/testing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Ticker extends RequestHandler {
 *   override async get(): Promise<void> {
 *     const events = this.eventStream();
 *     for (const price of [1, 2]) await events.send(`${price}`, { event: "price", id: `${price}` });
 *   }
 * }
 * await using client = new TestClient(new Application([["/", Ticker]]));
 * using events = await client.eventStream("/");
 * assertEquals(await events.next(), { event: "price", data: "1", id: "1" });
 * assertEquals((await events.next())?.data, "2");
 * assertEquals(await events.next(), null);
 * ```
 */
export class TestEventStream implements Disposable {
  /** The response; its body is read through this object. */
  readonly response: StreamedResponse;
  readonly #parser = new EventParser();
  readonly #pieces: AsyncIterator<Uint8Array, void, void>;
  #events: ServerSentEvent[] = [];
  #reading: Promise<ServerSentEvent | null> | null = null;

  /** Takes over a response; tests get one from `TestClient.eventStream`. */
  constructor(response: StreamedResponse) {
    this.response = response;
    this.#pieces = response[Symbol.asyncIterator]();
  }

  /** Seconds after which the server wants a lost client to come back, or `null` if it has not said. */
  get retry(): number | null {
    return this.#parser.retry;
  }

  /** The number of comments so far, which servers send to keep a connection alive. */
  get comments(): number {
    return this.#parser.comments;
  }

  /**
   * Returns the next event, or `null` after the last.
   *
   * @throws {TimeoutError} If none comes in time; a later call returns it.
   */
  async next({ timeout = getAsyncTestTimeout() }: ReceiveOptions = {}): Promise<ServerSentEvent | null> {
    this.#reading ??= this.#read();
    const event = await within(
      timeout,
      this.#reading,
      () => new TimeoutError(`No event has come within ${timeout} seconds`),
    );
    this.#reading = null;
    return event;
  }

  /** Yields the events until the end of the response. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ServerSentEvent, void, void> {
    for (let event = await this.next(); event !== null; event = await this.next()) yield event;
  }

  /** Goes away: the server learns that the client is gone. */
  close(): void {
    this.response.close();
  }

  /** Does the same as {@linkcode TestEventStream.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #read(): Promise<ServerSentEvent | null> {
    while (this.#events.length === 0) {
      const { value, done } = await this.#pieces.next();
      if (done || value === undefined) return null;
      this.#events = this.#parser.feed(value);
    }
    return this.#events.shift() ?? null;
  }
}
