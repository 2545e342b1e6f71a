import { Duplex } from "node:stream";
import type { Buffer } from "node:buffer";
import { currentClock, type Timer } from "../internal/clock.ts";
import { LINGER_BYTES, LINGER_SECONDS } from "../net/internal.ts";
import { type BaseIOStream, type ByteBuffer, IOStream, SSLIOStream, type StreamConsumer } from "../net/iostream.ts";
import type { LiveConnections } from "../websocket_core/internal.ts";

/** The most that is read at once. */
const CHUNK = 65536;

/**
 * A stream of Twister with the interface of a socket of `node:net`: `request.socket` of a handshake on Twister's own
 * HTTP server.
 *
 * It reads nothing until a reader asks for it, so that the stream can be given to a WebSocket.
 */
export class StreamSocket extends Duplex {
  readonly #stream: BaseIOStream;
  /** The connections of the server that have left HTTP, if a WebSocket on the stream ends with that server. */
  readonly live: LiveConnections | null;
  readonly #onDestroyed: (socket: StreamSocket) => void;
  #released = false;
  /** `true` if somebody waits for the end of the connection. */
  #watched = false;
  #timer: Timer | null = null;

  /**
   * Wraps a stream, which belongs to the socket until {@linkcode release}.
   *
   * @param onDestroyed Called when the socket is destroyed.
   */
  constructor(
    stream: BaseIOStream,
    live: LiveConnections | null = null,
    onDestroyed: (socket: StreamSocket) => void = () => {},
  ) {
    super({ allowHalfOpen: true });
    this.live = live;
    this.#stream = stream;
    this.#onDestroyed = onDestroyed;
    // Whoever waits for the end of the connection keeps this object; nobody else has to.
    this.on("newListener", (name) => {
      if (name !== "close") return;
      this.#watched = true;
      this.watch();
    });
  }

  get remoteAddress(): string | undefined {
    return this.#address("remoteAddr")?.hostname;
  }

  get remotePort(): number | undefined {
    return this.#address("remoteAddr")?.port;
  }

  get remoteFamily(): string | undefined {
    const address = this.remoteAddress;
    return address === undefined ? undefined : familyOf(address);
  }

  get localAddress(): string | undefined {
    return this.#address("localAddr")?.hostname;
  }

  get localPort(): number | undefined {
    return this.#address("localAddr")?.port;
  }

  get encrypted(): boolean {
    return this.#stream instanceof SSLIOStream;
  }

  address(): { address?: string | undefined; port?: number | undefined; family?: string | undefined } {
    const { localAddress: address, localPort: port } = this;
    return { address, port, family: address === undefined ? undefined : familyOf(address) };
  }

  /** Gives the stream away. From now on only {@linkcode destroy} and raw writes have an effect on it. */
  release(): BaseIOStream {
    this.#released = true;
    if (!this.#watched) this.#stream.setCloseCallback(null);
    return this.#stream;
  }

  /** Destroys the socket when the peer goes away, although nothing reads it. */
  watch(): void {
    this.#stream.setCloseCallback(() => this.destroy());
  }

  setNoDelay(on = true): this {
    this.#stream.setNodelay(on);
    return this;
  }

  /** Without effect, as the streams of Twister have no such time-outs. */
  setTimeout(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    if (this.#released) return;
    this.#stream.readBytes(CHUNK, true).then((bytes) => this.push(bytes), () => this.push(null));
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    if (this.#stream.closed()) return callback(new Error("Cannot write: the socket is closed"));
    this.#stream.write(new Uint8Array(chunk)).then(() => callback(), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (this.#released || this.#stream.closed()) return callback();
    this.#stream.closeWrite().then(() => callback(), callback);
    this.#timer = currentClock().setTimer(() => this.destroy(), LINGER_SECONDS);
    // Whoever reads sees the peer's end; otherwise it is looked for here.
    if (!this.#stream.reading()) this.#stream.consume(new Discard(this));
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#timer?.cancel();
    this.#stream.setCloseCallback(null);
    this.#stream.close();
    this.#onDestroyed(this);
    callback(error);
  }

  #address(side: "remoteAddr" | "localAddr"): Deno.NetAddr | null {
    if (!(this.#stream instanceof IOStream)) return null;
    const address = this.#stream.socket[side];
    return address.transport === "tcp" ? address as Deno.NetAddr : null;
  }
}

/** Waits for the end of a stream, within bounds. */
class Discard implements StreamConsumer {
  readonly #socket: StreamSocket;
  #dropped = 0;

  constructor(socket: StreamSocket) {
    this.#socket = socket;
  }

  onData(buffer: ByteBuffer): void {
    this.#dropped += buffer.length;
    buffer.start = buffer.end;
    if (this.#dropped > LINGER_BYTES) this.#socket.destroy();
  }

  onEnd(): void {
    this.#socket.destroy();
  }
}

function familyOf(address: string): string {
  return address.includes(":") ? "IPv6" : "IPv4";
}
