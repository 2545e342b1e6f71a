import { RenderError } from "../../template/mod.ts";
import { Finish, HTTPError } from "../errors.ts";

/** What a template threw to end the request, which is no error of the template; any other error is itself. */
export function answerIn(error: unknown): unknown {
  const isAnswer = error instanceof RenderError && (error.cause instanceof HTTPError || error.cause instanceof Finish);
  return isAnswer ? error.cause : error;
}
