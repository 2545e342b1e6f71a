import { HTTPHeaders } from "../http/httputil.ts";
import { isRedirect, methodAfter, removeBodyFields, removeCredentials, WITH_BODY } from "../http/client/internal.ts";
import { type Bytes, joinBytes } from "../internal/bytes.ts";
import { utf8 } from "../util/escape.ts";
import { basicAuthorization } from "../websocket/internal.ts";
import type { FetchBody, FetchOptions } from "./http_client.ts";
import type { TestResponse } from "./test_response.ts";

/** A body as it is sent: whole, or in pieces. */
export type EncodedBody = Bytes | AsyncIterable<Bytes>;

/** A request as it is sent. */
export interface Outgoing {
  readonly method: string;
  readonly protocol: "http" | "https";
  /** The host, with a port unless it is that of the protocol. */
  readonly host: string;
  /** The target as it is sent: path and query. */
  readonly target: string;
  readonly headers: HTTPHeaders;
  readonly body: EncodedBody | null;
}

/** Where a path leads to. */
export interface Origin {
  readonly protocol: "http" | "https";
  readonly host: string;
}

const FORM = "application/x-www-form-urlencoded";

/**
 * Makes a request.
 *
 * @param path A path, which is sent unchanged, or a URL with `http` or `https`.
 * @throws {TypeError} If the path begins neither with a slash nor with `http`.
 */
export async function makeRequest(path: string | URL, options: FetchOptions, origin: Origin): Promise<Outgoing> {
  const { method = "GET", body = null, authUsername, authPassword = "" } = options;
  const { protocol, host, target } = parsePath(path, origin);
  const fields = new HTTPHeaders(options.headers);
  fields.setdefault("Host", host);
  if (authUsername !== undefined) fields.set("Authorization", basicAuthorization(`${authUsername}:${authPassword}`));
  let encoded: EncodedBody | null = null;
  if (body !== null) {
    let type: string | null;
    [encoded, type] = await encodeBody(body);
    if (typeof body === "string" && method === "POST") type = FORM;
    if (type !== null) fields.setdefault("Content-Type", type);
  }
  // Only these methods may have pieces without a length in HTTP as the server's own client writes it.
  if (encoded !== null && !(encoded instanceof Uint8Array) && !WITH_BODY.has(method)) {
    encoded = await join(encoded);
  }
  if (encoded instanceof Uint8Array) fields.setdefault("Content-Length", String(encoded.length));
  else if (encoded === null && WITH_BODY.has(method)) fields.setdefault("Content-Length", "0");
  return { method, protocol, host, target, headers: fields, body: encoded };
}

/** The URL of a request. */
export function urlOf({ protocol, host, target }: Outgoing): string {
  return `${protocol}://${host}${target}`;
}

/** Joins the pieces of a body. */
export async function join(pieces: AsyncIterable<Bytes>): Promise<Bytes> {
  return joinBytes(await Array.fromAsync(pieces));
}

/** Returns the request that a redirect asks for, or `null` if the response is not one that can be followed. */
export function redirected(request: Outgoing, response: TestResponse): Outgoing | null {
  const { code } = response;
  const location = response.headers.get("Location");
  if (location === null || !isRedirect(code)) return null;
  const method = methodAfter(request.method, code);
  const keepsBody = method === request.method;
  // The pieces of a body come only once.
  if (keepsBody && request.body !== null && !(request.body instanceof Uint8Array)) return null;
  const url = new URL(location, urlOf(request));
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const protocol = url.protocol === "http:" ? "http" : "https";
  const headers = request.headers.copy();
  headers.set("Host", url.host);
  // The jar of the client gives each request its own.
  headers.delete("Cookie");
  if (url.host !== request.host || protocol !== request.protocol) removeCredentials(headers);
  if (!keepsBody) removeBodyFields(headers);
  const target = url.pathname + url.search;
  return { protocol, host: url.host, target, headers, method, body: keepsBody ? request.body : null };
}

function parsePath(path: string | URL, origin: Origin): Origin & { readonly target: string } {
  const text = String(path);
  const match = /^(https?):\/\/([^/?#]*)([^#]*)/i.exec(text);
  if (match === null) {
    if (!text.startsWith("/")) {
      throw new TypeError(`Cannot request ${JSON.stringify(text)}: it begins neither with "/" nor with "http"`);
    }
    return { ...origin, target: text.split("#", 1)[0] ?? "/" };
  }
  const [, scheme = "", authority = "", rest = ""] = match;
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const target = rest.startsWith("/") ? rest : `/${rest}`;
  return { protocol: scheme.toLowerCase() === "http" ? "http" : "https", host, target };
}

/** Encodes a body; returns its Content-Type as well if the body determines one. */
async function encodeBody(body: FetchBody): Promise<[EncodedBody, string | null]> {
  if (typeof body === "string" || body instanceof Uint8Array) return [utf8(body), null];
  if (body instanceof URLSearchParams) return [utf8(body.toString()), FORM];
  if (body instanceof FormData || body instanceof Blob) {
    const response = new Response(body);
    return [await response.bytes(), response.headers.get("Content-Type")];
  }
  return [pieces(body), null];
}

async function* pieces(body: Iterable<string | Bytes> | AsyncIterable<string | Bytes>): AsyncGenerator<Bytes> {
  for await (const piece of body) yield utf8(piece);
}
