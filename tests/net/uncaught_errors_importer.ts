/**
 * Loads the server of `uncaught_errors_program.ts` as a dependency, with the same arguments.
 *
 * @module
 */
try {
  await import("./uncaught_errors_program.ts");
} catch (error) {
  // As a program that puts something in order first.
  await new Promise((resolve) => setImmediate(resolve));
  throw error;
}
