// Servers and clients for the tests of the ws shim.
import { type EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type ServerOptions, WebSocket, WebSocketServer } from "../../src/ws/mod.ts";

/** A server that listens, its address, and what closes everything. */
export interface Running extends AsyncDisposable {
  readonly wss: WebSocketServer;
  readonly url: string;
}

/** How a server is put under a WebSocketServer. */
export type Mount = "port" | "server";

/** Both ways to listen: on Twister's own HTTP server, and on one of node:http. */
export const mounts: readonly Mount[] = ["port", "server"];

/** Starts a server on a free port. */
export async function start(mount: Mount, options: ServerOptions = {}): Promise<Running> {
  if (mount === "port") {
    const wss = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
    await once(wss, "listening");
    return { wss, url: urlOf(wss), [Symbol.asyncDispose]: () => closeAll(wss) };
  }
  const http = createServer((_request, response) => response.writeHead(404).end());
  const wss = new WebSocketServer({ server: http, ...options });
  await listen(http);
  return {
    wss,
    url: urlOf(wss),
    async [Symbol.asyncDispose]() {
      await closeAll(wss);
      await close(http);
    },
  };
}

/** A server that sends every message back as it came. */
export async function startEcho(mount: Mount, options: ServerOptions = {}): Promise<Running> {
  const running = await start(mount, options);
  running.wss.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  return running;
}

/** Listens on a free port. */
export async function listen(http: Server): Promise<number> {
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return portOf(http.address());
}

/** Closes a server of node:http and waits for it. */
export async function close(http: Server): Promise<void> {
  const closed = once(http, "close");
  http.close();
  await closed;
}

async function closeAll(wss: WebSocketServer): Promise<void> {
  for (const client of wss.clients) client.terminate();
  await wss[Symbol.asyncDispose]();
}

function urlOf(wss: WebSocketServer): string {
  return `ws://127.0.0.1:${portOf(wss.address())}`;
}

/** The port of an address of node. */
export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("not a port");
  return address.port;
}

/** A client whose handshake is done. */
export async function connect(...args: ConstructorParameters<typeof WebSocket>): Promise<WebSocket> {
  const client = new WebSocket(...args);
  await once(client, "open");
  return client;
}

/** What an event brings; an error event beside it does not matter. */
export function eventOf(emitter: EventEmitter, name: string): Promise<unknown[]> {
  return new Promise((resolve) => emitter.once(name, (...args: unknown[]) => resolve(args)));
}

/** The next connection of a server. */
export async function nextConnection(
  wss: WebSocketServer,
): Promise<{ socket: WebSocket; request: IncomingMessage }> {
  const [socket, request] = await once(wss, "connection");
  return { socket, request };
}

/** The next message as text, and whether it is binary. */
export async function nextMessage(socket: EventEmitter): Promise<[data: unknown, isBinary: unknown]> {
  const [data, isBinary] = await once(socket, "message");
  return [data instanceof Uint8Array && isBinary === false ? String(data) : data, isBinary];
}

/** Closes a client and waits for the end. */
export async function end(client: WebSocket): Promise<void> {
  if (client.readyState === client.CLOSED) return;
  const closed = once(client, "close");
  client.close();
  await closed;
}

/** A connection that sends what a test wants, byte for byte. */
export class RawPeer implements Disposable {
  readonly #connection: Deno.TcpConn;
  #received = new Uint8Array(0);

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Connects, and does the handshake of a client unless told to send something else. */
  static async connect(url: string, request?: string): Promise<RawPeer> {
    const { hostname, port } = new URL(url);
    const peer = new RawPeer(await Deno.connect({ hostname, port: Number(port) }));
    await peer.send(new TextEncoder().encode(request ?? handshake()));
    return peer;
  }

  async send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  /** The head of the server's answer. */
  async head(): Promise<string> {
    for (;;) {
      const text = new TextDecoder("latin1").decode(this.#received);
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.#received = this.#received.slice(end + 4);
        return text.slice(0, end);
      }
      if (!await this.#read()) return text;
    }
  }

  /** Exactly that many bytes. */
  async take(count: number): Promise<Uint8Array> {
    while (this.#received.length < count && await this.#read()) { /* Until there is enough. */ }
    const taken = this.#received.slice(0, count);
    this.#received = this.#received.slice(count);
    return taken;
  }

  /** Everything up to the end. */
  async rest(): Promise<Uint8Array> {
    while (await this.#read()) { /* Until the end. */ }
    return this.#received;
  }

  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch {
      // Closed by the test.
    }
  }

  async #read(): Promise<boolean> {
    const chunk = new Uint8Array(65536);
    const count = await this.#connection.read(chunk).catch(() => null);
    if (count === null) return false;
    const whole = new Uint8Array(this.#received.length + count);
    whole.set(this.#received);
    whole.set(chunk.subarray(0, count), this.#received.length);
    this.#received = whole;
    return true;
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
export function maskedFrame(first: number, payload: Uint8Array | string): Uint8Array {
  const data = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  if (data.length > 125) throw new RangeError("Cannot make a frame of this length");
  return new Uint8Array([first, 0x80 | data.length, 0, 0, 0, 0, ...data]);
}
