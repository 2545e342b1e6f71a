// A server, and raw connections to it that speak whatever a test wants.
import { Application, type ApplicationOptions, type RuleList } from "../../src/web/mod.ts";
import { WebSocketHandler } from "../../src/websocket/mod.ts";
import type { Server } from "../../src/http/httpserver.ts";
import { IOStream } from "../../src/net/iostream.ts";
import { type Event, readAll, utf8 } from "./support.ts";
import { FrameReader } from "../../src/websocket_core/_frame/reader.ts";

/** Starts a server on a free port. */
export function serve(rules: RuleList, options: ApplicationOptions = {}): Server {
  return new Application(rules, { logFunction() {}, ...options }).listen(0, { address: "127.0.0.1" });
}

/** The URL of a path. */
export function urlOf(server: Server, path = "/"): string {
  return `ws://127.0.0.1:${server.port}${path}`;
}

/** Sends every message back. */
export class EchoHandler extends WebSocketHandler {
  override onMessage(message: string | Uint8Array): void {
    this.writeMessage(message);
  }
}

const HANDSHAKE: Readonly<Record<string, string>> = {
  Host: "localhost",
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version": "13",
};

/** The answer to a request for a WebSocket. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The lines of the head. */
  readonly lines: readonly string[];
}

/** A connection that a test speaks byte by byte. */
export class RawClient implements Disposable {
  readonly stream: IOStream;

  constructor(stream: IOStream) {
    this.stream = stream;
  }

  static async connect(server: Server): Promise<RawClient> {
    return new RawClient(await IOStream.connect({ hostname: "127.0.0.1", port: server.port }));
  }

  /** Connects and does the opening handshake. */
  static async open(server: Server, path = "/", headers: Record<string, string | null> = {}): Promise<RawClient> {
    const client = await RawClient.connect(server);
    const { status, lines } = await client.handshake(path, headers);
    if (status !== 101) throw new Error(`The server answered ${lines[0]}`);
    return client;
  }

  /** Sends a handshake; `null` leaves a header out. */
  async handshake(path = "/", headers: Record<string, string | null> = {}, method = "GET"): Promise<Answer> {
    let text = `${method} ${path} HTTP/1.1\r\n`;
    for (const [name, value] of Object.entries({ ...HANDSHAKE, ...headers })) {
      if (value !== null) text += `${name}: ${value}\r\n`;
    }
    await this.stream.write(utf8(`${text}\r\n`));
    const head = new TextDecoder("latin1").decode(await this.stream.readUntil(utf8("\r\n\r\n")));
    const [first, ...lines] = head.trimEnd().split("\r\n");
    const found = new Headers(lines.map((line): [string, string] => {
      const at = line.indexOf(":");
      return [line.slice(0, at), line.slice(at + 1).trim()];
    }));
    return { status: Number(first.split(" ")[1]), headers: found, lines: [first, ...lines] };
  }

  /** The body of an answer that has a length. */
  async body(answer: Answer): Promise<string> {
    const length = Number(answer.headers.get("Content-Length"));
    return new TextDecoder().decode(length === 0 ? undefined : await this.stream.readBytes(length));
  }

  send(...frames: readonly Uint8Array<ArrayBuffer>[]): void {
    for (const frame of frames) this.stream.send(frame);
  }

  /** What the server sends until it closes the connection. */
  async rest(): Promise<Event[]> {
    return readAll(new FrameReader(false, 1 << 26), [await this.stream.readUntilClose()]);
  }

  [Symbol.dispose](): void {
    this.stream.close();
  }
}

/** Turns a callback into promises: what is put in comes out, in order. */
export class Mailbox<T> {
  readonly #items: T[] = [];
  readonly #takers: ((item: T) => void)[] = [];

  put(item: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#items.push(item);
    else taker(item);
  }

  take(): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>();
    const item = this.#items.shift();
    if (item === undefined) this.#takers.push(resolve);
    else resolve(item);
    return promise;
  }

  /** How much nobody has taken. */
  get size(): number {
    return this.#items.length;
  }
}
