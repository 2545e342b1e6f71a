/**
 * Typed handlers: one declaration gives a handler its types, its validation and its errors.
 *
 * @example
 * ```ts
 * import { listOf, numberFromText, TypedHandler } from "@twister/twister/api";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const number = numberFromText();
 *
 * class Sum extends TypedHandler({ get: { query: { n: listOf(number) }, response: { 200: number } } }) {
 *   override get(): void {
 *     this.reply(200, this.args.query.n.reduce((sum, n) => sum + n, 0));
 *   }
 * }
 *
 * const app = new Application([["/sum", Sum]]);
 * const response = await app.fetch(new Request("http://localhost/sum?n=1&n=2"));
 * assertEquals(await response.json(), 3);
 * ```
 *
 * @module
 */
export type {
  Args,
  Bodies,
  BodyInput,
  CheckedDeclarations,
  Declaration,
  Declarations,
  DeclaredMethod,
  DeclaredSchema,
  EventsOf,
  Fields,
  MethodArgs,
  MethodDescription,
  MethodReply,
  MethodResponses,
  ReplyArguments,
} from "./declarations.ts";
export { booleanFromText, fileField, listOf, numberFromText } from "./from_text.ts";
export {
  type OAuthFlow,
  type OAuthFlows,
  openapi,
  type OpenAPIDocument,
  type OpenAPIInfo,
  type OpenAPIOptions,
  type OpenAPIServer,
  type SecurityScheme,
} from "./openapi.ts";
export type {
  SchemaInput,
  SchemaOutput,
  StandardIssue,
  StandardJSONSchema,
  StandardResult,
  StandardSchema,
  StandardSchemaProperties,
} from "./standard_schema.ts";
export { type EventArguments, TypedEventStream } from "./typed_event_stream.ts";
export { type Handling, TypedHandler, type TypedHandlerClass, TypedRequestHandler } from "./typed_handler.ts";
export { type FieldError, ValidationError } from "./validation_error.ts";
export { withJsonSchema } from "./with_json_schema.ts";
