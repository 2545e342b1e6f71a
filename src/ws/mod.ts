/**
 * `WebSocketServer` and `WebSocket` with the interface of the npm package `ws`, on Twister's own framing, so that
 * libraries written for `ws` run on Twister.
 *
 * @example
 * ```ts
 * import WebSocket, { WebSocketServer } from "@twister/twister/ws";
 * import { assertEquals } from "@std/assert";
 * import { once } from "node:events";
 *
 * await using server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
 * server.on("connection", (socket) => {
 *   for (const client of server.clients) {
 *     if (client.readyState === WebSocket.OPEN) client.send(`${server.clients.size} here`);
 *   }
 *   socket.on("error", console.error);
 * });
 * await once(server, "listening");
 *
 * const { port } = server.address() as { port: number };
 * const client = new WebSocket(`ws://127.0.0.1:${port}/`);
 * client.onmessage = (event) => {
 *   assertEquals(event.data, "1 here");
 *   client.close();
 * };
 * await once(client, "close");
 * ```
 *
 * @module
 */
export { createWebSocketStream } from "./create_web_socket_stream.ts";
export { dropIn as default, type DropInStatics } from "./drop_in.ts";
export {
  type AddEventListenerOptions,
  CloseEvent,
  type CloseEventInit,
  ErrorEvent,
  type ErrorEventInit,
  Event,
  type EventListener,
  MessageEvent,
  type MessageEventInit,
  type WebSocketEventMap,
} from "./events.ts";
export type {
  BinaryType,
  ClientOptions,
  ConnectionOptions,
  RawData,
  SendCallback,
  SendData,
  SendOptions,
} from "./web_socket_options.ts";
export type { PerMessageDeflateOptions } from "./per_message_deflate.ts";
export { WebSocketServerHandler, type WebSocketServerHandlerKwargs } from "./server_handler.ts";
export type {
  ServerOptions,
  UpgradeServer,
  VerifyClient,
  VerifyClientDone,
  VerifyClientInfo,
  WebSocketClass,
} from "./web_socket_server_options.ts";
export { WebSocket, type WebSocketEvents } from "./web_socket.ts";
export { type UpgradeCallback, WebSocketServer, type WebSocketServerEvents } from "./web_socket_server.ts";
