import { xhtmlEscape } from "../../util/escape.ts";

/** The default error page, byte for byte Tornado's. */
export function errorPage(statusCode: number, reason: string): string {
  const title = `${statusCode}: ${xhtmlEscape(reason)}`;
  return `<html><title>${title}</title><body>${title}</body></html>`;
}

/** How many causes behind an error are shown; a cause may name itself as its cause. */
const MAX_CAUSES = 8;

/** An error with its stack and those of its causes, for the page that a developer sees. */
export function traceback(error: unknown): string {
  let text = stackOf(error);
  let cause = error;
  for (let depth = 0; depth < MAX_CAUSES && cause instanceof Error && cause.cause !== undefined; depth++) {
    cause = cause.cause;
    text += `\nCaused by: ${stackOf(cause)}`;
  }
  return `${text}\n`;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return `Uncaught ${Deno.inspect(error)}`;
  return error.stack ?? `${error.name}: ${error.message}`;
}
