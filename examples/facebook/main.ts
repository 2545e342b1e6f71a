// Tornado's demo of Facebook: deno run --allow-net examples/facebook/main.ts --key=... --secret=... [--graph=https://...]
import { listen } from "../shared/listen.ts";
import { makeApp, type Places } from "./app.ts";

const DEFAULT_PORT = 8888;
const DRAIN_SECONDS = 5;

function argument(name: string): string | undefined {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}

const key = argument("key");
const secret = argument("secret");
if (key === undefined || secret === undefined) {
  console.error("Give the app's id and secret: --key=... --secret=...");
  Deno.exit(2);
}
const places: Places = { graph: argument("graph") ?? null, dialog: argument("dialog") ?? null, site: "" };
const server = listen(makeApp(places, { key, secret }), Number(argument("port") ?? DEFAULT_PORT));
places.site = argument("url") ?? `http://localhost:${server.port}`;
console.log(`http://localhost:${server.port}/`);
server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS);
