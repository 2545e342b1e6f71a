import type { Bytes } from "../internal/bytes.ts";
import { currentClock } from "../internal/clock.ts";
import { type Message, rawMessage } from "../internal/json_object.ts";
import { toError } from "../internal/promises.ts";
import type { BaseIOStream } from "../net/iostream.ts";
import { jsonEncode } from "../util/escape.ts";
import { appLog, genLog } from "../util/log.ts";
import { type SharedMessage, SocketMeter, type WebSocketRateLimit } from "../websocket_core/internal.ts";

/** Receives the events of a WebSocket: a `WebSocketHandler` or a `WebSocketClientConnection`. */
export interface WebSocketDelegate {
  /**
   * Receives a message: text, or bytes that belong to the receiver.
   *
   * @returns A promise to hold back the next message until it settles, or nothing.
   */
  onMessage(message: string | Bytes): void | Promise<void>;
  /** Receives a ping, which is answered already. */
  onPing(data: Bytes): void;
  /** Receives a pong. */
  onPong(data: Bytes): void;
  /**
   * Called once, when the connection is closed or about to be.
   *
   * @param closeCode The code that the peer closed with, or `null`.
   * @param closeReason Its reason, or `null`.
   */
  onWsConnectionClose(closeCode: number | null, closeReason: string | null): void;
  /** Logs what one of the methods above threw. */
  logException(error: unknown): void;
}

/**
 * A version of the WebSocket protocol on one connection. Tornado's `WebSocketProtocol`.
 *
 * One version is in use, `WebSocketProtocol13`. An application calls the methods of its handler or client connection.
 */
export abstract class WebSocketProtocol {
  /** Receives the events of the connection. */
  readonly handler: WebSocketDelegate;
  /** Created with the first message, if there are limits. */
  #meter: SocketMeter | null = null;

  /** Creates a protocol with `handler` as the receiver of its events. */
  constructor(handler: WebSocketDelegate) {
    this.handler = handler;
  }

  /** The stream under the connection, once it is open; `null` on an engine that has none. */
  abstract readonly stream: BaseIOStream | null;

  /** `true` once the peer sends no more: it has sent a Close frame, or is gone. */
  abstract readonly clientTerminated: boolean;

  /** `true` once we send no more: we have sent a Close frame, or the peer is gone. */
  abstract readonly serverTerminated: boolean;

  /** The subprotocol that was agreed on, or `null`. */
  abstract readonly selectedSubprotocol: string | null;

  /** The bytes that wait for the peer. */
  abstract readonly bufferedAmount: number;

  /** The number of messages that were left out because too many bytes were waiting. */
  abstract readonly droppedMessages: number;

  /** The seconds from the last automatic ping to its pong; `null` before the first pong. */
  abstract readonly roundTripTime: number | null;

  /** Drops a connection that its owner gives up. */
  onConnectionClose(): void {
    this.abort();
  }

  /** Closes the connection immediately, without a Close frame. */
  abstract abort(): void;

  /**
   * Sends a Close frame, and closes the connection when the peer has answered it.
   *
   * @throws {RangeError} If the code may not be sent, or the reason is longer than 123 bytes.
   */
  abstract close(code?: number | null, reason?: string | null): void;

  /** Tells whether nothing more can be sent. */
  abstract isClosing(): boolean;

  /**
   * Sends a message.
   *
   * @param binary `true` to send bytes, `false` to send text; by default text and JSON are text, and bytes are bytes.
   * @returns A promise that resolves when the message is handed to the kernel; it may be ignored.
   * @throws {WebSocketClosedError} If the connection is closed or closing; before a promise is made.
   * @throws {TypeError} If the message has no JSON form.
   */
  abstract writeMessage(message: Message, binary?: boolean): Promise<void>;

  /**
   * Sends a message that many connections get, in an encoding that they share. Calls nothing of the application.
   *
   * @returns What became of the message: `"closed"` if the connection is closed or closing, or is going to be dropped
   * because too much was waiting.
   */
  abstract sendPrepared(message: SharedMessage): "delivered" | "dropped" | "closed";

  /**
   * Sends a ping.
   *
   * @throws {RangeError} If there are more than 125 bytes.
   */
  abstract writePing(data: Uint8Array): void;

  /**
   * Resolves when all that was sent so far is handed to the kernel; rejects with `WebSocketClosedError` if the peer is
   * gone.
   */
  abstract drained(): Promise<void>;

  /** Begins to ping as the parameters say. */
  abstract startPinging(): void;

  /** Begins to hand messages over. */
  abstract receive(): void;

  /** Ends the connection because of an error of the application, which is logged; the peer gets 1011. */
  abstract fail(error: unknown): void;

  /** Turns Nagle's algorithm off (`true`) or on. */
  abstract setNodelay(value: boolean): void;

  /**
   * Counts a message of the peer; returns the seconds for which nothing more must be handed over, or -1 if the peer has
   * sent too much for too long, which is logged.
   */
  protected meter(message: string | Bytes, limit: WebSocketRateLimit | null): number {
    if (limit === null) return 0;
    const wait = (this.#meter ??= new SocketMeter(limit)).take(message.length);
    if (wait < 0) genLog.info("Closing WebSocket: the peer sends more than websocketRateLimit allows");
    return wait;
  }

  /** Lets the application log an error of its own, which may fail as well. */
  protected logException(error: unknown): void {
    try {
      this.handler.logException(error);
    } catch (loggingError) {
      appLog.error("Error in exception logger", toError(loggingError));
    }
  }
}

/**
 * Returns what an application's message is on the wire: text, bytes, or the JSON of anything else.
 *
 * @throws {TypeError} If it has no JSON form, or one that says nothing, such as that of a Map.
 */
export function payloadOf(message: Message): string | Bytes {
  return rawMessage(message) ?? jsonEncode(message);
}

/** Resolves when the application is done with a message, and so many seconds have passed. */
export async function heldFor(held: unknown, seconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  currentClock().setTimer(resolve, seconds, { unref: true });
  await Promise.all([held, promise]);
}

/** The reason in the Close frame for a peer that sends too much. */
export const TOO_MUCH = "more than the rate limit allows";
