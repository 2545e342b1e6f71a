import { RequestHandler } from "../../src/web/mod.ts";
import type { HubProxy } from "./hub_proxy.ts";

/** What is counted, with the names of configurable-http-proxy. */
const COUNTERS: Readonly<Record<string, string>> = {
  api_route_get: "Count of API route get requests",
  api_route_add: "Count of API route add requests",
  api_route_delete: "Count of API route delete requests",
  requests_web: "Count of web requests",
  requests_ws: "Count of websocket requests",
  requests_proxy: "Count of proxied requests",
  requests_api: "Count of API requests",
};

/** Counts events, by name and maybe by status. */
export class Metrics {
  /** By name and status, 0 for those without. */
  readonly #counts = new Map<string, Map<number, number>>();

  count(name: keyof typeof COUNTERS & string, status = 0): void {
    let counts = this.#counts.get(name);
    if (counts === undefined) this.#counts.set(name, counts = new Map());
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }

  /** Writes the text format of Prometheus. */
  text(gauges: Readonly<Record<string, number>>): string {
    const lines: string[] = [];
    for (const [name, help] of Object.entries(COUNTERS)) {
      const counts = [...this.#counts.get(name) ?? []];
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`);
      if (counts.length === 0 && !/_(proxy|api)$/.test(name)) counts.push([0, 0]);
      for (const [status, count] of counts) {
        lines.push(status === 0 ? `${name} ${count}` : `${name}{status="${status}"} ${count}`);
      }
    }
    for (const [name, value] of Object.entries(gauges)) lines.push(`# TYPE ${name} gauge`, `${name} ${value}`);
    return `${lines.join("\n")}\n`;
  }
}

/** Answers `/metrics`. */
export class MetricsHandler extends RequestHandler {
  declare readonly kwargs: { hub: HubProxy };

  override get(): void {
    const { hub } = this.kwargs;
    const active = hub.routes.all().flatMap(({ upstreams }) => upstreams.status()).reduce(
      (sum, { active }) => sum + active,
      0,
    );
    this.setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    this.write(hub.metrics.text({
      proxy_routes: hub.routes.size,
      proxy_active_requests: active,
      process_resident_memory_bytes: Deno.memoryUsage().rss,
    }));
  }
}
