import type { HTTPServerRequest } from "../../http/httputil.ts";
import { withoutDefaultPort } from "../../http/internal.ts";
import { HTTPError } from "../errors.ts";

/** An origin in lower case, without the default port of its scheme. */
interface Origin {
  readonly scheme: string;
  /** Host and port. */
  readonly authority: string;
}

/**
 * Scheme, host and port. By pattern, since to the URL standard the origin of a browser extension is `"null"`; `null`
 * itself, which pages without an origin send, does not match.
 */
const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/((?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?)$/;

/** The number of characters of a header that the log shows. */
const SHOWN_LENGTH = 100;

/**
 * Reads the setting `crossOriginProtection`: the origins that it trusts, in one notation.
 *
 * A value that the compiler would refuse is an error here, so that plain JavaScript does not switch the protection off
 * in silence.
 *
 * @throws {TypeError} If the setting is of another type.
 * @throws {RangeError} If an entry is not an origin.
 */
export function trustedOrigins(setting: unknown): ReadonlySet<string> {
  if (setting === undefined || typeof setting === "boolean") return new Set();
  const list: unknown = isProtection(setting) ? setting.trustedOrigins ?? [] : null;
  if (!Array.isArray(list)) {
    const shown = Deno.inspect(setting);
    throw new TypeError(
      `The setting crossOriginProtection must be a boolean or { trustedOrigins: [...] }, not ${shown}`,
    );
  }
  return new Set(list.map(trusted));
}

function isProtection(setting: unknown): setting is { trustedOrigins?: unknown } {
  return typeof setting === "object" && setting !== null && !Array.isArray(setting) &&
    Object.keys(setting).every((key) => key === "trustedOrigins");
}

function trusted(entry: unknown): string {
  const origin = typeof entry === "string" ? parseOrigin(entry) : null;
  if (origin !== null) return serialize(origin);
  throw new RangeError(
    `Cannot trust the origin ${Deno.inspect(entry)}: it must be scheme, host and port, like "https://example.com:8443"`,
  );
}

/**
 * Refuses a request that a browser sends for a page of another origin, as Go's `http.CrossOriginProtection` does.
 *
 * `Sec-Fetch-Site` decides; a browser without it is known by `Origin`, whose host and port must be those of the
 * request. Schemes are not compared, because a proxy may speak TLS for this server.
 *
 * @throws {HTTPError} 403 if the request is refused.
 */
export function refuseCrossOrigin(request: HTTPServerRequest, trusted: ReadonlySet<string>): void {
  const { headers } = request;
  const site = headers.get("Sec-Fetch-Site");
  if (site === "same-origin" || site === "none") return;
  const text = headers.get("Origin");
  // No browser, or one from before 2020.
  if (site === null && text === null) return;
  const origin = text === null ? null : parseOrigin(text);
  if (origin !== null && trusted.has(serialize(origin))) return;
  if (site === null && origin !== null && origin.authority === withoutDefaultPort(request.host, origin.scheme)) return;
  throw new HTTPError(403, "Cross-origin request refused: Sec-Fetch-Site %s, Origin %s", {
    args: [shown(site), shown(text)],
  });
}

function parseOrigin(text: string): Origin | null {
  const [, scheme, authority] = ORIGIN.exec(text.toLowerCase()) ?? [];
  return scheme === undefined ? null : { scheme, authority: withoutDefaultPort(authority, scheme) };
}

function serialize({ scheme, authority }: Origin): string {
  return `${scheme}://${authority}`;
}

function shown(header: string | null): string {
  return header === null ? "missing" : JSON.stringify(header.slice(0, SHOWN_LENGTH));
}
