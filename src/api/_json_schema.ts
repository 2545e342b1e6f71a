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

/**
 * Returns a JSON value in which references to its root lead to `root`, and those to a definition where `define` says. A
 * definition that `define` does not know stays within the root.
 */
export function moveReferences(value: unknown, root: string, define: (name: string) => string | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => moveReferences(item, root, define));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === "$ref" && typeof member === "string" && member.startsWith("#")
        ? movedReference(member, root, define)
        : moveReferences(member, root, define),
    ]),
  );
}

function movedReference(reference: string, root: string, define: (name: string) => string | undefined): string {
  const [, name, rest = ""] = /^#\/\$defs\/([^/]+)(.*)$/.exec(reference) ?? [];
  const defined = name === undefined ? undefined : define(unescapeToken(name));
  return defined === undefined ? root + reference.slice(1) : defined + rest;
}

/** Decodes a part of a JSON pointer in a URI fragment (RFC 6901 section 6). */
function unescapeToken(token: string): string {
  return decodeURIComponent(token).replaceAll("~1", "/").replaceAll("~0", "~");
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
