import type { HTTPHeaders } from "../../src/http/httputil.ts";
import { ProxyHandler, type ProxyOptions, type Upstreams } from "../../src/proxy/mod.ts";
import { appLog } from "../../src/util/log.ts";
import { HTTPError } from "../../src/web/mod.ts";
import type { HubProxy } from "./hub_proxy.ts";
import { rewriteLocation } from "./redirect.ts";
import { pathBehind, type Route } from "./routes.ts";

/** A path with nothing to decode, and no dot at the beginning of a segment. */
const PLAIN_PATH = /^(?:\/(?:[\w~-][\w~.-]*)?)+$/;

/** Passes requests on by the table of routes. */
export class HubHandler extends ProxyHandler {
  declare readonly kwargs: ProxyOptions & { hub: HubProxy };
  #route: Route | null = null;

  override prepare(): void | Promise<void> {
    const { hub } = this.kwargs;
    const { path } = this.request;
    if (path === "/_chp_healthz") {
      this.write({ status: "OK" });
      return void this.finish();
    }
    hub.metrics.count(
      this.request.headers.get("Upgrade")?.toLowerCase() === "websocket" ? "requests_ws" : "requests_web",
    );
    this.#route = hub.routes.find(hub.options.hostRouting ? `/${this.request.hostName}${this.#path}` : this.#path);
    if (this.#route === null) throw new HTTPError(404);
    return super.prepare();
  }

  override selectUpstreams(): Upstreams {
    return this.#route?.upstreams ?? this.kwargs.upstreams;
  }

  override changeTarget(target: string): string {
    const { hub } = this.kwargs;
    const { path = "/", basePath = "" } = this.#route ?? {};
    if (hub.options.includePrefix || path === "/") return target === "*" ? target : basePath + target;
    const query = target.indexOf("?");
    return basePath + pathBehind(this.#encodedPath, path) + (query < 0 ? "" : target.slice(query));
  }

  override changeRequest(headers: HTTPHeaders): void {
    const { noForwarded, customHeaders } = this.kwargs.hub.options;
    if (noForwarded) {
      for (const name of [...headers.keys()]) {
        if (/^(X-Forwarded-|X-Real-Ip$|X-Scheme$|Forwarded$)/.test(name)) headers.delete(name);
      }
    }
    for (const [name, value] of customHeaders) headers.set(name, value);
  }

  override changeResponse(code: number, headers: HTTPHeaders): void {
    const { autoRewrite, protocolRewrite: protocol } = this.kwargs.hub.options;
    if (this.#route === null || !(autoRewrite || protocol !== "")) return;
    const location = headers.get("Location");
    if (location === null) return;
    const host = autoRewrite ? this.request.host : "";
    headers.set("Location", rewriteLocation(code, location, this.#route.data.target, { host, protocol }));
  }

  /** A response that is an error, or leads elsewhere, does not make a server active. */
  override onFinish(): void {
    const status = this.getStatus();
    if (this.#route === null) return;
    this.kwargs.hub.metrics.count("requests_proxy", status);
    if (status < 300) this.kwargs.hub.routes.touch(this.#route.path);
  }

  override watchTunnel(): (() => void) | null {
    if (this.#route === null) return null;
    const { routes } = this.kwargs.hub;
    const { path } = this.#route;
    return () => routes.touch(path);
  }

  /** To the Hub, a server that does not answer is one that is not there: 503. */
  override async writeError(statusCode: number): Promise<void> {
    const code = statusCode === 502 || statusCode === 504 ? 503 : statusCode;
    const { hub } = this.kwargs;
    const page = await hub.errorPages.page(code, this.request.uri);
    this.setStatus(code);
    this.setHeader("Content-Type", page.type);
    if (this.#route === null) hub.metrics.count("requests_proxy", code);
    this.write(page.body);
  }

  /** The path of the request without dots. Behind a host, two slashes in front are no host themselves. */
  get #encodedPath(): string {
    const { path } = this.request;
    if (PLAIN_PATH.test(path)) return path;
    return path.startsWith("/") ? new URL(`http://localhost${path}`).pathname : "/";
  }

  /** The same, decoded. */
  get #path(): string {
    try {
      return decodeURIComponent(this.#encodedPath);
    } catch (error) {
      appLog.debug("Cannot decode the path: %s", error);
      throw new HTTPError(400);
    }
  }
}
