import type { HTTPServerRequest } from "../../http/httputil.ts";
import { HTTPError } from "../errors.ts";

/** Answers a request of the Fetch standard, as `Deno.serve` calls it. */
export type FetchFunction = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;

/** An object with a method `fetch`, such as a hono app or the default export of a module for `deno serve`. */
export interface Fetcher {
  /** Answers a request. */
  fetch(request: Request, info: Deno.ServeHandlerInfo): Response | Promise<Response>;
}

/** @throws {HTTPError} 400 if its host cannot be part of a URL. */
export function toWebRequest(request: HTTPServerRequest, signal: AbortSignal): Request {
  const { method, body } = request;
  const headers = new Headers();
  for (const [name, value] of request.headers.entries()) headers.set(name, value);
  const init: RequestInit = { method, headers, signal };
  // The Fetch standard allows no body with these, and HTTP gives it no meaning.
  if (body.length > 0 && method !== "GET" && method !== "HEAD") init.body = body;
  const url = urlOf(request);
  if (!URL.canParse(url)) throw new HTTPError(400, "Not a URL: %s", { args: [url] });
  return new Request(url, init);
}

function urlOf(request: HTTPServerRequest): string {
  const url = request.fullUrl();
  // "OPTIONS *" is about the whole server, which has no URL; without the slash, the host would be another one.
  return request.path.startsWith("/") ? url : `${request.protocol}://${request.host}/${request.path}`;
}

/** The information that `Deno.serve` would give about the client. */
export function serveInfo(request: HTTPServerRequest, completed: Promise<void>): Deno.ServeHandlerInfo {
  const address = request.connection?.context?.address ?? null;
  const port = address !== null && "port" in address ? address.port : 0;
  return { remoteAddr: { transport: "tcp", hostname: request.remoteIp, port }, completed };
}

// They concern one connection, and the client is on another (RFC 9110 section 7.6.1).
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

// They describe the body as it was on its way to us.
const OF_CODED_BODY = ["content-encoding", "content-length"];

/** The headers of a response that are meant for the client, and true of the body that it gets. */
export function* endToEndHeaders(response: Response): Generator<[string, string]> {
  const isDecoded = isDecodedByFetch(response);
  for (const pair of response.headers) {
    const [name] = pair;
    if (!HOP_BY_HOP.includes(name) && !(isDecoded && OF_CODED_BODY.includes(name))) yield pair;
  }
}

/** Deno's fetch decodes these two codings, but keeps the headers. Only a response of fetch has a URL. */
function isDecodedByFetch({ url, headers }: Response): boolean {
  const coding = headers.get("Content-Encoding");
  return url !== "" && (coding === "gzip" || coding === "br");
}
