import { HTTPError } from "../web/mod.ts";

/** A part of a request that its schema refuses. */
export interface FieldError {
  /** The part of the request. */
  readonly in: "path" | "query" | "headers" | "cookies" | "body";
  /** JSON pointer to the value within that part, as a URI fragment: `#/user/name` (RFC 6901 section 6). */
  readonly pointer: string;
  /** The reason, in the words of the schema. */
  readonly detail: string;
}

/**
 * Answers 422: the request does not fit the schemas of its handler.
 *
 * @example
 * ```ts
 * import { ValidationError } from "@twister/twister/api";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new ValidationError([{ in: "query", pointer: "#/page", detail: "Expected a number" }]);
 * assertEquals(String(error), "HTTP 422: Unprocessable Entity (query #/page: Expected a number)");
 * ```
 */
export class ValidationError extends HTTPError {
  /** Always `"ValidationError"`. */
  override readonly name: string = "ValidationError";
  /** The values that the schemas refuse, at least one. */
  readonly errors: readonly FieldError[];

  /** Makes the error. */
  constructor(errors: readonly FieldError[]) {
    const [first] = errors;
    const others = errors.length > 1 ? ` and ${errors.length - 1} more` : "";
    super(422, "%s %s: %s%s", { args: [first?.in, first?.pointer, first?.detail, others] });
    this.errors = errors;
  }
}
