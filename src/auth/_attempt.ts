/**
 * Logins under way. Each has a cookie of its own in the browser that began it, so that an answer of the provider is
 * taken only there, only once, and only for a few minutes.
 *
 * @module
 */
import { equalBytes } from "../internal/bytes.ts";
import { currentClock } from "../internal/clock.ts";
import { isPlainObject } from "../internal/json_object.ts";
import { utf8 } from "../util/escape.ts";
import type { RequestHandler } from "../web/mod.ts";
import { AuthError } from "./auth_error.ts";

/** A login under way. */
export interface Attempt {
  /** The `state`, which the provider sends back. */
  readonly state: string;
  /** The provider and the client: an answer of another provider is not one to this attempt. */
  readonly audience: string;
  /** The PKCE verifier (RFC 7636). */
  readonly verifier: string;
  /** The nonce of the ID token; empty if none is expected. */
  readonly nonce: string;
  /** The greatest age of the authentication, in seconds as text; empty for any. */
  readonly maxAge: string;
  /** Where to go afterwards. */
  readonly next: string;
}

/** The way on which the provider's answer comes back. */
export interface AnswerRoute {
  /** It comes over TLS. */
  readonly secure: boolean;
  /** It is a POST that a page of the provider makes, which carries no cookie that is `Lax`. */
  readonly crossSite: boolean;
}

/** Seconds for which a login may take: time for a password and a second factor. */
const LIFETIME = 600;
const DAY = 86400;

/** The most logins under way in one browser; beyond it the oldest ends. Their cookies have to fit into one request. */
const MAX_ATTEMPTS = 6;

/** The most states that are remembered as used; beyond it the oldest is forgotten, which its provider still refuses. */
const MAX_USED = 10_000;

/** The part of a state that names its cookie, 96 bits. */
const NAMED = 16;
const STATE = /^[\w-]{43}$/;
const COOKIE = /^(?:__Host-)?twister_login_[\w-]{16}$/;

/** States by the time at which their cookies are too old anyway. */
const used = new Map<string, number>();

/** Keeps an attempt in a cookie of the response. */
export function beginAttempt(handler: RequestHandler, attempt: Attempt, { secure, crossSite }: AnswerRoute): void {
  // Browsers send older cookies first (RFC 6265 section 5.4).
  for (const name of heldCookies(handler).slice(0, -(MAX_ATTEMPTS - 1))) clearAttempt(handler, name);
  const name = cookieName(attempt.state, secure);
  // A log line shows the beginning of a signed value that is refused; nothing there is secret.
  const { audience, next, ...others } = attempt;
  const value = JSON.stringify({ audience, next, ...others });
  handler.setCookie(name, handler.createSignedValue(name, value), {
    httponly: true,
    maxAge: LIFETIME,
    samesite: crossSite ? "None" : "Lax",
    secure,
  });
}

/**
 * Takes the attempt that an answer belongs to, and ends it, whatever becomes of the answer.
 *
 * @param state The state in the answer, `null` if it has none.
 * @throws {AuthError} If this browser did not begin it with this provider, or it has ended.
 */
export function takeAttempt(handler: RequestHandler, state: string | null, audience: string): Attempt {
  const name = state !== null && STATE.test(state) ? heldName(handler, state) : null;
  if (state === null || name === null) {
    if (state !== null && used.has(state)) throw new AuthError("its state was used before");
    endOnlyAttempt(handler);
    throw new AuthError(state === null ? "the answer has no state" : "no login with its state began in this browser");
  }
  const text = handler.getSignedCookie(name, { maxAgeDays: LIFETIME / DAY, minVersion: 2 });
  clearAttempt(handler, name);
  const attempt = text === null ? null : readAttempt(new TextDecoder().decode(text));
  if (attempt === null) throw new AuthError("the cookie of the login is forged or too old");
  if (!equalBytes(utf8(attempt.state), utf8(state))) throw new AuthError("its state is that of another login");
  if (!useOnce(state)) throw new AuthError("its state was used before");
  if (attempt.audience !== audience) throw new AuthError("the login began with another provider or client");
  return attempt;
}

/** Ends the attempt that an answer belongs to, if there is one. */
export function dropAttempt(handler: RequestHandler, state: string | null): void {
  const name = state !== null && STATE.test(state) ? heldName(handler, state) : null;
  if (name !== null) clearAttempt(handler, name);
  else endOnlyAttempt(handler);
}

/**
 * Ends the one attempt of a browser that gets an answer to none: it can only have been meant for that. With several,
 * none ends, so that a forged link does not end them all.
 */
function endOnlyAttempt(handler: RequestHandler): void {
  const [name, ...others] = heldCookies(handler);
  if (name !== undefined && others.length === 0) clearAttempt(handler, name);
}

function clearAttempt(handler: RequestHandler, name: string): void {
  handler.clearCookie(name, { httponly: true, samesite: "Lax", secure: name.startsWith("__Host-") });
}

function heldCookies(handler: RequestHandler): string[] {
  return [...handler.cookies.keys()].filter((name) => COOKIE.test(name));
}

function heldName(handler: RequestHandler, state: string): string | null {
  return [true, false].map((secure) => cookieName(state, secure)).find((name) => handler.cookies.has(name)) ?? null;
}

/** With its prefix, no other host and no page without TLS can set the cookie (RFC 6265bis section 4.1.3.2). */
function cookieName(state: string, secure: boolean): string {
  return `${secure ? "__Host-" : ""}twister_login_${state.slice(0, NAMED)}`;
}

function readAttempt(text: string): Attempt | null {
  const value: unknown = JSON.parse(text);
  if (!isPlainObject(value)) return null;
  const { state, audience, verifier, nonce, maxAge, next } = value;
  for (const field of [state, audience, verifier, nonce, maxAge, next]) if (typeof field !== "string") return null;
  return {
    state: String(state),
    audience: String(audience),
    verifier: String(verifier),
    nonce: String(nonce),
    maxAge: String(maxAge),
    next: String(next),
  };
}

function useOnce(state: string): boolean {
  const now = currentClock().now();
  for (const [old, end] of used) {
    if (end > now && used.size < MAX_USED) break;
    used.delete(old);
  }
  if (used.has(state)) return false;
  used.set(state, now + LIFETIME);
  return true;
}
