import type { EventEmitter } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import type { PerMessageDeflateOptions } from "./per_message_deflate.ts";
import type { ConnectionOptions } from "./web_socket_options.ts";
import type { WebSocket } from "./web_socket.ts";

/** A class of connections that a server can make. */
export type WebSocketClass = new (address: null, protocols: undefined, options: ConnectionOptions) => WebSocket;

/** The facts of a handshake, for `verifyClient`. */
export interface VerifyClientInfo {
  /** The header `Origin`. */
  origin: string | undefined;
  /** `true` if the connection is encrypted. */
  secure: boolean;
  /** The request. */
  req: IncomingMessage;
}

/** Accepts a handshake, or refuses it with a status, 401 by default, a message and headers. */
export type VerifyClientDone = (
  verified: boolean,
  code?: number,
  message?: string,
  headers?: Record<string, string | number>,
) => void;

/** Decides on a handshake: by its result or, if it has two parameters, by a later call of the second. */
export type VerifyClient = (info: VerifyClientInfo, done: VerifyClientDone) => boolean | void;

/** A server that emits `upgrade`, `listening` and `error` as that of `node:http` does. */
export interface UpgradeServer extends EventEmitter {
  /** Returns the address on which it listens. */
  address(): ReturnType<Server["address"]>;
}

/** Options of a `WebSocketServer`: exactly one of `port`, `server` and `noServer` is required. */
export interface ServerOptions extends ConnectionOptions {
  /** Listens on this port, with Twister's own HTTP server. */
  port?: number | null | undefined;
  /**
   * The address to listen on.
   *
   * @default {all interfaces}
   */
  host?: string | null | undefined;
  /**
   * The number of connections that may wait to be accepted.
   *
   * @default {511}
   */
  backlog?: number | null | undefined;
  /** Takes the upgrades of this server. */
  server?: UpgradeServer | null | undefined;
  /** `true` for a server that does not listen: the caller uses `handleUpgrade` or `handleStream`. */
  noServer?: boolean;
  /**
   * The only path that is accepted.
   *
   * @default {any}
   */
  path?: string | null | undefined;
  /**
   * The function that decides on each handshake.
   *
   * @default {none}
   */
  verifyClient?: VerifyClient | null | undefined;
  /**
   * The function that chooses one of the subprotocols that a client offers, or `false`.
   *
   * @default {the first one}
   */
  handleProtocols?: ((protocols: Set<string>, request: IncomingMessage) => string | false) | null | undefined;
  /**
   * `true` or the options of compression to accept it.
   *
   * @default {false}
   */
  perMessageDeflate?: boolean | PerMessageDeflateOptions;
  /**
   * `true` to keep the open connections in `clients`.
   *
   * @default {true}
   */
  clientTracking?: boolean;
  /**
   * The class of the connections, which extends `WebSocket`.
   *
   * @default {WebSocket}
   */
  WebSocket?: WebSocketClass;
}
