/**
 * Limits for clients and for load. Tornado has no counterpart.
 *
 * {@linkcode RateLimiter} counts what each client does, as a setting, a decorator, or by hand; {@linkcode LoadShedder}
 * refuses early what the process cannot do in time. The caps on connections are options of the server:
 * `maxConnections` and `maxConnectionsPerAddress`. The page "Limits" tells which to set.
 *
 * @example
 * ```ts
 * import { RateLimiter } from "@twister/twister/limits";
 * import { assertEquals } from "@std/assert";
 *
 * const limiter = new RateLimiter({ quota: 100, window: 60 });
 * assertEquals(limiter.take("192.0.2.1").remaining, 99);
 * ```
 *
 * @module
 */
export { networkOf } from "../net/internal.ts";
export { LoadShedder, type LoadShedderOptions, type Priority } from "./_limits/load_shedder.ts";
export { clientKey, rateLimit, rateLimited, type RateLimitRule } from "./_limits/rate_limit.ts";
export { type Limiter, type RateDecision, RateLimiter, type RateLimitOptions } from "./_limits/rate_limiter.ts";
