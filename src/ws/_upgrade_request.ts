import { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { HTTPServerRequest } from "../http/httputil.ts";
import type { StreamSocket } from "./_stream_socket.ts";

/** Headers of which the first one counts, as in node; others are joined. */
const SINGLE = new Set([
  "age",
  "authorization",
  "content-length",
  "content-type",
  "etag",
  "expires",
  "from",
  "host",
  "if-modified-since",
  "if-unmodified-since",
  "last-modified",
  "location",
  "max-forwards",
  "proxy-authorization",
  "referer",
  "retry-after",
  "server",
  "user-agent",
]);

/** A request of Twister as the request of `node:http` that users of `ws` expect. */
export function toIncomingMessage(request: HTTPServerRequest, socket: StreamSocket): IncomingMessage {
  // It has of a socket what an upgrade request has use for.
  const message = new IncomingMessage(socket as unknown as Socket);
  const version = request.version.slice("HTTP/".length);
  message.method = request.method;
  message.url = request.uri;
  message.httpVersion = version;
  message.httpVersionMajor = Number(version.split(".")[0]);
  message.httpVersionMinor = Number(version.split(".")[1]);
  const { headers, rawHeaders } = message;
  for (const [name, value] of request.headers.getAll()) {
    rawHeaders.push(name, value);
    const key = name.toLowerCase();
    const present = headers[key];
    if (key === "set-cookie") headers[key] = [...(headers[key] ?? []), value];
    else if (present === undefined) headers[key] = value;
    else if (!SINGLE.has(key)) headers[key] = `${present}${key === "cookie" ? "; " : ", "}${value}`;
  }
  message.complete = true;
  message.push(null);
  return message;
}
