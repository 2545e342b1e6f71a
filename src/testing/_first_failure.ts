/**
 * Returns the failure that ended a test. A `using` block that fails after it makes the language wrap both in a
 * `SuppressedError`, whose text names neither: the later one is printed.
 */
export function firstFailure(error: unknown): unknown {
  let first = error;
  while (first instanceof SuppressedError) {
    console.error("After the failure of the test:", first.error);
    first = first.suppressed;
  }
  return first;
}
