import type { StandardSchema } from "./standard_schema.ts";

/** The function of a schema that validates a value. */
export type Validate = StandardSchema["~standard"]["validate"];

const known = new WeakMap<StandardSchema, Validate>();

/** Returns the function that validates. Arktype and valibot make it anew whenever a schema is asked for it. */
export function validateOf(schema: StandardSchema): Validate {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const { validate } = schema["~standard"];
  known.set(schema, validate);
  return validate;
}
