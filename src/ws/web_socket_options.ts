import type { Buffer } from "node:buffer";
import type { ClientRequest, RequestOptions } from "node:http";
import type { SecureContextOptions } from "node:tls";
import type { PerMessageDeflateOptions } from "./per_message_deflate.ts";

/** What a message comes as: a `Buffer`, or what {@linkcode BinaryType} says. */
export type RawData = Buffer | ArrayBuffer | Buffer[] | Blob;

/** What can be sent; an array of bytes is sent as one message. */
export type SendData = string | number | ArrayBufferView | ArrayBuffer | readonly Uint8Array[] | Blob;

/**
 * What binary messages come as: a `Buffer` (`"nodebuffer"`), an `ArrayBuffer`, an array of one `Buffer` (`"fragments"`), or a `Blob`. Text
 * comes as a `Buffer` whatever it says.
 */
export type BinaryType = "nodebuffer" | "arraybuffer" | "fragments" | "blob";

/** Called when a message is with the kernel, or with an error if it never will be. */
export type SendCallback = (error?: Error) => void;

/** Options of a message. */
export interface SendOptions {
  /**
   * Whether it is sent as bytes or as text.
   *
   * @default {true, unless the data is a string}
   */
  binary?: boolean | undefined;
  /**
   * Whether it is compressed, where compression was negotiated. A message in fragments never is.
   *
   * @default {true}
   */
  compress?: boolean | undefined;
  /**
   * Whether this is the last fragment of a message; the one that follows `false` continues the message.
   *
   * @default {true}
   */
  fin?: boolean | undefined;
  /** Without effect: a client masks what it sends, and a server does not (RFC 6455, section 5.1). */
  mask?: boolean | undefined;
}

/** What options of a server and of a client have in common. */
export interface ConnectionOptions {
  /**
   * The most bytes of a message that is received, also after decompression; 0 for no limit.
   *
   * @default {104857600}
   */
  maxPayload?: number;
  /**
   * Whether a ping is answered.
   *
   * @default {true}
   */
  autoPong?: boolean;
  /**
   * Pongs that may wait for a peer that does not read them before the connection is dropped; 0 for no limit.
   *
   * @default {60}
   */
  maxPendingAutoPongs?: number;
  /**
   * Milliseconds from our Close frame to the end of the connection, if the peer does not close it.
   *
   * @default {30000}
   */
  closeTimeout?: number;
  /** Without effect: text is always checked. */
  skipUTF8Validation?: boolean;
  /** Without effect: several messages of one read are handed over one after another. */
  allowSynchronousEvents?: boolean;
}

/** Options of a `WebSocket` of a client, which include those of `request` of `node:http` and `node:https`. */
export interface ClientOptions extends ConnectionOptions, Omit<RequestOptions, "protocol">, SecureContextOptions {
  /**
   * Whether, or how, compression is offered.
   *
   * @default {true}
   */
  perMessageDeflate?: boolean | PerMessageDeflateOptions;
  /** The subprotocols, if they are not the second argument. */
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
   * Milliseconds for the opening handshake.
   *
   * @default {no limit}
   */
  handshakeTimeout?: number;
  /**
   * Whether redirects are followed.
   *
   * @default {false}
   */
  followRedirects?: boolean;
  /**
   * How many of them.
   *
   * @default {10}
   */
  maxRedirects?: number;
  /** Sends the request, which it may change before; it has to call `request.end()`. */
  finishRequest?: (request: ClientRequest, websocket: object) => void;
  /** Whether a certificate that cannot be verified is refused. */
  rejectUnauthorized?: boolean;
  /** The name that the certificate has to have. */
  servername?: string;
  /** Without effect: keys are random. */
  generateMask?: (mask: Uint8Array) => void;
}
