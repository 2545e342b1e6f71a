/**
 * Signatures of OAuth 1.0 and 1.0a by HMAC-SHA1 (RFC 5849 section 3.4), as `tornado.auth` makes them.
 *
 * @module
 */
import type { Bytes } from "../internal/bytes.ts";
import { nodeCrypto } from "../internal/node_crypto.ts";
import type { OAuthConsumer } from "../web/mod.ts";
import { AuthError } from "./auth_error.ts";

/** A token with its secret, and what the provider says besides. */
export interface OAuthToken {
  /** The token. */
  readonly key: string;
  /** Signs requests, and is never sent. */
  readonly secret: string;
  /** Anything else that the provider says. */
  readonly [name: string]: string;
}

/** The version of the protocol; in 1.0 the secrets are not escaped in the key of the signature. */
export type OAuthVersion = "1.0" | "1.0a";

/** What `encodeURIComponent` leaves alone and RFC 3986 section 2.3 does not. */
const RESERVED = /[!'()*]/g;

/** Scheme, authority and path of a URL. */
const URL_PARTS = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)/i;

/** Percent-encodes all but the unreserved characters. */
export function oauthEscape(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    RESERVED,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * Signs a request.
 *
 * @param parameters All parameters of the request, in the query and in a form.
 * @param token The token, if there is one already.
 * @throws {TypeError} If the URL is not absolute.
 */
export function oauthSignature(
  version: OAuthVersion,
  consumer: OAuthConsumer,
  request: { readonly method: string; readonly url: string; readonly parameters: Readonly<Record<string, string>> },
  token: OAuthToken | null,
): string {
  const { method, url, parameters } = request;
  const pairs = Object.entries(parameters).map(([name, value]): [string, string] => [
    oauthEscape(name),
    oauthEscape(value),
  ]);
  // Escaped names are ASCII, so that the order of code units is that of bytes.
  pairs.sort(([a], [b]) => a < b ? -1 : 1);
  const base = [method.toUpperCase(), baseUrl(url), pairs.map((pair) => pair.join("=")).join("&")];
  const secrets = [consumer.secret, token?.secret ?? ""];
  const key = (version === "1.0" ? secrets : secrets.map(oauthEscape)).join("&");
  return nodeCrypto().createHmac("sha1", key).update(base.map(oauthEscape).join("&")).digest("base64");
}

function baseUrl(url: string): string {
  const [, scheme = "", authority = "", path = ""] = URL_PARTS.exec(url) ?? [];
  if (scheme === "") throw new TypeError(`Cannot sign a request to "${url}": the URL is not absolute`);
  const lower = scheme.toLowerCase();
  const port = lower === "https" ? /:443$/ : /:80$/;
  return `${lower}://${authority.toLowerCase().replace(port, "")}${path === "" ? "/" : path}`;
}

/**
 * Reads a token of a provider.
 *
 * @throws {AuthError} If the answer is not one.
 */
export function parseOAuthToken(body: Bytes): OAuthToken {
  const fields = new URLSearchParams(new TextDecoder().decode(body));
  const { oauth_token: key = "", oauth_token_secret: secret = "", ...others } = Object.fromEntries(
    [...fields].filter(([, value]) => value !== "").reverse(),
  );
  if (key === "" || secret === "") throw new AuthError("the provider gives no token");
  return { ...others, key, secret };
}
