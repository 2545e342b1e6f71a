import type { Application } from "../web/mod.ts";

/**
 * The declarations of the typed handlers of an application by the templates of their paths. `Rules` is the type of the
 * application, or of its list of rules.
 */
export type Routes<Rules> = RoutesOf<Rules extends Application<infer Parts> ? Parts : Rules>;

/** @internal */
type RoutesOf<Rules> = {
  readonly [Index in keyof Rules & `${number}` as RuleTemplate<PartsOf<Rules[Index]>>]: RuleDeclarations<
    PartsOf<Rules[Index]>
  >;
};

/**
 * The pattern and the target of a rule as a union, which is what an application keeps of it.
 *
 * @internal
 */
type PartsOf<Rule> = Rule extends readonly [infer Pattern, infer Target, ...unknown[]] ? Pattern | Target : Rule;

/** @internal */
type RuleTemplate<Parts> = TemplateOf<Extract<Parts, string>, RuleDeclarations<Parts>>;

/** @internal */
type RuleDeclarations<Parts> = DeclarationsOf<Exclude<Parts, string>>;

/** The paths that have a method. */
export type PathsWith<R, Method extends string> = {
  readonly [Path in keyof R]: Method extends keyof R[Path] ? Path : never;
}[keyof R];

/** The statuses that any method of any path declares. */
export type DeclaredStatus<R> = {
  readonly [Path in keyof R]: {
    readonly [Method in keyof R[Path]]: R[Path][Method] extends { readonly response: infer Response }
      ? keyof Response & number
      : never;
  }[keyof R[Path]];
}[keyof R];

/** The paths that stream events. */
export type PathsWithEvents<R> = {
  readonly [Path in keyof R]: R[Path] extends { readonly get: { readonly events: unknown } } ? Path : never;
}[keyof R];

/** The events of a stream, told apart by `event`. */
export type ClientEvent<D> = D extends { readonly events: infer Events } ? {
    readonly [Name in keyof Events]: {
      /** The name. */
      readonly event: Name;
      /** The data, as it arrives in JSON. */
      readonly data: AsJson<Output<Events[Name]>>;
      /** The last ID that the server has given, `""` before the first. */
      readonly id: string;
    };
  }[keyof Events]
  : never;

/** The declaration of a method of a path. */
export type DeclarationOf<R, Path extends keyof R, Method extends string> = R[Path][Method & keyof R[Path]];

/** The last parameter of a request: it may be absent if no part of it is required. */
export type ClientArguments<D> = PartsArgument<D, RequestParts<D>>;

/** The last parameter for a WebSocket, whose headers a page cannot set. */
export type SocketArguments<D> = PartsArgument<D, SocketParts<D>>;

/** @internal */
// Without a declaration the path is wrong, which the compiler says only if the number of arguments is right.
type PartsArgument<D, Parts> = [D] extends [never] ? [parts?: never]
  : Record<never, never> extends Parts ? [parts?: Parts]
  : [parts: Parts];

/** @internal */
type SocketParts<D> = Part<D, "path"> & Part<D, "query"> & Abortable;

/** The messages that the server takes. */
export type SentMessage<D> = D extends { readonly receive: infer Schema } ? Input<Schema> : never;

/** The messages that the server sends, as they arrive in JSON. */
export type ReceivedMessage<D> = D extends { readonly send: infer Schema } ? AsJson<Output<Schema>> : never;

/** The answers to a request, told apart by their status. */
export type ClientAnswer<D> = D extends { readonly response: infer R } ? {
    readonly [Status in keyof R & number]: {
      /** The status. */
      readonly status: Status;
      /** The body, as it arrives in JSON; `null` if there is none. */
      readonly body: R[Status] extends null ? null : AsJson<Output<R[Status]>>;
      /** The headers. */
      readonly headers: Headers;
    };
  }[keyof R & number]
  : never;

/** @internal */
type DeclarationsOf<Target> = Target extends { readonly declarations: infer D } ? D
  : Target extends { readonly socketDeclaration: infer Socket } ? { readonly socket: Socket }
  : never;

/**
 * `/todos/{id}` for the pattern `/todos/(?P<id>[0-9]+)`; `never` for one that a template cannot say. A group without a
 * name has that of the only field of the path.
 *
 * @internal
 */
type TemplateOf<Pattern, D> = [D] extends [never] ? never
  : Pattern extends string ? Filled<Pattern extends `${infer Start}$` ? Start : Pattern, D>
  : never;

/** @internal */
type Filled<Pattern extends string, D> = Pattern extends `${infer Head}(${infer Group})${infer Tail}`
  ? `${Plain<Head>}{${GroupName<Group, D>}}${Filled<Tail, D>}`
  : Plain<Pattern>;

/** @internal */
type Plain<Text extends string> = Text extends `${string}${"[" | "*" | "+" | "?" | "{" | "|" | "\\" | ")"}${string}`
  ? never
  : Text;

/** @internal */
type GroupName<Group extends string, D> = Group extends `${string}(${string}` ? never
  : Group extends `?P<${infer Name}>${string}` ? Name
  : Group extends `?<${infer Name}>${string}` ? Name
  : Group extends `?${string}` ? never
  : OnlyOne<PathFields<D>>;

/** @internal */
type PathFields<D> = {
  readonly [Method in keyof D]: D[Method] extends { readonly path: infer Fields } ? keyof Fields & string : never;
}[keyof D];

/**
 * A union of one member; `never` for more.
 *
 * @internal
 */
type OnlyOne<Name extends string> = (Name extends unknown ? (name: Name) => void : never) extends
  (name: infer All) => void ? Extract<Name, All> : never;

/** @internal */
type RequestParts<D> =
  & Part<D, "path">
  & Part<D, "query">
  & Part<D, "headers">
  & Part<D, "cookies">
  & (D extends { readonly body: infer Body } ? BodyPart<Body> : unknown)
  & Abortable;

/** @internal */
interface Abortable {
  /** Ends the request, or the WebSocket, when it aborts. */
  readonly signal?: AbortSignal;
}

/** @internal */
type Part<D, Group extends string> = D extends { readonly [name in Group]: infer Fields }
  ? Record<never, never> extends FieldInputs<Fields> ? { readonly [name in Group]?: FieldInputs<Fields> }
  : { readonly [name in Group]: FieldInputs<Fields> }
  : unknown;

/** @internal */
type BodyPart<Body> = Body extends { readonly "~standard": unknown } ? JsonPart<Input<Body>>
  : {
    readonly [Kind in keyof Body]:
      & (Kind extends "json" ? JsonPart<Input<Body[Kind]>> : { readonly [kind in Kind]: FieldInputs<Body[Kind]> })
      // A request has one body.
      & { readonly [Other in Exclude<keyof Body, Kind>]?: never };
  }[keyof Body];

/** @internal */
type JsonPart<Value> = undefined extends Value ? { readonly json?: Value } : { readonly json: Value };

/** @internal */
type FieldInputs<Fields> =
  & { readonly [Name in keyof Fields as undefined extends Input<Fields[Name]> ? never : Name]: Input<Fields[Name]> }
  & { readonly [Name in keyof Fields as undefined extends Input<Fields[Name]> ? Name : never]?: Input<Fields[Name]> };

/** @internal */
type Input<Schema> = TypesOf<Schema> extends { readonly input: infer Value } ? Value : never;

/** @internal */
type Output<Schema> = TypesOf<Schema> extends { readonly output: infer Value } ? Value : never;

/** @internal */
type TypesOf<Schema> = Schema extends { readonly "~standard": { readonly types?: infer Types } } ? NonNullable<Types>
  : never;

/**
 * The type of a value after JSON: a `Date` is a text.
 *
 * @internal
 */
// What is JSON as it stands is not looked into, since it may have itself for a part.
type AsJson<Value> = Value extends Json ? Value
  : Value extends { toJSON(): infer Text } ? Text
  : Value extends object ? { [Name in keyof Value]: AsJson<Value[Name]> }
  : Value;

/** @internal */
type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
