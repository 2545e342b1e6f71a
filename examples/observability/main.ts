// A site with numbers for Prometheus, probes, load shedding, traces and an access log in JSON:
// deno run --allow-net --allow-env examples/observability/main.ts [--port=8888] [--machines-port=9090]
import { sleep } from "../../src/concurrency/gen.ts";
import { Health } from "../../src/ops/health.ts";
import { LoadShedder } from "../../src/ops/limits.ts";
import { Metrics } from "../../src/ops/metrics.ts";
import { AccessLog, Telemetry } from "../../src/ops/telemetry.ts";
import { listen } from "../shared/listen.ts";
import { option } from "../shared/option.ts";
import { machinesApp, siteApp } from "./app.ts";

/** Seconds in which balancers see that the program is no longer ready. */
const NOTICE_SECONDS = 1;
const DRAIN_SECONDS = 10;

const metrics = new Metrics();
const health = new Health();
new LoadShedder({ maxLag: 1 });
new Telemetry();
new AccessLog({ write: (line) => console.log(line) });

const port = Number(option("port", "8888"));
const machinesPort = Number(option("machines-port", "9090"));
const server = listen(siteApp(), port);
health.watch(server);
const machines = listen(machinesApp(metrics, health), machinesPort);
console.log(`http://localhost:${server.port}/`);
console.log(`http://localhost:${machines.port}/metrics`);

server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS, {
  async before() {
    health.beginDrain();
    await sleep(NOTICE_SECONDS);
  },
  // Probes and numbers are answered until the site has ended.
  async after() {
    await machines.drain(1);
  },
});
