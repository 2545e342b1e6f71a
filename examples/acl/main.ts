// Records and permissions: deno run --allow-net --allow-read examples/acl/main.ts [--port=8888] [--db=FILE]
import { listen } from "../shared/listen.ts";
import { localFolder } from "../shared/local_folder.ts";
import { option } from "../shared/option.ts";
import { FILES, makeRecordBook } from "./app.ts";
import { AclDatabase } from "./database.ts";
import { models } from "./models.ts";

const DEFAULT_PORT = "8888";
const DRAIN_SECONDS = 5;

const db = new AclDatabase(option("db", ":memory:"), models);
const server = listen(makeRecordBook(db, await localFolder(import.meta, FILES)), Number(option("port", DEFAULT_PORT)));
console.log(`http://localhost:${server.port}/`);
server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS, { after: () => db[Symbol.dispose]() });
