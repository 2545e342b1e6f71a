// A dashboard of its own server: deno run --allow-net examples/dashboard/main.ts [--port=8888]
import { listen } from "../shared/listen.ts";
import { option } from "../shared/option.ts";
import { makeDashboard } from "./app.ts";

const DEFAULT_PORT = "8888";
const DRAIN_SECONDS = 3;

const server = listen(makeDashboard(), Number(option("port", DEFAULT_PORT)));
console.log(`http://localhost:${server.port}/`);
server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS);
