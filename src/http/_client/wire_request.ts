import { HTTPHeaders } from "../_httputil/headers.ts";
import type { WireRequest } from "./client_connection.ts";
import { ACCEPT_ENCODING } from "./content_decoder.ts";
import { digestAuthorization } from "./digest.ts";
import { basic, basicOf, type Proxy } from "./proxy.ts";
import { type SettledRequest, WITH_BODY } from "./settled_request.ts";

/**
 * Builds what goes over the connection: the target and all headers.
 *
 * @throws {TypeError} If the options contradict one another.
 */
export function wireRequest(request: SettledRequest, proxy: Proxy | null): WireRequest {
  const { url, method, body, settings, original } = request;
  const isForwarded = proxy !== null && url.protocol === "http:";
  const path = url.pathname + url.search;
  const headers = new HTTPHeaders();
  headers.set("Host", request.headers.get("Host") ?? url.host);
  for (const [name, value] of request.headers.getAll()) if (name !== "Host") headers.add(name, value);
  headers.setdefault("User-Agent", settings.userAgent ?? "");
  const target = isForwarded ? `${url.origin}${path}` : path;
  const credentials = credentialsOf(request, target);
  if (credentials !== null) headers.set("Authorization", credentials);
  if (settings.decompressResponse) headers.setdefault("Accept-Encoding", ACCEPT_ENCODING);
  const cookies = settings.cookies?.header(url) ?? "";
  if (cookies !== "") {
    const own = headers.get("Cookie");
    headers.set("Cookie", own === null ? cookies : `${own}; ${cookies}`);
  }
  if (isForwarded && proxy.authorization !== null) headers.set("Proxy-Authorization", proxy.authorization);
  // The framing is the client's own: a wrong length would make two messages of one.
  headers.delete("Transfer-Encoding");
  if (body === null) {
    headers.delete("Content-Length");
    // RFC 9110, section 8.6: methods that come with a body say that there is none.
    if (WITH_BODY.has(method)) headers.set("Content-Length", "0");
  }
  if (body !== null) {
    if (body.kind === "bytes") headers.set("Content-Length", String(body.bytes.length));
    else if (!WITH_BODY.has(method) && headers.get("Content-Length") === null) {
      throw new TypeError(`A body of ${method} that is sent in pieces needs a Content-Length`);
    }
    // As Tornado does: what a POST sends is a form unless its headers say otherwise.
    if (method === "POST") headers.setdefault("Content-Type", "application/x-www-form-urlencoded");
  }
  const expectsContinue = original.options.expect100Continue === true && body !== null;
  if (expectsContinue) headers.set("Expect", "100-continue");
  return {
    method,
    target,
    headers,
    body,
    expectsContinue,
    isLast: /(?:^|[,\s])close(?:[,\s]|$)/i.test(headers.get("Connection") ?? ""),
    stallTimeout: settings.stallTimeout ?? 0,
  };
}

/** The credentials of the settings or of the URL; those of the headers count if there are no others. */
function credentialsOf({ settings, url, method, challenge }: SettledRequest, uri: string): string | null {
  const { authUsername, authPassword, authMode } = settings;
  if (authUsername === null) return basicOf(url);
  if (authMode === null || authMode === "basic") return basic(authUsername, authPassword);
  if (authMode !== "digest") throw new TypeError(`unsupported authMode ${authMode}`);
  // The first request asks for the challenge.
  if (challenge === null) return null;
  const answer = { method, uri, username: authUsername, password: authPassword ?? "" };
  return digestAuthorization(challenge, answer, crypto.randomUUID());
}
