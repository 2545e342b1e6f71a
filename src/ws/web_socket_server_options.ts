import type { EventEmitter } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import type { PerMessageDeflateOptions } from "./per_message_deflate.ts";
import type { ConnectionOptions } from "./web_socket_options.ts";
import type { WebSocket } from "./web_socket.ts";

/** A class of connections that a server can make. */
export type WebSocketClass = new (address: null, protocols: undefined, options: ConnectionOptions) => WebSocket;

/** What a `verifyClient` function is told. */
export interface VerifyClientInfo {
  /** The header `Origin`. */
  origin: string | undefined;
  /** Whether the connection is encrypted. */
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

/** Whether a handshake is accepted: by what it returns or, if it has two parameters, by a later call of the second. */
export type VerifyClient = (info: VerifyClientInfo, done: VerifyClientDone) => boolean | void;

/** Something that emits `upgrade`, `listening` and `error` as a `node:http` server does. */
export interface UpgradeServer extends EventEmitter {
  /** Where it listens. */
  address(): ReturnType<Server["address"]>;
}

/** Options of a `WebSocketServer`: one of `port`, `server` and `noServer` has to be there. */
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
   * Connections that may wait to be accepted.
   *
   * @default {511}
   */
  backlog?: number | null | undefined;
  /** Takes the upgrades of this server. */
  server?: UpgradeServer | null | undefined;
  /** Listens nowhere: somebody calls `handleUpgrade` or `handleStream`. */
  noServer?: boolean;
  /**
   * Only requests for this path are accepted.
   *
   * @default {any}
   */
  path?: string | null | undefined;
  /**
   * Decides on each handshake.
   *
   * @default {none}
   */
  verifyClient?: VerifyClient | null | undefined;
  /**
   * Chooses one of the subprotocols that a client offers, or none.
   *
   * @default {the first one}
   */
  handleProtocols?: ((protocols: Set<string>, request: IncomingMessage) => string | false) | null | undefined;
  /**
   * Whether, or how, messages are compressed.
   *
   * @default {false}
   */
  perMessageDeflate?: boolean | PerMessageDeflateOptions;
  /**
   * Whether the open connections are kept in `clients`.
   *
   * @default {true}
   */
  clientTracking?: boolean;
  /**
   * The class of the connections; one that extends `WebSocket`.
   *
   * @default {WebSocket}
   */
  WebSocket?: WebSocketClass;
}
