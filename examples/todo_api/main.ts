// An API of todos: deno run --allow-net --allow-read --allow-write examples/todo_api/main.ts [--port=8888] [--db=FILE]
import { listen } from "../shared/listen.ts";
import { option } from "../shared/option.ts";
import { makeTodoApi } from "./app.ts";
import { TodoStore } from "./store.ts";

const DEFAULT_PORT = "8888";
const DRAIN_SECONDS = 5;

const store = new TodoStore(option("db", ":memory:"));
const server = listen(makeTodoApi(store), Number(option("port", DEFAULT_PORT)));
console.log(`http://localhost:${server.port}/`);
server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS, { after: () => store[Symbol.dispose]() });
