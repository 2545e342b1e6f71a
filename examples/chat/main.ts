// Tornado's long-polling chat: deno run --allow-net examples/chat/main.ts [--port=8888]
import { listen } from "../shared/listen.ts";
import { makeChat } from "./app.ts";
import { Rooms } from "./room.ts";

const DEFAULT_PORT = 8888;
const DRAIN_SECONDS = 5;

const port = Deno.args.find((arg) => arg.startsWith("--port="))?.slice("--port=".length);
const server = listen(makeChat(new Rooms()), Number(port ?? DEFAULT_PORT));
console.log(`http://localhost:${server.port}/`);
server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS);
