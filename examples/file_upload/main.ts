// Takes files, shows them and gives them back:
// deno run --allow-net --allow-read=uploads --allow-write=uploads examples/file_upload/main.ts
//   [--port=8888] [--directory=uploads] [--max-file=4096] [--max-total=16384]   (in MiB)
import { listen } from "../shared/listen.ts";
import { option } from "../shared/option.ts";
import { makeExchange } from "./app.ts";
import { FileStore } from "./store.ts";

const MIB = 2 ** 20;
const DRAIN_SECONDS = 5;

/** @throws {TypeError} It is no positive number: as a limit, it would be none. */
function mebibytes(name: string, otherwise: string): number {
  const text = option(name, otherwise);
  if (!(Number(text) > 0)) throw new TypeError(`Cannot use --${name}=${text}: it is no number of MiB`);
  return Number(text) * MIB;
}

const store = await FileStore.open(option("directory", "uploads"), {
  maxFile: mebibytes("max-file", "4096"),
  maxTotal: mebibytes("max-total", "16384"),
});
const server = listen(makeExchange(store), Number(option("port", "8888")));
console.log(`http://localhost:${server.port}/`);
server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS, { after: () => store[Symbol.asyncDispose]() });
