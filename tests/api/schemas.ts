// A validator of a few lines that speaks Standard Schema, so that these tests need no package.
import type { SchemaInput, SchemaOutput, StandardIssue, StandardSchema } from "../../src/api/mod.ts";

type Check<Output> = (value: unknown) => { value: Output } | { issues: StandardIssue[] };

function schema<Input, Output = Input>(validate: Check<Output>): StandardSchema<Input, Output> {
  return { "~standard": { version: 1, vendor: "tests", validate } };
}

function refused(message: string): { issues: StandardIssue[] } {
  return { issues: [{ message }] };
}

/** A text that is not empty. */
export const text: StandardSchema<string> = schema((value) =>
  typeof value === "string" && value !== "" ? { value } : refused("Expected text")
);

/** A whole number. */
export const integer: StandardSchema<number> = schema((value) =>
  typeof value === "number" && Number.isInteger(value) ? { value } : refused("Expected an integer")
);

export const boolean: StandardSchema<boolean> = schema((value) =>
  typeof value === "boolean" ? { value } : refused("Expected a boolean")
);

/** A value that may be absent. */
export function optional<S extends StandardSchema>(
  inner: S,
): StandardSchema<SchemaInput<S> | undefined, SchemaOutput<S> | undefined> {
  return {
    "~standard": {
      version: 1,
      vendor: "tests",
      validate: (value) => value === undefined ? { value } : inner["~standard"].validate(value),
    },
  };
}

/** The same schema, whose answer comes later. */
export function later<S extends StandardSchema>(inner: S): StandardSchema<SchemaInput<S>, SchemaOutput<S>> {
  return {
    "~standard": {
      version: 1,
      vendor: "tests",
      validate: async (value) => await inner["~standard"].validate(value),
    },
  };
}

type Members = { readonly [name: string]: StandardSchema };
type ObjectInput<M extends Members> = { readonly [Name in keyof M]: SchemaInput<M[Name]> };
type ObjectOutput<M extends Members> = { readonly [Name in keyof M]: SchemaOutput<M[Name]> };

/** An object with these members; others are left out, or refused if it is strict. */
export function object<M extends Members>(
  members: M,
  { strict = false }: { strict?: boolean } = {},
): StandardSchema<ObjectInput<M>, ObjectOutput<M>> {
  return schema((value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return refused("Expected an object");
    const issues: StandardIssue[] = [];
    const copy: Record<string, unknown> = {};
    const given = new Map(Object.entries(value));
    for (const [name, member] of Object.entries(members)) {
      const result = member["~standard"].validate(given.get(name));
      if (result instanceof Promise) throw new TypeError("This validator is synchronous");
      // The second form of a path that the specification knows.
      if (result.issues === undefined) copy[name] = result.value;
      else issues.push(...result.issues.map((each) => ({ ...each, path: [{ key: name }, ...each.path ?? []] })));
    }
    if (strict) {
      for (const name of given.keys()) if (!(name in members)) issues.push({ message: "Unknown member", path: [name] });
    }
    return issues.length > 0 ? { issues } : { value: copy as ObjectOutput<M> };
  });
}

/** An array of such items. */
export function array<S extends StandardSchema>(item: S): StandardSchema<SchemaInput<S>[], SchemaOutput<S>[]> {
  return schema((value) => {
    if (!Array.isArray(value)) return refused("Expected an array");
    const issues: StandardIssue[] = [];
    const values: SchemaOutput<S>[] = [];
    for (const [index, each] of value.entries()) {
      const result = item["~standard"].validate(each);
      if (result instanceof Promise) throw new TypeError("This validator is synchronous");
      if (result.issues === undefined) values.push(result.value);
      else issues.push(...result.issues.map((issue) => ({ ...issue, path: [index, ...issue.path ?? []] })));
    }
    return issues.length > 0 ? { issues } : { value: values };
  });
}
