import { bodiesOf } from "./_bodies.ts";
import { standardOf } from "./_validation.ts";
import type { Bodies, Declaration, Declarations, Fields } from "./declarations.ts";
import { ListSchema } from "./from_text.ts";
import type { StandardSchemaProperties } from "./standard_schema.ts";

/** A field as each request needs it. */
export interface Field {
  readonly name: string;
  readonly schema: StandardSchemaProperties;
  /** Tells whether it takes all values that the request has under its name. */
  readonly isList: boolean;
}

/** The parts of a declaration that are read from a request, as each request needs them. */
export interface RequestPlan {
  readonly path: readonly Field[] | null;
  readonly query: readonly Field[] | null;
  readonly headers: readonly Field[] | null;
  readonly cookies: readonly Field[] | null;
  readonly json: StandardSchemaProperties | null;
  readonly form: readonly Field[] | null;
  readonly multipart: readonly Field[] | null;
  readonly hasBody: boolean;
}

/** A declared response as each reply needs it. */
export interface ReplyPlan {
  readonly status: number;
  /** The schema of the body; `null` if it has none. */
  readonly schema: StandardSchemaProperties | null;
}

/**
 * A declaration as each request to its method needs it. A class has only a few, each with a few replies: it takes less
 * time to search a list than a map.
 *
 * @internal
 */
export interface MethodPlan {
  /** The method as in a request. */
  readonly method: string;
  /** The method in lower case. */
  readonly name: string;
  readonly declaration: Declaration;
  readonly request: RequestPlan;
  readonly replies: readonly ReplyPlan[];
}

/** Makes the plans of all methods. */
export function plansOf(declarations: Declarations): MethodPlan[] {
  return Object.entries<Declaration>(declarations).map(([name, declaration]) => ({
    method: name.toUpperCase(),
    name,
    declaration,
    request: requestPlan(declaration),
    replies: Object.entries(declaration.response).map(([status, schema]) => ({
      status: Number(status),
      schema: schema && standardOf(schema),
    })),
  }));
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
    json: json === undefined ? null : standardOf(json),
    form: fieldsOf(form),
    multipart: fieldsOf(multipart),
    hasBody: body !== undefined,
  };
}

function fieldsOf(fields: Fields | undefined): readonly Field[] | null {
  if (fields === undefined) return null;
  return Object.entries(fields).map(([name, schema]) => ({
    name,
    schema: standardOf(schema),
    isList: schema instanceof ListSchema,
  }));
}
