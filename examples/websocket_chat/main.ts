// Tornado's WebSocket chat and more: deno run --allow-net examples/websocket_chat/main.ts [--port=8888] [--secret=TEXT]
import { listen } from "../shared/listen.ts";
import { option } from "../shared/option.ts";
import { makeChat } from "./app.ts";
import { Rooms } from "./rooms.ts";

const DEFAULT_PORT = "8888";
const DRAIN_SECONDS = 5;

const rooms = new Rooms();
const secret = option("secret", crypto.getRandomValues(new Uint8Array(32)).toHex());
const server = listen(makeChat(rooms, secret), Number(option("port", DEFAULT_PORT)));
console.log(`http://localhost:${server.port}/`);
server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS, { before: () => rooms.close() });
