// Files of other servers: deno run --allow-net examples/file_proxy/main.ts [--port=8888] [--private]
import { AsyncHTTPClient } from "../../src/http/httpclient.ts";
import { Application } from "../../src/web/mod.ts";
import { listen } from "../shared/listen.ts";
import { option } from "../shared/option.ts";
import { FileHandler } from "./file_proxy.ts";
import { isPublic } from "./public_address.ts";

const DRAIN_SECONDS = 5;

// Whoever can use this server could reach the servers of its own network by it.
const allowAddress = Deno.args.includes("--private") ? null : isPublic;
const client = new AsyncHTTPClient({ maxClients: 100, defaults: { allowAddress, stallTimeout: 30 } });
const app = new Application([["/file", FileHandler, { client }]]);
const server = listen(app, Number(option("port", "8888")));
console.log(`http://localhost:${server.port}/`);
server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS, { after: () => client.close() });
