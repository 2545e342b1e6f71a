import { nodeCrypto } from "../internal/node_crypto.ts";

/** The GUID that every key is hashed with (RFC 6455, section 1.3). */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Creates a key: 16 unforeseeable octets in base64 (RFC 6455, section 4.1). */
export function newKey(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toBase64();
}

/** Tells whether a key is 16 octets in base64. */
export function isKey(key: string): boolean {
  return /^[+/0-9A-Za-z]{22}==$/.test(key);
}

/** Computes the Sec-WebSocket-Accept for a key (RFC 6455, section 4.2.2). */
export function acceptValue(key: string): string {
  return nodeCrypto().createHash("sha1").update(key + GUID).digest("base64");
}
