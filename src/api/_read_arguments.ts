import { getTrusted } from "../http/internal.ts";
import { isJsonType } from "../internal/json_text.ts";
import { handled, isThenable } from "../internal/promises.ts";
import { HTTPError, type RequestHandler } from "../web/mod.ts";
import type { Field, RequestPlan } from "./_plans.ts";
import type { Bodies } from "./declarations.ts";
import { faultsOf, MAX_FAULTS, refuseDepth, validateJson, type Validation } from "./_validation.ts";
import { type FieldError, ValidationError } from "./validation_error.ts";

type Part = FieldError["in"];

/** Finds the values of a field in a request, as the client sent them. */
type Lookup = (name: string, isList: boolean) => readonly unknown[];

/** The values that were read so far, by name. */
type Group = Record<string, unknown>;

type Result = Awaited<Validation>;

/** Reads the values that the declaration names from a request, and validates them. */
export class ArgumentReader {
  readonly #handler: RequestHandler;
  // An empty object has room for the groups of most requests.
  readonly #args: Group = {};
  // Most requests have neither.
  #errors: FieldError[] | null = null;
  #pending: Promise<void>[] | null = null;

  constructor(handler: RequestHandler, method: string) {
    this.#handler = handler;
    this.#args.method = method;
  }

  /** The values by group, once {@linkcode read} has read them. */
  get args(): unknown {
    return this.#args;
  }

  /**
   * Reads all groups.
   *
   * @returns A promise only if a schema needs one.
   * @throws {ValidationError} If a schema refuses a value; in the promise, if there is one.
   * @throws {HTTPError} 400 if the body is not JSON, 415 if the declaration lacks its media type.
   */
  read({ path, query, headers, cookies, json, form, multipart, hasBody }: RequestPlan): Promise<void> | null {
    // Each of these makes a function that looks values up. Made here, they would cost requests that need none.
    if (path !== null) this.#readPath(path);
    if (query !== null) this.#readQuery(query);
    if (headers !== null) this.#readHeaders(headers);
    if (cookies !== null) this.#readCookies(cookies);
    if (hasBody) {
      const handler = this.#handler;
      const { request } = handler;
      const type = mediaType(getTrusted(request.headers, "Content-Type"));
      if (json !== null && (type === "json" || (type === "" && request.body.length === 0))) {
        const value = type === "" ? undefined : parseJson(handler.getBodyText());
        this.#take(validateJson(json, value), "body", null, this.#args);
      } else this.#readForm(type === "form" ? form : type === "multipart" ? multipart : null);
    }
    if (this.#pending !== null) return this.#checkAfter(this.#pending);
    this.#check();
    return null;
  }

  #readPath(fields: readonly Field[]): void {
    this.#readFields("path", fields, pathLookup(this.#handler, fields));
  }

  #readQuery(fields: readonly Field[]): void {
    const handler = this.#handler;
    this.#readFields("query", fields, (name) => handler.getQueryArguments(name, { strip: false }));
  }

  #readHeaders(fields: readonly Field[]): void {
    const { headers } = this.#handler.request;
    this.#readFields("headers", fields, (name, isList) => {
      if (isList) return headers.getList(name).flatMap(listItems);
      const value = headers.get(name);
      return value === null ? [] : [value];
    });
  }

  #readCookies(fields: readonly Field[]): void {
    const handler = this.#handler;
    this.#readFields("cookies", fields, (name) => {
      const value = handler.getCookie(name);
      return value === null ? [] : [value];
    });
  }

  async #checkAfter(pending: readonly Promise<void>[]): Promise<void> {
    await Promise.all(pending);
    this.#check();
  }

  #check(): void {
    if (this.#errors !== null) throw new ValidationError(this.#errors.slice(0, MAX_FAULTS));
  }

  #readFields(part: Part, fields: readonly Field[], lookup: Lookup): void {
    const group: Group = {};
    for (const { name, schema, isList } of fields) {
      const values = lookup(name, isList);
      this.#take(schema.validate(isList ? values : values.at(-1)), part, name, group);
    }
    this.#args[part] = group;
  }

  #take(result: Validation, part: Part, name: string | null, group: Group): void {
    if (isThenable(result)) return this.#wait(result, part, name, group);
    this.#settle(result, part, name, group);
  }

  #wait(result: PromiseLike<Result>, part: Part, name: string | null, group: Group): void {
    const settled = Promise.resolve(result).catch(refuseDepth).then((each) => this.#settle(each, part, name, group));
    // Another part of the request may be refused first, so that no caller waits for this one.
    (this.#pending ??= []).push(handled(settled));
  }

  #readForm(fields: readonly Field[] | null): void {
    const handler = this.#handler;
    if (fields === null) {
      const type = handler.request.headers.get("Content-Type") ?? "";
      throw new HTTPError(415, "Content-Type %s is not declared", { args: [type] });
    }
    const { files } = handler.request;
    this.#readFields("body", fields, (name, isList) => {
      const found: readonly unknown[] = files[name] ?? [];
      if (found.length > 0 && !isList) return found;
      return [...found, ...handler.getBodyArguments(name, { strip: false })];
    });
  }

  /** Keeps a value, or its faults, in its group. A JSON body is not a field, and has no name. */
  #settle(result: Result, part: Part, name: string | null, group: Group): void {
    if (result.issues === undefined) {
      if (name === null) group.body = result.value;
      else group[name] = result.value;
      return;
    }
    this.#errors ??= [];
    for (const fault of faultsOf(result.issues, name)) this.#errors.push({ in: part, ...fault });
  }
}

/** Groups of a pattern have names, or the order in which the declaration has them. */
function pathLookup(handler: RequestHandler, fields: readonly Field[]): Lookup {
  const { pathArgs, pathKwargs } = handler;
  return (name) => {
    const at = pathArgs.length > 0 ? fields.findIndex((field) => field.name === name) : -1;
    const value = at >= 0 ? pathArgs[at] : Object.hasOwn(pathKwargs, name) ? pathKwargs[name] : null;
    return value === null || value === undefined ? [] : [value];
  };
}

/**
 * Returns the items of a field that is a list (RFC 9110 section 5.6.1). Whoever passes a request on, as `Headers` do,
 * may make one line of several. A comma within quotes separates nothing.
 */
function listItems(line: string): string[] {
  const items = line.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
  return items.map((item) => item.trim()).filter((item) => item !== "");
}

/** Returns the kind of body that a media type belongs to, `""` if there is no media type, `null` for all others. */
function mediaType(header: string | null): keyof Bodies | "" | null {
  if (header !== null && isJsonType(header)) return "json";
  const type = (header ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type === "application/x-www-form-urlencoded") return "form";
  if (type === "multipart/form-data") return "multipart";
  return type === "" ? "" : null;
}

/** Parses JSON without members named `__proto__`: a validator that copies one would change the copy's prototype. */
export function parseJson(text: string): unknown {
  try {
    // The name may be written with escapes. A search for a text is much faster than one by an expression.
    if (!text.includes("__proto__") && !text.includes("\\u")) return JSON.parse(text);
    return JSON.parse(text, (key, value) => key === "__proto__" ? undefined : value);
  } catch (cause) {
    throw new HTTPError(400, "Body is not JSON", { cause });
  }
}
