/**
 * Routers, rules and matchers, which find the delegate that answers a request. Tornado's `tornado.routing`.
 *
 * A router is an `HTTPServerConnectionDelegate`: give it to an `HTTPServer`, or make it the target of a rule of another
 * router. Rules are tried in order, and the first whose target takes the request wins. `Application` in `./web` is a
 * router as well.
 *
 * @example A router of two applications
 * ```ts
 * import { HostMatches, RuleRouter } from "@twister/twister/routing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const site = new Application([["/", RequestHandler]]);
 * const admin = new Application([["/", RequestHandler]]);
 * const router = new RuleRouter([
 *   [new HostMatches("admin\\.example\\.com"), admin],
 *   ["/.*", site],
 * ]);
 * assertEquals(router.rules.length, 2);
 * ```
 *
 * @module
 */
import {
  type HTTPConnection,
  type HTTPMessageDelegate,
  HTTPServerConnectionDelegate,
  type HTTPServerRequest,
} from "../http/httputil.ts";
import { CallableAdapter } from "../http/internal.ts";
import { events } from "../internal/events.ts";
import { appLog } from "../util/log.ts";
import { NO_PARAMS, type TargetParams } from "./_routing/matcher.ts";
import { RoutingDelegate } from "./_routing/routing_delegate.ts";
import { Rule, toRule } from "./_routing/rule.ts";
import type { CheckedRules, RequestCallback, RuleTuple } from "./_routing/rule_types.ts";
import { indexRules, type PathRules, type RuleStep } from "./_routing/rule_index.ts";

export { DefaultHostMatches, type DefaultHostSource, HostMatches } from "./_routing/host_matches.ts";
export { AnyMatches, Matcher, type TargetParams } from "./_routing/matcher.ts";
export type { PathArgument } from "./_routing/path_argument.ts";
export { PathMatches } from "./_routing/path_matches.ts";
export { Rule, type RuleOptions, url, URLSpec, type URLSpecOptions } from "./_routing/rule.ts";
export type {
  CheckedOptions,
  CheckedRules,
  CheckedTarget,
  NoKwargs,
  PathPattern,
  RequestCallback,
  RuleList,
  RulePart,
  RuleTarget,
  RuleTuple,
  TargetKwargs,
} from "./_routing/rule_types.ts";
export { URLPatternMatches } from "./_routing/url_pattern_matches.ts";

/**
 * Finds a delegate for each request. Tornado's `Router`.
 *
 * @example
 * ```ts
 * import { Router } from "@twister/twister/routing";
 * import { HTTPMessageDelegate } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * class EverythingRouter extends Router {
 *   override findHandler(): HTTPMessageDelegate {
 *     return new HTTPMessageDelegate();
 *   }
 * }
 *
 * assertEquals(new EverythingRouter().findHandler() instanceof HTTPMessageDelegate, true);
 * ```
 */
export abstract class Router extends HTTPServerConnectionDelegate {
  /**
   * Finds the delegate that answers a request.
   *
   * @param request The request, whose headers have arrived and whose body has not.
   * @param params The information that a rule of an outer router gives.
   * @returns The delegate, or `null` if this router does not know the request, which then gets a bare 404.
   */
  abstract findHandler(request: HTTPServerRequest, params?: TargetParams): HTTPMessageDelegate | null;

  /** Makes a delegate that waits for the headers and asks {@linkcode Router.findHandler}. */
  override startRequest(serverConn: object, requestConn: HTTPConnection): HTTPMessageDelegate {
    return new RoutingDelegate(this, serverConn, requestConn);
  }
}

/**
 * A router that knows the URLs of its named routes. Tornado's `ReversibleRouter`.
 *
 * @example
 * ```ts
 * import { ReversibleRouter } from "@twister/twister/routing";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new Application() instanceof ReversibleRouter, true);
 * ```
 */
export abstract class ReversibleRouter extends Router {
  /**
   * Makes the URL of a named route with the given arguments, or returns `null` if the route does not exist.
   *
   * @throws {Error} If the route's pattern is too complex to be reversed.
   * @throws {TypeError} If the number of arguments is not that of the groups.
   */
  abstract reverseUrl(name: string, ...args: unknown[]): string | null;
}

/** Options of {@linkcode RuleRouter.addRules}. */
export interface AddRulesOptions {
  /**
   * The position of the first new rule.
   *
   * @default {after the last}
   */
  index?: number;
}

/**
 * A router with an ordered list of rules. Tornado's `RuleRouter`.
 *
 * A target may be a router, any other `HTTPServerConnectionDelegate`, or a function that takes the complete request.
 * Neighbouring rules for paths are looked up by how their paths begin, which does not change their order.
 *
 * @typeParam Parts The pattern and the target of each rule, as a union, which the compiler infers from the rules.
 *
 * @example
 * ```ts
 * import { RuleRouter } from "@twister/twister/routing";
 * import { HTTPServerRequest, RequestStartLine } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const inner = new RuleRouter([["/a", () => {}]]);
 * const outer = new RuleRouter([["/.*", inner]]);
 * const startLine = new RequestStartLine("GET", "/b", "HTTP/1.1");
 * assertEquals(outer.findHandler(new HTTPServerRequest({ startLine })), null);
 * ```
 */
export class RuleRouter<const Parts extends readonly unknown[] = readonly object[]> extends Router {
  readonly #rules: Rule[] = [];
  // Made at the first request after a change.
  #steps: readonly RuleStep[] | null = null;

  /**
   * Makes a router. A subclass whose {@linkcode RuleRouter.processRule} needs fields of its own calls `super()` without
   * rules, and {@linkcode RuleRouter.addRules} once the fields are set.
   *
   * @throws {TypeError} If an entry is not a rule.
   * @throws {SyntaxError} If a pattern is not valid.
   */
  constructor(rules?: CheckedRules<Parts>) {
    super();
    if (rules !== undefined) this.addRules(rules);
  }

  /** The rules in the order in which they are tried. */
  get rules(): readonly Rule[] {
    return this.#rules;
  }

  /**
   * Adds rules.
   *
   * @throws {TypeError} If an entry is not a rule.
   * @throws {SyntaxError} If a pattern is not valid.
   */
  addRules(rules: readonly (Rule | RuleTuple<object>)[], options: AddRulesOptions = {}): void {
    const { index = this.#rules.length } = options;
    const added = rules.map((entry) => this.processRule(toRule(entry)));
    // Not as the arguments of one call, which are limited to some 100,000.
    const behind = this.#rules.splice(index);
    for (const rule of [...added, ...behind]) this.#rules.push(rule);
    this.#steps = null;
  }

  /** Returns the rule to add in place of a new one; override it to change or check rules. */
  processRule(rule: Rule): Rule {
    return rule;
  }

  /** Tries the rules in order; the first whose target yields a delegate wins. */
  override findHandler(request: HTTPServerRequest, _params?: TargetParams): HTTPMessageDelegate | null {
    const steps = this.#steps ??= indexRules(this.#rules);
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i];
      if (step === undefined) continue;
      const delegate = step instanceof Rule ? this.#tryRule(step, request) : this.#tryPaths(step, request);
      if (delegate !== null) return delegate;
    }
    return null;
  }

  /**
   * Makes a delegate for a rule's target; override it for further kinds of targets.
   *
   * @param params The information that the rule and its matcher give.
   * @returns The delegate, or `null` to go on with the next rule.
   */
  getTargetDelegate(
    target: object,
    request: HTTPServerRequest,
    params: TargetParams = NO_PARAMS,
  ): HTTPMessageDelegate | null {
    if (target instanceof Router) return target.findHandler(request, params);
    const { connection, serverConnection } = request;
    if (connection === null) return null;
    if (target instanceof HTTPServerConnectionDelegate) {
      return target.startRequest(serverConnection ?? connection, connection);
    }
    if (isCallback(target)) {
      const callback = (whole: HTTPServerRequest) => target(whole, params);
      return new CallableAdapter(callback, serverConnection ?? connection, connection, request);
    }
    return null;
  }

  #tryRule(rule: Rule, request: HTTPServerRequest): HTTPMessageDelegate | null {
    const matched = rule.matcher.match(request);
    if (matched === null) return null;
    const delegate = this.getTargetDelegate(rule.target, request, rule.targetParams(matched));
    if (delegate !== null && events.requests !== null) noteRoute(request, rule);
    return delegate;
  }

  #tryPaths(rules: PathRules, request: HTTPServerRequest): HTTPMessageDelegate | null {
    for (const { rule } of rules.find(request.path)) {
      const delegate = this.#tryRule(rule, request);
      if (delegate !== null) return delegate;
    }
    return null;
  }
}

/** Tells the listeners of a request which rule has taken it: the innermost, which is the first to know. */
function noteRoute(request: HTTPServerRequest, rule: Rule): void {
  const record = request.connection?.record;
  if (record !== undefined) record.route ??= rule.route;
}

/**
 * A router with rules that makes the URLs of those with a name. Tornado's `ReversibleRuleRouter`.
 *
 * @typeParam Parts The pattern and the target of each rule, as a union, which the compiler infers from the rules.
 *
 * @example
 * ```ts
 * import { ReversibleRuleRouter, url } from "@twister/twister/routing";
 * import { assertEquals } from "@std/assert";
 *
 * const router = new ReversibleRuleRouter([url("/story/([0-9]+)/(.*)", () => {}, { name: "story" })]);
 * assertEquals(router.reverseUrl("story", 5, "x y/é"), "/story/5/x%20y/%C3%A9");
 * assertEquals(router.reverseUrl("other"), null);
 * ```
 */
export class ReversibleRuleRouter<const Parts extends readonly unknown[] = readonly object[]> extends RuleRouter<Parts>
  implements ReversibleRouter {
  readonly #namedRules = new Map<string, Rule>();

  /**
   * Makes a router.
   *
   * @throws {TypeError} If an entry is not a rule.
   * @throws {SyntaxError} If a pattern is not valid.
   */
  constructor(rules?: CheckedRules<Parts>) {
    super();
    if (rules !== undefined) this.addRules(rules);
  }

  /** The rules that have a name, by name. */
  get namedRules(): ReadonlyMap<string, Rule> {
    return this.#namedRules;
  }

  /** Registers the name of a rule. A name that is taken goes to the new rule, with a warning. */
  override processRule(rule: Rule): Rule {
    const processed = super.processRule(rule);
    const { name } = processed;
    if (name !== null && name !== "") {
      if (this.#namedRules.has(name)) appLog.warning("Multiple handlers named %s; replacing previous value", name);
      this.#namedRules.set(name, processed);
    }
    return processed;
  }

  /**
   * Makes the URL of a named rule, of this router or of one that is the target of a rule, or returns `null` if the rule
   * does not exist.
   *
   * @throws {Error} If the rule's pattern is too complex to be reversed.
   * @throws {TypeError} If the number of arguments is not that of the groups.
   */
  reverseUrl(name: string, ...args: unknown[]): string | null {
    const rule = this.#namedRules.get(name);
    if (rule !== undefined) return rule.reverse(...args);
    for (const { target } of this.rules) {
      const url = isReversible(target) ? target.reverseUrl(name, ...args) : null;
      if (url !== null) return url;
    }
    return null;
  }
}

function isCallback(target: object): target is RequestCallback {
  return typeof target === "function";
}

// Not by class alone: a rule router is reversible without being a subclass, since it can have only one.
function isReversible(target: object): target is ReversibleRouter {
  return target instanceof Router && "reverseUrl" in target && typeof target.reverseUrl === "function";
}
