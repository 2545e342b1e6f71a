/**
 * The version of Twister: `tornado.version`. Names and behaviour follow Tornado 6.6.1.
 *
 * @example
 * ```ts
 * import { version, versionInfo } from "@twister/twister";
 * import { assert } from "@std/assert";
 *
 * assert(version.startsWith(versionInfo.slice(0, 3).join(".")));
 * ```
 */
export const version: string = "0.2.0";

/**
 * The same as numbers, to be compared: `tornado.version_info`. The fourth is 0 for a release, negative before it and
 * positive after it.
 */
export const versionInfo: readonly [major: number, minor: number, patch: number, state: number] = [0, 2, 0, 0];
