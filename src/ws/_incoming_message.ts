import { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { HTTPHeaders, HTTPServerRequest, ResponseStartLine } from "../http/httputil.ts";
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

/** Makes of a request of Twister the request of `node:http` that users of `ws` expect. */
export function toRequest(request: HTTPServerRequest, socket: StreamSocket): IncomingMessage {
  const message = toMessage(request.version, request.headers, socket);
  message.method = request.method;
  message.url = request.uri;
  return message;
}

/** Makes of the head of a response to Twister the response of `node:http` that users of `ws` expect. */
export function toResponse(startLine: ResponseStartLine, headers: HTTPHeaders, socket: StreamSocket): IncomingMessage {
  const message = toMessage(startLine.version, headers, socket);
  message.statusCode = startLine.code;
  message.statusMessage = startLine.reason;
  return message;
}

function toMessage(protocol: string, fields: HTTPHeaders, socket: StreamSocket): IncomingMessage {
  // It has of a socket what an upgrade has use for.
  const message = new IncomingMessage(socket as unknown as Socket);
  const version = protocol.slice("HTTP/".length);
  message.httpVersion = version;
  message.httpVersionMajor = Number(version.split(".")[0]);
  message.httpVersionMinor = Number(version.split(".")[1]);
  const { headers, rawHeaders } = message;
  for (const [name, value] of fields.getAll()) {
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
