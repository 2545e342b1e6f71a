import type { JsonObject } from "../internal/json_object.ts";
import { standardOf } from "./_validation.ts";
import { ListSchema } from "./from_text.ts";
import type { SchemaInput, SchemaOutput, StandardSchema } from "./standard_schema.ts";

/**
 * Gives a schema the JSON Schema that describes it, for a validator that cannot express it.
 *
 * @param jsonSchema The JSON Schema, in the dialect of draft 2020-12.
 *
 * @example
 * ```ts
 * import { numberFromText, withJsonSchema } from "@twister/twister/api";
 * import { assertEquals } from "@std/assert";
 *
 * const port = withJsonSchema(numberFromText(), { type: "integer", maximum: 65535 });
 * assertEquals(port["~standard"].validate("80"), { value: 80 });
 * ```
 */
export function withJsonSchema<Schema extends StandardSchema>(
  schema: Schema,
  jsonSchema: JsonObject,
): StandardSchema<SchemaInput<Schema>, SchemaOutput<Schema>>;
export function withJsonSchema(schema: StandardSchema, jsonSchema: JsonObject): StandardSchema {
  const described = () => ({ ...jsonSchema });
  const standard = standardOf(schema);
  const validate = (value: unknown) => standard.validate(value);
  const both = { input: described, output: described };
  // It still takes all values of its field.
  if (schema instanceof ListSchema) return new ListSchema(validate, both);
  return { "~standard": { version: 1, vendor: standard.vendor, validate, jsonSchema: both } };
}
