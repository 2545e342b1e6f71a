import type { Settings } from "../settings.ts";
import type { CookieSecret, CreateSignedValueOptions } from "../signed_value.ts";

/** What signs the values of an application. */
export interface Signing {
  readonly secret: CookieSecret;
  readonly options: CreateSignedValueOptions;
}

/**
 * What signs by the settings of an application.
 *
 * @throws {Error} If there are several secrets, and it is not said which.
 */
export function signingOf(settings: Settings, version: number | null): Signing {
  const { cookieSecret: secret = "", keyVersion = null } = settings;
  if (typeof secret === "string" || secret instanceof Uint8Array) return { secret, options: { version } };
  if (keyVersion === null) {
    throw new Error("The setting keyVersion must say which of the secrets in cookieSecret signs");
  }
  return { secret, options: { version, keyVersion } };
}
