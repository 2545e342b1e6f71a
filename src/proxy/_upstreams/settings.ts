import type { SSLOptions } from "../../net/netutil.ts";
import type { CookieSecret } from "../../web/mod.ts";

/** Chooses an upstream by what a request has, so that equal requests go to the same one as long as it is up. */
export interface HashBalancing {
  /** The part of the request: the address of the client, a header, or a cookie. */
  readonly hash: "address" | "header" | "cookie";
  /** The name of the header or the cookie. */
  readonly name?: string;
}

/** Chooses an upstream once, and keeps a client there by a signed cookie. */
export interface StickyBalancing {
  /** The name of the cookie. */
  readonly stickyCookie: string;
  /** The secret that signs it. All proxies in front of the same upstreams need the same. */
  readonly secret: CookieSecret;
}

/**
 * The way to choose an upstream: the one with the fewest requests under way, one after another, the better of two that
 * are drawn at random, by a hash, or by a cookie. A request without the hashed header or cookie goes to the one with
 * the fewest requests.
 */
export type Balancing = "leastConnections" | "roundRobin" | "twoChoices" | HashBalancing | StickyBalancing;

/** Options of the requests by which a proxy finds out whether its upstreams are in order. Times are in seconds. */
export interface ActiveCheckOptions {
  /** The path to ask for. @default {"/"} */
  path?: string;
  /** The Host of the request. @default {the upstream's own} */
  host?: string;
  /** The pause between two checks. @default {10} */
  interval?: number;
  /** The time for a response. @default {5} */
  timeout?: number;
  /** The number of checks in a row that must pass before an upstream that was down is up. @default {1} */
  passes?: number;
  /** The number of checks in a row that must fail before an upstream that was up is down. @default {1} */
  fails?: number;
  /** The statuses that pass. @default {200 to 399} */
  status?: readonly number[];
  /** The pattern that the first 64 KiB of the body must match. @default {anything} */
  body?: RegExp;
}

/** Options of passive checks: which requests of clients show that an upstream is down. Times are in seconds. */
export interface PassiveCheckOptions {
  /** The number of failures within `failTime` that take an upstream out; 0 for none. @default {1} */
  maxFails?: number;
  /** The time for which failures count, and for which the upstream is out. @default {10} */
  failTime?: number;
  /** Statuses that count as failures. @default {none} */
  unhealthyStatus?: readonly number[];
  /** A response that takes longer counts as a failure. @default {Infinity} */
  unhealthyLatency?: number;
}

/** Options of `Upstreams`. Times are in seconds. */
export interface UpstreamsOptions {
  /** The way to choose an upstream. @default {"leastConnections"} */
  balancing?: Balancing;
  /** Checks the upstreams from time to time; `null` for never. @default {null} */
  check?: ActiveCheckOptions | null;
  /** Options of the passive checks. @default {{}} */
  passive?: PassiveCheckOptions;
  /** The most connections to one upstream; further requests wait. @default {Infinity} */
  maxConnections?: number;
  /** The time for a connection, TLS included. @default {5} */
  connectTimeout?: number;
  /**
   * The time from the last byte of a request to the head of its response. A client that sends no more of its request
   * for that long is refused with 408.
   *
   * @default {300}
   */
  responseTimeout?: number;
  /**
   * The time for which an idle connection is kept. It should be less than what the upstream keeps it for: a request
   * that crosses the end of its connection fails unless it can be repeated.
   *
   * @default {4, since Node and uvicorn close after 5}
   */
  idleTimeout?: number;
  /**
   * The time after its arrival in which a request that failed is tried again, with another upstream first. Only a
   * request that has no body and an idempotent method is sent twice; any other is tried again as long as no connection
   * could be made.
   *
   * @default {2}
   */
  tryTime?: number;
  /** The pause when all upstreams have failed a request. @default {0.25} */
  tryPause?: number;
  /** TLS of the upstreams with `https:`. @default {{}} */
  sslOptions?: SSLOptions;
  /** `false` to accept any certificate. @default {true} */
  validateCert?: boolean;
  /** The name that the certificates must have. @default {the name in the address} */
  serverHostname?: string | null;
}

type Complete<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** {@linkcode UpstreamsOptions} without gaps. */
export interface UpstreamSettings extends Omit<Complete<UpstreamsOptions>, "check" | "passive"> {
  readonly passive: Complete<PassiveCheckOptions>;
  readonly check: ActiveCheckOptions | null;
}

/**
 * Completes the options.
 *
 * @throws {RangeError} If a number is not one that can be.
 * @throws {TypeError} If the balancing is not one, or a path does not begin with a slash.
 */
export function completeOptions(options: UpstreamsOptions): UpstreamSettings {
  const { maxFails = 1, failTime = 10, unhealthyStatus = [], unhealthyLatency = Infinity } = options.passive ?? {};
  const settings: UpstreamSettings = {
    balancing: options.balancing ?? "leastConnections",
    check: options.check ?? null,
    passive: { maxFails: maxFails === 0 ? Infinity : maxFails, failTime, unhealthyStatus, unhealthyLatency },
    maxConnections: options.maxConnections ?? Infinity,
    connectTimeout: options.connectTimeout ?? 5,
    responseTimeout: options.responseTimeout ?? 300,
    idleTimeout: options.idleTimeout ?? 4,
    tryTime: options.tryTime ?? 2,
    tryPause: options.tryPause ?? 0.25,
    sslOptions: options.sslOptions ?? {},
    validateCert: options.validateCert ?? true,
    serverHostname: options.serverHostname ?? null,
  };
  positive("maxConnections", settings.maxConnections);
  positive("connectTimeout", settings.connectTimeout);
  positive("responseTimeout", settings.responseTimeout);
  notNegative("idleTimeout", settings.idleTimeout);
  notNegative("tryTime", settings.tryTime);
  // Without a pause, requests would keep the loop busy while all upstreams are down.
  positive("tryPause", settings.tryPause);
  notNegative("passive.maxFails", maxFails);
  notNegative("passive.failTime", failTime);
  positive("passive.unhealthyLatency", unhealthyLatency);
  checkBalancing(settings.balancing);
  if (settings.check !== null) checkCheck(settings.check);
  return settings;
}

function checkCheck({ path = "/", interval = 10, timeout = 5, passes = 1, fails = 1 }: ActiveCheckOptions): void {
  if (!/^\/[\x21-\x7e]*$/.test(path)) {
    throw new TypeError(`The path of a check begins with a slash and is encoded, unlike ${JSON.stringify(path)}`);
  }
  // Without a pause, checks would keep the loop busy.
  positive("check.interval", interval);
  positive("check.timeout", timeout);
  positive("check.passes", passes);
  positive("check.fails", fails);
}

function checkBalancing(balancing: Balancing): void {
  if (typeof balancing === "string") {
    if (["leastConnections", "roundRobin", "twoChoices"].includes(balancing)) return;
  } else if ("stickyCookie" in balancing) return;
  else if (balancing.hash === "address") return;
  else if (["header", "cookie"].includes(balancing.hash)) {
    if (balancing.name !== undefined && balancing.name !== "") return;
    throw new TypeError(`Balancing by the hash of a ${balancing.hash} needs its name`);
  }
  throw new TypeError(`There is no balancing ${JSON.stringify(balancing)}`);
}

function positive(name: string, value: number): void {
  if (!(value > 0)) throw new RangeError(`${name} must be a positive number, not ${value}`);
}

function notNegative(name: string, value: number): void {
  if (!(value >= 0)) throw new RangeError(`${name} must be a number that is not negative, not ${value}`);
}
