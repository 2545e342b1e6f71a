// Takes files, shows them and gives them back:
// deno run --allow-net --allow-read=uploads --allow-write=uploads examples/file_upload/main.ts
//   [--port=8888] [--directory=uploads] [--max-file=4096] [--max-total=16384]   (in MiB)
import { makeExchange } from "./app.ts";
import { FileStore } from "./store.ts";

const MIB = 2 ** 20;
const DRAIN_SECONDS = 5;

function option(name: string, otherwise: string): string {
  const prefix = `--${name}=`;
  return Deno.args.find((arg) => arg.startsWith(prefix))?.slice(prefix.length) ?? otherwise;
}

const store = await FileStore.open(option("directory", "uploads"), {
  maxFile: Number(option("max-file", "4096")) * MIB,
  maxTotal: Number(option("max-total", "16384")) * MIB,
});
const server = makeExchange(store).listen(Number(option("port", "8888")));
console.log(`http://localhost:${server.port}/`);

Deno.addSignalListener("SIGINT", async () => {
  await server.drain(DRAIN_SECONDS);
  await store[Symbol.asyncDispose]();
  Deno.exit();
});
