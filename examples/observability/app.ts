import type { Health } from "../../src/ops/health.ts";
import { type Metrics, MetricsHandler } from "../../src/ops/metrics.ts";
import { Application, HTTPError, RequestHandler } from "../../src/web/mod.ts";
import { WebSocketHandler } from "../../src/websocket/mod.ts";

class Home extends RequestHandler {
  override get(): void {
    this.write("Hello");
  }
}

class Slow extends RequestHandler {
  override async get(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 300));
    this.write("It took some time");
  }
}

class Fail extends RequestHandler {
  override get(): void {
    throw new HTTPError(500);
  }
}

class Echo extends WebSocketHandler {
  override async onMessage(message: string | Uint8Array): Promise<void> {
    await this.writeMessage(message);
  }
}

/** The site, whose access log is in JSON. */
export function siteApp(): Application {
  const rules = [["/", Home], ["/slow", Slow], ["/fail", Fail], ["/socket", Echo]] as const;
  return new Application([...rules], { logFunction() {}, requestDeadline: 10 });
}

/** What machines ask. */
export function machinesApp(metrics: Metrics, health: Health): Application {
  return new Application([...health.rules, ["/metrics", MetricsHandler, { metrics }]], { logFunction() {} });
}
