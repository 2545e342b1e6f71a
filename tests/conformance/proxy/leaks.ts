/**
 * What may not come through the proxy, whatever the request is.
 *
 * @module
 */
import type { Understood } from "./back_ends.ts";

/** Names that no back end may see, but for a Connection that names only TE, and chunks as the proxy's own framing. */
const NOT_BEHIND =
  /^(Keep-Alive|Proxy(-(Connection|Authenticate|Authentication-Info|Authorization))?|Trailer|Upgrade|Http2-Settings|X-Forwarded-User)$/i;

/** Names that the proxy itself writes, also where a Connection names them. */
const OWN =
  /^(host|via|forwarded|x-forwarded-.*|x-real-ip|x-scheme|content-length|transfer-encoding|expect|close|keep-alive)$/;

/** Returns what the Connection fields of a text name. */
export function namedIn(text: string): string[] {
  const lists = Array.from(text.matchAll(/^connection:(.*)\r$/gim), ([, list = ""]) => list.split(","));
  return lists.flat().map((name) => name.trim().toLowerCase()).filter((name) => name !== "");
}

/** Returns what should not have come through of one request. */
export function leaks({ headers }: Understood, named: readonly string[]): string[] {
  const found: string[] = [];
  const valueOf = (name: string) => headers.find(([each]) => each.toLowerCase() === name)?.[1];
  // A handshake of a WebSocket, which is the one upgrade that goes on, in the proxy's own words.
  const isHandshake = valueOf("upgrade") === "websocket" && valueOf("connection") === "Upgrade";
  for (const [name, value] of headers) {
    if (isHandshake && /^(upgrade|connection)$/i.test(name)) continue;
    const lower = name.toLowerCase();
    const isOwn = (lower === "connection" && /^TE$/i.test(value)) || (lower === "te" && value === "trailers") ||
      (lower === "transfer-encoding" && value === "chunked");
    if (isOwn) continue;
    const plain = lower.replaceAll("_", "-");
    const isHop = NOT_BEHIND.test(name) || /^(connection|te|transfer-encoding)$/.test(lower);
    if (isHop || (plain !== lower && (OWN.test(plain) || NOT_BEHIND.test(plain)))) found.push(name);
    if (named.includes(lower) && !OWN.test(lower)) found.push(`${name}, which Connection names`);
    // The client is here, whatever it says.
    if (/^(x-forwarded-.*|x-real-ip|x-scheme|forwarded)$/.test(lower) && /1\.1\.1\.1|https/.test(value)) {
      found.push(`${name}: ${value}`);
    }
  }
  const lengths = headers.filter(([name]) => name.toLowerCase() === "content-length");
  if (lengths.length > 1) found.push("two lengths");
  if (lengths.length === 1 && headers.some(([name]) => name.toLowerCase() === "transfer-encoding")) {
    found.push("two framings");
  }
  return found;
}
