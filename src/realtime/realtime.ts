import type { Presence, Topics } from "../pubsub/mod.ts";
import type { RuleTuple } from "../web/mod.ts";
import { Channels } from "./_session/channels.ts";
import { Session } from "./_session/session.ts";
import type { Transport } from "./_session/transport.ts";
import { realtimeRules } from "./_transport/rules.ts";
import { RealtimeDisconnect, RealtimeError } from "./errors.ts";
import type {
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

/** Options of {@linkcode Realtime}. Times are in seconds, sizes in bytes. */
export interface RealtimeOptions {
  /** Carries the publications. With a history, clients recover what they have missed. */
  topics: Topics;
  /**
   * Knows the clients of all processes, for their presence and the news of who comes and goes. Without it, that covers
   * the clients of this process. It stays open when the server ends.
   *
   * @default {null}
   */
  presence?: Presence | null;
  /**
   * The time between pings to a client; 0 for none. A client that gets none for ten seconds longer comes back.
   *
   * @default {25}
   */
  pingInterval?: number;
  /**
   * The time that a client has for the answer to a ping.
   *
   * @default {8}
   */
  pongTimeout?: number;
  /**
   * The time that a client has to send its first command.
   *
   * @default {15}
   */
  connectTimeout?: number;
  /**
   * The most channels that a client subscribes to.
   *
   * @default {128}
   */
  maxChannels?: number;
  /**
   * The largest frame of commands.
   *
   * @default {65536}
   */
  maxFrameSize?: number;
  /**
   * The bytes that may wait for a client that does not read, before its connection is broken off.
   *
   * @default {1048576}
   */
  highWaterMark?: number;
}

/** The options of a server, complete; `Infinity` for a time that does not end. */
export interface RealtimeSettings {
  readonly pingInterval: number;
  readonly pongTimeout: number;
  readonly connectTimeout: number;
  readonly maxChannels: number;
  readonly maxFrameSize: number;
  readonly highWaterMark: number;
}

/** Options of {@linkcode Realtime.publish}. */
export interface RealtimePublishOptions {
  /** Texts by name, which clients get with the data. */
  tags?: Readonly<Record<string, string>>;
}

/**
 * A server for the clients of Centrifugo, such as npm's `centrifuge`, in its JSON protocol: over WebSockets, and over
 * server-sent events or streaming HTTP where those do not get through. The clients bring reconnection, new tokens and
 * recovery of what they have missed.
 *
 * A subclass decides what clients may do, by overriding the hooks. Without that, they may connect and no more. A hook
 * throws a {@linkcode RealtimeError} to refuse, and a {@linkcode RealtimeDisconnect} to end the connection. It has the
 * handler of the client's request at hand, with its cookies and `currentUser`.
 *
 * Commands of one client are worked on one after another, so that a slow hook delays only its own client.
 *
 * @example
 * ```ts
 * import { Topics } from "@twister/twister/pubsub";
 * import { Realtime, RealtimeError, type SubscribeReply, type SubscribeRequest } from "@twister/twister/realtime";
 * import { Application } from "@twister/twister/web";
 * import { websocketConnect } from "@twister/twister/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * class News extends Realtime {
 *   override onSubscribe(_client: unknown, { channel }: SubscribeRequest): SubscribeReply {
 *     if (channel !== "news") throw new RealtimeError(103);
 *     return {};
 *   }
 * }
 *
 * await using topics = new Topics();
 * const news = new News({ topics });
 * await using server = new Application(news.rules("/connection")).listen(0, { address: "127.0.0.1" });
 *
 * await using client = await websocketConnect(`ws://127.0.0.1:${server.port}/connection/websocket`);
 * await client.writeMessage('{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"news"}}');
 * assertEquals(JSON.parse(String(await client.readMessage())).id, 1);
 * assertEquals(await client.readMessage(), '{"id":2,"subscribe":{}}');
 * news.publish("news", { title: "Hello" });
 * assertEquals(await client.readMessage(), '{"push":{"channel":"news","pub":{"data":{"title":"Hello"}}}}');
 * ```
 */
export class Realtime {
  /** Carries the publications. */
  readonly topics: Topics;
  readonly #settings: RealtimeSettings;
  readonly #channels: Channels;
  readonly #sessions = new Map<string, Session>();
  /** The name of this process for commands that come in requests of their own. */
  readonly #node = crypto.randomUUID();

  /**
   * Makes a server, which {@linkcode Realtime.rules} brings into an application.
   *
   * @throws {RangeError} If an option is negative or not a number.
   */
  constructor(options: RealtimeOptions) {
    const { pingInterval = 25, pongTimeout = 8, connectTimeout = 15 } = options;
    const { maxChannels = 128, maxFrameSize = 65_536, highWaterMark = 1_048_576 } = options;
    const numbers = { pingInterval, pongTimeout, connectTimeout, maxChannels, maxFrameSize, highWaterMark };
    for (const [name, value] of Object.entries(numbers)) {
      if (!(value >= 0)) throw new RangeError(`Invalid ${name} of a realtime server: ${value} is not 0 or more`);
    }
    this.topics = options.topics;
    this.#settings = { ...numbers, pingInterval: pingInterval || Infinity };
    this.#channels = new Channels(options.topics, options.presence ?? null);
  }

  /** The clients of this process that are connected. */
  get clients(): RealtimeClient[] {
    return [...this.#sessions.values()];
  }

  /**
   * Returns the rules of the server: below `path`, `websocket`, `sse`, `http_stream` and `emulation`, which a client of
   * the last two sends its commands to.
   */
  rules(path: string = "/connection"): RuleTuple[] {
    return realtimeRules(path, {
      settings: this.#settings,
      node: this.#node,
      open: (carrier) => this.#open(carrier),
      session: (id) => this.#sessions.get(id) ?? null,
    });
  }

  /**
   * Publishes data to the clients of a channel, in all processes.
   *
   * @param data Any JSON.
   * @throws {TypeError} If the data has no JSON form.
   */
  publish(channel: string, data: unknown, options: RealtimePublishOptions = {}): void {
    this.#channels.publish(channel, data, options);
  }

  /** Ends the connections of a user in this process; see `RealtimeClient.disconnect`. */
  disconnectUser(user: string, code: number = 3503, reason?: string): void {
    for (const session of [...this.#sessions.values()]) if (session.user === user) session.disconnect(code, reason);
  }

  /** Decides whether a client may connect, and as which user; without a reply it may, without a name. */
  onConnect(
    _client: RealtimeClient,
    _request: ConnectRequest,
  ): ConnectReply | void | Promise<ConnectReply | void> {}

  /** Decides whether a client may subscribe to a channel. */
  onSubscribe(
    _client: RealtimeClient,
    _request: SubscribeRequest,
  ): SubscribeReply | void | Promise<SubscribeReply | void> {
    throw new RealtimeError(103);
  }

  /** Decides whether a client may publish to a channel, and what. */
  onPublish(
    _client: RealtimeClient,
    _request: PublishRequest,
  ): PublishReply | void | Promise<PublishReply | void> {
    throw new RealtimeError(103);
  }

  /** Answers a call with any JSON. */
  onRpc(_client: RealtimeClient, _request: RpcRequest): unknown {
    throw new RealtimeError(104);
  }

  /** Takes data that a client sends without a channel, and without an answer. */
  onMessage(_client: RealtimeClient, _data: unknown): void | Promise<void> {}

  /** Decides whether a new token extends the life of a connection that expires. */
  onRefresh(_client: RealtimeClient, _request: RefreshRequest): RefreshReply | Promise<RefreshReply> {
    throw new RealtimeDisconnect(3500);
  }

  /** Decides whether a new token extends the life of a subscription that expires. */
  onSubscriptionRefresh(
    _client: RealtimeClient,
    _request: SubscriptionRefreshRequest,
  ): RefreshReply | Promise<RefreshReply> {
    throw new RealtimeError(103);
  }

  /** Called when a client that was connected is gone. */
  onDisconnect(_client: RealtimeClient): void {}

  #open(carrier: Transport): Session {
    return new Session({
      realtime: this,
      channels: this.#channels,
      settings: this.#settings,
      node: this.#node,
      joined: (session) => void this.#sessions.set(session.id, session),
      left: (session) => {
        this.#sessions.delete(session.id);
        this.onDisconnect(session);
      },
    }, carrier);
  }
}
