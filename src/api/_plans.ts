import { bodiesOf } from "./_bodies.ts";
import { type Validate, validateOf } from "./_validation.ts";
import type { Bodies, Declaration, Declarations, Fields } from "./declarations.ts";
import { ListSchema } from "./from_text.ts";

/** A field as each request needs it. */
export interface Field {
  readonly name: string;
  readonly validate: Validate;
  /** Tells whether it takes all values that the request has under its name. */
  readonly isList: boolean;
}

/** The parts of a declaration that are read from a request, as each request needs them. */
export interface RequestPlan {
  readonly path: readonly Field[] | null;
  readonly query: readonly Field[] | null;
  readonly headers: readonly Field[] | null;
  readonly cookies: readonly Field[] | null;
  readonly json: Validate | null;
  readonly form: readonly Field[] | null;
  readonly multipart: readonly Field[] | null;
  readonly hasBody: boolean;
}

/** A declaration as each request to its method needs it. */
export interface MethodPlan {
  /** The method in lower case. */
  readonly method: string;
  readonly declaration: Declaration;
  readonly request: RequestPlan;
  /** The validation of the body of each status; `null` if it has none. */
  readonly replies: ReadonlyMap<number, Validate | null>;
}

/** All handlers of a class have the same declarations, which are read once. */
const known = new WeakMap<Declarations, ReadonlyMap<string, MethodPlan>>();

/** Returns the plans by method, written as in a request. */
export function plansOf(declarations: Declarations): ReadonlyMap<string, MethodPlan> {
  const found = known.get(declarations);
  if (found !== undefined) return found;
  const plans = new Map(
    Object.entries<Declaration>(declarations).map(([method, declaration]): [string, MethodPlan] => {
      const replies = new Map(
        Object.entries(declaration.response).map(([status, schema]): [number, Validate | null] => [
          Number(status),
          schema && validateOf(schema),
        ]),
      );
      return [method.toUpperCase(), { method, declaration, request: requestPlan(declaration), replies }];
    }),
  );
  known.set(declarations, plans);
  return plans;
}

/** Makes the plan for the parts of requests that a declaration has. */
export function requestPlan(declaration: Omit<Declaration, "response" | "events">): RequestPlan {
  const { path, query, headers, cookies, body } = declaration;
  const { json, form, multipart }: Bodies = body === undefined ? {} : bodiesOf(body);
  return {
    path: fieldsOf(path),
    query: fieldsOf(query),
    headers: fieldsOf(headers),
    cookies: fieldsOf(cookies),
    json: json === undefined ? null : validateOf(json),
    form: fieldsOf(form),
    multipart: fieldsOf(multipart),
    hasBody: body !== undefined,
  };
}

function fieldsOf(fields: Fields | undefined): readonly Field[] | null {
  if (fields === undefined) return null;
  return Object.entries(fields).map(([name, schema]) => ({
    name,
    validate: validateOf(schema),
    isList: schema instanceof ListSchema,
  }));
}
