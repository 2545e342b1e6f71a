/**
 * Providers of OpenID Connect: their metadata and keys, fetched when they are needed and kept for a few minutes.
 *
 * @module
 */
import { currentClock } from "../internal/clock.ts";
import { isPlainObject } from "../internal/json_object.ts";
import { handled } from "../internal/promises.ts";
import { AuthError } from "./auth_error.ts";
import type { ClientProof } from "./_code_flow.ts";
import {
  allowInsecureRequests,
  type AuthorizationServer,
  customFetch,
  discoveryRequest,
  type JWKS,
  jwksCache,
  KEY_SELECTION,
  OperationProcessingError,
  processDiscoveryResponse,
  validateApplicationLevelSignature,
} from "./_oauth4webapi.ts";
import type { ProviderFetch } from "./_provider_fetch.ts";

/** Where a provider is. */
export interface ProviderAddress {
  /** The issuer, as the metadata and ID tokens name it. */
  readonly issuer: string;
  /** The URL below which the metadata are. */
  readonly discoveryBase: string;
  /** Metadata that take the place of those found. If the endpoints and keys are among them, none are asked for. */
  readonly known: Partial<AuthorizationServer>;
}

/** Seconds for which metadata are used. */
const METADATA_LIFETIME = 600;
/** Seconds for which keys are used: a key that is withdrawn is refused after that. */
const KEYS_LIFETIME = 300;
/** Seconds between two requests for keys because of tokens whose key is not among them. */
const UNKNOWN_KEY_INTERVAL = 60;
/** Seconds between two times that metadata are forgotten before their time, because a login failed. */
const FORGET_INTERVAL = 60;
/** The most providers of an application; beyond it the oldest is asked again. */
const MAX_PROVIDERS = 100;

const REQUIRED = ["authorization_endpoint", "token_endpoint", "jwks_uri"] as const;
const OPTIONAL = ["userinfo_endpoint", "end_session_endpoint", "revocation_endpoint"] as const;

interface Entry {
  readonly provider: Promise<Provider>;
  readonly end: number;
}

/** The providers that an application knows. */
export class Providers {
  static readonly #byOwner: WeakMap<object, Providers> = new WeakMap();
  readonly #entries: Map<string, Entry> = new Map();
  readonly #forgotten: Map<string, number> = new Map();
  /** By the URLs of the keys: they outlive the metadata, so that a failed login does not make them be asked for. */
  readonly #keys: Map<string, ProviderKeys> = new Map();

  /** Returns the providers of an application. */
  static of(owner: object): Providers {
    const found = Providers.#byOwner.get(owner);
    if (found !== undefined) return found;
    const made = new Providers();
    Providers.#byOwner.set(owner, made);
    return made;
  }

  /**
   * Returns a provider; its metadata are fetched unless they are known.
   *
   * @throws {AuthError} If the provider has no usable metadata; and what the protocol code throws.
   * @throws {TypeError} If the issuer is neither an https URL nor on this machine.
   */
  get(address: ProviderAddress, fetch: ProviderFetch): Promise<Provider> {
    checkAddress(address);
    const name = JSON.stringify(address);
    const now = currentClock().now();
    const entry = this.#entries.get(name);
    if (entry !== undefined && entry.end > now) return entry.provider;
    const provider = handled(this.#discover(address, fetch));
    putBounded(this.#entries, name, { provider, end: now + METADATA_LIFETIME });
    provider.catch(() => {
      if (this.#entries.get(name)?.provider === provider) this.#entries.delete(name);
    });
    return provider;
  }

  /** Forgets metadata that have led to a failure, so that the next login asks for them again. */
  forget(address: ProviderAddress): void {
    const name = JSON.stringify(address);
    const now = currentClock().monotonic();
    if (now - (this.#forgotten.get(name) ?? -Infinity) < FORGET_INTERVAL) return;
    putBounded(this.#forgotten, name, now);
    this.#entries.delete(name);
  }

  async #discover(address: ProviderAddress, fetch: ProviderFetch): Promise<Provider> {
    const { metadata, insecure } = await discover(address, fetch);
    const url = metadata.jwks_uri ?? "";
    const keys = this.#keys.get(url) ?? new ProviderKeys(url);
    putBounded(this.#keys, url, keys);
    return new Provider(metadata, insecure, keys);
  }
}

/** A provider with its metadata. */
export class Provider {
  readonly metadata: AuthorizationServer;
  /** Requests without TLS are allowed: the issuer is on this machine. */
  readonly insecure: boolean;
  /** The way in which the provider wants a client to prove who it is; `null` if it has not been asked. */
  proof: ClientProof | null = null;
  readonly #keys: ProviderKeys;

  constructor(metadata: AuthorizationServer, insecure: boolean, keys: ProviderKeys) {
    this.metadata = metadata;
    this.insecure = insecure;
    this.#keys = keys;
  }

  /** The ways to prove who a client is, the one that the provider has taken first. */
  get proofs(): readonly ClientProof[] {
    const { token_endpoint_auth_methods_supported: names } = this.metadata;
    // OpenID Connect Discovery section 3: what the provider takes if it does not say.
    const taken: ClientProof[] = Array.isArray(names) && !names.includes("client_secret_basic")
      ? ["post"]
      : ["basic", "post"];
    return this.proof === "post" ? ["post", ...taken.filter((way) => way !== "post")] : taken;
  }

  /**
   * Verifies the signature of the token in a processed response.
   *
   * @throws {AuthError} If the provider has no usable keys; and what the protocol code throws.
   */
  verifySignature(response: Response, fetch: ProviderFetch): Promise<void> {
    return this.#keys.use(fetch, async (jwks) => {
      // The protocol code keeps keys by the object of the metadata; a new one makes it take ours, which are current.
      const metadata = { ...this.metadata };
      await validateApplicationLevelSignature(metadata, response, {
        [jwksCache]: { jwks: structuredClone(jwks), uat: Math.floor(Date.now() / 1000) },
        [customFetch]: () => Promise.reject(new AuthError("the provider's keys are malformed")),
        [allowInsecureRequests]: this.insecure,
      });
    });
  }
}

/** The keys with which a provider signs. */
class ProviderKeys {
  readonly #url: string;
  #known: { readonly jwks: JWKS; readonly end: number } | null = null;
  #pending: Promise<JWKS> | null = null;
  #askedForUnknown = -Infinity;

  constructor(url: string) {
    this.#url = url;
  }

  /** Calls `verify` with the keys; once more with new ones if the key that it looks for is not among them. */
  async use(fetch: ProviderFetch, verify: (jwks: JWKS) => Promise<void>): Promise<void> {
    const known = this.#known !== null && this.#known.end > currentClock().now() ? this.#known.jwks : null;
    try {
      await verify(known ?? await this.#fetchOnce(fetch));
    } catch (error) {
      const isUnknown = error instanceof OperationProcessingError && error.code === KEY_SELECTION;
      if (known === null || !isUnknown || !this.#mayAskAgain()) throw error;
      await verify(await this.#fetchOnce(fetch));
    }
  }

  #mayAskAgain(): boolean {
    const now = currentClock().monotonic();
    if (now - this.#askedForUnknown < UNKNOWN_KEY_INTERVAL) return false;
    this.#askedForUnknown = now;
    return true;
  }

  /** Fetches the keys, once for all logins that wait for them. */
  #fetchOnce(fetch: ProviderFetch): Promise<JWKS> {
    return this.#pending ??= this.#fetch(fetch).finally(() => this.#pending = null);
  }

  async #fetch(fetch: ProviderFetch): Promise<JWKS> {
    const response = await fetch(this.#url, {
      method: "GET",
      headers: { accept: "application/json, application/jwk-set+json" },
    });
    const jwks = response.status === 200 ? parseJson(await response.text()) : null;
    if (!isPlainObject(jwks) || !Array.isArray(jwks.keys) || !jwks.keys.every(isPlainObject)) {
      throw new AuthError(`the provider answers ${response.status} without keys`);
    }
    const found: JWKS = { keys: jwks.keys };
    this.#known = { jwks: found, end: currentClock().now() + KEYS_LIFETIME };
    return found;
  }
}

function putBounded<Value>(map: Map<string, Value>, name: string, value: Value): void {
  map.delete(name);
  for (const oldest of map.keys()) {
    if (map.size < MAX_PROVIDERS) break;
    map.delete(oldest);
  }
  map.set(name, value);
}

interface Found {
  readonly metadata: AuthorizationServer;
  readonly insecure: boolean;
}

/** @throws {TypeError} If the issuer is neither an https URL nor on this machine. */
function checkAddress({ issuer, discoveryBase }: ProviderAddress): void {
  const urls = [URL.parse(issuer), URL.parse(discoveryBase)];
  if (urls.every((url) => url !== null && (url.protocol === "https:" || isLocalHttp(url)))) return;
  throw new TypeError(`The issuer must be an https URL, or one of http on this machine, not "${issuer}"`);
}

async function discover({ issuer, discoveryBase, known }: ProviderAddress, fetch: ProviderFetch): Promise<Found> {
  const base = new URL(discoveryBase);
  const insecure = isLocalHttp(base);
  if (REQUIRED.every((name) => known[name] !== undefined)) return checked({ ...known, issuer }, insecure);
  const response = await discoveryRequest(base, { [customFetch]: fetch, [allowInsecureRequests]: insecure });
  const found = await processDiscoveryResponse(new URL(issuer), response);
  return checked({ ...found, ...known }, insecure);
}

function checked(metadata: AuthorizationServer, insecure: boolean): Found {
  for (const name of REQUIRED) checkEndpoint(name, metadata[name], insecure);
  for (const name of OPTIONAL) if (metadata[name] !== undefined) checkEndpoint(name, metadata[name], insecure);
  return { metadata, insecure };
}

/** @throws {AuthError} If the endpoint is not an https URL; an issuer on this machine may have others there. */
function checkEndpoint(name: string, value: unknown, insecure: boolean): void {
  const url = typeof value === "string" ? URL.parse(value) : null;
  if (url?.protocol === "https:" || (insecure && url !== null && isLocalHttp(url))) return;
  throw new AuthError(`the provider's metadata have no usable ${name}`);
}

/** Tells whether a URL is one of http on this machine. */
export function isLocalHttp(url: URL): boolean {
  return url.protocol === "http:" && isLoopback(url.hostname);
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
