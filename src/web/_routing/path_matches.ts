import type { HTTPServerRequest } from "../../http/httputil.ts";
import { anchored, compilePattern } from "./compiled_pattern.ts";
import { Matcher, NO_PARAMS, type TargetParams } from "./matcher.ts";
import { decodeGroup, type PathArgument } from "./path_argument.ts";
import { fillPathTemplate, parsePathTemplate, type PathTemplate, routeOf } from "./reverse.ts";

/** A pattern without special characters of regular expressions, except escaped ones. */
const LITERAL = /^\^?((?:[^\\.^$*+?()[\]{}|]|\\[^A-Za-z0-9])*)\$$/;

/**
 * Matches requests by their path as it was sent, neither decoded nor normalised. Tornado's `PathMatches`.
 *
 * The pattern must match from the start, and up to the end unless it is a RegExp without `$`. The values of its groups
 * are percent-decoded and become the arguments of the handler's method: one after another, or as one object if the
 * groups have names.
 *
 * @example
 * ```ts
 * import { PathMatches } from "@twister/twister/routing";
 * import { HTTPServerRequest, RequestStartLine } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const matcher = new PathMatches("/story/([0-9]+)");
 * const get = (path: string) => new HTTPServerRequest({ startLine: new RequestStartLine("GET", path, "HTTP/1.1") });
 * assertEquals(matcher.match(get("/story/7?page=2")), { pathArgs: ["7"] });
 * assertEquals(matcher.match(get("/story/7/edit")), null);
 * assertEquals(matcher.reverse(8), "/story/8");
 * ```
 */
export class PathMatches extends Matcher {
  /** The pattern. */
  readonly regex: RegExp;
  /** The only path that matches, or `null` if that depends on the pattern. */
  readonly literalPath: string | null;
  // Made at first use, which for a literal path never comes.
  #anchored: RegExp | null = null;
  readonly #text: string;
  readonly #groupCount: number;
  readonly #groupNames: readonly string[];
  readonly #template: PathTemplate | null;
  #route: string | null = null;

  /**
   * Makes the matcher.
   *
   * @param pathPattern A regular expression in Python's syntax, to which `$` is added, or a RegExp.
   * @throws {SyntaxError} If the pattern is not valid, or only some of its groups have names.
   */
  constructor(pathPattern: string | RegExp) {
    super();
    const { regex, text, groupCount, groupNames } = compilePattern(pathPattern);
    if (groupNames.length !== 0 && groupNames.length !== groupCount) {
      throw new SyntaxError(`Cannot use the pattern "${text}": either all groups have a name or none has one`);
    }
    this.regex = regex;
    this.#text = text;
    this.#groupCount = groupCount;
    this.#groupNames = groupNames;
    const literal = regex.flags === "" ? LITERAL.exec(text)?.[1] : undefined;
    this.literalPath = literal === undefined ? null : literal.replace(/\\(.)/g, "$1");
    const template = parsePathTemplate(text);
    this.#template = template !== null && template.pieces.length === groupCount + 1 ? template : null;
  }

  /** The path with the names or numbers of the groups in braces, or the pattern itself if it is too complex. */
  override get route(): string {
    return this.#route ??= this.literalPath ?? (this.#template === null ? this.#text : routeOf(this.#template));
  }

  /** Matches if the pattern matches the path; the groups become `pathArgs` or `pathKwargs`. */
  override match(request: HTTPServerRequest): TargetParams | null {
    if (this.literalPath !== null) return request.path === this.literalPath ? NO_PARAMS : null;
    const match = (this.#anchored ??= anchored(this.regex)).exec(request.path);
    if (match === null) return null;
    if (this.#groupCount === 0) return NO_PARAMS;
    if (this.#groupNames.length > 0) return { pathKwargs: this.#namedGroups(match) };
    const pathArgs: PathArgument[] = [];
    for (let i = 1; i <= this.#groupCount; i++) pathArgs.push(decodeGroup(match[i]));
    return { pathArgs };
  }

  /**
   * Makes a path that this pattern matches, with the arguments in place of its groups, percent-encoded except `/`.
   *
   * Named groups take their arguments in order as well, or from one plain object.
   *
   * @throws {Error} If the pattern is too complex to be reversed.
   * @throws {TypeError} If the number of arguments is not that of the groups.
   */
  override reverse(...args: unknown[]): string {
    if (this.#template === null) {
      throw new Error(`Cannot reverse url regex "${this.#text}": it has more than text and groups`);
    }
    return fillPathTemplate(this.#template, args, this.#text);
  }

  #namedGroups(match: RegExpExecArray): Record<string, PathArgument> {
    const groups: Record<string, PathArgument> = {};
    // All groups have names, so names and groups have the same order.
    for (let i = 0; i < this.#groupNames.length; i++) groups[this.#groupNames[i] ?? ""] = decodeGroup(match[i + 1]);
    return groups;
  }
}
