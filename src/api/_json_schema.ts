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
  return mapReferences(value, (reference) => {
    const name = nameOfDefinition(reference);
    const defined = name === undefined ? undefined : define(name);
    return defined === undefined ? root + reference.slice(1) : defined + reference.replace(DEFINITION, "");
  });
}

/** Returns a JSON value with other references in place of those within a document. */
export function mapReferences(value: unknown, move: (reference: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapReferences(item, move));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === "$ref" && typeof member === "string" && member.startsWith("#")
        ? move(member)
        : mapReferences(member, move),
    ]),
  );
}

const DEFINITION = /^#\/\$defs\/([^/]+)/;

/** Returns the name of the definition that a reference leads to, or into. */
export function nameOfDefinition(reference: string): string | undefined {
  const [, token] = DEFINITION.exec(reference) ?? [];
  // A part of a JSON pointer in a URI fragment (RFC 6901 section 6).
  return token === undefined ? undefined : decodeURIComponent(token).replaceAll("~1", "/").replaceAll("~0", "~");
}

/** Returns the references of a JSON value to parts of it. */
export function referencesOf(value: unknown): string[] {
  const references: string[] = [];
  mapReferences(value, (reference) => {
    references.push(reference);
    return reference;
  });
  return references;
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
