import { AuthError } from "./auth_error.ts";
import {
  AuthorizationResponseError,
  OperationProcessingError,
  ResponseBodyError,
  UnsupportedOperationError,
  WWWAuthenticateChallengeError,
} from "./_oauth4webapi.ts";

/** Error codes are words (RFC 6749 section 4.1.2.1); nothing else of a provider's text gets into a message. */
const ERROR_CODE = /^[\w.-]{1,64}$/;

/** Makes the refusal for an error code of the provider. */
export function providerRefusal(code: string): AuthError {
  if (ERROR_CODE.test(code)) return new AuthError(`the provider answers ${code}`, { providerError: code });
  return new AuthError("the provider answers with an error that has no code");
}

/**
 * Turns what was thrown while an answer of the provider was worked on into a refusal. It keeps no cause: that would
 * hold tokens.
 */
export function refusalOf(error: unknown): AuthError {
  if (error instanceof AuthError) return error;
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    return providerRefusal(error.error);
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    return new AuthError(`the provider answers ${error.status} and asks for credentials`);
  }
  // Their messages are fixed; the values that they speak of are in their causes.
  if (error instanceof OperationProcessingError || error instanceof UnsupportedOperationError) {
    return new AuthError(error.message);
  }
  // Keys that are malformed, for example, are found out by the cryptography of the runtime, with errors of any kind.
  return new AuthError(`the provider's answer cannot be used (${error instanceof Error ? error.name : typeof error})`);
}

/** Tells whether the provider refused the way in which the client has proved who it is. */
export function isInvalidClient(error: unknown): boolean {
  if (error instanceof ResponseBodyError) return error.error === "invalid_client";
  return error instanceof WWWAuthenticateChallengeError && error.status === 401;
}
