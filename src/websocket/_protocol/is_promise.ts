/** Whether a method of the application returned a promise. What it returns is as its author wrote it, whatever the types say. */
export function isPromise(value: unknown): value is Promise<void> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
