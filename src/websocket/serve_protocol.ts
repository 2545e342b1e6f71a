import type { LongLivedResponses } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import { currentClock } from "../internal/clock.ts";
import { handled, isThenable, LazyPromise } from "../internal/promises.ts";
import { utf8Length } from "../internal/utf8.ts";
import { genLog, WARNING } from "../util/log.ts";
import {
  closePayload,
  GOING_AWAY,
  INTERNAL_ERROR,
  MESSAGE_TOO_BIG,
  NORMAL_CLOSURE,
  type SharedMessage,
  WebSocketClosedError,
  WebSocketError,
} from "../websocket_core/internal.ts";
import { deDupeGenLog } from "./de_dupe_gen_log.ts";
import type { WebSocketParams } from "./params.ts";
import { payloadOf, type WebSocketDelegate, WebSocketProtocol } from "./protocol.ts";

/** Seconds between two looks at what waits for the client: Deno does not tell when it has been sent. */
const POLL_SECONDS = 0.01;
/** Deno's numbers for a connection that breaks, for a Close frame without a code, and for none at all. */
const NO_CODES: readonly number[] = [0, 1005, 1006];

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * A WebSocket of `Deno.upgradeWebSocket`, for handlers on the serve engine.
 *
 * Framing is Deno's: there is no compression, no ping of our own, and nothing holds back what comes, so that messages
 * for a slow handler wait here. Their size can be checked only when they are complete.
 */
export class ServeWebSocketProtocol extends WebSocketProtocol {
  /** The limits and habits of the connection. */
  readonly params: WebSocketParams;
  /** There is no stream: the socket is Deno's. */
  readonly stream = null;
  /** `true` once the peer sends no more. */
  clientTerminated = false;
  /** `true` once we send no more. */
  serverTerminated = false;
  /** The number of messages that were left out because too many bytes were waiting. */
  droppedMessages = 0;
  /** The subprotocol that was agreed on, or `null`. */
  selectedSubprotocol: string | null = null;
  /** Deno does not tell. */
  readonly roundTripTime = null;
  #socket: WebSocket | null = null;
  #waiting: (string | Bytes)[] = [];
  /** `true` if {@linkcode receive} was called, and the application is not at work. */
  #ready = false;
  /** `true` if {@linkcode receive} was called: the application learns of the end after its open(). */
  #receiving = false;
  #closeEvent: CloseEvent | null = null;
  #reported = false;

  constructor(handler: WebSocketDelegate, params: WebSocketParams) {
    super(handler);
    this.params = params;
    if (params.compressionOptions !== null) {
      deDupeGenLog(WARNING, "Cannot compress WebSocket messages on the serve engine: Deno.upgradeWebSocket cannot");
    }
  }

  override get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** The options for `Deno.upgradeWebSocket`; its pings are the nearest to ours. */
  get upgradeOptions(): Deno.UpgradeWebSocketOptions {
    return { idleTimeout: Math.ceil(this.params.pingInterval ?? 0) };
  }

  /**
   * Takes a socket of Deno's, and calls `onOpen` when it can be used.
   *
   * @param live The long-lived responses of the server, to which the protocol belongs until the socket is closed.
   */
  accept(socket: WebSocket, subprotocol: string | null, onOpen: () => void, live: LongLivedResponses | null): void {
    this.#socket = socket;
    this.selectedSubprotocol = subprotocol;
    socket.binaryType = "arraybuffer";
    socket.onopen = onOpen;
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      this.#waiting.push(typeof data === "string" ? data : new Uint8Array(data));
      this.#deliver();
    };
    // The close event comes after it, and says more.
    socket.onerror = (event) => {
      event.preventDefault();
    };
    socket.onclose = (event) => {
      this.clientTerminated = this.serverTerminated = true;
      this.#closeEvent = event;
      this.#deliver();
      live?.delete(this);
    };
    live?.add(this);
  }

  /** Does nothing: Deno closes its WebSockets with 1001 when the server stops, even if they close with another code. */
  drain(_seconds: number): void {}

  override receive(): void {
    this.#ready = this.#receiving = true;
    this.#deliver();
  }

  /** Does nothing: Deno pings by itself, if {@linkcode upgradeOptions} say so. */
  override startPinging(): void {}

  override writeMessage(message: string | object, binary?: boolean): Promise<void> {
    if (this.isClosing()) throw new WebSocketClosedError();
    const waiting = this.bufferedAmount;
    const delivery = this.#send(payloadOf(message), binary);
    if (delivery !== "closed") return delivery === "dropped" ? Promise.resolve() : new Handed(this);
    return handled(
      Promise.reject(new WebSocketClosedError(`WebSocket is closed: ${waiting} bytes waited for the peer`)),
    );
  }

  override sendPrepared(message: SharedMessage): "delivered" | "dropped" | "closed" {
    return this.isClosing() ? "closed" : this.#send(message.binary ? message.bytes : message.text);
  }

  /**
   * Refuses a ping: Deno offers none by hand.
   *
   * @throws {WebSocketError} Always.
   */
  override writePing(_data: Uint8Array): void {
    throw new WebSocketError(
      "Cannot ping on the serve engine: Deno.upgradeWebSocket cannot; use websocketPingInterval",
    );
  }

  /**
   * Resolves when nothing waits for the client, which is checked now and then; rejects if the client is gone before.
   */
  override drained(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let waited = false;
    const look = () => {
      // What waits for a client that is gone is no longer counted.
      if (waited && this.#closeEvent?.wasClean === false) return reject(new WebSocketClosedError());
      if (this.bufferedAmount === 0) return resolve();
      waited = true;
      currentClock().setTimer(look, POLL_SECONDS);
    };
    look();
    return handled(promise);
  }

  override isClosing(): boolean {
    return this.serverTerminated || this.clientTerminated || this.#socket?.readyState !== WebSocket.OPEN;
  }

  override close(code: number | null = null, reason: string | null = null): void {
    if (this.serverTerminated) return;
    // For its checks, which are those of the other engine.
    closePayload(code, reason);
    this.serverTerminated = true;
    const actual = code ?? (reason === null ? null : NORMAL_CLOSURE);
    if (actual === null) this.#socket?.close();
    else this.#socket?.close(actual, reason ?? "");
  }

  /** Closes the connection with 1001: Deno offers no way without a Close frame. */
  override abort(): void {
    this.#end(GOING_AWAY);
  }

  /** Does nothing: Deno's sockets have Nagle's algorithm off. */
  override setNodelay(_value: boolean): void {}

  override fail(error: unknown): void {
    if (!(error instanceof WebSocketClosedError && this.isClosing())) this.logException(error);
    this.#end(INTERNAL_ERROR);
  }

  #send(payload: string | Bytes, binary: boolean = typeof payload !== "string"): "delivered" | "dropped" | "closed" {
    const { highWaterMark, backpressure } = this.params;
    const waiting = this.bufferedAmount;
    if (waiting > 0 && waiting + payload.length > highWaterMark && backpressure !== "wait") {
      if (backpressure === "drop") {
        this.droppedMessages++;
        return "dropped";
      }
      genLog.info("Closing WebSocket: %d bytes wait for a client that does not read", waiting);
      this.close();
      return "closed";
    }
    if (typeof payload === "string") this.#socket?.send(binary ? encoder.encode(payload) : payload);
    else this.#socket?.send(binary ? payload : decoder.decode(payload));
    return "delivered";
  }

  /** Hands waiting messages over, as long as the application takes them without a promise, and then the end. */
  #deliver(): void {
    while (this.#ready && this.#waiting.length > 0) {
      const message = this.#waiting.shift() ?? "";
      const size = typeof message === "string" ? utf8Length(message) : message.length;
      if (size > this.params.maxMessageSize) return this.#end(MESSAGE_TOO_BIG, "message too big");
      try {
        const held: unknown = this.handler.onMessage(message);
        if (isThenable(held)) this.#hold(held);
      } catch (error) {
        return this.fail(error);
      }
    }
    if (this.#receiving && this.#closeEvent !== null && this.#waiting.length === 0) this.#report();
  }

  #hold(promise: PromiseLike<unknown>): void {
    this.#ready = false;
    promise.then(() => this.receive(), (error) => this.fail(error));
  }

  /** Closes from our side, and hands nothing more over. */
  #end(code: number, reason = ""): void {
    this.#waiting = [];
    this.#ready = false;
    this.close(code, reason);
    this.clientTerminated = true;
    this.#report();
  }

  #report(): void {
    if (this.#reported) return;
    this.#reported = true;
    const event = this.#closeEvent;
    const code = event === null || NO_CODES.includes(event.code) ? null : event.code;
    try {
      this.handler.onWsConnectionClose(code, code === null ? null : event?.reason ?? null);
    } catch (error) {
      this.logException(error);
    }
  }
}

/** The promise of a message: it resolves when nothing waits for the client any more. */
class Handed extends LazyPromise {
  readonly #protocol: ServeWebSocketProtocol;

  constructor(protocol: ServeWebSocketProtocol) {
    super();
    this.#protocol = protocol;
  }

  protected override promise(): Promise<void> {
    return this.#protocol.drained();
  }
}
