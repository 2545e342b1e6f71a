import type { Bytes } from "../../internal/bytes.ts";
import type { CookieOptions } from "../cookies.ts";
import type { StaticUrlOptions } from "../settings.ts";

/** What a handler may write: text, bytes, or a plain object, which becomes JSON. */
export type Chunk = string | Bytes | object;

/** Options of `getArgument` and its kin. */
export interface ArgumentOptions {
  /**
   * Whether white space is taken from both ends.
   *
   * @default {true}
   */
  strip?: boolean;
}

/** Options of `redirect`. */
export interface RedirectOptions {
  /**
   * Whether the status is 301 instead of 302.
   *
   * @default {false}
   */
  permanent?: boolean;
  /**
   * Another status, from 300 to 399.
   *
   * @default {301 or 302}
   */
  status?: number;
}

/** Options of `sendError`, which passes them on to `writeError`. */
export interface SendErrorOptions {
  /** What was thrown; absent if a page was asked for without an error. */
  readonly error?: unknown;
  /** The reason phrase; that of an `HTTPError` comes first. */
  readonly reason?: string;
  /** Whatever else `writeError` is to know. */
  readonly [name: string]: unknown;
}

/** Options of `createSignedValue`. */
export interface SignedValueOptions {
  /**
   * Version of the format, 1 or 2.
   *
   * @default {2}
   */
  version?: number | null;
}

/** Options of `setSignedCookie`; `expiresDays` is 30 unless it is said. */
export interface SignedCookieOptions extends CookieOptions, SignedValueOptions {}

/** Options of `getSignedCookie`. */
export interface GetSignedCookieOptions {
  /**
   * What is read instead of the cookie.
   *
   * @default {the cookie}
   */
  value?: string | null;
  /**
   * How old it may be, in days.
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

/** Options of `staticUrl`. */
export interface HandlerStaticUrlOptions extends StaticUrlOptions {
  /**
   * Whether the URL names protocol and host.
   *
   * @default {false, or what the handler's `includeHost` says}
   */
  includeHost?: boolean;
}
