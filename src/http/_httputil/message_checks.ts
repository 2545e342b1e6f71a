import { HTTPOutputError } from "./errors.ts";

/** More digits than a number of bytes can have; beyond them arithmetic is not exact either. */
const LENGTH = /^[0-9]{1,15}$/;

/** Tells whether a response of this status has no body, whatever its headers say (RFC 9112, section 6.3). */
export function isBodyless(status: number): boolean {
  return status === 204 || status === 304 || (status >= 100 && status < 200);
}

/**
 * Refuses a status that cannot end an exchange: after an interim one the client waits for another (RFC 9110, section
 * 15.2).
 *
 * @throws {HTTPOutputError} If the status is below 200, or has not three digits.
 */
export function checkFinalStatus(status: number): void {
  if (!(status >= 200 && status <= 999)) {
    throw new HTTPOutputError(`Cannot write a response: ${status} is not the status of a final one`);
  }
}

/** @throws {HTTPOutputError} If it is not a number. */
export function writtenLength(contentLength: string): number {
  if (!LENGTH.test(contentLength)) {
    throw new HTTPOutputError(`Cannot write a message: Content-Length is "${contentLength}"`);
  }
  return Number(contentLength);
}
