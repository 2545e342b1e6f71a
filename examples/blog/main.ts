// Tornado's blog: deno run --allow-net --allow-read examples/blog/main.ts
// Options: --port=8888, --db=FILE, and --templates=tornado for the templates of Tornado's own demo.
import { listen } from "../shared/listen.ts";
import { localFolder } from "../shared/local_folder.ts";
import { option } from "../shared/option.ts";
import { FILES, makeBlog } from "./app.ts";
import { BlogDatabase } from "./database.ts";
import { makeTornadoBlog } from "./tornado_demo.ts";

const DEFAULT_PORT = "8888";
const DRAIN_SECONDS = 5;

const db = new BlogDatabase(option("db", ":memory:"));
const make = option("templates", "") === "tornado" ? makeTornadoBlog : makeBlog;
const server = listen(make(db, await localFolder(import.meta, FILES)), Number(option("port", DEFAULT_PORT)));
console.log(`http://localhost:${server.port}/`);
server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS, { after: () => db[Symbol.dispose]() });
