import { HTTPServer } from "../http/httpserver.ts";
import { HTTPHeaders, type HTTPServerRequest, ResponseStartLine } from "../http/httputil.ts";
import type { BaseIOStream } from "../net/iostream.ts";
import { mayUpgrade } from "../websocket/internal.ts";

/** Tells whether a request asks for another protocol (RFC 9110, section 7.8). */
export function asksForUpgrade(request: HTTPServerRequest): boolean {
  return request.headers.has("Upgrade") && mayUpgrade(request.headers);
}

/**
 * Makes an HTTP server that gives connections with a request for an upgrade away, and answers others with 426.
 *
 * It does not listen yet.
 */
export function upgradeServer(onUpgrade: (request: HTTPServerRequest, stream: BaseIOStream) => void): HTTPServer {
  return new HTTPServer((request) => {
    const { connection } = request;
    if (connection === null) return;
    if (!asksForUpgrade(request)) {
      const headers = new HTTPHeaders({ "Content-Type": "text/plain", Upgrade: "websocket", Connection: "Upgrade" });
      return connection.respond(
        new ResponseStartLine("HTTP/1.1", 426, "Upgrade Required"),
        headers,
        "Upgrade Required",
      );
    }
    onUpgrade(request, connection.detach());
  });
}
