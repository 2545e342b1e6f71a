/** Marks a promise as looked after: a caller may drop it, and its rejection must not end the process. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}

function ignore(): void {}
