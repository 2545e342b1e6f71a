import type { ApiPages } from "../../src/api/ui.ts";
import { listen } from "../shared/listen.ts";
import { option } from "../shared/option.ts";
import { makeTodoApi } from "./app.ts";
import { TodoStore } from "./store.ts";

const DEFAULT_PORT = "8888";
const DRAIN_SECONDS = 5;

/** Serves the API until a signal comes, with pages or without. */
export function serve(pages: typeof ApiPages | null = null): void {
  const store = new TodoStore(option("db", ":memory:"));
  const server = listen(makeTodoApi(store, pages), Number(option("port", DEFAULT_PORT)));
  console.log(`http://localhost:${server.port}/`);
  server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS, { after: () => store[Symbol.dispose]() });
}
