import { keysOf } from "./_pointer.ts";
import type { StandardResult } from "./standard_schema.ts";

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
