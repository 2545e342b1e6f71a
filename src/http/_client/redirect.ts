import { HTTPHeaders } from "../_httputil/headers.ts";
import { HTTPClientError } from "./errors.ts";
import { basic, userIn } from "./proxy.ts";
import { parseUrl, type Settings, type SettledRequest } from "./settled_request.ts";

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Tells whether a status is one of a redirect that a client may follow. */
export function isRedirect(code: number): boolean {
  return REDIRECTS.has(code);
}

/** Fields that are for one origin only. */
const CREDENTIALS = [
  "Authorization",
  "Cookie",
  "Cookie2",
  "Proxy-Authorization",
  "X-Api-Key",
  "X-Auth-Token",
  "X-Csrf-Token",
  "X-Xsrf-Token",
  "X-Xsrftoken",
];

/** Fields that describe a body that is no longer sent. */
const OF_BODY = [
  "Content-Length",
  "Content-Type",
  "Content-Encoding",
  "Content-Language",
  "Content-Location",
  "Transfer-Encoding",
  "Expect",
  "Trailer",
  "Digest",
  "Content-Digest",
];

/** Removes the fields that are for one origin only, `more` among them. */
export function removeCredentials(fields: HTTPHeaders, more: readonly string[] = []): void {
  for (const name of [...CREDENTIALS, ...more]) fields.delete(name);
}

/** Removes the fields that describe a body. */
export function removeBodyFields(fields: HTTPHeaders): void {
  for (const name of OF_BODY) fields.delete(name);
}

/** Settings that are for one origin only. */
const WITHOUT_CREDENTIALS: Partial<Settings> = {
  authUsername: null,
  authPassword: null,
  authMode: null,
  clientCert: null,
  clientKey: null,
};

/**
 * Returns the request that a redirect asks for, or `null` if there is nothing to follow.
 *
 * @throws {HTTPClientError} If it cannot be followed: its target is not one of http, it leads from https to http, there
 * were too many before, or the body cannot be sent again.
 */
export function redirected(request: SettledRequest, code: number, headers: HTTPHeaders): SettledRequest | null {
  const { settings, url, chain } = request;
  if (!settings.followRedirects || !isRedirect(code)) return null;
  const [location, ...others] = headers.getList("Location");
  if (location === undefined) return null;
  if (chain.length >= settings.maxRedirects!) return null;
  if (others.some((other) => other !== location)) {
    throw new HTTPClientError(599, `Cannot follow a redirect: ${others.length + 1} fields say where it leads`);
  }
  const next = targetOf(location, url);
  if (url.protocol === "https:" && next.protocol === "http:" && !settings.allowInsecureRedirects) {
    throw new HTTPClientError(599, `Refused a redirect from https to ${next.origin}`);
  }
  // A fragment goes on, as a browser takes it (RFC 9110, section 10.2.2).
  if (next.hash === "") next.hash = url.hash;
  const method = methodAfter(request.method, code);
  const keepsBody = method === request.method;
  if (keepsBody && request.body?.kind === "stream") {
    throw new HTTPClientError(599, `Cannot follow a redirect with ${code}: the body can be sent only once`);
  }
  const fields = new HTTPHeaders(request.headers);
  fields.delete("Host");
  if (!keepsBody) removeBodyFields(fields);
  const followed: SettledRequest = {
    ...request,
    url: next,
    method,
    headers: fields,
    body: keepsBody ? request.body : null,
    chain: [...chain, url.href],
    challenge: null,
  };
  if (next.origin === url.origin) return followed;
  removeCredentials(fields, settings.sensitiveHeaders!);
  const sslOptions = withoutCertificate(settings.sslOptions);
  return { ...followed, settings: { ...settings, ...WITHOUT_CREDENTIALS, sslOptions } };
}

function targetOf(location: string, base: URL): URL {
  try {
    const url = parseUrl(location, base);
    const user = userIn(url);
    // It may be one that Basic authentication cannot tell.
    if (user !== null) basic(user.username, user.password);
    return url;
  } catch (error) {
    throw new HTTPClientError(599, `Cannot follow a redirect: ${error instanceof Error ? error.message : error}`);
  }
}

/** RFC 9110, sections 15.4.2 to 15.4.4: a POST becomes a GET, as browsers have always done. */
export function methodAfter(method: string, code: number): string {
  if (code === 303 && method !== "HEAD") return "GET";
  return (code === 301 || code === 302) && method === "POST" ? "GET" : method;
}

function withoutCertificate(options: Settings["sslOptions"]): Settings["sslOptions"] {
  if (options === null) return null;
  const { cert: _cert, key: _key, certfile: _certfile, keyfile: _keyfile, ...rest } = options;
  return rest;
}
