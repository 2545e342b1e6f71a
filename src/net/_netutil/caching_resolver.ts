import { currentClock } from "../../internal/clock.ts";
import { type ResolvedAddress, type ResolveOptions, Resolver } from "./resolver.ts";

/** Hosts that are remembered, so that a program that connects to the whole world does not keep it in memory. */
const DEFAULT_MAX_ENTRIES = 1000;

/** Options of {@linkcode CachingResolver}. */
export interface CachingResolverOptions {
  /**
   * The resolver that looks names up.
   *
   * @default {Resolver.create()}
   */
  readonly resolver?: Resolver | null;
  /**
   * Seconds for which addresses are remembered.
   *
   * @default {10}
   */
  readonly ttl?: number;
  /**
   * Seconds for which an error is remembered; 0 asks again each time.
   *
   * @default {1}
   */
  readonly negativeTtl?: number;
  /**
   * The most hosts that are remembered; beyond it, the one that was asked for first is forgotten.
   *
   * @default {1000}
   */
  readonly maxEntries?: number;
}

interface Entry {
  readonly addresses: Promise<ResolvedAddress[]>;
  /** When the entry is forgotten, on the monotonic clock; `Infinity` while the look-up is under way. */
  end: number;
}

/**
 * Remembers the addresses that another resolver has found for some seconds, and lets callers that ask at the same time
 * share one look-up. The system does not tell how long an address is valid.
 *
 * @example
 * ```ts
 * import { CachingResolver } from "@twister/twister/netutil";
 * import { TCPClient } from "@twister/twister/tcpclient";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const client = new TCPClient(new CachingResolver({ ttl: 30 }));
 * for (let i = 0; i < 2; i++) {
 *   const accepted = listener.accept();
 *   using stream = await client.connect("localhost", listener.addr.port, { af: "ipv4" });
 *   assertEquals(stream.closed(), false);
 *   (await accepted).close();
 * }
 * ```
 */
export class CachingResolver extends Resolver {
  /** The resolver that looks names up. */
  readonly resolver: Resolver;
  readonly #ttl: number;
  readonly #negativeTtl: number;
  readonly #maxEntries: number;
  readonly #entries: Map<string, Entry> = new Map();

  /**
   * Wraps a resolver; closing this resolver closes that one.
   *
   * @throws {RangeError} If a number of seconds is negative, or `maxEntries` is less than 1.
   */
  constructor(options: CachingResolverOptions = {}) {
    super();
    const { resolver = null, ttl = 10, negativeTtl = 1, maxEntries = DEFAULT_MAX_ENTRIES } = options;
    for (const [name, seconds] of Object.entries({ ttl, negativeTtl })) {
      if (!(seconds >= 0)) {
        throw new RangeError(`Cannot cache addresses: ${name} is negative or not a number: ${seconds}`);
      }
    }
    if (!(maxEntries >= 1)) throw new RangeError(`Cannot cache addresses: maxEntries is less than 1: ${maxEntries}`);
    this.resolver = resolver ?? Resolver.create();
    this.#ttl = ttl;
    this.#negativeTtl = negativeTtl;
    this.#maxEntries = maxEntries;
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
  }

  /** Forgets everything, and closes the wrapped resolver. */
  override close(): void {
    this.clear();
    this.resolver.close();
  }

  /** Returns the remembered addresses of the host, or asks the wrapped resolver, with the same errors. */
  override async resolve(host: string, port: number, options: ResolveOptions = {}): Promise<ResolvedAddress[]> {
    const key = `${options.family ?? ""} ${port} ${host}`;
    const known = this.#entries.get(key);
    const entry = known !== undefined && known.end > currentClock().monotonic()
      ? known
      : this.#ask(key, () => this.resolver.resolve(host, port, options));
    // The caller may change its list.
    return [...await entry.addresses];
  }

  #ask(key: string, resolve: () => Promise<ResolvedAddress[]>): Entry {
    const entry: Entry = { addresses: resolve(), end: Infinity };
    const remember = (seconds: number) => {
      entry.end = currentClock().monotonic() + seconds;
    };
    entry.addresses.then(() => remember(this.#ttl), () => remember(this.#negativeTtl));
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) break;
      this.#entries.delete(oldest);
    }
    return entry;
  }
}
