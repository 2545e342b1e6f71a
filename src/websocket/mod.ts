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
export type { WebSocketAgreement } from "./agreement.ts";
export type { CompressionSettings } from "./compression.ts";
export type { DeflateParameters } from "./_deflate/parameters.ts";
export { WebSocketClientConnection, websocketConnect } from "./client.ts";
export { setMaxCompressors, type WebSocketCompressionOptions } from "./compression.ts";
export { deDupeGenLog } from "./de_dupe_gen_log.ts";
export { WebSocketClosedError, WebSocketError, WebSocketHandshakeError } from "./errors.ts";
export type { WebSocketConnectOptions, WebSocketTlsOptions } from "./connect_options.ts";
export { WebSocketHandler } from "./handler.ts";
export { type BackpressurePolicy, WebSocketParams, type WebSocketParamsOptions } from "./params.ts";
export { type WebSocketDelegate, WebSocketProtocol } from "./protocol.ts";
export { type PublishOptions, type TopicBroker, type TopicReceiver, Topics, type TopicsOptions } from "./topics.ts";
export { WebSocketProtocol13 } from "./protocol13.ts";
export type { WebSocketSettings } from "../web/mod.ts";
