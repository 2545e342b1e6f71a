// A proxy for JupyterHub, with the options of configurable-http-proxy:
// deno run --allow-net --allow-env --allow-read --allow-write examples/hub_proxy/main.ts --port 8000 --api-port 8001
import { enablePrettyLogging } from "../../src/util/log.ts";
import { HubProxy } from "./hub_proxy.ts";
import { readOptions } from "./options.ts";

const DRAIN_SECONDS = 5;

const { places, redirect, options, logLevel, pidFile } = readOptions(Deno.args, (name) => Deno.env.get(name));
enablePrettyLogging({ logging: logLevel });
const hub = new HubProxy(options);
await hub.restore();
const server = hub.listen(places.public);
hub.listenApi(places.api);
if (redirect !== null) hub.listenRedirect(redirect.from, redirect.to);
if (places.metrics !== null) hub.listenMetrics(places.metrics);
if (pidFile !== "") await Deno.writeTextFile(pidFile, String(Deno.pid));
console.log(`http://localhost:${server.port}/`);

let isEnding = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, async () => {
    // Whoever asks twice does not want to wait.
    if (isEnding) Deno.exit(1);
    isEnding = true;
    await hub.drain(DRAIN_SECONDS);
    Deno.exit();
  });
}
