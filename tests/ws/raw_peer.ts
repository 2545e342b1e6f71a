// A peer that breaks rules, and what it sends.
import { IOStream } from "../../src/net/iostream.ts";
import { latin1, latin1Bytes } from "../support/bytes.ts";

/** A connection that sends what a test wants, byte for byte. */
export class RawPeer implements Disposable {
  readonly #stream: IOStream;

  constructor(stream: IOStream) {
    this.#stream = stream;
  }

  /** Connects, and does the handshake of a client unless told to send something else. */
  static async connect(url: string, request: string = handshake()): Promise<RawPeer> {
    const { hostname, port } = new URL(url);
    const peer = new RawPeer(await IOStream.connect({ hostname, port: Number(port) }));
    await peer.send(latin1Bytes(request));
    return peer;
  }

  async send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#stream.write(bytes);
  }

  /** The head of the server's answer, without its empty line. */
  async head(): Promise<string> {
    return latin1(await this.#stream.readUntil(latin1Bytes("\r\n\r\n"))).trimEnd();
  }

  /** Exactly that many bytes. */
  take(count: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.#stream.readBytes(count);
  }

  /** Everything up to the end. */
  rest(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#stream.readUntilClose();
  }

  [Symbol.dispose](): void {
    this.#stream.close();
  }
}

/** The request of an opening handshake. */
export function handshake(lines: Record<string, string> = {}, first = "GET / HTTP/1.1"): string {
  const headers: Record<string, string> = {
    Host: "localhost",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    ...lines,
  };
  const text = Object.entries(headers).filter(([, value]) => value !== "").map(([name, value]) => `${name}: ${value}`);
  return [first, ...text, "", ""].join("\r\n");
}

/** A frame of a client whose mask changes nothing. */
export function maskedFrame(first: number, payload: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const data = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  if (data.length > 125) throw new RangeError("Cannot make a frame of this length");
  return new Uint8Array([first, 0x80 | data.length, 0, 0, 0, 0, ...data]);
}
