import { type HTTPMessageDelegate, HTTPServerConnectionDelegate, type HTTPServerRequest } from "../../http/httputil.ts";
import type { TargetParams } from "../_routing/matcher.ts";
import { Rule } from "../_routing/rule.ts";
import type { RuleList } from "../_routing/rule_types.ts";
import type { Application } from "../application.ts";
import { RequestHandler, type RequestHandlerClass } from "../request_handler.ts";
import { ReversibleRuleRouter } from "../routing.ts";

/**
 * A router of an application, whose targets may also be handler classes and lists of rules. Tornado's
 * `_ApplicationRouter`.
 */
export class ApplicationRouter extends ReversibleRuleRouter {
  readonly #application: Application;

  constructor(application: Application, rules: RuleList) {
    super();
    this.#application = application;
    this.addRules(rules);
  }

  override processRule(rule: Rule): Rule {
    const { matcher, target, targetKwargs, name } = super.processRule(rule);
    if (!Array.isArray(target)) {
      checkTarget(rule);
      return rule;
    }
    const nested = new ApplicationRouter(this.#application, target);
    return new Rule(matcher, nested, { targetKwargs, name });
  }

  override getTargetDelegate(
    target: object,
    request: HTTPServerRequest,
    params: TargetParams = {},
  ): HTTPMessageDelegate | null {
    if (isHandlerClass(target)) return this.#application.getHandlerDelegate(request, target, params);
    return super.getTargetDelegate(target, request, params);
  }
}

export function isHandlerClass(target: unknown): target is RequestHandlerClass {
  return typeof target === "function" && (target.prototype instanceof RequestHandler || target === RequestHandler);
}

/**
 * Without this check, a target that cannot answer would fail at the first request. A class that is still undefined is
 * the mark of an import cycle.
 */
function checkTarget(rule: Rule): void {
  const { target } = rule;
  if (isHandlerClass(target) || target instanceof HTTPServerConnectionDelegate) return;
  if (typeof target === "function" && !/^class\b/.test(Function.prototype.toString.call(target))) return;
  const hint = target === undefined ? "; a class from a module that imports this one is undefined while both load" : "";
  throw new TypeError(
    `The target of ${rule} must be a RequestHandler class, a router or other delegate, a list of rules, or a ` +
      `function${hint}`,
  );
}
