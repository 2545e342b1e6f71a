import type { HTTPHeaders, HTTPServerRequest } from "../../http/httputil.ts";
import { blockOf, filterHeaders, getTrusted, headersOfLines, peekTrusted, setTrusted } from "../../http/internal.ts";
import { currentClock } from "../../internal/clock.ts";
import { dateOfNow } from "../../internal/http_date.ts";
import { unmapIPv4 } from "../../net/internal.ts";
import { partHead } from "./head_lines.ts";

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

/** Fields that the proxy writes by its knowledge of the message and the connection: nobody else may. */
const FRAMING: readonly string[] = [
  "Connection",
  "Content-Length",
  "Expect",
  "Te",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
];

const FORWARDED_PREFIX = "X-Forwarded-";

/** The first letters of all names above and of Host, Via and `X-Forwarded-`. */
const FIRST_LETTERS: ReadonlySet<number> = new Set(
  [...HOP_BY_HOP, ...OF_CLIENT, FORWARDED_PREFIX, "Host", "Via"].map((name) => name.charCodeAt(0)),
);

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

/** The fields of a request, on both sides of the proxy. */
export interface RequestFields {
  /** Those that go on to an upstream, without those of the framing. */
  readonly passed: HTTPHeaders;
  /** The others: of the connection and the framing, and what a client says of itself. */
  readonly own: HTTPHeaders;
}

/** Parts the fields of a request into those that go on to an upstream and the others, and adds what the proxy says. */
export function requestFields(request: HTTPServerRequest, peer: Peer, via: string): RequestFields {
  const { headers, host } = request;
  const isNamed = namedBy(peekTrusted(headers, "Connection"));
  const { lines, others } = partHead(
    headers,
    isNamed === NONE ? isFirstLetter : isAny,
    (name) =>
      !HOP_BY_HOP.has(name) && name !== "Via" && (peer.isTrusted || !isOfClient(name)) && !isDisguised(name) &&
      // Without its Host, the request would be malformed.
      (isNamed === NONE || name === "Host" || !isNamed(name.toLowerCase())),
  );
  const before = isNamed("via") ? null : peekTrusted(others, "Via");
  const said = viaLine(before, request.version, via);
  const passed = headersOfLines(peer.isTrusted ? lines + said : lines + said + clientLines(request));
  // A target in absolute form takes the place of the Host (RFC 9112, section 3.2.2), which no Connection takes away.
  if (isNamed("host") || peekTrusted(headers, "Host") !== host) setTrusted(passed, "Host", host);
  if (peer.isTrusted) appendClient(passed, request, peer);
  return { passed, own: others };
}

/**
 * Lets a subclass change the fields of a request. It has no say in the framing, which the proxy adds afterwards.
 * Dropped as well is a field of the client that a server which does not tell `_` from `-` takes for one of these.
 */
export function changeRequestFields(headers: HTTPHeaders, change: (headers: HTTPHeaders) => void): void {
  if (!isChanged(headers, change)) return;
  for (const name of FRAMING) headers.delete(name);
  for (const name of [...headers.keys()]) {
    if (name.includes("_") && headers.has(name.replaceAll("_", "-"))) headers.delete(name);
  }
}

/** Lets a subclass change the fields of a response, but not how its body is coded. */
export function changeResponseFields(headers: HTTPHeaders, change: (headers: HTTPHeaders) => void): void {
  if (isChanged(headers, change)) headers.delete("Transfer-Encoding");
}

/** Calls the function, and tells whether the fields are others now: untouched ones stay the same text. */
function isChanged(headers: HTTPHeaders, change: (headers: HTTPHeaders) => void): boolean {
  const before = blockOf(headers);
  change(headers);
  return blockOf(headers) !== before;
}

function isFirstLetter(letter: number): boolean {
  return FIRST_LETTERS.has(letter);
}

function isAny(): boolean {
  return true;
}

/** The client that was written last, and its lines: a page is asked for in many requests. */
let lastClient = { ip: "", protocol: "", host: "", lines: "" };

/** Writes what the first proxy says of the client: nothing of it comes from the client. */
function clientLines({ remoteIp: ip, protocol, host }: HTTPServerRequest): string {
  const last = lastClient;
  if (last.ip === ip && last.protocol === protocol && last.host === host) return last.lines;
  const asked = host === "" ? "" : `X-Forwarded-Host: ${host}\r\n`;
  const lines = `X-Forwarded-For: ${ip}\r\nX-Forwarded-Proto: ${protocol}\r\n${asked}` +
    `X-Forwarded-Port: ${portOf(host, protocol)}\r\nX-Real-Ip: ${ip}\r\nX-Scheme: ${protocol}\r\n` +
    `Forwarded: ${forwardedElement(ip, host, protocol)}\r\n`;
  // Reading a character joins the pieces of the text, once and not for each request.
  lines.charCodeAt(0);
  lastClient = { ip, protocol, host, lines };
  return lines;
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

function viaLine(before: string | null, version: string, via: string): string {
  const own = `${version.slice("HTTP/".length)} ${via}\r\n`;
  return before === null || before === "" ? `Via: ${own}` : `Via: ${before}, ${own}`;
}

/** Tells whether a proxy of this name has passed a request on already. */
export function hasPassed(headers: HTTPHeaders, via: string): boolean {
  const list = getTrusted(headers, "Via");
  return list !== null && list.split(",").some((entry) => entry.trim().split(/\s+/)[1] === via);
}

/**
 * Returns the fields of a response that go on to the client, without those of the connection. A response without a
 * Date gets that of now (RFC 9110, section 6.6.1).
 */
export function responseFields(headers: HTTPHeaders, version: string, via: string): HTTPHeaders {
  const isNamed = namedBy(peekTrusted(headers, "Connection"));
  const { lines, others } = partHead(
    headers,
    isNamed === NONE ? isFirstLetter : isAny,
    (name) => !HOP_BY_HOP.has(name) && name !== "Via" && (isNamed === NONE || !isNamed(name.toLowerCase())),
  );
  const length = contentLength(others);
  const before = isNamed("via") ? null : peekTrusted(others, "Via");
  const framing = length === null ? "" : `Content-Length: ${length}\r\n`;
  const isDated = peekTrusted(headers, "Date") !== null && !isNamed("date");
  const date = isDated ? "" : `Date: ${dateOfNow(currentClock().now())}\r\n`;
  return headersOfLines(lines + framing + date + viaLine(before, version, via));
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
  const value = peekTrusted(headers, "Content-Length");
  return value === null ? null : value.replace(/^0+(?=[0-9])|,.*$/g, "");
}

/**
 * Tells whether the client asks for a WebSocket, by the fields of the connection. No other protocol is passed on: the
 * proxy could not check requests within h2c.
 */
export function asksForWebSocket({ method, version }: HTTPServerRequest, own: HTTPHeaders): boolean {
  if (method !== "GET" || version !== "HTTP/1.1") return false;
  return isOfWebSocket(own) && namedBy(peekTrusted(own, "Connection"))("upgrade");
}

/** Tells whether an Upgrade field names WebSocket. */
export function isOfWebSocket(headers: HTTPHeaders): boolean {
  const upgrade = peekTrusted(headers, "Upgrade");
  return upgrade !== null && namedBy(upgrade)("websocket");
}
