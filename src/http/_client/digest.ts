import { nodeCrypto } from "../../internal/node_crypto.ts";
import { latin1Text } from "../../internal/utf8.ts";
import { utf8 } from "../../util/escape.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";

/** A challenge of Digest authentication (RFC 7616, section 3.3). */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | null;
  /** The algorithm as the server writes it: one of those below, maybe with `-sess`. */
  readonly algorithm: string;
  /** Tells whether the server knows `qop`, as all do since RFC 2617. */
  readonly hasQop: boolean;
  /** Tells whether only the nonce of the request before was too old. */
  readonly isStale: boolean;
}

/** The answer to a challenge, without what is random. */
export interface DigestRequest {
  readonly method: string;
  /** The target of the request. */
  readonly uri: string;
  readonly username: string;
  readonly password: string;
}

const HASHES: Readonly<Record<string, string>> = { "MD5": "md5", "SHA-256": "sha256" };
// A name begins at its first letter only: a long word would be tried from each of its letters otherwise.
const PARAMETER = /(?<![\w-])([a-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;

/** Finds the first challenge that can be answered, or `null`: with MD5 or SHA-256, and `auth` if there is a `qop`. */
export function findChallenge(headers: HTTPHeaders): DigestChallenge | null {
  for (const field of headers.getList("WWW-Authenticate")) {
    for (const part of field.split(/(?:^|,)\s*(?=digest\s)/i)) {
      const challenge = /^digest\s/i.test(part) ? parseChallenge(part) : null;
      if (challenge !== null) return challenge;
    }
  }
  return null;
}

function parseChallenge(text: string): DigestChallenge | null {
  const parameters = new Map<string, string>();
  for (const [, name = "", quoted, token = ""] of text.matchAll(PARAMETER)) {
    // A later field of the same name belongs to a challenge of another scheme.
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted?.replaceAll(/\\(.)/g, "$1") ?? token);
  }
  const realm = parameters.get("realm");
  const nonce = parameters.get("nonce");
  const algorithm = parameters.get("algorithm") ?? "MD5";
  const qop = parameters.get("qop");
  if (realm === undefined || nonce === undefined || hashOf(algorithm) === null) return null;
  if (qop !== undefined && !/(?:^|[\s,])auth(?:[\s,]|$)/i.test(qop)) return null;
  const isStale = parameters.get("stale")?.toLowerCase() === "true";
  return { realm, nonce, opaque: parameters.get("opaque") ?? null, algorithm, hasQop: qop !== undefined, isStale };
}

function hashOf(algorithm: string): string | null {
  const name = algorithm.toUpperCase().replace(/-SESS$/, "");
  return Object.hasOwn(HASHES, name) ? HASHES[name] ?? null : null;
}

/**
 * Returns the value of Authorization that answers a challenge once (RFC 7616, section 3.4).
 *
 * @param cnonce A random text.
 */
export function digestAuthorization(challenge: DigestChallenge, request: DigestRequest, cnonce: string): string {
  const { realm, nonce, opaque, algorithm, hasQop } = challenge;
  const { method, uri, username, password } = request;
  const hash = (text: string) => nodeCrypto().createHash(hashOf(algorithm) ?? "md5").update(text).digest("hex");
  const secret = hash(`${username}:${realm}:${password}`);
  const key = /-sess$/i.test(algorithm) ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
  const count = hasQop ? `00000001:${cnonce}:auth:` : "";
  const response = hash(`${key}:${nonce}:${count}${hash(`${method}:${uri}`)}`);
  const quoted = { username, realm, nonce, uri, response, ...(opaque === null ? {} : { opaque }) };
  const fields = Object.entries(quoted).map(([name, value]) => `${name}="${value.replaceAll(/["\\]/g, "\\$&")}"`);
  fields.push(`algorithm=${algorithm}`);
  if (hasQop) fields.push("qop=auth", "nc=00000001", `cnonce="${cnonce}"`);
  return latin1Text(utf8(`Digest ${fields.join(", ")}`));
}
