import { isThenable } from "../internal/promises.ts";
import { HTTPError, type RequestHandler } from "../web/mod.ts";
import { bodiesOf } from "./_bodies.ts";
import type { Bodies, Declaration, Fields } from "./declarations.ts";
import { ListSchema } from "./from_text.ts";
import type { StandardIssue, StandardSchema } from "./standard_schema.ts";
import { type FieldError, ValidationError } from "./validation_error.ts";

/** A body may hold a million wrong items; nobody reads more errors than this. */
const MAX_ERRORS = 100;

type Part = FieldError["in"];

/** Finds the values of a field in a request, as the client sent them. */
type Lookup = (name: string, schema: StandardSchema) => readonly unknown[];

/** Reads the values that the declaration names from a request, and validates them. */
export class ArgumentReader {
  readonly #handler: RequestHandler;
  readonly #args: Record<string, unknown>;
  readonly #errors: FieldError[] = [];
  readonly #pending: Promise<void>[] = [];

  constructor(handler: RequestHandler, method: string) {
    this.#handler = handler;
    this.#args = { method };
  }

  /**
   * Returns the values by group, in a promise only if a schema needs one.
   *
   * @throws {ValidationError} If a schema refuses a value; in the promise, if there is one.
   * @throws {HTTPError} 400 if the body is not JSON, 415 if the declaration lacks its media type.
   */
  read(declaration: Declaration): unknown {
    const { path, query, headers, cookies, body } = declaration;
    const handler = this.#handler;
    const { request } = handler;
    if (path !== undefined) this.#readFields("path", path, pathLookup(handler, Object.keys(path)));
    if (query !== undefined) {
      this.#readFields("query", query, (name) => handler.getQueryArguments(name, { strip: false }));
    }
    if (headers !== undefined) {
      this.#readFields("headers", headers, (name, schema) => {
        if (schema instanceof ListSchema) return request.headers.getList(name);
        const value = request.headers.get(name);
        return value === null ? [] : [value];
      });
    }
    if (cookies !== undefined) {
      this.#readFields("cookies", cookies, (name) => {
        const value = handler.getCookie(name);
        return value === null ? [] : [value];
      });
    }
    if (body !== undefined) this.#readBody(body);
    return this.#pending.length === 0 ? this.#result() : Promise.all(this.#pending).then(() => this.#result());
  }

  #result(): unknown {
    if (this.#errors.length > 0) throw new ValidationError(this.#errors.slice(0, MAX_ERRORS));
    return this.#args;
  }

  #readFields(part: Part, fields: Fields, lookup: Lookup): void {
    const group: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(fields)) {
      const values = lookup(name, schema);
      const value = schema instanceof ListSchema ? values : values.at(-1);
      this.#check(part, [name], schema, value, (output) => group[name] = output);
    }
    this.#args[part] = group;
  }

  #readBody(declared: StandardSchema | Bodies): void {
    const handler = this.#handler;
    const { request } = handler;
    const { json, form, multipart } = bodiesOf(declared);
    const type = mediaType(request.headers.get("Content-Type"));
    const accept = (output: unknown) => this.#args.body = output;
    if (json !== undefined && (type === "json" || (type === "" && request.body.length === 0))) {
      const value = type === "" ? undefined : parseJson(handler.getBodyText());
      return this.#check("body", [], json, value, accept);
    }
    const fields = type === "form" ? form : type === "multipart" ? multipart : undefined;
    if (fields === undefined) throw new HTTPError(415, "Content-Type %s is not declared", { args: [type] });
    this.#readFields("body", fields, (name) => request.files[name] ?? handler.getBodyArguments(name, { strip: false }));
  }

  #check(part: Part, base: string[], schema: StandardSchema, value: unknown, accept: (output: unknown) => void): void {
    const result = schema["~standard"].validate(value);
    const settle = (settled: Awaited<typeof result>) => {
      if (settled.issues === undefined) return accept(settled.value);
      for (const { message, path } of settled.issues) {
        this.#errors.push({ in: part, pointer: pointer([...base, ...keysOf(path)]), detail: message });
      }
    };
    if (isThenable(result)) this.#pending.push(result.then(settle));
    else settle(result);
  }
}

/** Groups of a pattern have names, or the order in which the declaration has them. */
function pathLookup(handler: RequestHandler, names: readonly string[]): Lookup {
  const { pathArgs, pathKwargs } = handler;
  return (name) => {
    const value = pathArgs.length > 0 ? pathArgs[names.indexOf(name)] : pathKwargs[name];
    return value === null || value === undefined ? [] : [value];
  };
}

/** Returns the kind of a declared body that a media type belongs to; the type itself if there is none. */
function mediaType(header: string | null): string {
  const type = (header ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type === "application/json" || /^[\w.-]+\/[\w.-]+\+json$/.test(type)) return "json";
  if (type === "application/x-www-form-urlencoded") return "form";
  return type === "multipart/form-data" ? "multipart" : type;
}

/** Parses JSON without members named `__proto__`: a validator that copies one would change the copy's prototype. */
function parseJson(text: string): unknown {
  try {
    // The name may be written with escapes.
    if (!/__proto__|\\u/.test(text)) return JSON.parse(text);
    return JSON.parse(text, (key, value) => key === "__proto__" ? undefined : value);
  } catch (cause) {
    throw new HTTPError(400, "Body is not JSON", { cause });
  }
}

/** Returns the keys of a path, which may be an array of a class of its own. */
export function keysOf(path: StandardIssue["path"] = []): string[] {
  return Array.from(path, (segment) => String(typeof segment === "object" ? segment.key : segment));
}

function pointer(keys: readonly string[]): string {
  const escaped = keys.map((key) => key.replaceAll("~", "~0").replaceAll("/", "~1"));
  return `#${escaped.map((key) => `/${encodeURIComponent(key.toWellFormed())}`).join("")}`;
}
