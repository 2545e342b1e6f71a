import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { currentClock, TimerEntry } from "../../internal/clock.ts";
import type { BufferBytes } from "../../internal/byte_buffer.ts";
import { latin1Bytes } from "../../internal/utf8.ts";
import { handleError } from "./handle_errors.ts";
import type { Transport, TransportReceiver } from "./transport.ts";

/** Seconds for the last record of TLS to leave; the kernel has room for it unless the peer does not read. */
const FAREWELL_SECONDS = 1;

/** The part of a connection that tells its two ends. */
export interface Addressed {
  readonly localAddr: Deno.Addr;
  readonly remoteAddr: Deno.Addr;
  setNoDelay?(on?: boolean): void;
  setKeepAlive?(on?: boolean): void;
}

/** A connection of `node:net`, for what `Deno.connect` cannot do. */
export class NodeTransport implements Transport {
  readonly #socket: Socket;
  readonly #under: Addressed | null;
  #receiver: TransportReceiver | null = null;
  #writing = false;

  /**
   * Takes over a socket that is connected and has delivered nothing yet.
   *
   * @param under The connection, if the socket is not its own.
   */
  constructor(socket: Socket, under: Addressed | null = null) {
    this.#socket = socket;
    this.#under = under;
    // Without this, the listener for data would begin to read.
    socket.pause();
    socket.on("data", (bytes: BufferBytes) => this.#receiver?.onData(bytes, bytes.length));
    socket.on("end", () => this.#receiver?.onEnd(null));
    socket.on("error", (error) => this.#receiver?.onEnd(nodeError(error, "Cannot use the connection")));
  }

  /** The address of this end. */
  get localAddr(): Deno.Addr {
    if (this.#under !== null) return this.#under.localAddr;
    const { localAddress = "", localPort = 0 } = this.#socket;
    return { transport: "tcp", hostname: localAddress, port: localPort };
  }

  /** The address of the peer. */
  get remoteAddr(): Deno.Addr {
    if (this.#under !== null) return this.#under.remoteAddr;
    const { remoteAddress = "", remotePort = 0 } = this.#socket;
    return { transport: "tcp", hostname: remoteAddress, port: remotePort };
  }

  setNoDelay(on: boolean = true): void {
    if (this.#under === null) this.#socket.setNoDelay(on);
    else this.#under.setNoDelay?.(on);
  }

  setKeepAlive(on: boolean = true): void {
    if (this.#under === null) this.#socket.setKeepAlive(on);
    else this.#under.setKeepAlive?.(on);
  }

  attach(receiver: TransportReceiver): void {
    this.#receiver = receiver;
  }

  startReading(): void {
    this.#socket.resume();
  }

  stopReading(): void {
    this.#socket.pause();
  }

  get readPending(): boolean {
    return false;
  }

  write(data: Uint8Array): boolean {
    this.#writing = true;
    this.#socket.write(data, (error) => {
      this.#writing = false;
      if (error) this.#receiver?.onWriteError(nodeError(error, "Cannot write"));
      else this.#receiver?.onWritten(data.length);
    });
    return false;
  }

  writeLatin1(text: string): boolean {
    return this.write(latin1Bytes(text));
  }

  closeWrite(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once("error", reject);
      this.#socket.end(() => resolve());
    });
  }

  close(): void {
    this.#receiver = null;
    const socket = this.#socket;
    if (this.#writing) {
      socket.destroy();
      return;
    }
    const timer = new TimerEntry(currentClock().wheel, () => socket.destroy());
    timer.start(FAREWELL_SECONDS);
    socket.once("close", () => timer.cancel());
    socket.destroySoon();
  }
}

/** A TLS connection of `node:tls` whose handshake is complete. It does not tell a cut connection from an end. */
export class SecureNodeTransport extends NodeTransport {
  readonly #alpnProtocol: string | null;

  /** Takes over a socket that has delivered nothing yet. */
  constructor(socket: TLSSocket, under: Addressed | null = null) {
    super(socket, under);
    this.#alpnProtocol = typeof socket.alpnProtocol === "string" ? socket.alpnProtocol : null;
  }

  /** Resolves with what the handshake has agreed on. */
  handshake(): Promise<Deno.TlsHandshakeInfo> {
    return Promise.resolve({ alpnProtocol: this.#alpnProtocol });
  }
}

/** An error of Node as that of `Deno`: its class, and the name of its number in `code`. */
export function nodeError(error: Error, what: string): Error {
  if ("errno" in error && typeof error.errno === "number") return handleError(error.errno, what);
  const code = "code" in error ? { code: error.code } : {};
  // What has no number is an error of TLS, and the certificate's most of the time.
  return Object.assign(new Deno.errors.InvalidData(`${what}: ${error.message}`, { cause: error }), code);
}
