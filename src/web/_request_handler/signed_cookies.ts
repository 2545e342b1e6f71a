import type { Bytes } from "../../internal/bytes.ts";
import type { CookieOptions } from "../cookies.ts";
import type { Settings } from "../settings.ts";
import { createSignedValue, type CreateSignedValueOptions, type DecodeSignedValueOptions } from "../signed_value.ts";

/** Options of `createSignedValue`. */
export type SignedValueOptions = Pick<CreateSignedValueOptions, "version">;

/** Options of `setSignedCookie`; `expiresDays` is 30 by default. */
export interface SignedCookieOptions extends CookieOptions, SignedValueOptions {}

/** Options of `getSignedCookie`. */
export interface GetSignedCookieOptions extends Pick<DecodeSignedValueOptions, "maxAgeDays" | "minVersion"> {
  /**
   * The signed text to read in place of the cookie.
   *
   * @default {the cookie}
   */
  value?: string | null;
}

/**
 * Signs a value by the settings of an application.
 *
 * @throws {Error} If the application has several secrets, and no setting says which of them signs.
 */
export function signBySettings(
  settings: Settings,
  name: string,
  value: string | Bytes,
  version: number | null,
): Bytes {
  const { cookieSecret: secret = "", keyVersion = null } = settings;
  if (typeof secret === "string" || secret instanceof Uint8Array) {
    return createSignedValue(secret, name, value, { version });
  }
  if (keyVersion === null) {
    throw new Error("The setting keyVersion must say which of the secrets in cookieSecret signs");
  }
  return createSignedValue(secret, name, value, { version, keyVersion });
}
