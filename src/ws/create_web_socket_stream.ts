import type { Buffer } from "node:buffer";
import { Duplex, type DuplexOptions } from "node:stream";
import { toError } from "../internal/promises.ts";
import type { WebSocket } from "./web_socket.ts";

type Done = (error?: Error | null) => void;

/**
 * A stream of `node:stream` over a WebSocket: what is written to it is sent as messages, and messages are read from it.
 * Its end closes the WebSocket, and a reader that does not read makes the peer wait. The function of that name in `ws`.
 *
 * @example
 * ```ts
 * import { createWebSocketStream, WebSocket, WebSocketServer } from "@twister/twister/ws";
 * import { assertEquals } from "@std/assert";
 * import { once } from "node:events";
 * import { text } from "node:stream/consumers";
 *
 * await using server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
 * server.on("connection", (socket) => createWebSocketStream(socket).end("the whole story"));
 * await once(server, "listening");
 *
 * const { port } = server.address() as { port: number };
 * const client = new WebSocket(`ws://127.0.0.1:${port}/`);
 * assertEquals(await text(createWebSocketStream(client)), "the whole story");
 * ```
 */
export function createWebSocketStream(websocket: WebSocket, options: DuplexOptions = {}): Duplex {
  return new WebSocketStream(websocket, options);
}

class WebSocketStream extends Duplex {
  readonly #websocket: WebSocket;
  /**
   * `true` if the connection is dropped when the stream is destroyed: not after an error, whose Close frame is on its
   * way.
   */
  #terminates = true;

  constructor(websocket: WebSocket, options: DuplexOptions) {
    super({ ...options, writableObjectMode: false });
    this.#websocket = websocket;
    websocket.on("message", (data, isBinary) => {
      const chunk = !isBinary && this.readableObjectMode ? String(data) : data;
      if (!this.push(chunk)) websocket.pause();
    });
    websocket.once("error", (error) => {
      this.#terminates = false;
      this.destroy(error);
    });
    websocket.once("close", () => {
      if (!this.destroyed) this.push(null);
    });
    // As in ws, whoever hears of the end finds the stream destroyed, if both sides have ended.
    this.once("end", () => {
      if (this.writableFinished) this.destroy();
    });
    // Programs call it without its object, as they can in ws.
    this._final = (callback) => {
      // There never was a connection, and the error is on its way.
      if (websocket.readyState !== websocket.CONNECTING && websocket._socket === null) return;
      this.#whenOpen(callback, () => {
        websocket.close();
        callback();
      });
    };
  }

  override _read(): void {
    if (this.#websocket.isPaused) this.#websocket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, callback: Done): void {
    this.#whenOpen(callback, () => this.#websocket.send(chunk, callback));
  }

  override _destroy(error: Error | null, callback: Done): void {
    const websocket = this.#websocket;
    if (websocket.readyState === websocket.CLOSED) return callback(error);
    websocket.once("close", () => callback(error));
    if (this.#terminates) websocket.terminate();
  }

  #whenOpen(failed: Done, action: () => void): void {
    const run = () => {
      try {
        action();
      } catch (error) {
        failed(toError(error));
      }
    };
    if (this.#websocket.readyState === this.#websocket.CONNECTING) this.#websocket.once("open", run);
    else run();
  }
}
