import { HTTPFile } from "../http/httputil.ts";
import { isThenable } from "../internal/promises.ts";
import { moveReferences } from "./_json_schema.ts";
import { escapeToken, standardOf } from "./_validation.ts";
import type {
  SchemaInput,
  SchemaOutput,
  StandardJSONSchema,
  StandardResult,
  StandardSchema,
  StandardSchemaProperties,
} from "./standard_schema.ts";

type Validation<Output> = StandardResult<Output> | Promise<StandardResult<Output>>;

/** A schema of this module. */
class TextSchema<Input, Output> implements StandardSchema<Input, Output> {
  readonly "~standard": StandardSchemaProperties<Input, Output>;

  constructor(validate: (value: unknown) => Validation<Output>, jsonSchema: StandardJSONSchema | undefined) {
    this["~standard"] = { version: 1, vendor: "twister", validate, jsonSchema };
  }
}

/** A schema whose field is a file. */
export class FileSchema extends TextSchema<unknown, unknown> {}

/** A schema whose field takes all values that a request has under its name. */
export class ListSchema<Input, Output> extends TextSchema<Input, Output> {}

/** The grammar of numbers in JSON. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const NOT_A_NUMBER = "Expected a number";
const NOT_A_BOOLEAN = "Expected true or false";

const anyNumber = new TextSchema<number, number>(
  (value) => required<number>(Number.isFinite(value), value, NOT_A_NUMBER),
  described({ type: "number" }),
);
const anyBoolean = new TextSchema<boolean, boolean>(
  (value) => required<boolean>(typeof value === "boolean", value, NOT_A_BOOLEAN),
  described({ type: "boolean" }),
);
const anyFile: StandardSchema = {
  "~standard": {
    version: 1,
    vendor: "twister",
    validate: (value) => value === undefined ? { issues: [{ message: "Expected a file" }] } : { value },
  },
};

/**
 * Makes a schema for a field whose text is a number, written as in JSON.
 *
 * @example
 * ```ts
 * import { numberFromText } from "@twister/twister/api";
 * import { assertEquals } from "@std/assert";
 *
 * const { validate } = numberFromText()["~standard"];
 * assertEquals(validate("12"), { value: 12 });
 * assertEquals(validate("0x12"), { issues: [{ message: "Expected a number" }] });
 * ```
 */
export function numberFromText(): StandardSchema<number>;
/**
 * Makes one that passes the number on to another schema.
 *
 * @param schema The schema that validates the number. A field that is absent reaches it as `undefined`.
 */
export function numberFromText<Schema extends StandardSchema>(
  schema: Schema,
): StandardSchema<SchemaInput<Schema>, SchemaOutput<Schema>>;
export function numberFromText(schema: StandardSchema = anyNumber): StandardSchema {
  return fromText(schema, NOT_A_NUMBER, (text) => {
    const number = NUMBER.test(text) ? Number(text) : Infinity;
    return Number.isFinite(number) ? number : undefined;
  });
}

/**
 * Makes a schema for a field whose text is `true` or `false`. All other texts are refused.
 *
 * @example
 * ```ts
 * import { booleanFromText } from "@twister/twister/api";
 * import { assertEquals } from "@std/assert";
 *
 * const { validate } = booleanFromText()["~standard"];
 * assertEquals(validate("false"), { value: false });
 * assertEquals(validate("no"), { issues: [{ message: "Expected true or false" }] });
 * ```
 */
export function booleanFromText(): StandardSchema<boolean>;
/**
 * Makes one that passes the boolean on to another schema.
 *
 * @param schema The schema that validates the boolean. A field that is absent reaches it as `undefined`.
 */
export function booleanFromText<Schema extends StandardSchema>(
  schema: Schema,
): StandardSchema<SchemaInput<Schema>, SchemaOutput<Schema>>;
export function booleanFromText(schema: StandardSchema = anyBoolean): StandardSchema {
  const values = new Map([["true", true], ["false", false]]);
  return fromText(schema, NOT_A_BOOLEAN, (text) => values.get(text));
}

/**
 * Makes a schema for a field that takes all values that the request has under its name, in order. A field that is
 * absent is an empty list. In a header, commas separate values (RFC 9110 section 5.6.1).
 *
 * @param schema The schema of one value.
 *
 * @example
 * ```ts
 * import { listOf, numberFromText } from "@twister/twister/api";
 * import { assertEquals } from "@std/assert";
 *
 * const { validate } = listOf(numberFromText())["~standard"];
 * assertEquals(validate(["1", "2"]), { value: [1, 2] });
 * assertEquals(validate(["1", "b"]), { issues: [{ message: "Expected a number", path: [1] }] });
 * ```
 */
export function listOf<Schema extends StandardSchema>(
  schema: Schema,
): StandardSchema<readonly SchemaInput<Schema>[] | undefined, SchemaOutput<Schema>[]> {
  const standard = standardOf(schema);
  const { jsonSchema } = standard;
  return new ListSchema(
    (value) => {
      if (value !== undefined && !Array.isArray(value)) return { issues: [{ message: "Expected a list" }] };
      const items: unknown[] = value ?? [];
      const given = schema instanceof FileSchema ? items.filter((item) => item !== "") : items;
      const results = given.map((item) => standard.validate(item));
      return results.some(isThenable)
        ? Promise.all(results).then(joined)
        : joined(results as StandardResult<unknown>[]);
    },
    jsonSchema && {
      input: (options) => arrayOf(jsonSchema.input(options)),
      output: (options) => arrayOf(jsonSchema.output(options)),
    },
  );
}

/**
 * Makes a schema for a field of a multipart form that is a file. A field for a file that the user of a page has left
 * empty counts as absent.
 *
 * @example
 * ```ts
 * import { fileField } from "@twister/twister/api";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(fileField()["~standard"].validate("text"), { issues: [{ message: "Expected a file" }] });
 * ```
 */
export function fileField(): StandardSchema<Blob, HTTPFile>;
/**
 * Makes one that passes the file on to another schema: one that is optional, or looks at the size.
 *
 * @param schema The schema that validates the file. A field that is absent reaches it as `undefined`.
 */
export function fileField<Schema extends StandardSchema>(
  schema: Schema,
): StandardSchema<undefined extends SchemaInput<Schema> ? Blob | undefined : Blob, SchemaOutput<Schema>>;
export function fileField(schema: StandardSchema = anyFile): StandardSchema {
  const standard = standardOf(schema);
  return new FileSchema((value) => {
    // In a form, a page sends a field without a file as an empty text.
    if (value === undefined || value === "") return standard.validate(undefined);
    return value instanceof HTTPFile ? standard.validate(value) : { issues: [{ message: "Expected a file" }] };
  }, described({ type: "string", contentMediaType: "application/octet-stream" }));
}

/** Makes the JSON Schema of a list: that of an item is no longer the root, which has the definitions. */
function arrayOf({ $schema: _dialect, $defs, ...schema }: Record<string, unknown>): Record<string, unknown> {
  const move = (value: unknown) => moveReferences(value, "#/items", (name) => `#/$defs/${escapeToken(name)}`);
  return { type: "array", items: move(schema), ...$defs === undefined ? {} : { $defs: move($defs) } };
}

/** Makes a schema that converts texts and leaves other values as they are. */
function fromText(schema: StandardSchema, refusal: string, convert: (text: string) => unknown): StandardSchema {
  const standard = standardOf(schema);
  return new TextSchema((value) => {
    if (typeof value !== "string") return standard.validate(value);
    const converted = convert(value);
    return converted === undefined ? { issues: [{ message: refusal }] } : standard.validate(converted);
  }, standard.jsonSchema);
}

function described(json: Record<string, unknown>): StandardJSONSchema {
  return { input: () => ({ ...json }), output: () => ({ ...json }) };
}

function required<T>(isValid: boolean, value: unknown, refusal: string): StandardResult<T> {
  return isValid ? { value: value as T } : { issues: [{ message: value === undefined ? "Required" : refusal }] };
}

function joined(results: readonly StandardResult<unknown>[]): StandardResult<unknown[]> {
  const issues = results.flatMap((result, index) =>
    (result.issues ?? []).map(({ message, path = [] }) => ({ message, path: [index, ...path] }))
  );
  if (issues.length > 0) return { issues };
  return { value: results.map((result) => result.issues === undefined ? result.value : undefined) };
}
