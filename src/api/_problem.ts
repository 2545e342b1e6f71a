import { responses } from "../http/httputil.ts";
import { jsonEncode } from "../util/escape.ts";
import type { RequestHandler } from "../web/mod.ts";
import { ValidationError } from "./validation_error.ts";

/** Writes the problem document (RFC 9457) of a status, with what schemas have refused. */
export function writeProblem(handler: RequestHandler, status: number, error: unknown): void {
  const problem = {
    type: "about:blank",
    title: responses.get(status) ?? "Unknown",
    status,
    ...error instanceof ValidationError ? { errors: error.errors } : {},
  };
  handler.setHeader("Content-Type", "application/problem+json");
  handler.write(jsonEncode(problem));
}
