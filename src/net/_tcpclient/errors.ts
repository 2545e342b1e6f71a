import { toError } from "../../internal/promises.ts";

/**
 * An error like that of the system, of the same class and with the same `code`, whose message tells the place. An error
 * of a class of its own is returned unchanged.
 */
export function withPlace(thrown: unknown, what: string): Error {
  const cause = toError(thrown);
  const message = `${what}: ${cause.message}`;
  const { name } = cause;
  if (!isErrorName(name) && cause.constructor !== Error) return cause;
  const error = isErrorName(name) ? new Deno.errors[name](message, { cause }) : new Error(message, { cause });
  return "code" in cause ? Object.assign(error, { code: cause.code }) : error;
}

function isErrorName(name: string): name is keyof typeof Deno.errors {
  return Object.hasOwn(Deno.errors, name);
}
