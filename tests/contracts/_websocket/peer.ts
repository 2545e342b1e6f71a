/**
 * A peer that speaks byte by byte, as a client or a server.
 *
 * @module
 */
import { ByteBuffer } from "../../../src/internal/byte_buffer.ts";
import type { Bytes } from "../../../src/internal/bytes.ts";
import { IOStream } from "../../../src/net/iostream.ts";
import { WebSocketProtocol13 } from "../../../src/websocket/mod.ts";
import { FrameReader, NEED_MORE } from "../../../src/websocket_core/_frame/reader.ts";
import { latin1, latin1Bytes } from "../../support/bytes.ts";
import { type Event, eventOf, frame, type FrameOptions } from "../../websocket/support.ts";

const END_OF_HEAD = latin1Bytes("\r\n\r\n");
const REQUEST = latin1Bytes([
  "GET / HTTP/1.1",
  "Host: localhost",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "\r\n",
].join("\r\n"));

/** One end of a connection on which the handshake is done. */
export class Peer implements Disposable {
  readonly stream: IOStream;
  readonly #masks: boolean;
  readonly #reader: FrameReader;
  readonly #buffer = new ByteBuffer();

  constructor(stream: IOStream, role: "server" | "client") {
    this.stream = stream;
    this.#masks = role === "client";
    this.#reader = new FrameReader(role === "server", 1 << 28);
  }

  /** Connects to a server, and does the handshake. */
  static async connect(port: number): Promise<Peer> {
    return await Peer.open(await IOStream.connect({ hostname: "127.0.0.1", port }));
  }

  /** Does the handshake of a client on a stream. */
  static async open(stream: IOStream): Promise<Peer> {
    await stream.write(REQUEST);
    const head = latin1(await stream.readUntil(END_OF_HEAD));
    if (!head.startsWith("HTTP/1.1 101 ")) throw new Error(`The server answered ${head}`);
    return new Peer(stream, "client");
  }

  /** A frame as this side has to make it, unless the options say otherwise. */
  frame(opcode: number, payload: Uint8Array | string = "", options: FrameOptions = {}): Bytes {
    return frame(opcode, payload, this.#masks ? options : { key: null, ...options });
  }

  send(...frames: readonly Bytes[]): void {
    for (const bytes of frames) this.stream.send(bytes);
  }

  /** What comes next; `"end"` if nothing does. */
  async next(): Promise<Event | "end"> {
    for (;;) {
      const kind = this.#reader.read(this.#buffer);
      if (kind !== NEED_MORE) return eventOf(this.#reader, kind);
      try {
        this.#buffer.append(await this.stream.readBytes(65536, true));
      } catch {
        return "end";
      }
    }
  }

  /** All that comes until the end. */
  async rest(): Promise<Event[]> {
    const events: Event[] = [];
    for (let event = await this.next(); event !== "end"; event = await this.next()) events.push(event);
    return events;
  }

  [Symbol.dispose](): void {
    this.#buffer.dispose();
    this.stream.close();
  }
}

/** A server for one client. */
export class PeerServer implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });

  get url(): string {
    return `ws://127.0.0.1:${this.#listener.addr.port}/`;
  }

  /** Takes the client's connection, and answers its handshake. */
  async accept(): Promise<Peer> {
    const stream = new IOStream(await this.#listener.accept());
    const head = latin1(await stream.readUntil(END_OF_HEAD));
    const key = /^sec-websocket-key: *(\S+)\r$/im.exec(head)?.[1] ?? "";
    const accept = WebSocketProtocol13.computeAcceptValue(key);
    const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    await stream.write(latin1Bytes(`${[...lines, `Sec-WebSocket-Accept: ${accept}`].join("\r\n")}\r\n\r\n`));
    return new Peer(stream, "server");
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }
}
