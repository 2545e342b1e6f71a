import { isThenable } from "../../internal/promises.ts";
import { events } from "../../internal/events.ts";
import { networkOf } from "../../net/internal.ts";
import type { HTTPServerRequest } from "../../http/httputil.ts";
import { stateOf } from "../../web/internal.ts";
import type { HandlerGuard, HandlerMethod } from "../../web/mod.ts";
import { HTTPError, type RequestHandler } from "../../web/mod.ts";
import { checkUnits, type Limiter, type RateDecision } from "./rate_limiter.ts";

/** Options of {@linkcode rateLimit} and {@linkcode rateLimited}. */
export interface RateLimitRule {
  /**
   * Names whom a request counts for; `null` for a request that has no limit.
   *
   * @default {the address of the client, an IPv6 address by its first 64 bits}
   */
  key?: (handler: RequestHandler) => string | null;
  /**
   * The units that a request takes.
   *
   * @default {1}
   */
  cost?: number;
}

/**
 * The key of a client: its address, of which an IPv6 customer has more than can be counted, by the first 64 bits.
 * Behind a proxy it is the one that the proxy names, if the server trusts it (`xheaders`, `trustedDownstream`).
 */
export function clientKey(request: HTTPServerRequest): string {
  return networkOf(request.remoteIp);
}

/**
 * Makes the setting `rateLimit`: every request of the application takes from the limiter, and one that comes too early
 * is answered with 429 before its handler is prepared.
 *
 * The responses tell the policy and what is left in `RateLimit-Policy` and `RateLimit` (draft 11 of the fields of that
 * name), and a 429 has a `Retry-After` at which the same request would be let in.
 *
 * @throws {RangeError} If a request costs more than the quota, or the cost is not a whole number from 1.
 *
 * @example
 * ```ts
 * import { rateLimit, RateLimiter } from "@twister/twister/limits";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Home extends RequestHandler {
 *   override get(): void {
 *     this.write("Hello");
 *   }
 * }
 *
 * const app = new Application([["/", Home]], { rateLimit: rateLimit(new RateLimiter({ quota: 1, window: 60 })) });
 * const first = await app.fetch(new Request("http://localhost/"));
 * assertEquals([await first.text(), first.headers.get("RateLimit")], ["Hello", '"default";r=0;t=60']);
 * const second = await app.fetch(new Request("http://localhost/"));
 * assertEquals([second.status, second.headers.get("Retry-After")], [429, "60"]);
 * await second.body?.cancel();
 * ```
 */
export function rateLimit(limiter: Limiter, rule: RateLimitRule = {}): HandlerGuard {
  checkUnits(limiter, rule.cost ?? 1);
  return { enter: (handler) => pass(limiter, rule, handler) };
}

/**
 * Decorates a method of a handler: it is called only for requests that the limiter lets in, others get 429. See
 * {@linkcode rateLimit}.
 *
 * @throws {RangeError} If a request costs more than the quota, or the cost is not a whole number from 1.
 *
 * @example
 * ```ts
 * import { rateLimited, RateLimiter } from "@twister/twister/limits";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const logins = new RateLimiter({ name: "logins", quota: 1, window: 60 });
 *
 * class Login extends RequestHandler {
 *   @rateLimited(logins)
 *   override post(): void {
 *     this.write("Welcome");
 *   }
 * }
 *
 * const app = new Application([["/login", Login]]);
 * const login = () => app.fetch(new Request("http://localhost/login", { method: "POST" }));
 * assertEquals(await (await login()).text(), "Welcome");
 * assertEquals((await login()).status, 429);
 * ```
 */
export function rateLimited<This extends RequestHandler, Args extends unknown[]>(
  limiter: Limiter,
  rule: RateLimitRule = {},
): (
  method: HandlerMethod<This, Args, void | Promise<void>>,
  context: ClassMethodDecoratorContext<This>,
) => HandlerMethod<This, Args, void | Promise<void>> {
  checkUnits(limiter, rule.cost ?? 1);
  return (method) =>
    function (this: This, ...args: Args): void | Promise<void> {
      const held = pass(limiter, rule, this);
      return held === undefined ? method.apply(this, args) : held.then(() => method.apply(this, args));
    };
}

function pass(limiter: Limiter, rule: RateLimitRule, handler: RequestHandler): void | Promise<void> {
  const { key = clientOf, cost = 1 } = rule;
  const name = key(handler);
  if (name === null) return;
  const decision = limiter.take(name, cost);
  if (isThenable(decision)) return decision.then((known) => apply(limiter, known, handler));
  apply(limiter, decision, handler);
}

function clientOf({ request }: RequestHandler): string {
  return clientKey(request);
}

/** @throws {HTTPError} 429 if the request comes too early. */
function apply(limiter: Limiter, decision: RateDecision, handler: RequestHandler): void {
  const fields = rateFields(limiter, decision);
  if (decision.allowed) return setFields(handler, fields);
  events.connections?.refused("rate");
  // An error page clears the headers, and sets those of the handler again. Each limit belongs to the answer.
  const told = ["RateLimit-Policy", "RateLimit"].flatMap((name) =>
    stateOf(handler).headers.getList(name).map((value) => [name, value] as const)
  );
  const setDefaultHeaders = handler.setDefaultHeaders;
  handler.setDefaultHeaders = () => {
    setDefaultHeaders.call(handler);
    setFields(handler, [...told, ...fields]);
  };
  throw new HTTPError(429);
}

function setFields(handler: RequestHandler, fields: readonly (readonly [string, string])[]): void {
  for (const [name, value] of fields) {
    if (name === "Retry-After") handler.setHeader(name, value);
    else handler.addHeader(name, value);
  }
}

/** The fields that tell a client of its limit. A refusal tells one moment in both of its fields. */
function rateFields(limiter: Limiter, decision: RateDecision): (readonly [string, string])[] {
  const { name, quota, window } = limiter;
  const seconds = Math.ceil(decision.allowed ? decision.reset : decision.retryAfter);
  const fields: (readonly [string, string])[] = [
    ["RateLimit-Policy", `"${name}";q=${quota};w=${Math.ceil(window)}`],
    ["RateLimit", `"${name}";r=${decision.remaining};t=${seconds}`],
  ];
  if (!decision.allowed) fields.push(["Retry-After", String(seconds)]);
  return fields;
}
