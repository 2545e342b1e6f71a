// A text that is generated once and read by many: deno run --allow-net examples/token_stream/main.ts [--port=8888]
import { listen } from "../shared/listen.ts";
import { option } from "../shared/option.ts";
import { makeTokenStream } from "./app.ts";

const DEFAULT_PORT = "8888";
const DRAIN_SECONDS = 5;
const TOKENS = 400;
const MAX_PAUSE_MS = 80;

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, Math.random() * MAX_PAUSE_MS));
const { app, answers } = makeTokenStream({ length: TOKENS, pause });
const server = listen(app, Number(option("port", DEFAULT_PORT)));
console.log(`http://localhost:${server.port}/`);
// Readers get the end of what is written.
server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS, { before: () => answers[Symbol.dispose]() });
