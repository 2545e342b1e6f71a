/**
 * Messages for many subscribers, in one process or, through a broker, in several.
 *
 * A `WebSocketHandler` subscribes by itself; see `Topics`. Other receivers implement `Subscriber`.
 *
 * @example
 * ```ts
 * import { type Delivery, type TopicMessage, Topics } from "@twister/twister/pubsub";
 * import { assertEquals } from "@std/assert";
 *
 * const topics = new Topics();
 * const seen: string[] = [];
 * topics.subscribe("prices", {
 *   deliver({ text }: TopicMessage): Delivery {
 *     seen.push(text);
 *     return "delivered";
 *   },
 * });
 * assertEquals(topics.publish("prices", { ACME: 12.5 }), 1);
 * assertEquals(seen, ['{"ACME":12.5}']);
 * ```
 *
 * @module
 */
export type { Bytes } from "../internal/bytes.ts";
export type { JsonObject, Message } from "../internal/json_object.ts";
export type { Recovery } from "./_topics/kept_topics.ts";
export type { BrokerState, BrokerStateReceiver, TopicBroker, TopicReceiver } from "./broker.ts";
export { decodeEnvelope, encodeEnvelope, type Envelope } from "./envelope.ts";
export { EnvelopeError } from "./errors.ts";
export type {
  HistoryEntry,
  HistoryLimits,
  HistoryPage,
  HistoryPosition,
  MessagePosition,
  TopicHistory,
} from "./history.ts";
export {
  type BrokerLink,
  LinkedBroker,
  type LinkedBrokerOptions,
  type LinkEvents,
  type OutboundMessage,
} from "./linked_broker.ts";
export { LatestMessages } from "./latest_messages.ts";
export { type AppendedReceiver, MemoryHistory } from "./memory_history.ts";
export { MemoryHub } from "./memory_hub.ts";
export { type MessageSource, TopicMessage } from "./message.ts";
export type { PresenceMember } from "./_presence/protocol.ts";
export { type JoinOptions, Presence, type PresenceWatcher } from "./presence.ts";
export type { Delivery, Subscriber, TopicGap } from "./subscriber.ts";
export {
  type PublishOptions,
  type SubscribeOptions,
  Topics,
  type TopicsMetrics,
  type TopicsOptions,
} from "./topics.ts";
