import type { DeclaredSchema } from "./declarations.ts";
import type { StandardIssue, StandardResult, StandardSchema, StandardSchemaProperties } from "./standard_schema.ts";

/** The result of a validation, or its promise. */
export type Validation = ReturnType<StandardSchemaProperties["validate"]>;

const known = new WeakMap<DeclaredSchema, StandardSchemaProperties>();

/** Tells whether a value is a schema. Those of arktype are functions. */
export function isSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const standard: unknown = Reflect.get(value, "~standard");
  return typeof standard === "object" && standard !== null && typeof Reflect.get(standard, "validate") === "function";
}

/**
 * Returns the properties of a schema. Arktype and valibot make new ones whenever a schema is asked for them.
 *
 * @throws {TypeError} If the value is not a schema.
 */
export function standardOf(schema: DeclaredSchema): StandardSchemaProperties {
  const found = known.get(schema);
  if (found !== undefined) return found;
  if (!isSchema(schema)) throw new TypeError(`Cannot validate by ${Deno.inspect(schema)}: it is not a schema`);
  const standard = schema["~standard"];
  known.set(schema, standard);
  return standard;
}

/**
 * Validates a JSON value, whose depth the client chooses, and so that of the calls of a schema that follows it. If that
 * gives a promise, the caller catches its error by {@linkcode refuseDepth}: zod tries once more, in a promise, after an
 * error of any kind.
 */
export function validateJson(schema: StandardSchemaProperties, value: unknown): Validation {
  try {
    return schema.validate(value);
  } catch (error) {
    return refuseDepth(error);
  }
}

/** Refuses a value by which a schema has exhausted the stack; other errors are those of the server. */
export function refuseDepth(error: unknown): StandardResult<unknown> {
  if (!(error instanceof RangeError && error.message === "Maximum call stack size exceeded")) throw error;
  return { issues: [{ message: "Nested too deeply" }] };
}

/** A body may hold a million wrong items; a client mends a few at a time. */
export const MAX_FAULTS = 100;

/** The keys of a client may be of any length, and would be repeated in each fault. */
const MAX_TEXT = 1000;

/** A reason to refuse a value. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

/**
 * Returns the faults that a schema has found. Long reasons are cut; the pointer to a place with long keys leads to what
 * holds it.
 *
 * @param field The field that the schema belongs to, `null` if it is that of the whole.
 */
export function faultsOf(issues: readonly StandardIssue[], field: string | null): Fault[] {
  const faults: Fault[] = [];
  for (const { message, path } of issues) {
    if (faults.length === MAX_FAULTS) break;
    const keys = keysOf(path);
    const detail = message.length <= MAX_TEXT ? message : `${message.slice(0, MAX_TEXT).toWellFormed()}...`;
    faults.push({ pointer: pointer(field === null ? keys : [field, ...keys]), detail });
  }
  return faults;
}

/** Returns the keys of a path, which may be an array of a class of its own. */
function keysOf(path: StandardIssue["path"] = []): string[] {
  return Array.from(path, (segment) => String(typeof segment === "object" ? segment.key : segment));
}

/** Encodes a key of a JSON pointer in a URI fragment (RFC 6901 section 6). */
export function escapeToken(key: string): string {
  return encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1").toWellFormed());
}

/** Makes a JSON pointer as a URI fragment, of as many keys as fit. */
function pointer(keys: readonly string[]): string {
  let text = "#";
  for (const key of keys) {
    if (text.length + key.length > MAX_TEXT) break;
    text += `/${escapeToken(key)}`;
  }
  return text;
}

/**
 * Returns the value of a result, for what the server itself sends.
 *
 * @param action What cannot be done otherwise, for the error.
 * @throws {TypeError} If the schema refuses the value.
 */
export function accepted(result: StandardResult<unknown>, action: string): unknown {
  if (result.issues === undefined) return result.value;
  const [issue] = result.issues;
  const keys = keysOf(issue?.path).join(".");
  throw new TypeError(`Cannot ${action}: its schema says${keys === "" ? "" : ` at ${keys}`}: ${issue?.message}`);
}
