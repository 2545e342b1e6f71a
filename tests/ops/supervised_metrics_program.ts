// Supervised workers that count, and the supervisor that answers a scrape: <mode>. It prints the ports of the site and
// of the scrape.
import { Supervisor, taskId } from "../../src/net/process.ts";
import { Metrics, MetricsHandler } from "../../src/ops/metrics.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";

class Home extends RequestHandler {
  override get(): void {
    orders.add(1, { kind: "book" });
    this.write(life);
  }
}

/** Tells one life of a worker from another. */
const life = crypto.randomUUID();
const metrics = new Metrics();
const orders = metrics.counter("orders_total", { help: "Orders that were placed.", labels: ["kind"] });

if (taskId() === null) {
  const mode = Deno.args[0] === "threads" ? "threads" : "processes";
  const supervisor = new Supervisor({ mode, workers: 2, heartbeatInterval: 0.1 });
  supervisor.bind(0, { address: "127.0.0.1" });
  const inside = new Application([["/metrics", MetricsHandler, { metrics, sums: () => supervisor.metrics }]]);
  const ended = supervisor.run();
  await supervisor.start();
  const server = inside.listen(0, { address: "127.0.0.1" });
  console.log(`listening ${supervisor.port} ${server.port}`);
  Deno.exit(await ended);
}

new Application([["/", Home]], { logFunction() {} }).listen(0);
