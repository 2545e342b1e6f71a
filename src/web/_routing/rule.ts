import { Matcher, NO_PARAMS, type TargetParams } from "./matcher.ts";
import { PathMatches } from "./path_matches.ts";
import type { CheckedOptions, CheckedTarget, PathPattern, RuleTarget, RuleTuple } from "./rule_types.ts";
import { URLPatternMatches } from "./url_pattern_matches.ts";

/** Options of {@linkcode Rule}. */
export interface RuleOptions {
  /**
   * The arguments for the target, such as the `kwargs` of a handler. They are required if the target needs some.
   *
   * @default {none}
   */
  targetKwargs?: object | null;
  /**
   * The name by which `reverseUrl` finds the rule.
   *
   * @default {null}
   */
  name?: string | null;
}

/** Options of {@linkcode URLSpec}. */
export interface URLSpecOptions extends Pick<RuleOptions, "name"> {
  /**
   * The arguments for the handler, its `kwargs`. They are required if the handler needs some.
   *
   * @default {none}
   */
  kwargs?: object | null;
}

const NO_KWARGS: object = Object.freeze({});

/**
 * Leads the requests that a matcher matches to a target. Tornado's `Rule`.
 *
 * @typeParam Target The type of the target, which the compiler infers.
 *
 * @example
 * ```ts
 * import { PathMatches, Rule } from "@twister/twister/routing";
 * import { assertEquals } from "@std/assert";
 *
 * const rule = new Rule(new PathMatches("/story/([0-9]+)"), () => {}, { name: "story" });
 * assertEquals(rule.reverse(7), "/story/7");
 * ```
 */
export class Rule<const Target = RuleTarget> {
  /** The matcher, which decides to which requests the rule applies. */
  readonly matcher: Matcher;
  /** The target of those requests; a router may replace it when the rule is added. */
  target: object;
  /** The arguments for the target; an empty object if there are none. */
  readonly targetKwargs: object;
  /** The name by which `reverseUrl` finds the rule. */
  readonly name: string | null;
  // The parameters for the target of a rule without groups, made once.
  readonly #params: TargetParams;

  /**
   * Makes a rule.
   *
   * @throws {TypeError} If the target is text: Tornado imports what it names.
   */
  constructor(
    matcher: Matcher,
    target: CheckedTarget<Target>,
    ...[options]: CheckedOptions<RuleOptions, "targetKwargs", Target>
  ) {
    const { targetKwargs, name }: RuleOptions = options ?? {};
    if (typeof target === "string") {
      throw new TypeError(`Cannot find a handler by the name "${target}": import the class and name that in the rule`);
    }
    this.matcher = matcher;
    this.target = target;
    this.targetKwargs = targetKwargs ?? NO_KWARGS;
    this.name = name ?? null;
    this.#params = this.targetKwargs === NO_KWARGS ? NO_PARAMS : Object.freeze({ targetKwargs: this.targetKwargs });
  }

  /**
   * Makes the URL that leads to this rule, with the given arguments, or returns `null` if its matcher cannot make one.
   *
   * @throws {Error} If the matcher's pattern is too complex to be reversed.
   * @throws {TypeError} If the number of arguments is not that of the groups.
   */
  reverse(...args: unknown[]): string | null {
    return this.matcher.reverse(...args);
  }

  /** Adds the rule's own arguments to what the matcher found. */
  targetParams(matched: TargetParams): TargetParams {
    if (matched === NO_PARAMS) return this.#params;
    return this.#params === NO_PARAMS ? matched : { ...matched, targetKwargs: this.targetKwargs };
  }

  /** The pattern of the rule as logs, traces and metrics name it, such as `/story/{id}`; `null` if it has no path. */
  get route(): string | null {
    return this.matcher.route;
  }

  /** Describes the rule in one line, for logs. */
  toString(): string {
    const text = this.matcher instanceof PathMatches ? String(this.matcher.regex) : this.matcher.constructor.name;
    const target = typeof this.target === "function" ? this.target.name : this.target?.constructor.name ?? this.target;
    return `${this.constructor.name}(${text}, ${target}, name=${this.name})`;
  }
}

/**
 * Leads the requests for some paths to a handler. Tornado's `URLSpec`.
 *
 * @typeParam Target The type of the handler class, which the compiler infers.
 *
 * @example
 * ```ts
 * import { RequestHandler, URLSpec } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class StoryHandler extends RequestHandler {
 *   override get(id: string): void {
 *     this.write(`Story ${id}`);
 *   }
 * }
 *
 * const rule = new URLSpec("/story/([0-9]+)", StoryHandler, { name: "story" });
 * assertEquals(rule.reverse(7), "/story/7");
 * ```
 */
export class URLSpec<const Target = RuleTarget> extends Rule<object> {
  /** The pattern, or `null` if it is a URLPattern. */
  readonly regex: RegExp | null;
  /** The `target` that the rule was made with. */
  readonly handlerClass: object;
  /** The arguments for the handler, or `null`. */
  readonly kwargs: object | null;

  /**
   * Makes a rule.
   *
   * @throws {SyntaxError} If the pattern is not valid.
   */
  constructor(
    pattern: PathPattern,
    handler: CheckedTarget<Target>,
    ...[options]: CheckedOptions<URLSpecOptions, "kwargs", Target>
  ) {
    const { kwargs, name }: URLSpecOptions = options ?? {};
    const matcher = pathMatcher(pattern);
    super(matcher, handler, { targetKwargs: kwargs ?? null, name: name ?? null });
    this.regex = matcher instanceof PathMatches ? matcher.regex : null;
    this.handlerClass = handler;
    this.kwargs = kwargs ?? null;
  }
}

/**
 * Makes a {@linkcode URLSpec} without `new`, like Tornado's alias of that name.
 *
 * @throws {SyntaxError} If the pattern is not valid.
 *
 * @example
 * ```ts
 * import { Application, RequestHandler, url } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new Application([url("/", RequestHandler, { name: "home" })]);
 * assertEquals(app.reverseUrl("home"), "/");
 * ```
 */
export function url<const Target>(
  pattern: PathPattern,
  handler: CheckedTarget<Target>,
  ...options: CheckedOptions<URLSpecOptions, "kwargs", Target>
): URLSpec {
  return new URLSpec<Target>(pattern, handler, ...options);
}

/**
 * Makes the rule that an entry of a rule list stands for.
 *
 * @throws {TypeError} If the entry is not a rule.
 * @throws {SyntaxError} If its pattern is not valid.
 */
export function toRule(entry: Rule | RuleTuple<object>): Rule {
  if (entry instanceof Rule) return entry;
  if (!Array.isArray(entry) || entry.length < 2 || entry.length > 4) {
    throw new TypeError(`A rule must be a Rule or a list of 2 to 4 values, not ${Deno.inspect(entry)}`);
  }
  const [pattern, target, targetKwargs, name]: RuleTuple<object> = entry;
  const matcher = pattern instanceof Matcher ? pattern : pathMatcher(pattern);
  return new Rule(matcher, target, { targetKwargs: targetKwargs ?? null, name: name ?? null });
}

function pathMatcher(pattern: PathPattern): PathMatches | URLPatternMatches {
  // First, since Deno loads URLPattern when it is first named, which takes 4 ms.
  if (typeof pattern === "string" || pattern instanceof RegExp) return new PathMatches(pattern);
  if (pattern instanceof URLPattern) return new URLPatternMatches(pattern);
  throw new TypeError(`A path pattern must be a string, RegExp or URLPattern, not ${Deno.inspect(pattern)}`);
}
