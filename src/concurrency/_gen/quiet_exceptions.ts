import { appLog } from "../../util/log.ts";

/** A class of errors. */
export type ErrorClass = abstract new (...args: never[]) => Error;

/** Logs an error that no caller is told about, unless it is of a quiet class or a cancellation. */
export function logUnlessQuiet(message: string, error: unknown, quiet: ErrorClass | readonly ErrorClass[]): void {
  if (!(error instanceof Error)) return appLog.error("%s: %r", message, error);
  const classes = typeof quiet === "function" ? [quiet] : quiet;
  if (error.name === "AbortError" || classes.some((one) => error instanceof one)) return;
  appLog.error("%s", message, error);
}
