import type { HTTPServerRequest } from "../../http/httputil.ts";
import { Matcher, type TargetParams } from "./matcher.ts";
import { decodeGroup, type PathArgument } from "./path_argument.ts";
import { fillPathTemplate, type PathTemplate, routeOf } from "./reverse.ts";

/**
 * Matches requests by a URLPattern: its path, and any other part of the URL that it names. Not in Tornado.
 *
 * A URLPattern normalises the path before it matches (dot segments are resolved). The groups of its path are
 * percent-decoded and become the arguments of the handler's method: as one object, or one after another if none of them
 * has a name.
 *
 * @example
 * ```ts
 * import { URLPatternMatches } from "@twister/twister/routing";
 * import { HTTPServerRequest, RequestStartLine } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const matcher = new URLPatternMatches(new URLPattern({ pathname: "/story/:id" }));
 * const startLine = new RequestStartLine("GET", "/story/7", "HTTP/1.1");
 * assertEquals(matcher.match(new HTTPServerRequest({ startLine })), { pathKwargs: { id: "7" } });
 * assertEquals(matcher.reverse({ id: 8 }), "/story/8");
 * ```
 */
export class URLPatternMatches extends Matcher {
  /** The pattern. */
  readonly pattern: URLPattern;
  readonly #template: PathTemplate | null;

  /** Makes the matcher. */
  constructor(pattern: URLPattern) {
    super();
    this.pattern = pattern;
    this.#template = parseTemplate(pattern.pathname);
  }

  /** The path with the names or numbers of the groups in braces, or the pattern itself if it is too complex. */
  override get route(): string {
    return this.#template === null ? this.pattern.pathname : routeOf(this.#template);
  }

  /** Matches if the pattern matches the parts of the URL that it names; the groups of its path become arguments. */
  override match(request: HTTPServerRequest): TargetParams | null {
    const match = this.pattern.exec(this.#input(request));
    if (match === null) return null;
    const groups = Object.entries(match.pathname.groups);
    if (groups.every(([name]) => /^\d+$/.test(name))) {
      return { pathArgs: groups.map(([, value]) => decodeGroup(value)) };
    }
    const pathKwargs: Record<string, PathArgument> = {};
    for (const [name, value] of groups) pathKwargs[name] = decodeGroup(value);
    return { pathKwargs };
  }

  /**
   * Makes a path that this pattern matches, with the arguments in place of its groups, percent-encoded except `/`.
   *
   * @throws {Error} If the pattern has an optional or repeated part.
   * @throws {TypeError} If the number of arguments is not that of the groups.
   */
  override reverse(...args: unknown[]): string {
    const { pathname } = this.pattern;
    if (this.#template === null) throw new Error(`Cannot reverse url pattern "${pathname}"`);
    return fillPathTemplate(this.#template, args, pathname);
  }

  /** The parts that the pattern constrains: a host that is illegal in a URL must not keep a path from matching. */
  #input(request: HTTPServerRequest): URLPatternInit {
    const { protocol, hostname, port, search } = this.pattern;
    const input: URLPatternInit = { pathname: request.path };
    if (protocol !== "*") input.protocol = request.protocol;
    if (search !== "*") input.search = request.query;
    if (hostname !== "*") input.hostname = request.hostName;
    if (port !== "*") input.port = /:(\d+)$/.exec(request.host)?.[1] ?? "";
    return input;
  }
}

/** A group: `:name`, `:name(regex)`, `(regex)` or `*`, the last two without a name; then an optional modifier. */
const GROUP = /^(?::([\p{ID_Start}$_][\p{ID_Continue}$]*)(?:\((?:[^()\\]|\\.)*\))?|\((?:[^()\\]|\\.)*\)|\*)([?+*]?)/u;

function parseTemplate(pathname: string): PathTemplate | null {
  const pieces = [""];
  const names: string[] = [];
  let at = 0;
  while (at < pathname.length) {
    const [group, name, modifier] = GROUP.exec(pathname.slice(at)) ?? [];
    if (group !== undefined) {
      if (modifier !== "") return null;
      pieces.push("");
      if (name !== undefined) names.push(name);
      at += group.length;
      continue;
    }
    const c = pathname[at] ?? "";
    if ("{}(".includes(c)) return null;
    const escaped = c === "\\" ? 1 : 0;
    pieces[pieces.length - 1] += pathname[at + escaped] ?? "";
    at += 1 + escaped;
  }
  // An object can give the arguments only if all places have a name.
  return { pieces, names: names.length === pieces.length - 1 ? names : [] };
}
