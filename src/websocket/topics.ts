import type { Bytes } from "../internal/bytes.ts";
import { toError } from "../internal/promises.ts";
import { appLog, genLog } from "../util/log.ts";
import { isPromise } from "./_protocol/is_promise.ts";
import type { Sender } from "./_protocol/sender.ts";
import { newOrigin, openEnvelope, sealEnvelope } from "./_topics/envelope.ts";
import { PreparedMessage } from "./_topics/prepared_message.ts";
import { WebSocketClosedError } from "./errors.ts";
import { beforeClose, type WebSocketHandler } from "./handler.ts";
import type { WebSocketProtocol } from "./protocol.ts";
import { openSender, WebSocketProtocol13 } from "./protocol13.ts";

/** Takes what a {@linkcode TopicBroker} brings. */
export type TopicReceiver = (topic: string, data: Uint8Array) => void;

/**
 * Carries messages of {@linkcode Topics} between processes: over Redis, NATS, or whatever publishes and subscribes.
 *
 * The bytes are whole, opaque messages: they say themselves where they come from, so a broker may bring one back to the process that
 * published it, as most do. The calls for a topic come in an order that must be kept. What a method throws, or its promise rejects with,
 * is logged: subscribers in this process have their message by then.
 *
 * @example A broker between workers of one process
 * ```ts
 * import { type TopicBroker, type TopicReceiver, Topics } from "@twister/twister/websocket";
 *
 * class WorkerBroker implements TopicBroker, Disposable {
 *   readonly #channel = new BroadcastChannel("topics");
 *   readonly #topics = new Set<string>();
 *
 *   connect(receive: TopicReceiver): void {
 *     this.#channel.onmessage = ({ data: { topic, data } }) => {
 *       if (this.#topics.has(topic)) receive(topic, data);
 *     };
 *   }
 *   subscribe(topic: string): void {
 *     this.#topics.add(topic);
 *   }
 *   unsubscribe(topic: string): void {
 *     this.#topics.delete(topic);
 *   }
 *   publish(topic: string, data: Uint8Array): void {
 *     this.#channel.postMessage({ topic, data });
 *   }
 *   [Symbol.dispose](): void {
 *     this.#channel.close();
 *   }
 * }
 *
 * using broker = new WorkerBroker();
 * const topics = new Topics({ broker });
 * topics.publish("news", "to all workers");
 * ```
 */
export interface TopicBroker {
  /** Called once, before all else: from now on, messages of subscribed topics are to be given to `receive`, which does not throw. */
  connect(receive: TopicReceiver): void;
  /** A topic has its first subscriber in this process. */
  subscribe(topic: string): void | Promise<void>;
  /** A topic has lost its last subscriber in this process. */
  unsubscribe(topic: string): void | Promise<void>;
  /** Carries a message to the other processes. The bytes belong to the broker. */
  publish(topic: string, data: Bytes): void | Promise<void>;
}

/** Options of {@linkcode Topics}. */
export interface TopicsOptions {
  /**
   * Carries messages to other processes and back; `null` for topics of this process alone.
   *
   * @default {null}
   */
  broker?: TopicBroker | null;
}

/** Options of {@linkcode Topics.publish}. */
export interface PublishOptions {
  /**
   * A subscriber that does not get the message: usually the one it came from.
   *
   * @default {null}
   */
  except?: WebSocketHandler | null;
  /**
   * Whether the message is sent as bytes or as text. Without it text and JSON are sent as text, and bytes as bytes.
   *
   * @default {undefined}
   */
  binary?: boolean | undefined;
}

/**
 * Groups of WebSockets that get the same messages: rooms of a chat, channels of a dashboard. Tornado leaves that to its users.
 *
 * A message is encoded once, and compressed once for each set of compression parameters, whatever the number of receivers is; those that
 * agreed on no compression get it as it is. The frames of one turn of the event loop leave a connection in one write.
 *
 * Nobody is waited for: what a client has not read waits in its own connection, and beyond its `highWaterMark` its `backpressure` decides.
 * With the policy `"wait"` that queue has no bound here, so handlers that subscribe should have `"close"` or `"drop"`.
 *
 * All subscribers of this process get the messages that are published in it in the same order. A WebSocket that closes is unsubscribed
 * before its `onClose` is called.
 *
 * @example
 * ```ts
 * import { Application } from "@twister/twister/web";
 * import { Topics, websocketConnect, WebSocketHandler } from "@twister/twister/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const rooms = new Topics();
 *
 * class Chat extends WebSocketHandler {
 *   override open(room: string): void {
 *     rooms.subscribe(room, this);
 *     this.writeMessage(`${rooms.count(room)} here`);
 *   }
 *   override onMessage(message: string | Uint8Array): void {
 *     for (const room of rooms.topics(this)) rooms.publish(room, { said: message }, { except: this });
 *   }
 * }
 *
 * await using server = new Application([["/chat/(\\w+)", Chat]]).listen(0, { address: "127.0.0.1" });
 * await using ann = await websocketConnect(`ws://127.0.0.1:${server.port}/chat/tea`);
 * assertEquals(await ann.readMessage(), "1 here");
 * await using bob = await websocketConnect(`ws://127.0.0.1:${server.port}/chat/tea`);
 * assertEquals(await bob.readMessage(), "2 here");
 *
 * await bob.writeMessage("hello");
 * assertEquals(await ann.readMessage(), '{"said":"hello"}');
 * assertEquals(rooms.publish("tea", "The server goes down at noon"), 2);
 * assertEquals(await bob.readMessage(), "The server goes down at noon");
 * ```
 */
export class Topics {
  readonly #subscribers = new Map<string, Set<WebSocketHandler>>();
  readonly #topics = new Map<WebSocketHandler, Set<string>>();
  readonly #broker: TopicBroker | null;
  readonly #origin: Bytes;
  // One closure for all handlers.
  readonly #onClose = (handler: WebSocketHandler): void => this.unsubscribeAll(handler);

  /** Makes topics that nobody has subscribed to, and connects the broker. */
  constructor(options: TopicsOptions = {}) {
    this.#broker = options.broker ?? null;
    this.#origin = newOrigin();
    this.#broker?.connect((topic, data) => this.#receive(topic, data));
  }

  /**
   * Subscribes a WebSocket that is open, from `open` on, until it closes; a second time it changes nothing.
   *
   * @throws {WebSocketClosedError} If the WebSocket is not open, as after an `await` it may be.
   */
  subscribe(topic: string, handler: WebSocketHandler): void {
    if (handler.wsConnection === null) {
      throw new WebSocketClosedError(`Cannot subscribe to ${JSON.stringify(topic)}: the WebSocket is not open`);
    }
    let topics = this.#topics.get(handler);
    if (topics === undefined) {
      this.#topics.set(handler, topics = new Set());
      beforeClose(handler, this.#onClose);
    }
    topics.add(topic);
    const subscribers = this.#subscribers.get(topic);
    if (subscribers !== undefined) return void subscribers.add(handler);
    this.#subscribers.set(topic, new Set([handler]));
    this.#carry("subscribe to", topic, (broker) => broker.subscribe(topic));
  }

  /** Ends a subscription; one that is not there is none to end. */
  unsubscribe(topic: string, handler: WebSocketHandler): void {
    const topics = this.#topics.get(handler);
    if (topics?.delete(topic) !== true) return;
    if (topics.size === 0) this.#topics.delete(handler);
    this.#leave(topic, handler);
  }

  /** Ends all subscriptions of a WebSocket, as its closing does. */
  unsubscribeAll(handler: WebSocketHandler): void {
    const topics = this.#topics.get(handler);
    if (topics === undefined) return;
    this.#topics.delete(handler);
    for (const topic of topics) this.#leave(topic, handler);
  }

  /**
   * Sends a message to all subscribers of a topic, and to those of other processes if there is a broker. It may be called from anywhere.
   *
   * @param message Text; bytes, which may be changed afterwards; or an object or array, which is sent as JSON.
   * @returns How many WebSockets of this process it was queued for: without those that are closing, or have too much waiting.
   * @throws {TypeError} If the message has no JSON form.
   */
  publish(topic: string, message: string | object, options: PublishOptions = {}): number {
    const { except = null, binary } = options;
    const subscribers = this.#subscribers.get(topic);
    if (subscribers === undefined && this.#broker === null) return 0;
    const prepared = new PreparedMessage(message, binary);
    if (this.#broker !== null) {
      const data = sealEnvelope(this.#origin, prepared.opcode, prepared.bytes);
      this.#carry("publish to", topic, (broker) => broker.publish(topic, data));
    }
    return subscribers === undefined ? 0 : deliver(subscribers, prepared, except);
  }

  /** How many WebSockets of this process have subscribed to a topic. */
  count(topic: string): number {
    return this.#subscribers.get(topic)?.size ?? 0;
  }

  /** The topics that a WebSocket has subscribed to, in the order of its subscriptions. */
  topics(handler: WebSocketHandler): string[] {
    return [...this.#topics.get(handler) ?? []];
  }

  #leave(topic: string, handler: WebSocketHandler): void {
    const subscribers = this.#subscribers.get(topic);
    if (subscribers?.delete(handler) !== true || subscribers.size > 0) return;
    this.#subscribers.delete(topic);
    this.#carry("unsubscribe from", topic, (broker) => broker.unsubscribe(topic));
  }

  /** Takes a message from another process. */
  #receive(topic: string, data: Uint8Array): void {
    const subscribers = this.#subscribers.get(topic);
    if (subscribers === undefined) return;
    try {
      const opened = openEnvelope(this.#origin, data);
      if (opened !== null) deliver(subscribers, new PreparedMessage(opened.payload, opened.binary), null);
    } catch (error) {
      genLog.warning("Cannot deliver what the broker brought for topic %s: %s", topic, toError(error).message);
    }
  }

  /** Has the broker do something, and logs what goes wrong: the subscribers of this process have nothing to do with it. */
  #carry(what: string, topic: string, call: (broker: TopicBroker) => void | Promise<void>): void {
    if (this.#broker === null) return;
    const failed = (error: unknown) => appLog.error(`The broker cannot ${what} topic %s`, topic, toError(error));
    try {
      const done = call(this.#broker);
      if (isPromise(done)) done.then(undefined, failed);
    } catch (error) {
      failed(error);
    }
  }
}

/** Queues a message for all but one of the subscribers, and returns for how many. */
function deliver(
  subscribers: ReadonlySet<WebSocketHandler>,
  message: PreparedMessage,
  except: WebSocketHandler | null,
): number {
  let count = 0;
  let slow: Sender[] | null = null;
  for (const handler of subscribers) {
    const protocol = handler.wsConnection;
    if (handler === except || protocol === null) continue;
    if (protocol instanceof WebSocketProtocol13) {
      const sender = openSender(protocol);
      if (sender === null) continue;
      if (sender.prepared(message)) count++;
      else (slow ??= []).push(sender);
    } else if (writeWhole(protocol, message)) {
      count++;
    }
  }
  // Dropping a connection calls the application, which may publish: that has to come behind this message for everybody.
  if (slow !== null) { for (const sender of slow) sender.refuse(); }
  return count;
}

/** Sends a message by a protocol that makes its frames elsewhere; `false` if it did not take it. */
function writeWhole(protocol: WebSocketProtocol, { payload, binary }: PreparedMessage): boolean {
  if (protocol.isClosing()) return false;
  const { droppedMessages } = protocol;
  protocol.writeMessage(payload, binary);
  return protocol.droppedMessages === droppedMessages && !protocol.isClosing();
}
