/**
 * WebSockets, of a server and of a client: Tornado's `tornado.websocket`.
 *
 * @example
 * ```ts
 * import { Application } from "@twister/twister/web";
 * import { websocketConnect, WebSocketHandler } from "@twister/twister/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * class Shout extends WebSocketHandler {
 *   override onMessage(message: string | Uint8Array): void {
 *     this.writeMessage(String(message).toUpperCase());
 *   }
 * }
 *
 * await using server = new Application([["/shout", Shout]]).listen(0, { address: "127.0.0.1" });
 * await using client = await websocketConnect(`ws://127.0.0.1:${server.port}/shout`);
 * client.writeMessage("hello");
 * assertEquals(await client.readMessage(), "HELLO");
 * ```
 *
 * @module
 */
export type { Bytes } from "../internal/bytes.ts";
export type { JsonObject, Message } from "../internal/json_object.ts";
export {
  type BackpressurePolicy,
  type CompressionSettings,
  type DeflateParameters,
  setMaxCompressors,
  type SharedMessage,
  WebSocketClosedError,
  type WebSocketCompressionOptions,
  WebSocketError,
  type WebSocketRateLimit,
  type WebSocketSettings,
} from "../websocket_core/internal.ts";
export {
  WebSocketClientConnection,
  websocketConnect,
  type WebSocketConnectOptions,
  type WebSocketTlsOptions,
} from "./client.ts";
export { deDupeGenLog } from "./de_dupe_gen_log.ts";
export { WebSocketHandshakeError } from "./handshake_error.ts";
export { WebSocketHandler } from "./handler.ts";
export { WebSocketParams, type WebSocketParamsOptions } from "./params.ts";
export { type WebSocketDelegate, WebSocketProtocol } from "./protocol.ts";
export { type WebSocketAgreement, WebSocketProtocol13 } from "./protocol13.ts";
export {
  type Delivery,
  type PublishOptions,
  type Subscriber,
  type TopicBroker,
  type TopicGap,
  TopicMessage,
  type TopicReceiver,
  Topics,
  type TopicsOptions,
} from "../pubsub/mod.ts";
