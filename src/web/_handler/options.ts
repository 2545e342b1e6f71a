import type { Bytes } from "../../internal/bytes.ts";

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
