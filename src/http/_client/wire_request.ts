import { HTTPHeaders, sealHeaders, setTrusted } from "../_httputil/headers.ts";
import type { WireRequest } from "./client_connection.ts";
import { ACCEPT_ENCODING } from "./content_decoder.ts";
import { digestAuthorization } from "./digest.ts";
import { basic, type Proxy, type User, userIn } from "./proxy.ts";
import { type Settings, type SettledRequest, WITH_BODY } from "./settled_request.ts";
import { partsOf } from "./url_parts.ts";

/**
 * Builds what goes over the connection: the target and all headers, which must not be changed.
 *
 * @throws {TypeError} If the options contradict one another.
 */
export function wireRequest(request: SettledRequest, proxy: Proxy | null): WireRequest {
  const { url, method, body, settings, original } = request;
  const isForwarded = proxy !== null && url.protocol === "http:";
  const { host, origin, path } = partsOf(url);
  const target = isForwarded ? `${origin}${path}` : path;
  const stallTimeout = settings.stallTimeout ?? 0;
  const own = ownHeaders(host, settings);
  const credentials = credentialsOf(request, target);
  const cookies = settings.cookies?.header(url) ?? "";
  const hasHeaders = request.headers.size > 0;
  const isBare = !hasHeaders && body === null && !WITH_BODY.has(method) && request.traceFields === undefined;
  if (isBare && credentials === null && cookies === "" && !isForwarded) {
    return { method, target, headers: own, body, expectsContinue: false, isLast: false, stallTimeout };
  }
  const headers = own.copy();
  if (hasHeaders) headers.update(request.headers);
  if (credentials !== null) headers.set("Authorization", credentials);
  if (cookies !== "") {
    const own = headers.get("Cookie");
    headers.set("Cookie", own === null ? cookies : `${own}; ${cookies}`);
  }
  if (isForwarded && proxy.authorization !== null) headers.set("Proxy-Authorization", proxy.authorization);
  // The framing is the client's own: a wrong length would make two messages of one.
  if (hasHeaders) headers.delete("Transfer-Encoding");
  if (body === null) {
    if (hasHeaders) headers.delete("Content-Length");
    // RFC 9110, section 8.6: methods that come with a body say that there is none.
    if (WITH_BODY.has(method)) headers.set("Content-Length", "0");
  }
  if (body !== null) {
    if (body.kind === "bytes") headers.set("Content-Length", String(body.bytes.length));
    // As Tornado does: what a POST sends is a form unless its headers say otherwise.
    if (method === "POST") headers.setdefault("Content-Type", "application/x-www-form-urlencoded");
  }
  for (const [name, value] of request.traceFields ?? []) {
    headers.delete(name);
    // In lower case: Deno.serve finds a `traceparent` only in that.
    setTrusted(headers, name.toLowerCase(), value);
  }
  // A server that waits for no content sends no 100 either (RFC 9110, section 10.1.1).
  const hasContent = body !== null && (body.kind === "stream" || body.bytes.length > 0);
  const expectsContinue = original.options.expect100Continue === true && hasContent;
  if (expectsContinue) headers.set("Expect", "100-continue");
  return {
    method,
    target,
    headers,
    body,
    expectsContinue,
    isLast: hasHeaders && /(?:^|[,\s])close(?:[,\s]|$)/i.test(headers.get("Connection") ?? ""),
    stallTimeout,
  };
}

/** The most hosts whose headers are kept: some hundred bytes each. */
const MOST_KEPT = 256;
const kept = new Map<string, HTTPHeaders>();
/** What was asked for last, and the answer. */
let last: { readonly host: string; readonly settings: Settings; readonly headers: HTTPHeaders } | null = null;

/** The headers of the client itself, which must not be changed. Those of the last hosts are kept as text. */
function ownHeaders(host: string, settings: Settings): HTTPHeaders {
  if (last !== null && last.host === host && last.settings === settings) return last.headers;
  const { userAgent, decompressResponse } = settings;
  const key = `${decompressResponse ? "+" : "-"}${host} ${userAgent}`;
  let headers = kept.get(key);
  if (headers === undefined) {
    headers = new HTTPHeaders([["Host", host], ["User-Agent", userAgent ?? ""]]);
    if (decompressResponse) headers.set("Accept-Encoding", ACCEPT_ENCODING);
    sealHeaders(headers);
    if (kept.size === MOST_KEPT) kept.clear();
    kept.set(key, headers);
  }
  last = { host, settings, headers };
  return headers;
}

/** The user that the settings name, or the URL; `null` for none. */
export function userOf({ settings, url }: SettledRequest): User | null {
  const { authUsername, authPassword } = settings;
  if (authUsername !== null) return { username: authUsername, password: authPassword ?? "" };
  return partsOf(url).hasCredentials ? userIn(url) : null;
}

/** The credentials of the settings or of the URL; those of the headers count if there are no others. */
function credentialsOf(request: SettledRequest, uri: string): string | null {
  const user = userOf(request);
  if (user === null) return null;
  const { settings: { authMode }, method, challenge } = request;
  if (authMode === null || authMode === "basic") return basic(user.username, user.password);
  if (authMode !== "digest") throw new TypeError(`unsupported authMode ${authMode}: it is "basic" or "digest"`);
  // The first request asks for the challenge.
  if (challenge === null) return null;
  return digestAuthorization(challenge, { method, uri, ...user }, crypto.randomUUID());
}
