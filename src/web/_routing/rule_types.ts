import type { HTTPServerConnectionDelegate, HTTPServerRequest } from "../../http/httputil.ts";
import type { RequestHandlerClass } from "../request_handler.ts";
import type { Matcher, TargetParams } from "./matcher.ts";
import type { Rule } from "./rule.ts";

/** A function as the target of a rule: it gets the whole request and writes the response to `request.connection`. */
export type RequestCallback = (request: HTTPServerRequest, params: TargetParams) => void | Promise<void>;

/** A pattern of paths: a regular expression in Python's syntax (like Tornado's), a RegExp, or a URLPattern. */
export type PathPattern = string | RegExp | URLPattern;

/**
 * The target of a rule: a router or other delegate, or a function that takes the request; within an application also a
 * handler class or a list of rules.
 */
export type RuleTarget = RequestHandlerClass | HTTPServerConnectionDelegate | RequestCallback | RuleList;

/** A rule without the call of {@linkcode Rule}: pattern or matcher, target, arguments for the target, name. */
export type RuleTuple<Target = RuleTarget> = readonly [
  pattern: PathPattern | Matcher,
  target: Target,
  targetKwargs?: object | null,
  name?: string | null,
];

/**
 * Rules in the order in which they are tried: the type of a list that a program builds as it runs.
 *
 * The compiler does not check its arguments for handlers. It checks those of `url`, and those in a list that is written
 * out in a call.
 */
export type RuleList = readonly (Rule | RuleTuple)[];

/** The arguments of a handler class that does not declare any. */
export type NoKwargs = Record<never, never>;

/**
 * The arguments that a rule must have for a target. A handler class declares them as the parameter of its `initialize`,
 * as the type of its `kwargs`, or as both.
 */
export type TargetKwargs<Target> = [Target] extends [HandlerOf<infer Declared, infer Taken>]
  ? unknown extends Stated<Declared> & Stated<Taken> ? NoArguments
  : Stated<Declared> & Stated<Taken>
  : object;

declare const noArguments: unique symbol;

/**
 * The arguments for a handler class that does not declare any. Its only member makes the compiler refuse all others.
 *
 * @internal
 */
interface NoArguments {
  readonly [noArguments]?: never;
}

/** @internal */
type HandlerOf<Declared, Taken> = new (...args: never) => {
  readonly kwargs: Declared;
  initialize(kwargs: Taken): unknown;
};

/**
 * The type of a member that a class has declared itself. The one that it inherits from RequestHandler is `NoKwargs`,
 * which even a boolean fits. `any`, the only type of which 0 extends 1 and it, takes all arguments.
 *
 * @internal
 */
type Stated<Kwargs> = 0 extends 1 & Kwargs ? object : true extends Kwargs ? unknown : Kwargs;

/**
 * The end of a rule: arguments that the target needs are required, others are not.
 *
 * @internal
 */
type TupleEnd<Target> = NoKwargs extends TargetKwargs<Target>
  ? [targetKwargs?: TargetKwargs<Target> | null, name?: string | null]
  : [targetKwargs: TargetKwargs<Target>, name?: string | null];

/** The options of a rule as the last parameter of a call, which is required if the target needs arguments. */
export type CheckedOptions<Options, Key extends keyof Options, Target> = NoKwargs extends TargetKwargs<Target>
  ? [options?: Omit<Options, Key> & { [key in Key]?: TargetKwargs<Target> | null }]
  : [options: Omit<Options, Key> & { [key in Key]: TargetKwargs<Target> }];

/**
 * `Target`, if it can answer a request. A list of rules is checked in turn; a type that says nothing, such as `object`,
 * passes.
 */
// The first two cases give the parameters of a function their types, as long as the target is not inferred yet.
export type CheckedTarget<Target> = [Target] extends [never] ? RuleTarget
  : unknown extends Target ? RuleTarget
  : object extends Target ? object
  : Target extends readonly unknown[] ? RuleList extends Target ? Target : CheckedRules<PartsOf<Target>>
  : Target extends RuleTarget ? Target
  : NotATarget;

/**
 * A type that no target has; its text is what the compiler shows.
 *
 * @internal
 */
type NotATarget =
  & "A target is a RequestHandler class, a router or other delegate, a function of the request, or a list of rules"
  & HTTPServerConnectionDelegate;

/** @internal */
type PartsOf<Rules extends readonly unknown[]> = {
  readonly [Index in keyof Rules]: Rules[Index] extends readonly [infer Pattern, infer Target, ...unknown[]]
    ? Pattern | Target
    : RulePart;
};

/** The pattern or the target of a rule. */
export type RulePart = PathPattern | Matcher | RuleTarget;

/**
 * The pattern among the parts of a rule, with its text.
 *
 * @internal
 */
type PatternPart<Part> = [Extract<Part, PathPattern | Matcher>] extends [never] ? PathPattern | Matcher
  : Extract<Part, PathPattern | Matcher>;

/**
 * The target among the parts of a rule.
 *
 * @internal
 */
type TargetPart<Part> = Exclude<Part, PathPattern | Matcher>;

/**
 * Rules of the given parts, which the compiler infers from the rules: for each rule the union of its pattern and its
 * target. Each target can answer, and each rule has the arguments that its target needs.
 */
// The text of the pattern is part of the type: by it the compiler finds the member of a long list that a rule is to be
// compared with. Without it, it compares every rule with every other.
export type CheckedRules<Parts extends readonly unknown[]> = {
  readonly [Index in keyof Parts]:
    | Rule
    | readonly [
      pattern: PatternPart<Parts[Index]>,
      target: CheckedTarget<TargetPart<Parts[Index]>>,
      ...end: TupleEnd<TargetPart<Parts[Index]>>,
    ];
};
