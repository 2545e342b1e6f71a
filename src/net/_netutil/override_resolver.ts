import { type ResolvedAddress, type ResolveOptions, Resolver } from "./resolver.ts";

/**
 * What an {@linkcode OverrideResolver} asks for instead, by `"host"`, `"host:port"` or `"host:port:family"`: another host, or
 * another host and port.
 */
export type ResolverMapping = Readonly<Record<string, string | readonly [host: string, port: number]>>;

/** The arguments of an {@linkcode OverrideResolver} in one, as `Resolver.configure(OverrideResolver, options)` passes them. */
export interface OverrideResolverOptions {
  /** The resolver that is asked. */
  readonly resolver: Resolver;
  /** What is asked for instead. */
  readonly mapping: ResolverMapping;
}

/**
 * Asks another resolver for other names, as `/etc/hosts` would (`tornado.netutil.OverrideResolver`). The most exact entry
 * counts: host, port and family, then host and port, then the host.
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
  /** The resolver that is asked. */
  readonly resolver: Resolver;
  /** What is asked for instead. */
  readonly mapping: ResolverMapping;

  /** Wraps `resolver`, which it closes with itself. */
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

  /** What the wrapped resolver finds for the mapped name; the errors are its own. */
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
