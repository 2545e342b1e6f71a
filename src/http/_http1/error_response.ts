import { formatTimestamp } from "../_httputil/timestamps.ts";
import { responses } from "../_httputil/responses.ts";

/** A complete response with an empty body that ends the connection (RFC 9112, 2.2 and 9.6), for a message that failed. */
export function errorResponse(code: number): string {
  return `HTTP/1.1 ${code} ${responses.get(code) ?? "Unknown"}\r\nDate: ${formatTimestamp(new Date())}\r\n` +
    "Content-Length: 0\r\nConnection: close\r\n\r\n";
}
