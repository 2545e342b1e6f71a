import type { Bytes } from "../../internal/bytes.ts";
import { jsonEncode } from "../../util/escape.ts";

/**
 * What an application's message is on the wire: text, bytes, or the JSON of anything else.
 *
 * @throws {TypeError} If it has no JSON form.
 */
export function payloadOf(message: string | object): string | Bytes {
  if (typeof message === "string") return message;
  if (message instanceof Uint8Array) {
    // Nobody looks at what memory lies behind the bytes; a shared one may change before they are sent, as any may.
    return message as Bytes;
  }
  return message instanceof ArrayBuffer ? new Uint8Array(message) : jsonEncode(message);
}
