import type { Buffer } from "node:buffer";
import type { ClientRequest, RequestOptions } from "node:http";
import type { SecureContextOptions } from "node:tls";
import type { PerMessageDeflateOptions } from "./per_message_deflate.ts";

/** A received message: a `Buffer`, or the type that {@linkcode BinaryType} names. */
export type RawData = Buffer | ArrayBuffer | Buffer[] | Blob;

/** A message to send; an array of bytes is sent as one message. */
export type SendData = string | number | ArrayBufferView | ArrayBuffer | readonly Uint8Array[] | Blob;

/**
 * The type of binary messages: a `Buffer` (`"nodebuffer"`), an `ArrayBuffer`, an array of one `Buffer` (`"fragments"`),
 * or a `Blob`. Text always comes as a `Buffer`.
 */
export type BinaryType = "nodebuffer" | "arraybuffer" | "fragments" | "blob";

/** Called when a message is handed to the kernel, or with an error if it never will be. */
export type SendCallback = (error?: Error) => void;

/** Options of a message. */
export interface SendOptions {
  /**
   * `true` to send bytes, `false` to send text.
   *
   * @default {true, unless the data is a string}
   */
  binary?: boolean | undefined;
  /**
   * `true` to compress it, if compression was negotiated. A message in fragments is never compressed.
   *
   * @default {true}
   */
  compress?: boolean | undefined;
  /**
   * `true` for the last fragment of a message; the fragment after `false` continues the message.
   *
   * @default {true}
   */
  fin?: boolean | undefined;
  /** Has no effect: a client masks what it sends, and a server does not (RFC 6455, section 5.1). */
  mask?: boolean | undefined;
}

/** Options that a server and a client have in common. */
export interface ConnectionOptions {
  /**
   * The size limit for received messages in bytes, also after decompression; 0 for no limit.
   *
   * @default {104857600}
   */
  maxPayload?: number;
  /**
   * `true` to answer pings.
   *
   * @default {true}
   */
  autoPong?: boolean;
  /**
   * The number of pongs that may wait for a peer that does not read, before the connection is dropped; 0 for no limit.
   *
   * @default {60}
   */
  maxPendingAutoPongs?: number;
  /**
   * The milliseconds from our Close frame to the end of the connection, if the peer does not answer it. A peer that has
   * answered it is dropped 2 seconds later, if it does not close the connection.
   *
   * @default {30000}
   */
  closeTimeout?: number;
  /** Has no effect: text is always checked. */
  skipUTF8Validation?: boolean;
  /** Has no effect: several messages of one read are emitted one after another. */
  allowSynchronousEvents?: boolean;
}

/** Options of a `WebSocket` of a client, which include those of `request` of `node:http` and `node:https`. */
export interface ClientOptions extends ConnectionOptions, Omit<RequestOptions, "protocol">, SecureContextOptions {
  /**
   * `true` or the options of compression to offer it.
   *
   * @default {true}
   */
  perMessageDeflate?: boolean | PerMessageDeflateOptions;
  /** The subprotocols, unless they are the second argument. */
  protocols?: string | string[];
  /** The header `Origin`. */
  origin?: string;
  /**
   * The version of the protocol: 8 or 13.
   *
   * @default {13}
   */
  protocolVersion?: number;
  /**
   * The milliseconds allowed for the opening handshake.
   *
   * @default {no limit}
   */
  handshakeTimeout?: number;
  /**
   * `true` to follow redirects.
   *
   * @default {false}
   */
  followRedirects?: boolean;
  /**
   * The most redirects to follow.
   *
   * @default {10}
   */
  maxRedirects?: number;
  /** Sends the request, which it may change before; it has to call `request.end()`. */
  finishRequest?: (request: ClientRequest, websocket: object) => void;
  /** `false` to accept a certificate that cannot be verified. */
  rejectUnauthorized?: boolean;
  /** The name that the certificate has to have. */
  servername?: string;
  /** Has no effect: keys are random. */
  generateMask?: (mask: Uint8Array) => void;
}
