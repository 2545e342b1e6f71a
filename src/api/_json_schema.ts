import { isThenable } from "../internal/promises.ts";
import { standardOf } from "./_validation.ts";
import type { DeclaredSchema } from "./declarations.ts";

/**
 * Returns the JSON Schema of the values that a schema accepts (`input`) or returns (`output`).
 *
 * @param place The route and the field, for the error.
 * @throws {TypeError} If the schema cannot be expressed.
 */
export function jsonSchemaOf(
  schema: DeclaredSchema,
  direction: "input" | "output",
  place: string,
): Record<string, unknown> {
  const { vendor, jsonSchema } = standardOf(schema);
  if (jsonSchema === undefined) {
    throw new TypeError(`Cannot describe ${place}: its schema, of ${vendor}, has no JSON Schema; use withJsonSchema()`);
  }
  try {
    // OpenAPI 3.1 names the dialect once, for all.
    const { $schema: _dialect, ...described } = jsonSchema[direction]({ target: "draft-2020-12" });
    return described;
  } catch (cause) {
    throw new TypeError(`Cannot describe ${place}: its schema, of ${vendor}, cannot be expressed`, { cause });
  }
}

/** Returns a JSON value in which references to its root lead to `root`. */
export function moveReferences(value: unknown, root: string): unknown {
  if (Array.isArray(value)) return value.map((item) => moveReferences(item, root));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === "$ref" && typeof member === "string" && member.startsWith("#")
        ? root + member.slice(1)
        : moveReferences(member, root),
    ]),
  );
}

/** Tells whether a JSON value has references to its root. */
export function hasReferences(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, member]) =>
    (name === "$ref" && typeof member === "string" && member.startsWith("#")) || hasReferences(member)
  );
}

/** Tells whether a field must be there. One whose schema is asynchronous, or throws, counts as required. */
export function isRequired(schema: DeclaredSchema): boolean {
  let result;
  try {
    result = standardOf(schema).validate(undefined);
  } catch {
    return true;
  }
  if (!isThenable(result)) return result.issues !== undefined;
  result.then(undefined, () => {});
  return true;
}
