import type { StandardIssue, StandardResult, StandardSchema } from "./standard_schema.ts";

/** The function of a schema that validates a value. */
export type Validate = StandardSchema["~standard"]["validate"];

const known = new WeakMap<StandardSchema, Validate>();

/** Returns the function that validates. Arktype and valibot make it anew whenever a schema is asked for it. */
export function validateOf(schema: StandardSchema): Validate {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const standard = schema["~standard"];
  // As a method: a validator may use `this`.
  const validate: Validate = (value) => standard.validate(value);
  known.set(schema, validate);
  return validate;
}

/** Returns the keys of a path, which may be an array of a class of its own. */
export function keysOf(path: StandardIssue["path"] = []): string[] {
  return Array.from(path, (segment) => String(typeof segment === "object" ? segment.key : segment));
}

/** Makes a JSON pointer as a URI fragment (RFC 6901 section 6). */
export function pointer(keys: readonly string[]): string {
  const escaped = keys.map((key) => key.replaceAll("~", "~0").replaceAll("/", "~1"));
  return `#${escaped.map((key) => `/${encodeURIComponent(key.toWellFormed())}`).join("")}`;
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
