import type { HTTPHeadersInit } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import type { WebSocketParamsOptions } from "./params.ts";

/** Options of {@linkcode websocketConnect}. */
export interface WebSocketConnectOptions extends WebSocketParamsOptions {
  /**
   * The headers of the request, such as `Origin`, `Cookie` or `Authorization`.
   *
   * @default {{}}
   */
  headers?: HTTPHeadersInit;
  /**
   * The subprotocols to offer, the preferred one first.
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
   * Receives the messages instead of `readMessage`, and `null` when the connection is closed. The next message waits
   * for its promise.
   *
   * @default {null}
   */
  onMessageCallback?: ((message: string | Bytes | null) => void | Promise<void>) | null;
  /**
   * The check of the server's certificate, and the client's own certificate, for `wss`.
   *
   * @default {{}}
   */
  tls?: WebSocketTlsOptions;
}

/** TLS options of {@linkcode websocketConnect}: those of `Deno.connectTls`. */
export interface WebSocketTlsOptions {
  /** Certificates to trust besides those of the system, in PEM. */
  caCerts?: string[];
  /** The client certificate in PEM, for a server that asks for it. */
  cert?: string;
  /** The private key of `cert`, in PEM. */
  key?: string;
  /** `true` to accept a certificate for another name. */
  unsafelyDisableHostnameVerification?: boolean;
}
