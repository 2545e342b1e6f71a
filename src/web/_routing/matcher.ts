import type { HTTPServerRequest } from "../../http/httputil.ts";
import type { PathArgument } from "./path_argument.ts";

/** The information that a rule gives to its target; a matcher may add members of its own. */
export interface TargetParams {
  /**
   * The rule's own arguments for the target.
   *
   * @default {none}
   */
  readonly targetKwargs?: object;
  /**
   * The values of the unnamed groups of the path pattern, in order.
   *
   * @default {none}
   */
  readonly pathArgs?: readonly PathArgument[];
  /**
   * The values of the named groups of the path pattern.
   *
   * @default {none}
   */
  readonly pathKwargs?: Readonly<Record<string, PathArgument>>;
  /** Members that a matcher adds. */
  readonly [name: string]: unknown;
}

/** The result of a matcher that has nothing to add: one object for all, so that a plain route costs none. */
export const NO_PARAMS: TargetParams = Object.freeze({});

/**
 * Decides whether a rule applies to a request. Tornado's `Matcher`.
 *
 * @example A rule for one method
 * ```ts
 * import { Matcher, type TargetParams } from "@twister/twister/routing";
 * import { HTTPServerRequest, RequestStartLine } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * class MethodMatches extends Matcher {
 *   override match(request: HTTPServerRequest): TargetParams | null {
 *     return request.method === "PURGE" ? {} : null;
 *   }
 * }
 *
 * const startLine = new RequestStartLine("GET", "/", "HTTP/1.1");
 * assertEquals(new MethodMatches().match(new HTTPServerRequest({ startLine })), null);
 * ```
 */
export abstract class Matcher {
  /**
   * Matches a request.
   *
   * @param request The request, whose headers have arrived and whose body has not.
   * @returns What to tell the target, `{}` for nothing, or `null` if the request does not match.
   */
  abstract match(request: HTTPServerRequest): TargetParams | null;

  /**
   * The paths that match, as logs, traces and metrics name them; `null`, the default, if the matcher does not look at
   * paths.
   */
  get route(): string | null {
    return null;
  }

  /**
   * Makes the URL that this matcher would match, with the given arguments.
   *
   * @returns The URL, or `null` if the matcher cannot make one, which is the default.
   */
  reverse(..._args: unknown[]): string | null {
    return null;
  }
}

/**
 * Matches every request. Tornado's `AnyMatches`.
 *
 * @example
 * ```ts
 * import { AnyMatches } from "@twister/twister/routing";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new AnyMatches().match(), {});
 * ```
 */
export class AnyMatches extends Matcher {
  /** Always matches. */
  override match(): TargetParams {
    return NO_PARAMS;
  }
}
