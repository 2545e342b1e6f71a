import type { Bytes } from "../internal/bytes.ts";
import type { BaseIOStream } from "../net/iostream.ts";
import type { SharedMessage } from "./_frame/shared_message.ts";

/** What a WebSocket's protocol tells the application: a `WebSocketHandler` or a `WebSocketClientConnection`. */
export interface WebSocketDelegate {
  /**
   * A message has come: text, or bytes that belong to the receiver.
   *
   * @returns A promise to hold back the next message until it settles, or nothing.
   */
  onMessage(message: string | Bytes): void | Promise<void>;
  /** A ping has come, and was answered. */
  onPing(data: Bytes): void;
  /** A pong has come. */
  onPong(data: Bytes): void;
  /**
   * The connection is closed, or about to be; called once.
   *
   * @param closeCode The code that the peer closed with, or `null`.
   * @param closeReason Its reason, or `null`.
   */
  onWsConnectionClose(closeCode: number | null, closeReason: string | null): void;
  /** Something was thrown by one of the above. */
  logException(error: unknown): void;
}

/**
 * A version of the WebSocket protocol on one connection. Tornado's `WebSocketProtocol`.
 *
 * There is one version in use, `WebSocketProtocol13`. An application uses the methods of its handler or client connection instead.
 */
export abstract class WebSocketProtocol {
  /** Who is told of what comes. */
  readonly handler: WebSocketDelegate;
  /** The stream under the connection, once it is open. */
  stream: BaseIOStream | null = null;
  /** Whether the peer sends no more: it has sent a Close frame, or is gone. */
  clientTerminated = false;
  /** Whether we send no more: we have sent a Close frame, or the peer is gone. */
  serverTerminated = false;

  /** Makes a protocol that tells `handler` of what comes. */
  constructor(handler: WebSocketDelegate) {
    this.handler = handler;
  }

  /** The subprotocol that was agreed on, or `null`. */
  abstract readonly selectedSubprotocol: string | null;

  /** Bytes that wait for the peer. */
  abstract readonly bufferedAmount: number;

  /** How many messages were not sent because too much was waiting. */
  abstract readonly droppedMessages: number;

  /** Seconds from the last automatic ping to its pong, or `null` before the first one. */
  abstract readonly roundTripTime: number | null;

  /** The connection is gone. */
  onConnectionClose(): void {
    this.abort();
  }

  /** Closes the connection at once, without a Close frame. */
  abort(): void {
    this.clientTerminated = true;
    this.serverTerminated = true;
    this.stream?.close();
    this.close();
  }

  /**
   * Sends a Close frame, and closes the connection when the peer has answered it.
   *
   * @throws {RangeError} If the code may not be sent, or the reason is longer than 123 bytes.
   */
  abstract close(code?: number | null, reason?: string | null): void;

  /** Whether nothing can be sent any more. */
  abstract isClosing(): boolean;

  /**
   * Sends a message.
   *
   * @param binary Whether as bytes or as text; without it, as what it is.
   * @returns A promise that resolves when the message is with the kernel; it may be ignored.
   * @throws {WebSocketClosedError} At once, if the connection is closed or closing.
   */
  abstract writeMessage(message: string | object, binary?: boolean): Promise<void>;

  /**
   * Sends a message that many connections get, for which nobody waits.
   *
   * @returns `"dropped"` if too much waits for the peer and its policy drops messages; `"closed"` if nothing can be sent
   * any more, or the connection is dropped because too much waits.
   */
  abstract sendPrepared(message: SharedMessage): "delivered" | "dropped" | "closed";

  /**
   * Sends a ping.
   *
   * @throws {RangeError} If there are more than 125 bytes.
   */
  abstract writePing(data: Uint8Array): void;

  /** Resolves when all that was sent so far is with the kernel; rejects with `WebSocketClosedError` if the peer is gone. */
  abstract drained(): Promise<void>;

  /** Begins to ping as the parameters say. */
  abstract startPinging(): void;

  /** Begins to hand messages over. */
  abstract receive(): void;

  /** Ends the connection because of what the application threw: it is logged, and the peer gets 1011. */
  abstract fail(error: unknown): void;

  /** Turns Nagle's algorithm off (`true`) or on. */
  abstract setNodelay(value: boolean): void;
}
