import type { LongLivedResponses } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import type { Message } from "../internal/json_object.ts";
import { currentClock, type Timer, TimerEntry } from "../internal/clock.ts";
import { events } from "../internal/events.ts";
import { handled, isThenable, LazyPromise } from "../internal/promises.ts";
import { hasSliceEnded, LINGER_BYTES, LINGER_SECONDS, othersTurn } from "../net/internal.ts";
import { utf8Length } from "../internal/utf8.ts";
import { utf8 } from "../util/escape.ts";
import { genLog, WARNING } from "../util/log.ts";
import {
  CLOSE_SECONDS,
  closePayload,
  GOING_AWAY,
  INTERNAL_ERROR,
  MESSAGE_TOO_BIG,
  NORMAL_CLOSURE,
  POLICY_VIOLATION,
  type SharedMessage,
  WebSocketClosedError,
  WebSocketError,
} from "../websocket_core/internal.ts";
import { deDupeGenLog } from "./de_dupe_gen_log.ts";
import type { WebSocketParams } from "./params.ts";
import { heldFor, payloadOf, TOO_MUCH, type WebSocketDelegate, WebSocketProtocol } from "./protocol.ts";
import { ServeSocket } from "./serve_socket.ts";

/** Seconds between two looks at what waits for the client: Deno does not tell when it has been sent. */
const POLL_SECONDS = 0.01;
/**
 * Bytes a second that a client has to take of what waits for it: Deno counts a message only when all of it has been
 * sent, so that nothing shows whether a large one is on its way.
 */
const SLOWEST_CLIENT = 256 * 1024;
/** Seconds for which a client may take nothing while its messages are held back, as with HTTP. */
const STALL_SECONDS = 60;
/**
 * Bytes that each waiting message counts beside its own, in either direction: several hundred are taken for one, so
 * that a client could have a gigabyte taken for very short messages.
 */
const MESSAGE_OVERHEAD = 128;
/**
 * Multiples of the high-water mark that may wait for a slow handler, with the policy "close", where reading cannot be
 * paused: a burst is kept, and memory is not without a bound.
 */
const MAX_BACKLOG = 8;
/** Bytes that are read ahead of a slow handler: enough to notice a close, and little memory. */
const READ_AHEAD = 65536;
/** Deno's numbers for a connection that breaks, for a Close frame without a code, and for none at all. */
const NO_CODES: readonly number[] = [0, 1005, 1006];

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A WebSocket of `Deno.upgradeWebSocket`, for handlers on the serve engine.
 *
 * Framing is Deno's: there is no compression and no ping of our own, and the size of messages can be checked only when
 * they are complete.
 */
export class ServeWebSocketProtocol extends WebSocketProtocol {
  readonly params: WebSocketParams;
  /** There is no stream: the socket is Deno's. */
  readonly stream = null;
  /** `true` once the peer sends no more. */
  clientTerminated = false;
  /** `true` once we send no more. */
  serverTerminated = false;
  droppedMessages = 0;
  selectedSubprotocol: string | null = null;
  /** Deno does not tell. */
  readonly roundTripTime = null;
  #socket: WebSocket | null = null;
  #inner: ServeSocket | null = null;
  #waiting: (string | Bytes)[] = [];
  /** The size of what waits for the application, with the overhead. */
  #waitingBytes = 0;
  /** The bytes that Deno was given to send. */
  #given = 0;
  /** What that was when nothing waited for the last time, and the messages given since then. */
  #burstStart = 0;
  #burst = 0;
  /** The bytes that had been sent when it was last seen that some are. */
  #sent = 0;
  /** The size of what the client has sent since then, with the overhead. */
  #sentMeanwhile = 0;
  /** `true` if {@linkcode receive} was called: the application learns of the end after its open(). */
  #receiving = false;
  /** `true` if the application works on a message, so that the next one and the end wait. */
  #held = false;
  /** `true` if nothing is read in this turn of the event loop. */
  #yields = false;
  #closeEvent: CloseEvent | null = null;
  /** Ends a wait for the client: created with the first one. */
  #timer: TimerEntry | null = null;
  /** What was to be sent when that wait began. */
  #waitedFor = 0;
  /** What the client has sent after the end, with the overhead. */
  #discarded = 0;
  /** The pending checks of `drained()`, and the timer of each. */
  readonly #looks = new Map<() => void, Timer>();
  /** `true` once there is no connection any more. */
  #isOver = false;
  #live: LongLivedResponses | null = null;
  #reported = false;

  constructor(handler: WebSocketDelegate, params: WebSocketParams) {
    super(handler);
    this.params = params;
    if (params.compressionOptions !== null) {
      deDupeGenLog(WARNING, "Cannot compress WebSocket messages on the serve engine: Deno.upgradeWebSocket cannot");
    }
  }

  override get bufferedAmount(): number {
    // While the socket is open, Deno's own count is right, and cheaper.
    const counts = this.serverTerminated ? this.#inner ?? this.#socket : this.#socket;
    return counts?.bufferedAmount ?? 0;
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
    this.#inner = ServeSocket.of(socket, () => this.#giveWay(performance.now()));
    this.selectedSubprotocol = subprotocol;
    socket.binaryType = "arraybuffer";
    socket.onopen = onOpen;
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      const begun = performance.now();
      const message = typeof data === "string" ? data : new Uint8Array(data);
      if (this.clientTerminated) this.#discard(message.length + MESSAGE_OVERHEAD);
      else this.#take(message);
      this.#giveWay(begun);
    };
    // The close event comes after it, and says more.
    socket.onerror = (event) => {
      event.preventDefault();
    };
    socket.onclose = (event) => {
      this.#closeEvent = event;
      this.#leave();
    };
    this.#live = live;
    live?.add(this);
    events.sockets?.opened();
  }

  /** Does nothing: Deno closes its WebSockets with 1001 when the server stops, even if they close with another code. */
  drain(_seconds: number): void {}

  override receive(): void {
    this.#receiving = true;
    this.#deliver();
  }

  /** Does nothing: Deno pings by itself, if {@linkcode upgradeOptions} say so. */
  override startPinging(): void {}

  override writeMessage(message: Message, binary?: boolean): Promise<void> {
    if (this.isClosing()) throw new WebSocketClosedError();
    const waiting = this.bufferedAmount;
    const delivery = this.#send(payloadOf(message), binary);
    if (delivery !== "closed") return delivery === "dropped" ? Promise.resolve() : new Handed(this);
    return handled(
      Promise.reject(new WebSocketClosedError(`WebSocket is closed: ${waiting} bytes waited for the peer`)),
    );
  }

  override sendPrepared(message: SharedMessage): "delivered" | "dropped" | "closed" {
    return this.isClosing()
      ? "closed"
      : this.#send(message.binary ? message.bytes : message.text, message.binary, true);
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
      this.#looks.delete(look);
      // What waits for a client that is gone is no longer counted.
      if (waited && (this.#closeEvent?.wasClean === false || this.#inner?.dropped === true)) {
        return reject(new WebSocketClosedError());
      }
      if (this.bufferedAmount === 0) return resolve();
      waited = true;
      this.#looks.set(look, currentClock().setTimer(look, POLL_SECONDS));
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
    this.#watch();
    this.#readOn();
  }

  /** Closes the connection with 1001: Deno offers no way without a Close frame. */
  override abort(): void {
    this.#end(GOING_AWAY);
  }

  /** Does nothing: Deno's sockets have Nagle's algorithm off. */
  override setNodelay(_value: boolean): void {}

  override fail(error: unknown): void {
    // As on the other engine, the closing handshake goes on.
    if (error instanceof WebSocketClosedError && this.isClosing()) return this.receive();
    this.logException(error);
    if (this.serverTerminated) return this.receive();
    this.#receiving = true;
    this.#end(INTERNAL_ERROR);
  }

  get #congested(): boolean {
    const { backpressure, highWaterMark } = this.params;
    return backpressure === "wait" && this.bufferedAmount > highWaterMark && !this.isClosing();
  }

  #send(
    payload: string | Bytes,
    binary: boolean = typeof payload !== "string",
    isShared = false,
  ): "delivered" | "dropped" | "closed" {
    const { highWaterMark, backpressure } = this.params;
    const waiting = this.bufferedAmount;
    if (waiting > 0 && this.#costOf(waiting) + payload.length > highWaterMark && backpressure !== "wait") {
      if (backpressure === "drop") {
        this.droppedMessages++;
        events.sockets?.dropped();
        return "dropped";
      }
      // The handler keeps what it coalesces.
      if (backpressure === "coalesce" && isShared) return "dropped";
      this.#giveUp(waiting);
      return "closed";
    }
    events.sockets?.sent(payload.length);
    if (typeof payload === "string") this.#socket?.send(binary ? utf8(payload) : payload);
    else this.#socket?.send(binary ? payload : decoder.decode(payload));
    if (waiting === 0) {
      this.#burstStart = this.#given;
      this.#burst = 0;
    }
    this.#burst++;
    this.#given += this.bufferedAmount - waiting;
    return "delivered";
  }

  /** Estimates what Deno keeps for messages of so many bytes that wait, from the mean size of the messages. */
  #costOf(waiting: number): number {
    return waiting * (1 + MESSAGE_OVERHEAD * this.#burst / (this.#given - this.#burstStart));
  }

  /** Hands waiting messages over, as long as the application takes them without a promise, and then the end. */
  #deliver(): void {
    while (this.#receiving && !this.#held && this.#waiting.length > 0) {
      const begun = performance.now();
      const message = this.#waiting.shift() ?? "";
      this.#waitingBytes -= message.length + MESSAGE_OVERHEAD;
      const size = typeof message === "string" ? utf8Length(message) : message.length;
      if (size > this.params.maxMessageSize) return this.#end(MESSAGE_TOO_BIG, "message too big");
      const wait = this.meter(message, this.params.rateLimit);
      if (wait < 0) return this.#end(POLICY_VIOLATION, TOO_MUCH);
      this.#held = true;
      try {
        const done: unknown = this.handler.onMessage(message);
        const held = wait === 0 ? done : heldFor(done, wait);
        if (isThenable(held)) this.#hold(held);
        else if (this.#congested) this.#hold(this.#untilTaken());
        else this.#held = false;
      } catch (error) {
        this.#held = false;
        return this.fail(error);
      }
      if (this.#waiting.length === 0) break;
      if (hasSliceEnded(begun) && !this.#held) this.#hold(othersTurn());
    }
    this.#readOn();
    if (this.clientTerminated && this.#waiting.length === 0) this.#report();
  }

  #take(message: string | Bytes): void {
    events.sockets?.received(message.length);
    this.#waiting.push(message);
    this.#waitingBytes += message.length + MESSAGE_OVERHEAD;
    this.#deliver();
    this.#refuseFlood(message.length + MESSAGE_OVERHEAD);
  }

  /**
   * Reads nothing more as long as much waits for the application, or until others have had their turn.
   *
   * @param begun When the work on a message began, in milliseconds.
   */
  #giveWay(begun: number): void {
    if (this.#waitingBytes > READ_AHEAD) this.#inner?.pause();
    if (this.#yields || !hasSliceEnded(begun)) return;
    this.#yields = true;
    this.#inner?.pause();
    othersTurn().then(() => {
      this.#yields = false;
      this.#readOn();
    });
  }

  #readOn(): void {
    if (!this.#yields && this.#waitingBytes <= READ_AHEAD) this.#inner?.resume();
  }

  #hold(promise: PromiseLike<unknown>): void {
    this.#held = true;
    const goOn = () => {
      this.#held = false;
      this.#deliver();
    };
    promise.then(goOn, (error) => {
      this.#held = false;
      this.fail(error);
      this.#deliver();
    });
  }

  /** Closes from our side, and hands nothing more over. */
  #end(code: number | null, reason: string | null = null): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.close(code, reason);
    this.clientTerminated = true;
    this.#watch();
    this.#report();
  }

  /** Drops a client that sends on and on, and does not read what it gets or overwhelms the handler. */
  #refuseFlood(received: number): void {
    const { bufferedAmount } = this;
    const { backpressure, highWaterMark } = this.params;
    if (backpressure === "drop" || backpressure === "wait" || this.clientTerminated) return;
    const sent = this.#given - bufferedAmount;
    const takes = bufferedAmount === 0 || sent > this.#sent;
    this.#sent = sent;
    this.#sentMeanwhile = takes ? 0 : this.#sentMeanwhile + received;
    if (this.#sentMeanwhile > highWaterMark + bufferedAmount) return this.#giveUp(bufferedAmount);
    if (this.#inner !== null || this.#waitingBytes <= MAX_BACKLOG * highWaterMark) return;
    genLog.info("Closing WebSocket: %d bytes wait for the handler", this.#waitingBytes);
    this.#end(null);
  }

  /** Drops a client that does not read: a Close frame would not reach it. */
  #giveUp(waiting: number): void {
    genLog.info("Closing WebSocket: %d bytes wait for a client that does not read", waiting);
    this.#end(null);
    this.#drop();
  }

  /** Drops a client that goes on to send after the end. */
  #discard(received: number): void {
    this.#discarded += received;
    if (this.#discarded > LINGER_BYTES) this.#drop();
  }

  /** Resolves when the client has taken what waits for it, or is gone: Deno does not notice that while it is paused. */
  async #untilTaken(): Promise<void> {
    this.#watch();
    try {
      await this.drained();
    } catch {
      // What it sent before is still handed over.
    }
    if (!this.serverTerminated) this.#timer?.cancel();
  }

  /** Gives the client the time to take what waits, or to end the connection once our Close frame has left. */
  #watch(): void {
    if (this.#isOver || this.#socket === null) return;
    const { bufferedAmount, serverTerminated, clientTerminated } = this;
    const seconds = clientTerminated ? LINGER_SECONDS : serverTerminated ? CLOSE_SECONDS : STALL_SECONDS;
    this.#timer ??= new TimerEntry(currentClock().wheel, () => this.#timeout());
    this.#waitedFor = bufferedAmount;
    this.#timer.start(seconds + bufferedAmount / SLOWEST_CLIENT);
  }

  #timeout(): void {
    // What waited has left, some of it or all.
    if (this.bufferedAmount < this.#waitedFor) this.#watch();
    else this.#drop();
  }

  /** Ends the connection without another word. */
  #drop(): void {
    if (this.#isOver) return;
    this.#inner?.drop();
    this.#leave();
  }

  /** Leaves the server and the wheel, and tells the application when it has all messages. */
  #leave(): void {
    this.clientTerminated = this.serverTerminated = true;
    if (!this.#isOver) events.sockets?.closed();
    this.#isOver = true;
    this.#live?.delete(this);
    this.#timer?.cancel();
    for (const [look, timer] of [...this.#looks]) {
      timer.cancel();
      look();
    }
    this.#deliver();
  }

  /** Tells the application, once, that the connection is over, unless it still works on something. */
  #report(): void {
    if (this.#reported || !this.#receiving || this.#held) return;
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
