/**
 * Returns the failure that ended a test. If the end of a `using` block has failed after it, the language wraps both in a
 * a `SuppressedError`, whose text names neither: the later one is printed.
 */
export function firstFailure(error: unknown): unknown {
  let first = error;
  while (first instanceof SuppressedError) {
    console.error("After the failure of the test:", first.error);
    first = first.suppressed;
  }
  return first;
}
