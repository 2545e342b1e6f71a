import { HTTPError, RequestHandler, type SendErrorOptions } from "../../src/web/mod.ts";
import type { HubProxy } from "./hub_proxy.ts";
import type { Route, RouteData } from "./routes.ts";

/** The interface by which JupyterHub adds, removes and lists routes. */
export class RoutesHandler extends RequestHandler {
  declare readonly kwargs: { hub: HubProxy };

  override prepare(): void {
    const { authToken } = this.kwargs.hub.options;
    if (authToken === "") return;
    const [, token = ""] = /^token\s+(\S+)$/.exec(this.request.headers.get("Authorization") ?? "") ?? [];
    if (!isSame(token, authToken)) throw new HTTPError(403);
  }

  override get(path: string | null): void {
    const { hub } = this.kwargs;
    if (path !== null && path !== "/") {
      const route = hub.routes.get(path);
      if (route === null) throw new HTTPError(404);
      return this.write(describe(route));
    }
    hub.metrics.count("api_route_get");
    const since = this.#inactiveSince();
    const routes = hub.routes.all().filter(({ lastActivity }) => since === null || lastActivity < since);
    this.write(Object.fromEntries(routes.map((route) => [route.path, describe(route)])));
  }

  override async post(path: string | null): Promise<void> {
    const { hub } = this.kwargs;
    const data = this.#data();
    try {
      hub.addRoute(path ?? "/", data);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new HTTPError(400, "%s", { args: [error.message], reason: "Invalid target" });
    }
    await hub.save();
    hub.metrics.count("api_route_add");
    this.setStatus(201);
  }

  override async delete(path: string | null): Promise<void> {
    const { hub } = this.kwargs;
    const wasThere = path !== null && hub.routes.remove(path);
    if (wasThere) await hub.save();
    hub.metrics.count("api_route_delete");
    this.setStatus(wasThere ? 204 : 404);
  }

  override onFinish(): void {
    this.kwargs.hub.metrics.count("requests_api", this.getStatus());
  }

  override writeError(_status: number, { error }: SendErrorOptions): void {
    if (error instanceof HTTPError && error.reason !== null) this.write(error.reason);
    this.finish();
  }

  #inactiveSince(): Date | null {
    const text = this.getQueryArgument("inactiveSince", null) ?? this.getQueryArgument("inactive_since", null);
    if (text === null || text === "") return null;
    const time = Date.parse(text);
    if (Number.isNaN(time)) {
      throw new HTTPError(400, "Invalid datestamp %s", { args: [text], reason: "Invalid datestamp, must be ISO8601" });
    }
    return new Date(time);
  }

  #data(): RouteData {
    let data: unknown;
    try {
      data = JSON.parse(this.getBodyText());
    } catch (error) {
      throw new HTTPError(400, "Body not valid JSON: %s", { args: [error], reason: "Body not valid JSON" });
    }
    if (!isRouteData(data)) {
      throw new HTTPError(400, "No target in %s", { args: [data], reason: "Must specify 'target' as string" });
    }
    return data;
  }
}

/** Tells whether a value is what a route is added with. */
export function isRouteData(value: unknown): value is RouteData {
  return typeof value === "object" && value !== null && "target" in value && typeof value.target === "string";
}

/** Returns what the interface says of a route. */
export function describe({ data, lastActivity }: Route): Record<string, unknown> {
  return { ...data, last_activity: lastActivity.toISOString() };
}

/** Takes the same time for all texts of one length. */
function isSame(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
