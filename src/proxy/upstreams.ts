import type { HTTPServerRequest } from "../http/httputil.ts";
import { TCPClient } from "../net/tcpclient.ts";
import { ActiveCheck } from "./_upstreams/active_check.ts";
import { parseAddress } from "./_upstreams/address.ts";
import { choose } from "./_upstreams/balance.ts";
import { completeOptions, type UpstreamSettings, type UpstreamsOptions } from "./_upstreams/settings.ts";
import { StickyCookies } from "./_upstreams/sticky_cookies.ts";
import { Upstream } from "./_upstreams/upstream.ts";

/** The state of one upstream. */
export interface UpstreamStatus {
  /** Its address, as it was given. */
  readonly address: string;
  /** Its share of the requests, beside those of the others. */
  readonly weight: number;
  /** Tells whether it gets requests. */
  readonly isUp: boolean;
  /** The number of requests and WebSockets under way. */
  readonly active: number;
  /** The number of requests that were sent to it. */
  readonly requests: number;
  /** The number of requests that it has failed. */
  readonly failures: number;
}

/** The options and choices of upstreams, for each request of the proxy. */
export interface Balance {
  /** The options, completed. */
  readonly settings: UpstreamSettings;
  /** Chooses an upstream that was not tried yet; `null` if there is none. */
  choose(request: HTTPServerRequest, tried: readonly Upstream[]): Upstream | null;
  /** Returns the Set-Cookie that keeps the client with an upstream, or `null`. */
  cookieFor(upstream: Upstream, request: HTTPServerRequest): string | null;
}

/** Returns the options and choices of upstreams. */
export let balanceOf: (upstreams: Upstreams) => Balance;

/**
 * The servers behind a proxy: which of them gets a request, and which are in order.
 *
 * An upstream that fails requests gets no more for some seconds, unless there is no other. With `check` it is also
 * asked from time to time, and an upstream that fails those checks gets nothing before it passes them.
 *
 * @example
 * ```ts
 * import { Upstreams } from "@twister/twister/proxy";
 * import { assertEquals } from "@std/assert";
 *
 * using upstreams = new Upstreams(["http://127.0.0.1:8001", "unix:/run/app.sock"], { balancing: "roundRobin" });
 * upstreams.add("https://app.example.com", { weight: 2 });
 * upstreams.remove("unix:/run/app.sock");
 * assertEquals(upstreams.status().map(({ address }) => address), ["http://127.0.0.1:8001", "https://app.example.com"]);
 * ```
 */
export class Upstreams implements Disposable {
  readonly #settings: UpstreamSettings;
  readonly #client = new TCPClient();
  readonly #upstreams = new Map<string, Upstream>();
  readonly #checks = new Map<Upstream, ActiveCheck>();
  readonly #sticky: StickyCookies | null;
  /** The upstreams in order, of which an array is needed for each request. */
  #list: readonly Upstream[] = [];
  readonly #balance: Balance;

  static {
    balanceOf = (upstreams) => upstreams.#balance;
  }

  /**
   * Begins with some upstreams; active checks begin immediately.
   *
   * @param addresses `http://host:port`, `https://host:port`, both maybe with a path that comes in front of all paths,
   * or `unix:/path/to/socket`.
   * @throws {TypeError} If an address is none of them, or an option of a wrong kind.
   * @throws {RangeError} If an option is out of range.
   */
  constructor(addresses: Iterable<string> = [], options: UpstreamsOptions = {}) {
    this.#settings = completeOptions(options);
    const { balancing } = this.#settings;
    const isSticky = typeof balancing === "object" && "stickyCookie" in balancing;
    const sticky = this.#sticky = isSticky ? new StickyCookies(balancing) : null;
    this.#balance = {
      settings: this.#settings,
      choose: (request, tried) => this.#choose(request, tried),
      cookieFor: (upstream, request) => sticky?.header(upstream, request) ?? null,
    };
    for (const address of addresses) this.add(address);
  }

  /**
   * Adds an upstream, which gets requests from now on. One with the same address stays as it is.
   *
   * @throws {TypeError} If it is not an address.
   * @throws {RangeError} If the weight is not a positive number.
   */
  add(address: string, { weight = 1 }: { weight?: number } = {}): void {
    if (!(weight > 0 && weight < Infinity)) throw new RangeError(`A weight must be a positive number, not ${weight}`);
    if (this.#upstreams.has(address)) return;
    const upstream = new Upstream(address, parseAddress(address), weight, this.#client, this.#settings);
    this.#upstreams.set(address, upstream);
    this.#list = [...this.#upstreams.values()];
    const { check } = this.#settings;
    if (check === null) return;
    const active = new ActiveCheck(upstream, check);
    this.#checks.set(upstream, active);
    active.start();
  }

  /**
   * Removes an upstream: it gets no more requests. Those under way, and its WebSockets, go on.
   *
   * @returns Whether it was there.
   */
  remove(address: string): boolean {
    const upstream = this.#upstreams.get(address);
    if (upstream === undefined) return false;
    this.#upstreams.delete(address);
    this.#list = [...this.#upstreams.values()];
    this.#checks.get(upstream)?.stop();
    this.#checks.delete(upstream);
    upstream.close();
    return true;
  }

  /** Returns what is known of the upstreams, in the order in which they were added. */
  status(): UpstreamStatus[] {
    return this.#list.map(({ name: address, weight, isUp, active, requests, failures }) => ({
      address,
      weight,
      isUp,
      active,
      requests,
      failures,
    }));
  }

  /** Removes all upstreams, and ends the checks. */
  close(): void {
    for (const address of [...this.#upstreams.keys()]) this.remove(address);
    this.#client.close();
  }

  /** Removes all upstreams, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #choose(request: HTTPServerRequest, tried: readonly Upstream[]): Upstream | null {
    const [only] = this.#list;
    if (this.#list.length === 1 && tried.length === 0 && only.passesChecks) return only;
    let fit = this.#list.filter((each) => each.isUp && !tried.includes(each));
    // A guess that leaves nothing is no guess: all that pass their checks are worth a try.
    if (fit.length === 0 && !this.#list.some((each) => each.isUp)) {
      fit = this.#list.filter((each) => each.passesChecks && !tried.includes(each));
    }
    return fit.length === 0 ? null : choose(this.#settings.balancing, fit, request, this.#sticky);
  }
}
