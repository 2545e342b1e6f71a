/** What was thrown, as an `Error`: anything may be thrown, and a log and a rejection want a stack. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
