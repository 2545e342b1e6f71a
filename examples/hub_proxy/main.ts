// A proxy for JupyterHub, with the options of configurable-http-proxy:
// deno run --allow-net --allow-env --allow-read --allow-write examples/hub_proxy/main.ts --port 8000 --api-port 8001
import { enablePrettyLogging } from "../../src/util/log.ts";
import { bind } from "../shared/listen.ts";
import { answerHelp } from "../shared/option.ts";
import { HubProxy } from "./hub_proxy.ts";
import { OPTION_NAMES, readOptions } from "./options.ts";

const DRAIN_SECONDS = 5;

answerHelp(OPTION_NAMES);
const { places, redirect, options, logLevel, pidFile } = readOptions(Deno.args, (name) => Deno.env.get(name));
enablePrettyLogging({ logging: logLevel });
const hub = new HubProxy(options);
await hub.restore();
const server = bind(places.public.port, () => hub.listen(places.public));
bind(places.api.port, () => hub.listenApi(places.api));
const { metrics } = places;
if (redirect !== null) bind(redirect.from.port, () => hub.listenRedirect(redirect.from, redirect.to));
if (metrics !== null) bind(metrics.port, () => hub.listenMetrics(metrics));
if (pidFile !== "") await Deno.writeTextFile(pidFile, String(Deno.pid));
console.log(`http://localhost:${server.port}/`);
hub.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS);
