import { nodeCrypto } from "../internal/node_crypto.ts";
import { isPlainObject } from "../internal/json_object.ts";
import { AuthError } from "./auth_error.ts";
import type { IDToken } from "./_oauth4webapi.ts";

/** Seconds by which the clock of a provider may be ahead of ours. */
export const CLOCK_TOLERANCE = 30;

/** The values that {@linkcode checkIdToken} compares with. */
export interface IdTokenContext {
  readonly idToken: string;
  readonly accessToken: string;
  readonly clientId: string;
  /** Seconds since 1970. */
  readonly now: number;
}

/**
 * Checks what the protocol code leaves out in the code flow (OpenID Connect Core, sections 3.1.3.7 and 3.1.3.8).
 *
 * @throws {AuthError} If the token was issued in the future, for another party, or with another access token.
 */
export function checkIdToken(claims: IDToken, { idToken, accessToken, clientId, now }: IdTokenContext): void {
  if (claims.iat > now + CLOCK_TOLERANCE) throw new AuthError('the ID token has an "iat" in the future');
  if (claims.azp !== undefined && claims.azp !== clientId) throw new AuthError('the ID token has another "azp"');
  if (claims.sub === "") throw new AuthError('the ID token has an empty "sub"');
  if (claims.at_hash === undefined) return;
  if (claims.at_hash !== halfHash(accessToken, idToken)) {
    throw new AuthError('the ID token has another "at_hash" than its access token');
  }
}

/** The left half of the hash that the algorithm of the ID token uses; `null` for an algorithm without one. */
function halfHash(accessToken: string, idToken: string): string | null {
  const { alg } = jsonPart(idToken, 0);
  const bits = typeof alg !== "string" ? null : /^Ed/.test(alg) ? "512" : /^(?:RS|PS|ES)(256|384|512)$/.exec(alg)?.[1];
  if (bits === null || bits === undefined) return null;
  const hash = nodeCrypto().createHash(`sha${bits}`).update(accessToken).digest();
  return hash.subarray(0, hash.length / 2).toString("base64url");
}

/**
 * Decodes a part of a token without verifying anything.
 *
 * @throws {AuthError} If it is not JSON.
 */
export function jsonPart(token: string, index: number): Record<string, unknown> {
  try {
    const bytes = Uint8Array.fromBase64(token.split(".")[index] ?? "", { alphabet: "base64url" });
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (isPlainObject(value)) return value;
  } catch {
    // Said below.
  }
  throw new AuthError("the ID token is malformed");
}
