import type { Bytes } from "../internal/bytes.ts";
import { TimeoutError } from "../util/util.ts";
import { WebSocketClientConnection, WebSocketClosedError, type WebSocketConnectOptions } from "../websocket/mod.ts";
import { getAsyncTestTimeout } from "./async_test_timeout.ts";
import { within } from "./_running.ts";
import type { ReceiveOptions } from "./test_event_stream.ts";

/** Options of `TestClient.websocket`: those of `websocketConnect` but for the way to the server. */
export type TestWebSocketOptions = Omit<WebSocketConnectOptions, "stream" | "tls" | "onMessageCallback">;

/**
 * The client's side of a WebSocket in a test; `TestClient.websocket` returns it.
 *
 * @example
 * ```ts
 * import { TestClient } from "@twister/twister/testing";
 * import { Application } from "@twister/twister/web";
 * import { WebSocketHandler } from "@twister/twister/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * class Shout extends WebSocketHandler {
 *   override onMessage(message: string | Uint8Array): void {
 *     this.writeMessage(String(message).toUpperCase());
 *     this.close(4000, "enough");
 *   }
 * }
 * await using client = new TestClient(new Application([["/", Shout]]));
 * await using socket = await client.websocket("/");
 * socket.writeMessage("hello");
 * assertEquals(await socket.receive(), "HELLO");
 * assertEquals(await socket.receiveClose(), { code: 4000, reason: "enough" });
 * ```
 */
export class TestWebSocket extends WebSocketClientConnection {
  readonly #raise: () => void;
  #reading: Promise<string | Bytes | null> | null = null;

  /**
   * Begins to connect; tests get a socket that is open from `TestClient.websocket`.
   *
   * @param raise Throws the errors of the handler.
   */
  constructor(url: string, options: WebSocketConnectOptions, raise: () => void) {
    super(url, options);
    this.#raise = raise;
  }

  /**
   * Returns the next message.
   *
   * @throws {TimeoutError} If none comes in time; a later call returns it.
   * @throws {WebSocketClosedError} If the connection is closed, and the error of the handler if that is the reason.
   */
  async receive(options: ReceiveOptions = {}): Promise<string | Bytes> {
    const { timeout = getAsyncTestTimeout() } = options;
    this.#reading ??= this.readMessage();
    const message = await within(
      timeout,
      this.#reading,
      () => new TimeoutError(`No message has come within ${timeout} seconds`),
    );
    this.#reading = null;
    if (message !== null) return message;
    this.#raise();
    throw new WebSocketClosedError();
  }

  /**
   * Returns the next message, parsed as JSON. It throws the errors of {@linkcode TestWebSocket.receive}.
   *
   * @throws {SyntaxError} If the message is not JSON.
   */
  async receiveJson<T = unknown>(options: ReceiveOptions = {}): Promise<T> {
    const message = await this.receive(options);
    return JSON.parse(typeof message === "string" ? message : new TextDecoder().decode(message));
  }

  /**
   * Waits until the connection has ended, and returns the code and the reason of the server's Close frame, which are
   * `null` if none came. Messages that come before it are dropped.
   *
   * @throws {TimeoutError} If the connection does not end in time.
   */
  async receiveClose(options: ReceiveOptions = {}): Promise<{ code: number | null; reason: string | null }> {
    const { timeout = getAsyncTestTimeout() } = options;
    const end = (async () => {
      while (await (this.#reading ?? this.readMessage()) !== null) this.#reading = null;
      await this.closed;
    })();
    await within(timeout, end, () => new TimeoutError(`The connection has not ended within ${timeout} seconds`));
    this.#raise();
    return { code: this.closeCode, reason: this.closeReason };
  }
}
