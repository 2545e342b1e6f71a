import { HTTPOutputError } from "./errors.ts";

/** More digits than a number of bytes can have; beyond them arithmetic is not exact either. */
const LENGTH = /^[0-9]{1,15}$/;

/** Tells whether a response of this status has no body, whatever its headers say (RFC 9112, section 6.3). */
export function isBodyless(status: number): boolean {
  return status === 204 || status === 304 || (status >= 100 && status < 200);
}

/**
 * Reads the Content-Length of an outgoing message.
 *
 * @throws {HTTPOutputError} If it is not a number.
 */
export function writtenLength(contentLength: string): number {
  if (!LENGTH.test(contentLength)) {
    throw new HTTPOutputError(`Cannot write a message: Content-Length is "${contentLength}"`);
  }
  return Number(contentLength);
}
