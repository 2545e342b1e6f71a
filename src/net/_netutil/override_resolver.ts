import { type ResolvedAddress, type ResolveOptions, Resolver } from "./resolver.ts";

/**
 * The replacements of an {@linkcode OverrideResolver}: another host, or another host and port, for each `"host"`,
 * `"host:port"` or `"host:port:family"`.
 */
export type ResolverMapping = Readonly<Record<string, string | readonly [host: string, port: number]>>;

/**
 * The arguments of an {@linkcode OverrideResolver} as one object, for `Resolver.configure(OverrideResolver, options)`.
 */
export interface OverrideResolverOptions {
  /** The resolver that looks names up. */
  readonly resolver: Resolver;
  /** The replacements. */
  readonly mapping: ResolverMapping;
}

/**
 * Replaces some names before another resolver looks them up, much like `/etc/hosts`
 * (`tornado.netutil.OverrideResolver`). The most specific entry wins: host, port and family, then host and port, then
 * the host.
 *
 * @example
 * ```ts
 * import { DefaultLoopResolver, OverrideResolver } from "@twister/twister/netutil";
 * import { assertEquals } from "@std/assert";
 *
 * const resolver = new OverrideResolver(new DefaultLoopResolver(), {
 *   "example.com": "127.0.0.1",
 *   "login.example.com:443": ["127.0.0.1", 1443],
 *   "login.example.com:443:ipv6": ["::1", 1443],
 * });
 * const [first] = await resolver.resolve("login.example.com", 443, { family: "ipv6" });
 * assertEquals(first?.[1], { transport: "tcp", hostname: "::1", port: 1443 });
 * ```
 */
export class OverrideResolver extends Resolver {
  /** The resolver that looks names up. */
  readonly resolver: Resolver;
  /** The replacements. */
  readonly mapping: ResolverMapping;

  /** Wraps `resolver`; closing this resolver closes that one. */
  constructor(resolver: Resolver | OverrideResolverOptions, mapping: ResolverMapping = {}) {
    super();
    const options = resolver instanceof Resolver ? { resolver, mapping } : resolver;
    this.resolver = options.resolver;
    this.mapping = options.mapping;
  }

  /** Closes the wrapped resolver. */
  override close(): void {
    this.resolver.close();
  }

  /** Returns what the wrapped resolver finds for the replacement, with the same errors. */
  override resolve(host: string, port: number, options: ResolveOptions = {}): Promise<ResolvedAddress[]> {
    const keys = [`${host}:${port}:${options.family}`, `${host}:${port}`, host];
    // Own properties only: a host may be called "constructor".
    const key = keys.find((key) => Object.hasOwn(this.mapping, key));
    const target = key === undefined ? host : this.mapping[key] ?? host;
    return typeof target === "string"
      ? this.resolver.resolve(target, port, options)
      : this.resolver.resolve(target[0], target[1], options);
  }
}
