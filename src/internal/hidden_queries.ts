/**
 * Requests whose query has something secret, such as the code of a login.
 *
 * The code that logs a request and the code that knows of the secret are in different layers.
 */
const hidden = new WeakSet<object>();

/** Keeps the query of a request out of the log. */
export function hideQuery(request: object): void {
  hidden.add(request);
}

/** Tells whether the query of a request has to stay out of the log. */
export function isQueryHidden(request: object): boolean {
  return hidden.has(request);
}
