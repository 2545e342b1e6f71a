import type { HTTPRequest } from "./http_request.ts";
import type { HTTPResponse, HTTPResponseStream } from "./http_response.ts";
import type { RequestDefaults } from "./request_options.ts";

/** The part of an `AsyncHTTPClient` that carries out its requests. */
export interface ClientEngine {
  /** Resolves with the whole response, whatever its status. */
  fetch(request: HTTPRequest, defaults: Readonly<RequestDefaults>): Promise<HTTPResponse>;
  /** Resolves when the head of the response has come. */
  stream(request: HTTPRequest, defaults: Readonly<RequestDefaults>): Promise<HTTPResponseStream>;
  /** Ends the requests under way, and closes all connections. */
  close(): void;
}

/** Options of a client that limit what it holds. */
export interface ClientLimits {
  /** The most requests at a time; more wait in order. @default {10} */
  maxClients?: number;
  /** The most requests at a time to one host and port. @default {as many as `maxClients`} */
  maxConnectionsPerHost?: number;
  /** Seconds for which an idle connection is kept, or fewer if the server says so; 0 for none. @default {15} */
  idleTimeout?: number;
  /** The most bytes of a body, after decoding. @default {104857600} */
  maxBodySize?: number;
  /** The most bytes of a head. @default {65536} */
  maxHeaderSize?: number;
}
