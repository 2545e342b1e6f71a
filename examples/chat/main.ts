// Tornado's long-polling chat: deno run --allow-net examples/chat/main.ts [--port=8888]
import { listen } from "../shared/listen.ts";
import { option } from "../shared/option.ts";
import { makeChat } from "./app.ts";
import { Rooms } from "./room.ts";

const DEFAULT_PORT = "8888";
const DRAIN_SECONDS = 5;

const server = listen(makeChat(new Rooms()), Number(option("port", DEFAULT_PORT)));
console.log(`http://localhost:${server.port}/`);
server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS);
