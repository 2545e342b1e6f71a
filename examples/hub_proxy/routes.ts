import { Upstreams, type UpstreamsOptions } from "../../src/proxy/mod.ts";

/** What somebody who adds a route says of it: the target, and anything else to be given back. */
export interface RouteData {
  readonly target: string;
  readonly [name: string]: unknown;
}

/** Leads the requests for a path, and all paths below it, to a target. */
export interface Route {
  readonly path: string;
  readonly data: RouteData;
  readonly upstreams: Upstreams;
  /** The path of a target on a Unix socket, without a slash at the end: such an upstream has none itself. */
  readonly basePath: string;
  lastActivity: Date;
}

/** A segment of paths. */
interface Node {
  readonly children: Map<string, Node>;
  route: Route | null;
}

/** Options of a {@linkcode RouteTable}. */
export interface RouteTableOptions {
  /** Puts the path of a target in front of the paths of requests. @default {true} */
  readonly prependPath?: boolean;
  /** Options of the connections to the targets. */
  readonly upstreams?: UpstreamsOptions;
}

/** Routes by path. The longest path that a request begins with counts, segment by segment. */
export class RouteTable {
  readonly #options: RouteTableOptions;
  readonly #routes = new Map<string, Route>();
  #root: Node = { children: new Map(), route: null };

  constructor(options: RouteTableOptions = {}) {
    this.#options = options;
  }

  /** The number of routes. */
  get size(): number {
    return this.#routes.size;
  }

  /**
   * Adds a route, or puts it in the place of the one with the same path.
   *
   * @throws {TypeError} If the target is not an address.
   */
  add(path: string, data: RouteData, lastActivity: Date = new Date()): Route {
    const clean = cleanPath(path);
    // One server for each route, which has nobody to take its place: a failure is told immediately.
    const upstreams = new Upstreams([this.#addressOf(data.target)], {
      tryTime: 0,
      passive: { maxFails: 0 },
      responseTimeout: Infinity,
      ...this.#options.upstreams,
    });
    this.remove(clean);
    const basePath = this.#options.prependPath === false ? "" : unixTarget(data.target)?.path.replace(/\/+$/, "") ?? "";
    const route: Route = { path: clean, data, upstreams, basePath, lastActivity };
    this.#routes.set(clean, route);
    let node = this.#root;
    for (const segment of segmentsOf(clean)) {
      let child = node.children.get(segment);
      if (child === undefined) node.children.set(segment, child = { children: new Map(), route: null });
      node = child;
    }
    node.route = route;
    return route;
  }

  /** Removes a route; its requests go on to their end. Returns whether there was one. */
  remove(path: string): boolean {
    const clean = cleanPath(path);
    const route = this.#routes.get(clean);
    if (route === undefined) return false;
    this.#routes.delete(clean);
    route.upstreams.close();
    this.#prune(segmentsOf(clean));
    return true;
  }

  /** Returns the route of exactly this path. */
  get(path: string): Route | null {
    return this.#routes.get(cleanPath(path)) ?? null;
  }

  /** Notes that the route of a path is in use now: the one that it has, which may have replaced another. */
  touch(path: string): void {
    const route = this.#routes.get(path);
    route?.lastActivity.setTime(Date.now());
  }

  /** Returns all routes. */
  all(): Route[] {
    return [...this.#routes.values()];
  }

  /** Finds the route for the path of a request. */
  find(path: string): Route | null {
    let node = this.#root;
    let found = node.route;
    if (node.children.size === 0) return found;
    for (const segment of segmentsOf(path)) {
      const child = node.children.get(segment);
      if (child === undefined) break;
      node = child;
      found = node.route ?? found;
    }
    return found;
  }

  /** Removes all routes. */
  close(): void {
    for (const path of [...this.#routes.keys()]) this.remove(path);
  }

  #addressOf(target: string): string {
    const unix = unixTarget(target);
    if (unix !== null) return `unix:${unix.socket}`;
    // The Hub's targets may end in a slash, which is no path to put in front.
    return this.#options.prependPath === false && URL.canParse(target) ? new URL(target).origin : target;
  }

  /** Forgets a route, and the nodes that led only to it. */
  #prune(segments: readonly string[]): void {
    // The last node on the way that stays, and where it leads.
    let [last, branch] = [this.#root, segments[0] ?? ""];
    let node = this.#root;
    for (const segment of segments) {
      const child = node.children.get(segment);
      if (child === undefined) return;
      if (node.route !== null || node.children.size > 1) [last, branch] = [node, segment];
      node = child;
    }
    node.route = null;
    if (node.children.size === 0) last.children.delete(branch);
  }
}

/**
 * Takes a target on a Unix socket apart: the path of the socket, and the one behind it; `null` for any other target.
 *
 * @throws {TypeError} If a `%` stands for no character.
 */
export function unixTarget(target: string): { readonly socket: string; readonly path: string } | null {
  const [whole, socket = "", path = ""] = /^(?:http\+unix|unix\+http):\/\/([^/]+)([^?#]*)$/.exec(target) ?? [];
  return whole === undefined ? null : { socket: decoded(socket), path };
}

/** Returns a path with one slash in front and none at its end. */
export function cleanPath(path: string): string {
  return `/${path.replace(/^\/+|\/+$/g, "")}`;
}

/**
 * Returns an encoded path without the segments of a route in front, which it begins with: an empty one for the route
 * itself, which is asked for as the target's own path.
 *
 * @param route The path of the route, decoded: it may be shorter than what stands for it.
 */
export function pathBehind(encoded: string, route: string): string {
  const separator = /\/|%2f/gi;
  separator.lastIndex = /^(?:\/|%2f)*/i.exec(encoded)?.[0].length ?? 0;
  for (let left = segmentsOf(route).length; left > 0; left--) {
    if (separator.exec(encoded) === null) return "";
  }
  return `/${encoded.slice(separator.lastIndex)}`;
}

/** @throws {TypeError} If a `%` stands for no character. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new TypeError(`A target has characters that cannot be decoded: ${text}`, { cause: error });
  }
}

function segmentsOf(path: string): string[] {
  const inner = path.replace(/^\/+/, "");
  return inner === "" ? [] : inner.split("/");
}
