/**
 * Exceptions with what Python has in them: `args`, the attributes of their class, and the text that `args` make.
 *
 * @module
 */

import {
  EXCEPTION_TYPES,
  type ExceptionType,
  KEY_ERROR,
  OS_ERROR,
  PythonError,
  STOP_ITERATION,
  TYPE_ERROR,
} from "./exceptions.ts";
import { invokers } from "./natives.ts";
import { repr, str } from "./text.ts";
import { tuple } from "./values.ts";

/** The classes that `OSError` makes of some numbers of errors. */
const BY_ERRNO: Readonly<Record<number, string>> = {
  1: "PermissionError",
  2: "FileNotFoundError",
  13: "PermissionError",
  110: "TimeoutError",
};

/** Makes the exception that a call of its class makes. */
export function makeException(type: ExceptionType, args: readonly unknown[]): PythonError {
  if (type.isWithin(OS_ERROR) && args.length === 2) {
    const [errno, strerror] = args;
    const known = type === OS_ERROR ? EXCEPTION_TYPES[BY_ERRNO[Number(errno)] ?? ""] : undefined;
    return new PythonError(known ?? type, `[Errno ${str(errno)}] ${str(strerror)}`, args, {
      errno,
      strerror,
      filename: null,
    });
  }
  const details = type === STOP_ITERATION ? { value: args[0] ?? null } : {};
  return new PythonError(type, textOf(type, args), args, details);
}

function textOf(type: ExceptionType, args: readonly unknown[]): string {
  if (args.length === 0) return "";
  // The text of a KeyError is the repr of the key, so that an empty key can be seen.
  if (args.length === 1) return type.isWithin(KEY_ERROR) ? repr(args[0]) : str(args[0]);
  return repr(tuple(args));
}

/** The exception for a key that is not there. */
export function keyError(key: unknown): PythonError {
  return makeException(KEY_ERROR, [key ?? null]);
}

for (const type of new Set(Object.values(EXCEPTION_TYPES))) noteException(type);

/** Lets templates call a class of exceptions. */
export function noteException(type: ExceptionType): void {
  invokers.set(type, (args, keywords) => {
    if (keywords.length === 0) return makeException(type, args);
    throw new PythonError(TYPE_ERROR, `${type.name}() takes no keyword arguments`);
  });
}
