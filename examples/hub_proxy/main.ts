// A proxy for JupyterHub, with the options of configurable-http-proxy:
// deno run --allow-net --allow-env --allow-read --allow-write examples/hub_proxy/main.ts --port 8000 --api-port 8001
import type { Server } from "../../src/http/httpserver.ts";
import { sslOptionsToContext } from "../../src/net/netutil.ts";
import { appLog, enablePrettyLogging } from "../../src/util/log.ts";
import { bind } from "../shared/listen.ts";
import { answerHelp } from "../shared/option.ts";
import { HubProxy, type Place } from "./hub_proxy.ts";
import { OPTION_TEXTS, readOptions } from "./options.ts";

const DRAIN_SECONDS = 5;

answerHelp(OPTION_TEXTS);

/** Binds a port; a socket file says itself what is wrong with it. */
function open({ port, socket }: Place, start: () => Server): Server {
  return socket === undefined ? bind(port, start) : start();
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function start(): Promise<void> {
  const { places, redirect, options, logLevel, pidFile } = readOptions(Deno.args, (name) => Deno.env.get(name));
  enablePrettyLogging({ logging: logLevel });
  // A file that cannot be read ends the program now, and not the request of the first user.
  sslOptionsToContext(options.clientSsl);
  const hub = new HubProxy(options);
  await hub.restore();
  const server = open(places.public, () => hub.listen(places.public));
  open(places.api, () => hub.listenApi(places.api));
  const { metrics } = places;
  if (redirect !== null) open(redirect.from, () => hub.listenRedirect(redirect.from, redirect.to));
  if (metrics !== null) open(metrics, () => hub.listenMetrics(metrics));
  if (pidFile !== "") {
    await Deno.writeTextFile(pidFile, String(Deno.pid));
    addEventListener("unload", () => removeIfThere(pidFile));
  }
  if (options.authToken === "") appLog.warning("The REST interface has no token: it is open to all that reach it");
  const { socket } = places.public;
  console.log(socket === undefined ? `http://localhost:${server.port}/` : `unix:${socket}`);
  hub.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS);
}

try {
  await start();
} catch (error) {
  // To somebody who has written a command line, the place in the code says nothing.
  console.error(`hub_proxy: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
