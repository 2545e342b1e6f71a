import { HTTPError } from "../web/mod.ts";

/** Options of {@linkcode AuthError}. */
export interface AuthErrorOptions {
  /**
   * The error code that the provider gave, such as `access_denied`.
   *
   * @default {null}
   */
  providerError?: string | null;
}

/**
 * Refuses a login: the answer is 403 and the log gets one line. Tornado's `AuthError`.
 *
 * The message says what was refused, never a code, token or secret; it has no cause for the same reason.
 *
 * @example
 * ```ts
 * import { AuthError } from "@twister/twister/auth";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new AuthError("the provider answers access_denied", { providerError: "access_denied" });
 * assertEquals(error.message, "HTTP 403: Forbidden (Login refused: the provider answers access_denied)");
 * assertEquals(error.providerError, "access_denied");
 * ```
 */
export class AuthError extends HTTPError {
  /** Always `"AuthError"`. */
  override readonly name: string = "AuthError";
  /** The error code that the provider gave, such as `access_denied`; `null` if it gave none. */
  readonly providerError: string | null;

  /** Makes the error. */
  constructor(message: string, options: AuthErrorOptions = {}) {
    const { providerError = null } = options;
    super(403, `Login refused: ${message}`);
    this.providerError = providerError;
  }
}
