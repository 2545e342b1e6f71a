import type { HTTPHeadersInit } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import type { WebSocketParamsOptions } from "./params.ts";

/** Options of {@linkcode websocketConnect}. */
export interface WebSocketConnectOptions extends WebSocketParamsOptions {
  /**
   * Headers of the request, such as `Origin`, `Cookie` or `Authorization`.
   *
   * @default {{}}
   */
  headers?: HTTPHeadersInit;
  /**
   * Subprotocols that are offered, the preferred one first.
   *
   * @default {[]}
   */
  subprotocols?: readonly string[];
  /**
   * Seconds until the connection is open, name resolution and TLS included; 0 for no limit.
   *
   * @default {20}
   */
  connectTimeout?: number;
  /**
   * Takes the messages, in place of `readMessage`; `null` says that the connection is closed. The next message waits for its promise.
   *
   * @default {null}
   */
  onMessageCallback?: ((message: string | Bytes | null) => void | Promise<void>) | null;
  /**
   * How the server's certificate is checked, and our own, for `wss`.
   *
   * @default {{}}
   */
  tls?: WebSocketTlsOptions;
}

/** TLS options of {@linkcode websocketConnect}: those of `Deno.connectTls`. */
export interface WebSocketTlsOptions {
  /** Certificates in PEM that are trusted besides those of the system. */
  caCerts?: string[];
  /** Our certificate in PEM, for a server that asks for one. */
  cert?: string;
  /** The private key of `cert`, in PEM. */
  key?: string;
  /** Whether a certificate for another name will do. */
  unsafelyDisableHostnameVerification?: boolean;
}
