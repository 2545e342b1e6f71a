// Servers and clients for the tests of the ws shim.
import { type EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type ServerOptions, WebSocket, WebSocketServer } from "../../src/ws/mod.ts";
import { close, listen, portOf } from "./node_server.ts";

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

async function closeAll(wss: WebSocketServer): Promise<void> {
  for (const client of wss.clients ?? []) client.terminate();
  await wss[Symbol.asyncDispose]();
}

function urlOf(wss: WebSocketServer): string {
  return `ws://127.0.0.1:${portOf(wss.address())}`;
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
