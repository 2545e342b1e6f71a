import type { Bytes } from "../../internal/bytes.ts";
import type { Refusal } from "../../internal/events.ts";
import { latin1Bytes } from "../../internal/utf8.ts";
import { responses } from "../_httputil/responses.ts";
import { formatTimestamp } from "../_httputil/timestamps.ts";

/** The messages of refusals that were sent before. */
const known = new WeakMap<Refusal, Bytes>();

/** Returns the whole response that refuses a request and ends its connection. */
export function refusalMessage(refusal: Refusal, method: string): Bytes {
  // A 5xx need not have a date (RFC 9110, 6.6.1), and so is the same each time.
  if (refusal.status < 500) return write(refusal, method, `Date: ${formatTimestamp(new Date())}\r\n`);
  const message = known.get(refusal);
  if (message !== undefined) return message;
  const made = write(refusal, method, "");
  if (method !== "HEAD" || refusal.body === "") known.set(refusal, made);
  return made;
}

function write({ status, headers, body }: Refusal, method: string, date: string): Bytes {
  const fields = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = `HTTP/1.1 ${status} ${responses.get(status) ?? "Unknown"}\r\n${date}${fields}` +
    `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  return latin1Bytes(method === "HEAD" ? head : head + body);
}
