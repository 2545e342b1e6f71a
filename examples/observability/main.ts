// A site with numbers for Prometheus, probes, load shedding, traces and an access log in JSON:
// deno run --allow-net --allow-env examples/observability/main.ts [--port=8888] [--machines-port=9090]
import { Health } from "../../src/ops/health.ts";
import { LoadShedder } from "../../src/ops/limits.ts";
import { Metrics } from "../../src/ops/metrics.ts";
import { AccessLog, Telemetry } from "../../src/ops/telemetry.ts";
import { listen } from "../shared/listen.ts";
import { machinesApp, siteApp } from "./app.ts";

function port(name: string, otherwise: string): number {
  const prefix = `--${name}=`;
  return Number(Deno.args.find((arg) => arg.startsWith(prefix))?.slice(prefix.length) ?? otherwise);
}

using metrics = new Metrics();
using health = new Health();
using _shedder = new LoadShedder({ maxLag: 1 });
using _telemetry = new Telemetry();
using _log = new AccessLog({ write: (line) => console.log(line) });

const server = listen(siteApp(), port("port", "8888"));
health.watch(server);
const machines = listen(machinesApp(metrics, health), port("machines-port", "9090"));
console.log(`http://localhost:${server.port}/`);
console.log(`http://localhost:${machines.port}/metrics`);

const end = Promise.withResolvers<void>();
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, end.resolve);
await end.promise;
await health.shutDown(server, { delay: 1, deadline: 10 });
await machines.drain(1);
Deno.exit();
