/**
 * Values that a client keeps for the application and can read but not change: text or bytes with a time, a name and a
 * signature. Tornado and Twister read each other's.
 *
 * Version 2, the default, is `2|1:0|10:1300000000|4:name|8:dmFsdWU=|` followed by an HMAC-SHA-256 of that: version, key
 * version, time, name and value in base64, the last four each with its length. Version 1 is `dmFsdWU=|1300000000|`
 * followed by an HMAC-SHA-1 of name, value and time.
 *
 * @module
 */
import { nodeCrypto } from "../internal/node_crypto.ts";
import type { Bytes } from "../internal/bytes.ts";
import { currentClock } from "../internal/clock.ts";
import { latin1Bytes } from "../internal/utf8.ts";
import { toUnicode } from "../util/escape.ts";
import { genLog } from "../util/log.ts";
import { byteText, type Fields, parseFields, signatureVersion } from "./_signed_value/fields.ts";
import { equalInConstantTime, hmacOf } from "./_signed_value/keys.ts";

/** The oldest version that can be read. */
export const MIN_SUPPORTED_SIGNED_VALUE_VERSION = 1;
/** The newest version that can be read. */
export const MAX_SUPPORTED_SIGNED_VALUE_VERSION = 2;
/** The version that is written by default. */
export const DEFAULT_SIGNED_VALUE_VERSION = 2;
/** The oldest version that is read by default. */
export const DEFAULT_SIGNED_VALUE_MIN_VERSION = 1;

/** The greatest age by default: a day more than cookies live by default, so that none expires on its way. */
const DEFAULT_MAX_AGE_DAYS = 31;
/**
 * The seconds by which the time of a version 1 value may be ahead, as in Tornado: a digit moved to it from the value
 * leads further.
 */
const MAX_FUTURE_DAYS = 31;
const DAY = 86400;
/** The number of characters of a refused value that the log shows. */
const SHOWN_LENGTH = 100;

/** One secret, or several by key version: the one that `keyVersion` names signs, and all of them verify. */
export type CookieSecret = string | Bytes | Readonly<Record<number, string | Bytes>>;

/** Options of {@linkcode createSignedValue}. */
export interface CreateSignedValueOptions {
  /**
   * The version of the format, 1 or 2.
   *
   * @default {2}
   */
  version?: number | null;
  /**
   * A clock that returns seconds since 1970.
   *
   * @default {the system's clock}
   */
  clock?: (() => number) | null;
  /**
   * The version of the key that signs, if there are several secrets.
   *
   * @default {none, which suits a single secret}
   */
  keyVersion?: number | null;
}

/** Options of {@linkcode decodeSignedValue}. */
export interface DecodeSignedValueOptions extends Pick<CreateSignedValueOptions, "clock"> {
  /**
   * The greatest age that is accepted, in days; `NaN` accepts none.
   *
   * @default {31}
   */
  maxAgeDays?: number;
  /**
   * The oldest version of the format that is accepted.
   *
   * @default {1}
   */
  minVersion?: number | null;
}

/**
 * Signs a value together with a name and the time. Tornado's `create_signed_value`.
 *
 * @param secret One secret, or several by key version.
 * @param name The purpose of the value; the signature is valid under no other name.
 * @returns ASCII text as bytes, fit for a cookie.
 * @throws {RangeError} If the version is not supported, or no secret has that key version.
 * @throws {TypeError} If there are several secrets, but no key version or only version 1 to sign with.
 *
 * @example
 * ```ts
 * import { createSignedValue } from "@twister/twister/web";
 * import { toUnicode } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 *
 * const signed = createSignedValue("secret", "name", "value", { clock: () => 1300000000 });
 * assertEquals(
 *   toUnicode(signed),
 *   "2|1:0|10:1300000000|4:name|8:dmFsdWU=|dde970934c3dca1ee18c228683b8f88369d856f5b9b7f0fd5eab44aa165210bd",
 * );
 * ```
 */
export function createSignedValue(
  secret: CookieSecret,
  name: string,
  value: string | Bytes,
  options: CreateSignedValueOptions = {},
): Bytes {
  const version = options.version ?? DEFAULT_SIGNED_VALUE_VERSION;
  const timestamp = String(Math.floor((options.clock ?? now)()));
  const encoded = btoa(byteText(value));
  if (version === 1) {
    if (!isSingle(secret)) throw new TypeError("Cannot sign with version 1: it has no key versions");
    return latin1Bytes(`${encoded}|${timestamp}|${signatureV1(secret, name + encoded + timestamp)}`);
  }
  if (version !== 2) throw new RangeError(`Cannot sign with version ${version}: it must be 1 or 2`);
  const keyVersion = options.keyVersion ?? null;
  const key = isSingle(secret) ? secret : signingKey(secret, keyVersion);
  const fields = field(String(keyVersion ?? 0)) + field(timestamp) + field(byteText(name)) + field(encoded);
  return hmacOf(key).sealed(`2|${fields}`);
}

/**
 * Signs a value as {@linkcode createSignedValue} does, and returns the text, for links in e-mails and the like.
 *
 * @throws {RangeError} If the version is not supported, or no secret has that key version.
 * @throws {TypeError} If there are several secrets, but no key version or only version 1 to sign with.
 *
 * @example
 * ```ts
 * import { createSignedText, decodeSignedText } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const signed = createSignedText("secret", "unsubscribe", "ada@example.org");
 * assertEquals(decodeSignedText("secret", "unsubscribe", signed), "ada@example.org");
 * assertEquals(decodeSignedText("secret", "unsubscribe", `${signed}0`), null);
 * ```
 */
export function createSignedText(
  secret: CookieSecret,
  name: string,
  value: string | Bytes,
  options: CreateSignedValueOptions = {},
): string {
  return toUnicode(createSignedValue(secret, name, value, options));
}

/**
 * Reads a signed value. Tornado's `decode_signed_value`.
 *
 * It refuses a value that is malformed, has a wrong signature, was signed for another name, is too old, or has a
 * version below `minVersion`. The log gets a line for each.
 *
 * @param secret One secret, or several by key version.
 * @param name The purpose of the value.
 * @param value The text from a client; `null` and `""` give `null`.
 * @returns The bytes that were signed, or `null` if the value is refused.
 * @throws {RangeError} If `minVersion` is newer than every known version.
 *
 * @example
 * ```ts
 * import { createSignedValue, decodeSignedValue } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const secrets = { 1: "an old secret", 2: "the secret of today" };
 * const signed = createSignedValue(secrets, "user", "ada", { keyVersion: 2 });
 * assertEquals(decodeSignedValue(secrets, "user", signed), new Uint8Array([0x61, 0x64, 0x61]));
 * assertEquals(decodeSignedValue(secrets, "admin", signed), null);
 * ```
 */
export function decodeSignedValue(
  secret: CookieSecret,
  name: string,
  value: string | Bytes | null,
  options: DecodeSignedValueOptions = {},
): Bytes | null {
  const minVersion = options.minVersion ?? DEFAULT_SIGNED_VALUE_MIN_VERSION;
  if (minVersion > MAX_SUPPORTED_SIGNED_VALUE_VERSION) {
    throw new RangeError(`Cannot read values of version ${minVersion} and later: there are none`);
  }
  if (value === null || value.length === 0) return null;
  const text = byteText(value);
  const version = signatureVersion(text);
  if (version < minVersion) return refused("of an old version", text);
  if (version > MAX_SUPPORTED_SIGNED_VALUE_VERSION) return refused("of an unknown version", text);
  const time = (options.clock ?? now)();
  const oldest = time - (options.maxAgeDays ?? DEFAULT_MAX_AGE_DAYS) * DAY;
  // No value would be older than that.
  if (Number.isNaN(oldest)) return refused("of unknown age, since maxAgeDays is not a number", text);
  if (version === 2) return decodeV2(secret, name, text, oldest);
  return decodeV1(secret, name, text, oldest, time + MAX_FUTURE_DAYS * DAY);
}

/**
 * Reads the text of a signed value; `null` if {@linkcode decodeSignedValue} returns `null`, or bytes that are not
 * UTF-8.
 *
 * @throws {RangeError} If `minVersion` is newer than every known version.
 *
 * @example
 * ```ts
 * import { createSignedText, decodeSignedText } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const signed = createSignedText("secret", "user", "ada");
 * assertEquals(decodeSignedText("secret", "user", signed), "ada");
 * ```
 */
export function decodeSignedText(
  secret: CookieSecret,
  name: string,
  value: string | Bytes | null,
  options: DecodeSignedValueOptions = {},
): string | null {
  return textOf(decodeSignedValue(secret, name, value, options));
}

/** Decodes UTF-8; `null` for what is not. */
export function textOf(bytes: Bytes | null): string | null {
  try {
    return toUnicode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/**
 * Reads which version of the key a value claims to be signed with; `null` for version 1 and malformed values. It
 * verifies nothing: it tells an application which values still have an old signature. Tornado's
 * `get_signature_key_version`.
 *
 * @param value The text from a client.
 *
 * @example
 * ```ts
 * import { createSignedValue, getSignatureKeyVersion } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const signed = createSignedValue({ 3: "secret" }, "user", "ada", { keyVersion: 3 });
 * assertEquals(getSignatureKeyVersion(signed), 3);
 * ```
 */
export function getSignatureKeyVersion(value: string | Bytes): number | null {
  const text = byteText(value);
  return signatureVersion(text) < 2 ? null : parseFields(text)?.keyVersion ?? null;
}

function decodeV2(secret: CookieSecret, name: string, text: string, oldest: number): Bytes | null {
  const fields = parseFields(text);
  if (fields === null) return refused("malformed", text);
  const key = verifyingKey(secret, fields);
  if (key === undefined) return refused("signed with an unknown key", text);
  const signed = text.slice(0, text.length - fields.signature.length);
  if (!equalInConstantTime(fields.signature, hmacOf(key).hex(signed))) {
    return refused("with a wrong signature", text);
  }
  if (fields.name !== byteText(name)) return refused("signed for another name", text);
  if (fields.timestamp < oldest) return refused("too old", text);
  return fromBase64(fields.value);
}

function decodeV1(secret: CookieSecret, name: string, text: string, oldest: number, newest: number): Bytes | null {
  const parts = text.split("|");
  const [value = "", time = "", signature = ""] = parts;
  if (parts.length !== 3) return refused("malformed", text);
  if (!isSingle(secret)) return refused("signed with an unknown key", text);
  if (!equalInConstantTime(signature, signatureV1(secret, name + value + time))) {
    return warned("Invalid cookie signature", text);
  }
  const timestamp = /^[0-9]+$/.test(time) ? Number(time) : NaN;
  if (timestamp < oldest) return warned("Expired cookie", text);
  // No delimiter is signed, so a digit can be moved from the end of the value to the time, or the reverse.
  if (timestamp > newest) return warned("Cookie timestamp in future; possible tampering", text);
  if (Number.isNaN(timestamp) || time.startsWith("0")) return warned("Tampered cookie", text);
  return fromBase64(value);
}

function isSingle(secret: CookieSecret): secret is string | Bytes {
  return typeof secret === "string" || secret instanceof Uint8Array;
}

function signingKey(secrets: Readonly<Record<number, string | Bytes>>, keyVersion: number | null): string | Bytes {
  if (keyVersion === null) throw new TypeError("Cannot sign with one of several secrets: keyVersion is missing");
  if (!Object.hasOwn(secrets, keyVersion)) throw new RangeError(`Cannot sign: there is no secret ${keyVersion}`);
  return secrets[keyVersion];
}

function verifyingKey(secret: CookieSecret, fields: Fields): string | Bytes | undefined {
  if (isSingle(secret)) return secret;
  return Object.hasOwn(secret, fields.keyVersion) ? secret[fields.keyVersion] : undefined;
}

function signatureV1(secret: string | Bytes, signed: string): string {
  return nodeCrypto().createHmac("sha1", secret).update(signed).digest("hex");
}

function field(text: string): string {
  return `${text.length}:${text}|`;
}

function fromBase64(text: string): Bytes | null {
  try {
    return latin1Bytes(atob(text));
  } catch {
    return null;
  }
}

function now(): number {
  return currentClock().now();
}

/** Tornado is silent here. An operator who changes a secret wants to see it, but it is not a reason for a warning. */
function refused(reason: string, text: string): null {
  genLog.info("Signed value %s: %s", reason, JSON.stringify(text.slice(0, SHOWN_LENGTH)));
  return null;
}

function warned(message: string, text: string): null {
  genLog.warning("%s %s", message, JSON.stringify(text.slice(0, SHOWN_LENGTH)));
  return null;
}
