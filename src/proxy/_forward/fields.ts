import type { HTTPHeaders, HTTPServerRequest } from "../../http/httputil.ts";
import { filterHeaders, getTrusted, setTrusted } from "../../http/internal.ts";
import { unmapIPv4 } from "../../net/internal.ts";

/**
 * Fields about one connection (RFC 9110, section 7.6.1), and those of a message's framing, written again. `Proxy`
 * would become the variable HTTP_PROXY of a CGI program (CVE-2016-5385).
 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "Connection",
  "Content-Length",
  "Expect",
  "Http2-Settings",
  "Keep-Alive",
  "Proxy",
  "Proxy-Authenticate",
  "Proxy-Authentication-Info",
  "Proxy-Authorization",
  "Proxy-Connection",
  "Te",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
]);

/** What the proxy says of the client, beside all that begins with `X-Forwarded-`. */
const OF_CLIENT: ReadonlySet<string> = new Set(["Forwarded", "X-Real-Ip", "X-Scheme"]);

const FORWARDED_PREFIX = "X-Forwarded-";

/**
 * Fields that may not follow a body: a receiver that merges them with the head would take them for routing, framing,
 * authentication, or a description of the body (RFC 9110, section 6.5.1).
 */
const NOT_IN_TRAILER: ReadonlySet<string> = new Set([
  "Age",
  "Authorization",
  "Cache-Control",
  "Content-Encoding",
  "Content-Range",
  "Content-Type",
  "Cookie",
  "Date",
  "Expires",
  "Host",
  "Location",
  "Max-Forwards",
  "Retry-After",
  "Set-Cookie",
  "Vary",
  "Via",
  "Www-Authenticate",
]);

/** Tells whether the list in a Connection field names a field or an option, in lower case. */
type Named = (lowerCase: string) => boolean;

const NONE: Named = () => false;

function namedBy(connection: string | null): Named {
  if (connection === null) return NONE;
  const names = new Set(connection.toLowerCase().split(",").map((name) => name.trim()));
  return (name) => names.has(name);
}

function isOfClient(name: string): boolean {
  return OF_CLIENT.has(name) || name.startsWith(FORWARDED_PREFIX);
}

/**
 * Tells whether a name reads like one of the proxy's own to a server that does not tell `_` from `-`, as those of CGI
 * and WSGI do not.
 */
function isDisguised(name: string): boolean {
  if (!name.includes("_")) return false;
  const plain = name.toLowerCase().replace(/_/g, "-").replace(/(?:^|-)[a-z]/g, (text) => text.toUpperCase());
  return HOP_BY_HOP.has(plain) || isOfClient(plain) || plain === "Host" || plain === "Via";
}

/** The peer of a connection and whether it is a proxy of our own, whose word on the client counts. */
export interface Peer {
  /** Its address; `null` on a Unix socket. */
  readonly ip: string | null;
  readonly isTrusted: boolean;
}

/** Tells who is at the other end of the connection that a request came over. */
export function peerOf(request: HTTPServerRequest, trusted: ReadonlySet<string>): Peer {
  const address = request.connection?.context?.address ?? null;
  if (address !== null && "hostname" in address) {
    const ip = unmapIPv4(address.hostname);
    return { ip, isTrusted: trusted.has(ip) };
  }
  return { ip: null, isTrusted: address !== null && "path" in address && trusted.has("unix") };
}

/** Returns the fields of a request that go on to an upstream, without those of the framing. */
export function requestFields(request: HTTPServerRequest, peer: Peer, via: string): HTTPHeaders {
  const { headers, host } = request;
  const isNamed = namedBy(getTrusted(headers, "Connection"));
  const result = filterHeaders(
    headers,
    (name) =>
      !HOP_BY_HOP.has(name) && (peer.isTrusted || !isOfClient(name)) && !isDisguised(name) &&
      (isNamed === NONE || !isNamed(name.toLowerCase())),
  );
  // A target in absolute form takes the place of the Host (RFC 9112, section 3.2.2).
  setTrusted(result, "Host", host);
  addVia(result, request.version, via);
  if (peer.isTrusted) appendClient(result, request, peer);
  else writeClient(result, request);
  return result;
}

/** Writes what the first proxy says of the client: nothing of it comes from the client. */
function writeClient(headers: HTTPHeaders, { remoteIp, protocol, host }: HTTPServerRequest): void {
  setTrusted(headers, "X-Forwarded-For", remoteIp);
  setTrusted(headers, "X-Forwarded-Proto", protocol);
  if (host !== "") setTrusted(headers, "X-Forwarded-Host", host);
  setTrusted(headers, "X-Forwarded-Port", portOf(host, protocol));
  setTrusted(headers, "X-Real-Ip", remoteIp);
  setTrusted(headers, "X-Scheme", protocol);
  setTrusted(headers, "Forwarded", forwardedElement(remoteIp, host, protocol));
}

/** Adds the proxy before this one to the lists, and keeps what it says of the client. */
function appendClient(headers: HTTPHeaders, { protocol, host }: HTTPServerRequest, { ip }: Peer): void {
  const node = ip ?? "unknown";
  append(headers, "X-Forwarded-For", node);
  // Behind a text whose quotes stay open, the element would be a part of what the client says.
  if (!QUOTES_CLOSE.test(getTrusted(headers, "Forwarded") ?? "")) headers.delete("Forwarded");
  append(headers, "Forwarded", forwardedElement(ip, host, protocol));
  for (
    const [name, value] of [
      ["X-Forwarded-Proto", protocol],
      ["X-Forwarded-Host", host],
      ["X-Forwarded-Port", portOf(host, protocol)],
    ]
  ) if (value !== "" && getTrusted(headers, name) === null) setTrusted(headers, name, value);
}

function append(headers: HTTPHeaders, name: string, value: string): void {
  const before = getTrusted(headers, name);
  setTrusted(headers, name, before === null || before.trim() === "" ? value : `${before}, ${value}`);
}

/** Each quoted text has its end (RFC 9110, section 5.6.4). */
const QUOTES_CLOSE = /^(?:[^"]|"(?:[^"\\]|\\.)*")*$/;

/** An element of Forwarded (RFC 7239, section 4). A host has no character that ends a quoted text. */
function forwardedElement(ip: string | null, host: string, protocol: string): string {
  const node = ip === null || ip === "" ? "unknown" : ip.includes(":") ? `"[${ip}]"` : ip;
  return host === "" ? `for=${node};proto=${protocol}` : `for=${node};host="${host}";proto=${protocol}`;
}

function portOf(host: string, protocol: string): string {
  return /:(\d+)$/.exec(host)?.[1] ?? (protocol === "https" ? "443" : "80");
}

function addVia(headers: HTTPHeaders, version: string, via: string): void {
  append(headers, "Via", `${version.slice("HTTP/".length)} ${via}`);
}

/** Tells whether a proxy of this name has passed a request on already. */
export function hasPassed(headers: HTTPHeaders, via: string): boolean {
  const list = getTrusted(headers, "Via");
  return list !== null && list.split(",").some((entry) => entry.trim().split(/\s+/)[1] === via);
}

/** Returns the fields of a response that go on to the client, without those of the connection. */
export function responseFields(headers: HTTPHeaders, version: string, via: string): HTTPHeaders {
  const isNamed = namedBy(getTrusted(headers, "Connection"));
  const result = filterHeaders(
    headers,
    (name) => !HOP_BY_HOP.has(name) && (isNamed === NONE || !isNamed(name.toLowerCase())),
  );
  const length = contentLength(headers);
  if (length !== null) setTrusted(result, "Content-Length", length);
  addVia(result, version, via);
  return result;
}

/** Returns the fields of a 101 that go on to the client. */
export function upgradeFields(headers: HTTPHeaders, version: string, via: string): HTTPHeaders {
  const result = responseFields(headers, version, via);
  result.delete("Content-Length");
  setTrusted(result, "Upgrade", "websocket");
  setTrusted(result, "Connection", "Upgrade");
  return result;
}

/** Returns the fields of an interim response that go on to the client. */
export function interimFields(headers: HTTPHeaders): HTTPHeaders {
  const isNamed = namedBy(getTrusted(headers, "Connection"));
  return filterHeaders(headers, (name) => !HOP_BY_HOP.has(name) && !isNamed(name.toLowerCase()));
}

/** Returns the fields after a body that go on, or `null` if there are none. */
export function trailerFields(trailers: HTTPHeaders): HTTPHeaders | null {
  const result = filterHeaders(
    trailers,
    (name) => !HOP_BY_HOP.has(name) && !NOT_IN_TRAILER.has(name) && !isOfClient(name) && !isDisguised(name),
  );
  return result.size === 0 ? null : result;
}

/**
 * Returns the length that a message states, in digits only; `null` if it states none. The parser has refused all that
 * differ, and those that are not numbers.
 */
export function contentLength(headers: HTTPHeaders): string | null {
  const value = getTrusted(headers, "Content-Length");
  return value === null ? null : String(parseInt(value));
}

/**
 * Tells whether the client asks for a WebSocket. No other protocol is passed on: the proxy could not check requests
 * within h2c.
 */
export function asksForWebSocket(request: HTTPServerRequest): boolean {
  const { method, version, headers } = request;
  if (method !== "GET" || version !== "HTTP/1.1") return false;
  return isOfWebSocket(headers) && namedBy(getTrusted(headers, "Connection"))("upgrade");
}

/** Tells whether an Upgrade field names WebSocket. */
export function isOfWebSocket(headers: HTTPHeaders): boolean {
  const upgrade = getTrusted(headers, "Upgrade");
  return upgrade !== null && namedBy(upgrade)("websocket");
}
