import { Configurable, type ConfigurableClass } from "../../util/util.ts";
import type { AddressFamily } from "./bind_sockets.ts";
import { familyOf } from "./ip.ts";

/** An address of a host with its IP version; or the path of a Unix socket that stands for the host. */
export type ResolvedAddress =
  | [family: AddressFamily, address: Deno.NetAddr]
  | [family: "unix", address: Deno.UnixAddr & { hostname?: undefined; port?: undefined }];

/** Options of {@linkcode Resolver.resolve}. */
export interface ResolveOptions {
  /**
   * Restricts the result to one IP version.
   * @default {null}
   */
  family?: AddressFamily | null;
}

/**
 * Looks up the addresses of a host (`tornado.netutil.Resolver`): the base class of {@linkcode DefaultLoopResolver},
 * `OverrideResolver` and an application's own. `Resolver.create()` makes the one that `Resolver.configure(...)` chose,
 * or the default.
 *
 * @example
 * ```ts
 * import { type ResolvedAddress, Resolver } from "@twister/twister/netutil";
 * import { assertEquals } from "@std/assert";
 *
 * class LocalResolver extends Resolver {
 *   override resolve(_host: string, port: number): Promise<ResolvedAddress[]> {
 *     return Promise.resolve([["ipv4", { transport: "tcp", hostname: "127.0.0.1", port }]]);
 *   }
 * }
 * Resolver.configure(LocalResolver);
 * const addresses = await Resolver.create().resolve("example.com", 80);
 * assertEquals(addresses[0]?.[1].hostname, "127.0.0.1");
 * Resolver.configure(null);
 * ```
 */
export abstract class Resolver extends Configurable {
  /** Returns this class, which holds the configuration. */
  static override configurableBase(): ConfigurableClass {
    return Resolver;
  }

  /** Returns {@linkcode DefaultLoopResolver}. */
  static override configurableDefault(): ConfigurableClass {
    return DefaultLoopResolver;
  }

  /**
   * Returns the addresses of a host, the preferred one first; there is at least one.
   *
   * @param host A host name or an IP address.
   * @throws {Error} If the host has no address.
   */
  abstract resolve(host: string, port: number, options?: ResolveOptions): Promise<ResolvedAddress[]>;

  /** Releases the resolver's resources; the base class has none. */
  close(): void {}
}

/**
 * Asks the operating system, as `getaddrinfo` does, including `/etc/hosts` (`tornado.netutil.DefaultLoopResolver`).
 * Needs `--allow-net` for the host.
 *
 * @example
 * ```ts
 * import { DefaultLoopResolver } from "@twister/twister/netutil";
 * import { assertEquals } from "@std/assert";
 *
 * const [first] = await new DefaultLoopResolver().resolve("127.0.0.1", 80);
 * assertEquals(first, ["ipv4", { transport: "tcp", hostname: "127.0.0.1", port: 80 }]);
 * ```
 */
export class DefaultLoopResolver extends Resolver {
  /**
   * Returns the addresses of a host in the order of the system.
   *
   * @throws {Error} If the host has no address; for a name, `code` is the code of `getaddrinfo`, such as `ENOTFOUND`.
   */
  override async resolve(host: string, port: number, options: ResolveOptions = {}): Promise<ResolvedAddress[]> {
    const { family = null } = options;
    const own = familyOf(host);
    // The system would answer the same, but an address needs no module to be loaded and no thread.
    if (own !== null) {
      if (family === null || family === own) return [toAddress(own, host, port)];
      throw new Error(`Cannot resolve ${host}: it is not an ${family} address`);
    }
    // Loaded on demand: it costs 5 ms, which a server that makes no connections need not pay.
    const { lookup } = await import("node:dns/promises");
    const found = await lookup(host, { all: true, verbatim: true, family: family === null ? 0 : NUMBERS[family] });
    return found.map(({ address, family }) => toAddress(family === 6 ? "ipv6" : "ipv4", address, port));
  }
}

const NUMBERS = { ipv4: 4, ipv6: 6 } as const;

function toAddress(family: AddressFamily, hostname: string, port: number): ResolvedAddress {
  return [family, { transport: "tcp", hostname, port }];
}
