import { stateOf } from "../web/internal.ts";
import { RequestHandler } from "../web/mod.ts";
import { asksForUpgrade } from "./_http_listener.ts";
import type { WebSocketServer } from "./web_socket_server.ts";

/** Arguments of {@linkcode WebSocketServerHandler}. */
export interface WebSocketServerHandlerKwargs {
  /** The receiver of the connections, usually with `noServer: true`. */
  server: WebSocketServer;
}

/**
 * Passes requests for a WebSocket to a {@linkcode WebSocketServer}, so that a library for `ws` can be a rule of an
 * `Application`.
 *
 * Until then it is a `RequestHandler`: a subclass may check cookies and `currentUser` in `prepare`, and refuse. It
 * needs the listen engine, since `Deno.serve` does not give its connections away.
 *
 * @example
 * ```ts
 * import { Application } from "@twister/twister/web";
 * import { websocketConnect } from "@twister/twister/websocket";
 * import { WebSocketServer, WebSocketServerHandler } from "@twister/twister/ws";
 * import { assertEquals } from "@std/assert";
 *
 * const sockets = new WebSocketServer({ noServer: true });
 * sockets.on("connection", (socket) => socket.send("welcome"));
 *
 * const app = new Application([["/feed", WebSocketServerHandler, { server: sockets }]]);
 * await using server = app.listen(0, { address: "127.0.0.1" });
 *
 * await using client = await websocketConnect(`ws://127.0.0.1:${server.port}/feed`);
 * assertEquals(await client.readMessage(), "welcome");
 * ```
 */
export class WebSocketServerHandler extends RequestHandler {
  #server: WebSocketServer | null = null;

  /** Keeps the server that the connections go to. */
  override initialize(kwargs: WebSocketServerHandlerKwargs): void {
    this.#server = kwargs.server;
  }

  /** Gives the connection to the server; answers a request for anything else with 426. */
  override get(..._pathArgs: never[]): void {
    if (!asksForUpgrade(this.request)) {
      this.setStatus(426);
      this.setHeader("Upgrade", "websocket");
      this.setHeader("Connection", "Upgrade");
      this.finish("Upgrade Required");
      return;
    }
    this.setStatus(101);
    const stream = this.detach();
    this.#server?.handleStream(this.request, stream);
    // The access log has the handshake, not the life of the connection.
    stateOf(this).conclude();
  }
}
