import type { RequestHandler } from "../web/mod.ts";

/** A client that is connected, as hooks and the application see it. */
export interface RealtimeClient {
  /** The random name of the connection. */
  readonly id: string;
  /** The user, as `onConnect` has named it; `""` for one that is not known. */
  readonly user: string;
  /** The data that others get of the client by presence and publications, as `onConnect` has set it. */
  readonly info: unknown;
  /** The handler of the connection's request: cookies, `currentUser`, headers and address of the client. */
  readonly handler: RequestHandler;
  /** The way by which the client is connected. */
  readonly transport: "websocket" | "sse" | "http_stream";
  /** The channels that it is subscribed to. */
  readonly channels: readonly string[];
  /** Sends data that belongs to no channel; the client's event `message` has it. */
  send(data: unknown): void;
  /**
   * Ends a subscription, if there is one.
   *
   * @param code Below 2500 for good; from 2500 the client subscribes again.
   */
  unsubscribe(channel: string, code?: number, reason?: string): void;
  /**
   * Ends the connection.
   *
   * @param code As that of `RealtimeDisconnect`.
   */
  disconnect(code?: number, reason?: string): void;
}

/** The first command of a client. */
export interface ConnectRequest {
  /** Its token, or `""`. */
  readonly token: string;
  /** Its data, `undefined` if it has none. */
  readonly data: unknown;
  /** The name of its program, or `""`. */
  readonly name: string;
  /** The version of its program, or `""`. */
  readonly version: string;
}

/** The answer of `onConnect`. */
export interface ConnectReply {
  /**
   * The user.
   *
   * @default {""}
   */
  user?: string;
  /** Data for others about the client. */
  info?: unknown;
  /** Data for the client, which its event `connected` has. */
  data?: unknown;
  /** Seconds after which the connection ends unless the client refreshes it with a new token. */
  expiresIn?: number;
}

/** A client's command to subscribe. */
export interface SubscribeRequest {
  /** The channel. */
  readonly channel: string;
  /** Its token for the channel, or `""`. */
  readonly token: string;
  /** Its data, `undefined` if it has none. */
  readonly data: unknown;
}

/** The answer of `onSubscribe`. */
export interface SubscribeReply {
  /** Data for others in this channel about the client, beside those for others in all. */
  info?: unknown;
  /** Data for the client, which the subscription's event `subscribed` has. */
  data?: unknown;
  /** Seconds after which the subscription ends unless the client refreshes it with a new token. */
  expiresIn?: number;
  /**
   * Lets the client ask who is there, and others see it.
   *
   * @default {false}
   */
  presence?: boolean;
  /**
   * Tells the client when others come and go.
   *
   * @default {false}
   */
  joinLeave?: boolean;
  /**
   * Lets the client read the history of the channel. Without this, too, it recovers after a loss of the connection.
   *
   * @default {false}
   */
  history?: boolean;
}

/** A publication of a client. */
export interface PublishRequest {
  /** The channel. */
  readonly channel: string;
  /** The data, any JSON. */
  readonly data: unknown;
}

/** The answer of `onPublish`. */
export interface PublishReply {
  /**
   * The data to publish instead.
   *
   * @default {the client's data}
   */
  data?: unknown;
}

/** A call of a client. */
export interface RpcRequest {
  /** The name of the method, or `""`. */
  readonly method: string;
  /** The data, `undefined` if there is none. */
  readonly data: unknown;
}

/** A new token of a client. */
export interface RefreshRequest {
  /** The token. */
  readonly token: string;
}

/** A new token of a client for a channel. */
export interface SubscriptionRefreshRequest extends RefreshRequest {
  /** The channel. */
  readonly channel: string;
}

/** The answer to a new token. */
export interface RefreshReply {
  /** Seconds after which a new token is needed; without it, never. */
  expiresIn?: number;
}
