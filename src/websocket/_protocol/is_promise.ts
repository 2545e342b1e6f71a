/** Whether a method of the application returned a promise. What it returns is as its author wrote it, whatever the types say. */
export function isPromise(value: void | Promise<void>): value is Promise<void> {
  return typeof value === "object" && value !== null && typeof value.then === "function";
}
