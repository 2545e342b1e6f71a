/**
 * A schema of any validator that implements Standard Schema, such as zod, valibot or arktype. See
 * {@link https://standardschema.dev/ Standard Schema}, whose interfaces are made to be copied.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The properties that the specification defines. */
  readonly "~standard": StandardSchemaProperties<Input, Output>;
}

/** The members of {@linkcode StandardSchema}. */
export interface StandardSchemaProperties<Input = unknown, Output = Input> {
  /** Version of the specification. */
  readonly version: 1;
  /** Name of the validator. */
  readonly vendor: string;
  /** Validates a value. A promise makes the request wait. */
  readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
  /** The types, for the compiler only. */
  readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  /** The same schema as JSON Schema, if the validator can express it. */
  readonly jsonSchema?: StandardJSONSchema | undefined;
}

/** Expresses a schema as JSON Schema. Its methods throw if the schema has no such form. */
export interface StandardJSONSchema {
  /** Describes the values that the schema accepts. */
  readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
  /** Describes the values that the schema returns. */
  readonly output: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
}

/** The result of a validation: the value, or the issues that were found. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** A reason to refuse a value. */
export interface StandardIssue {
  /** Text for the client. */
  readonly message: string;
  /** Keys that lead from the value to the part with the issue. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The type of the values that a schema accepts. */
export type SchemaInput<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["input"];

/** The type of the values that a schema returns. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["output"];
