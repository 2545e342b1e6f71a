/**
 * The ends under the contract, and the sessions that the cases are written with.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { once } from "node:events";
import { Agent, createServer } from "node:http";
import { websocketConnect, WebSocketHandler } from "../../../src/websocket/mod.ts";
import { type ClientOptions, type ConnectionOptions, WebSocket, WebSocketServer } from "../../../src/ws/mod.ts";
import { test, type TestContext } from "../../support/test.ts";
import { Mailbox } from "../../websocket/server_support.ts";
import { close, listen, portOf } from "../../ws/node_server.ts";
import { site, type Way, WAYS } from "../_http_server/site.ts";
import { Peer, PeerServer } from "./peer.ts";

/** What a session is opened with. */
export interface EndOptions {
  readonly maxMessageSize?: number;
  /** Seconds to wait for the peer's Close frame, where that can be chosen. */
  readonly closeTimeout?: number;
}

/** How the peer has closed, as the end says it. */
export interface Closed {
  readonly code: number | null;
  readonly reason: string | null;
}

/** A connection between the end under test and a peer that speaks byte by byte. */
export interface Session extends AsyncDisposable {
  readonly peer: Peer;
  /** What the application gets. */
  readonly messages: Mailbox<string | Uint8Array>;
  readonly pings: Mailbox<Uint8Array>;
  readonly pongs: Mailbox<Uint8Array>;
  /** Resolves when the application is told of the end. */
  readonly closed: Promise<Closed>;
  send(message: string | Uint8Array<ArrayBuffer>): void;
  ping(data: string): void;
  close(code?: number, reason?: string): void;
  /** Takes no more messages than one, until the returned function is called. */
  hold(): () => void;
}

/** An implementation of one side. */
export interface End {
  readonly name: string;
  readonly role: "server" | "client";
  /** Whether frames are read and written by us, and not by Deno. */
  readonly framesItself: boolean;
  open(options?: EndOptions): Promise<Session>;
}

/** Registers a case for an end. */
export function contractTest(end: End, name: string, fn: (t: TestContext) => void | Promise<void>): void {
  test(`WebSocket (${end.name}): ${name}`, fn);
}

/** What applications of all kinds put their events into. */
class Inbox {
  readonly messages = new Mailbox<string | Uint8Array>();
  readonly pings = new Mailbox<Uint8Array>();
  readonly pongs = new Mailbox<Uint8Array>();
  readonly #closed = Promise.withResolvers<Closed>();
  #gate: PromiseWithResolvers<void> | null = null;

  get events(): Pick<Session, "messages" | "pings" | "pongs" | "closed"> {
    const { messages, pings, pongs } = this;
    return { messages, pings, pongs, closed: this.#closed.promise };
  }

  /** Takes a message; the promise resolves when the next one may come. */
  take(message: string | Uint8Array): void | Promise<void> {
    this.messages.put(message);
    return this.#gate?.promise;
  }

  end(code: number | null, reason: string | null): void {
    this.#closed.resolve({ code, reason });
  }

  hold(): () => void {
    const gate = this.#gate = Promise.withResolvers<void>();
    return () => {
      this.#gate = null;
      gate.resolve();
    };
  }
}

async function serveHandler(way: Way, { maxMessageSize }: EndOptions): Promise<Session> {
  const inbox = new Inbox();
  const opened = Promise.withResolvers<WebSocketHandler>();
  class Contract extends WebSocketHandler {
    override get maxMessageSize(): number {
      return maxMessageSize ?? super.maxMessageSize;
    }
    override open(): void {
      opened.resolve(this);
    }
    override onMessage(message: string | Uint8Array): void | Promise<void> {
      return inbox.take(message);
    }
    override onPing(data: Uint8Array): void {
      inbox.pings.put(data);
    }
    override onPong(data: Uint8Array): void {
      inbox.pongs.put(data);
    }
    override onClose(): void {
      inbox.end(this.closeCode, this.closeReason);
    }
  }
  const client = site(way, [["/", Contract]]);
  const peer = await Peer.open((await client.connect()).stream);
  const handler = await opened.promise;
  return {
    peer,
    ...inbox.events,
    send: (message) => void handler.writeMessage(message),
    ping: (data) => handler.ping(data),
    close: (code, reason) => handler.close(code, reason),
    hold: () => inbox.hold(),
    async [Symbol.asyncDispose]() {
      peer[Symbol.dispose]();
      await client[Symbol.asyncDispose]();
    },
  };
}

async function connectClient({ maxMessageSize }: EndOptions): Promise<Session> {
  const inbox = new Inbox();
  using server = new PeerServer();
  const accepted = server.accept();
  const client = await websocketConnect(server.url, {
    ...(maxMessageSize === undefined ? {} : { maxMessageSize }),
    onMessageCallback: (message) => message === null ? undefined : inbox.take(message),
  });
  client.onPing = (data) => inbox.pings.put(data);
  client.onPong = (data) => inbox.pongs.put(data);
  client.closed.then(() => inbox.end(client.closeCode, client.closeReason));
  const peer = await accepted;
  return {
    peer,
    ...inbox.events,
    send: (message) => void client.writeMessage(message),
    ping: (data) => client.ping(data),
    close: (code, reason) => client.close(code, reason),
    hold: () => inbox.hold(),
    async [Symbol.asyncDispose]() {
      peer[Symbol.dispose]();
      await client.closed;
    },
  };
}

/** The session of a WebSocket of the shim, on either side. */
function shimSession(peer: Peer, socket: WebSocket, end: () => Promise<void>): Session {
  const inbox = new Inbox();
  socket.on("message", (data, isBinary) => void inbox.take(isBinary ? new Uint8Array(data as Buffer) : String(data)));
  socket.on("ping", (data) => inbox.pings.put(new Uint8Array(data)));
  socket.on("pong", (data) => inbox.pongs.put(new Uint8Array(data)));
  socket.on("error", () => {});
  // 1005 and 1006 stand for no code.
  socket.on(
    "close",
    (code, reason) => code === 1005 || code === 1006 ? inbox.end(null, null) : inbox.end(code, `${reason}`),
  );
  return {
    peer,
    ...inbox.events,
    send: (message) => socket.send(message),
    ping: (data) => socket.ping(data),
    close: (code, reason) => socket.close(code, reason),
    hold() {
      socket.pause();
      return () => socket.resume();
    },
    async [Symbol.asyncDispose]() {
      peer[Symbol.dispose]();
      await inbox.events.closed;
      await end();
    },
  };
}

function shimOptions({ maxMessageSize, closeTimeout }: EndOptions): ConnectionOptions {
  return {
    ...(maxMessageSize === undefined ? {} : { maxPayload: maxMessageSize }),
    ...(closeTimeout === undefined ? {} : { closeTimeout: closeTimeout * 1000 }),
  };
}

async function serveShim(options: EndOptions): Promise<Session> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...shimOptions(options) });
  const connected = once(server, "connection");
  await once(server, "listening");
  const peer = await Peer.connect(portOf(server.address()));
  const [socket] = await connected;
  return shimSession(peer, socket, () => server[Symbol.asyncDispose]());
}

async function serveShimOnNode(options: EndOptions): Promise<Session> {
  const http = createServer();
  const server = new WebSocketServer({ server: http, ...shimOptions(options) });
  const connected = once(server, "connection");
  await listen(http);
  const peer = await Peer.connect(portOf(http.address()));
  const [socket] = await connected;
  return shimSession(peer, socket, async () => {
    await server[Symbol.asyncDispose]();
    await close(http);
  });
}

async function connectShim(options: EndOptions, more: ClientOptions = {}): Promise<Session> {
  using server = new PeerServer();
  const accepted = server.accept();
  const socket = new WebSocket(server.url, { perMessageDeflate: false, ...more, ...shimOptions(options) });
  const opened = once(socket, "open");
  const peer = await accepted;
  await opened;
  return shimSession(peer, socket, async () => {});
}

/** All ends. */
export const ENDS: readonly End[] = [
  ...WAYS.map((way): End => ({
    name: `handler, ${way.engine}, ${way.port ? "port" : "memory"}`,
    role: "server",
    framesItself: way.engine === "listen",
    open: (options = {}) => serveHandler(way, options),
  })),
  { name: "ws server", role: "server", framesItself: true, open: (options = {}) => serveShim(options) },
  { name: "websocketConnect", role: "client", framesItself: true, open: (options = {}) => connectClient(options) },
  {
    name: "ws server on node:http",
    role: "server",
    framesItself: true,
    open: (options = {}) => serveShimOnNode(options),
  },
  { name: "ws client", role: "client", framesItself: true, open: (options = {}) => connectShim(options) },
  {
    name: "ws client with an agent",
    role: "client",
    framesItself: true,
    open: (options = {}) => connectShim(options, { agent: new Agent() }),
  },
];
