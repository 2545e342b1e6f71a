// Boards that several people draw on at once: deno run --allow-net examples/drawing_board/main.ts [--port=8888]
import { listen } from "../shared/listen.ts";
import { option } from "../shared/option.ts";
import { makeDrawingBoard } from "./app.ts";
import { Boards } from "./boards.ts";

const DEFAULT_PORT = "8888";
const DRAIN_SECONDS = 3;

const server = listen(makeDrawingBoard(new Boards()), Number(option("port", DEFAULT_PORT)));
console.log(`http://localhost:${server.port}/`);
server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS);
