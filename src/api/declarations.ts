import type { StandardSchema } from "./standard_schema.ts";

/** A method that a typed handler can declare. */
export type DeclaredMethod = "get" | "head" | "post" | "put" | "patch" | "delete" | "options";

/**
 * A schema of a declaration: a {@linkcode StandardSchema}, of which the compiler sees only that it is one.
 * `TypedHandler` looks at it again when it makes the class.
 */
// The compiler would compare each schema of a program with all of StandardSchema.
export interface DeclaredSchema {
  /** The properties that Standard Schema defines. */
  readonly "~standard": unknown;
}

/** One schema for each field. A field that is absent from the request is validated as `undefined`. */
export type Fields = { readonly [name: string]: DeclaredSchema };

/** Request bodies by media type: any JSON value, or the fields of a form. */
export interface Bodies {
  /** The body of `application/json` and of types that end in `+json`. */
  readonly json?: DeclaredSchema;
  /** Fields of `application/x-www-form-urlencoded`. */
  readonly form?: Fields;
  /** Fields and files of `multipart/form-data`. */
  readonly multipart?: Fields;
}

/** The texts about a method in the document of `openapi`. */
export interface MethodDescription {
  /** The task of the method, in a few words. */
  readonly summary?: string;
  /** The task of the method, in CommonMark. */
  readonly description?: string;
  /** The names by which pages group methods. */
  readonly tags?: readonly string[];
  /** The name of the method in generated programs. No other method has it. */
  readonly operationId?: string;
  /** Tells whether new programs should do without the method. @default {false} */
  readonly deprecated?: boolean;
}

/** The parts of the requests and responses of one method. */
export interface Declaration extends MethodDescription {
  /** Groups of the rule's pattern: by their names, or in order if they have none. */
  readonly path?: Fields;
  /** Arguments of the query. Of several values the last counts, unless the schema comes from `listOf`. */
  readonly query?: Fields;
  /** Header fields. Their names are case-insensitive. */
  readonly headers?: Fields;
  /** Cookies. */
  readonly cookies?: Fields;
  /** The request body: a schema for JSON, or one entry for each media type. */
  readonly body?: DeclaredSchema | Bodies;
  /** The body of the response for each status, `null` for none. */
  readonly response: { readonly [status: number]: DeclaredSchema | null };
  /** The events of the event stream that the method begins by `this.events()`, by name. Their data is JSON. */
  readonly events?: Fields;
}

/** The declarations of a handler by method. */
export type Declarations = { readonly [Method in DeclaredMethod]?: Declaration };

/** The parts of a WebSocket: of its handshake, and of its messages, which are JSON in text. */
export interface SocketDeclaration
  extends MethodDescription, Pick<Declaration, "path" | "query" | "headers" | "cookies"> {
  /** The messages of the client. */
  readonly receive: StandardSchema;
  /** The messages of the server. */
  readonly send: StandardSchema;
}

/** The validated values of a handshake. */
export type SocketArgs<D> = {
  readonly [Group in keyof D & ("path" | "query" | "headers" | "cookies")]: FieldOutputs<D[Group]>;
};

/**
 * Declarations without misspelt members, which a type parameter alone would accept. It looks at names only: to compare
 * the schemas again would double the time that the compiler takes.
 */
// Without a fault it says nothing, so that the compiler has nothing to compare the declarations with. One union of
// names costs it less than types that have them.
export type CheckedDeclarations<D> = keyof D extends DeclaredMethod
  ? Names<D[keyof D]> extends keyof Declaration | `body ${keyof Bodies}` ? unknown : CheckedMethods<D>
  : CheckedMethods<D>;

/**
 * The names of the parts of methods, of the kinds of their bodies, and of the statuses that are not numbers.
 *
 * @internal
 */
type Names<Methods> = Methods extends unknown ?
    | keyof Methods
    | `response ${string & keyof Methods["response" & keyof Methods]}`
    | ("body" extends keyof Methods ? `body ${string & KindsOf<Methods["body"]>}` : never)
  : never;

/** @internal */
type CheckedMethods<D> = {
  readonly [Method in keyof D]: Method extends DeclaredMethod ? CheckedDeclaration<D[Method]> : never;
};

/** @internal */
type KindsOf<Body> = "~standard" extends keyof Body ? never : keyof Body;

/** @internal */
type CheckedDeclaration<D> =
  & { readonly [Group in Exclude<keyof D, keyof Declaration>]: never }
  & { readonly response?: { readonly [Status in Exclude<keyof Responses<D>, number>]: never } }
  & { readonly body?: { readonly [Kind in Exclude<KindsOf<D["body" & keyof D]>, keyof Bodies>]: never } };

/** @internal */
type Responses<D> = D extends { readonly response: infer R } ? R : never;

/** @internal */
type RequestGroup = "path" | "query" | "headers" | "cookies" | "body";

/** The validated values of a request to `Method`. */
export type MethodArgs<D, Method extends keyof D> = {
  readonly [Group in "method" | keyof D[Method] & RequestGroup]: Group extends "method" ? Method
    : Group extends "body" ? BodyOutput<D[Method][Group & keyof D[Method]]>
    : FieldOutputs<D[Method][Group & keyof D[Method]]>;
};

/** The validated values of a request, if the declarations have one method; `unknown` if they have several. */
// The compiler compares nothing with `unknown`, so that `Handling` costs it little.
export type Args<D> = [OnlyMethod<D>] extends [never] ? unknown : MethodArgs<D, OnlyMethod<D>>;

/** The arguments of `reply`, if the declarations have one method; none fit if they have several. */
export type ReplyArguments<D> = [OnlyMethod<D>] extends [never] ? [status: never, body?: never]
  : MethodReply<MethodResponses<D, OnlyMethod<D>>>;

/**
 * The method of declarations that have no other one.
 *
 * @internal
 */
type OnlyMethod<D, Method extends keyof D = keyof D> = Method extends unknown
  ? [keyof D] extends [Method] ? Method : never
  : never;

/** The events of those declarations in a union that have some. */
export type EventsOf<D> = D extends { readonly events: infer Events extends Fields } ? Events : never;

/** The responses of a method by status. */
export type MethodResponses<D, Method extends keyof D> = D[Method]["response" & keyof D[Method]];

/** The arguments of `reply` in one method: a status with a body that its response accepts, or without one. */
// A union takes the compiler much less than a type parameter for the status.
export type MethodReply<Response> = {
  readonly [Status in keyof Response]: Response[Status] extends null ? [status: Status]
    : [status: Status, body: BodyInput<Response[Status]>];
}[keyof Response];

/** The type of the values that a schema accepts. */
export type BodyInput<Schema> = Schema extends Typed ? NonNullable<Schema["~standard"]["types"]>["input"] : never;

/** @internal */
type BodyOutput<Body> = Body extends Typed ? Output<Body>
  : { readonly [Kind in keyof Body]: Body[Kind] extends Typed ? Output<Body[Kind]> : FieldOutputs<Body[Kind]> }[
    keyof Body
  ];

/** @internal */
type FieldOutputs<Group> = {
  readonly [Name in keyof Group]: Group[Name] extends Typed ? Output<Group[Name]> : unknown;
};

/** @internal */
type Output<Schema extends Typed> = NonNullable<Schema["~standard"]["types"]>["output"];

/**
 * The types of a schema, without the rest of it.
 *
 * @internal
 */
interface Typed {
  readonly "~standard": {
    readonly version: 1;
    readonly types?: { readonly input: unknown; readonly output: unknown } | undefined;
  };
}
