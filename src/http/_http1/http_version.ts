import { HTTPInputError } from "../_httputil/errors.ts";

const VERSION = "HTTP/1.1";
/** Bytes of a version: `HTTP/` and two digits around a dot (RFC 9112, 2.3). */
export const VERSION_LENGTH: number = VERSION.length;
const MAJOR = 5;
const MINOR = 7;
/** The versions that are spoken, by their second digit. */
export const VERSIONS: readonly string[] = Array.from({ length: 10 }, (_, minor) => `HTTP/1.${minor}`);

/** Checks byte number `at` of a version. */
export function checkVersion(at: number, code: number): void {
  if (code === VERSION.charCodeAt(at)) return;
  const digit = (at === MAJOR || at === MINOR) && code >= 0x30 && code <= 0x39;
  if (!digit) throw new HTTPInputError("Malformed HTTP version");
}

/** The second digit of the well-formed version at `start`; the first one has to be 1. */
export function minorVersion(bytes: Uint8Array, start: number): number {
  const minor = bytes[start + MINOR] - 0x30;
  const major = bytes[start + MAJOR] - 0x30;
  if (major !== 1) throw new HTTPInputError(`Unsupported HTTP version ${major}.${minor}`, { statusCode: 505 });
  return minor;
}
