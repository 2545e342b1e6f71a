// Twister's hello as in twister.ts, with the parts of ./metrics, ./limits and ./telemetry that the arguments name.
import { LoadShedder, rateLimit, RateLimiter } from "../../src/ops/limits.ts";
import { Metrics, MetricsHandler } from "../../src/ops/metrics.ts";
import { AccessLog, Telemetry } from "../../src/ops/telemetry.ts";
import { Application, RequestHandler, type RuleTuple } from "../../src/web/mod.ts";
import { WebSocketHandler } from "../../src/websocket/mod.ts";
import { transportArgument } from "../support.ts";

class MainHandler extends RequestHandler {
  override get(): void {
    this.write("Hello, world");
  }
}

class Socket extends WebSocketHandler {}

const modes = new Set(Deno.args);
const metrics = modes.has("metrics") || modes.has("sockets") ? new Metrics() : null;
if (modes.has("telemetry")) new Telemetry();
if (modes.has("shedding")) new LoadShedder({ maxTurn: Infinity, maxLag: Infinity });
if (modes.has("log")) new AccessLog({ write() {} });
// So much that nothing is refused: a million a second.
const limiter = new RateLimiter({ quota: 1000, window: 0.001 });
const settings = modes.has("limits") ? { rateLimit: rateLimit(limiter) } : {};
const rules: RuleTuple[] = [["/", MainHandler]];
if (modes.has("sockets")) rules.push(["/socket", Socket], ["/metrics", MetricsHandler, { metrics }]);
const app = new Application(rules, settings);
const server = app.listen(0, { address: "127.0.0.1", transport: transportArgument() });
console.log(`listening ${server.port}`);
