import { createWebSocketStream } from "./create_web_socket_stream.ts";
import { WebSocket } from "./web_socket.ts";
import { WebSocketServer } from "./web_socket_server.ts";

/** The properties of the default export of `ws`, beside those of the class. */
export interface DropInStatics {
  /** {@linkcode WebSocketServer} by its old name. */
  Server: typeof WebSocketServer;
  /** The class itself. */
  WebSocket: typeof WebSocket;
  /** The server. */
  WebSocketServer: typeof WebSocketServer;
  /** Makes a stream of a WebSocket. */
  createWebSocketStream: typeof createWebSocketStream;
}

/** {@linkcode WebSocket} as the default export of `ws` is: with the other exports as its properties. */
export const dropIn: typeof WebSocket & DropInStatics = Object.assign(WebSocket, {
  Server: WebSocketServer,
  WebSocket,
  WebSocketServer,
  createWebSocketStream,
});
