/**
 * A server for the clients of Centrifugo, such as npm's `centrifuge`: channels over WebSockets, server-sent events or
 * streaming HTTP, with presence and recovery.
 *
 * @example
 * ```ts
 * import { Topics } from "@twister/twister/pubsub";
 * import { Realtime, type SubscribeReply } from "@twister/twister/realtime";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Open extends Realtime {
 *   override onSubscribe(): SubscribeReply {
 *     return { presence: true, joinLeave: true };
 *   }
 * }
 *
 * await using topics = new Topics();
 * const app = new Application(new Open({ topics }).rules("/connection"));
 * assertEquals((await app.fetch(new Request("http://localhost/connection/websocket"))).status, 400);
 * ```
 *
 * @module
 */
export { RealtimeDisconnect, RealtimeError } from "./errors.ts";
export type {
  ConnectReply,
  ConnectRequest,
  PublishReply,
  PublishRequest,
  RealtimeClient,
  RefreshReply,
  RefreshRequest,
  RpcRequest,
  SubscribeReply,
  SubscribeRequest,
  SubscriptionRefreshRequest,
} from "./hooks.ts";
export { Realtime, type RealtimeOptions, type RealtimePublishOptions } from "./realtime.ts";
