// One long body, by Twister's client or by Deno's fetch, for bench/client_bodies.ts.
import { AsyncHTTPClient } from "../../src/http/httpclient.ts";
import { mostResidentMemory, processorTime } from "../support.ts";
import { CHUNK, SIZE } from "./streaming_body.ts";

/** Takes a body and sends one; both are counted. */
interface Mover {
  download(url: string): Promise<number>;
  upload(url: string): Promise<string>;
}

function* pieces(): Generator<Uint8Array<ArrayBuffer>> {
  for (let sent = 0; sent < SIZE; sent += CHUNK.length) yield CHUNK;
}

async function count(body: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const piece of body) length += piece.length;
  return length;
}

const client = new AsyncHTTPClient({ forceInstance: true, defaults: { requestTimeout: 0 } });

const MOVERS: Readonly<Record<string, Mover>> = {
  twister: {
    download: async (url) => await count((await client.stream(url)).body),
    upload: async (url) => (await client.fetch(url, { method: "POST", body: pieces() })).text,
  },
  fetch: {
    download: async (url) => await count((await fetch(url)).body ?? new ReadableStream()),
    async upload(url) {
      return await (await fetch(url, { method: "POST", body: ReadableStream.from(pieces()) })).text();
    },
  },
};

const [name = "", direction = "", url = ""] = Deno.args;
const mover = MOVERS[name];
if (mover === undefined) throw new Error(`no client ${name}`);
const before = processorTime(Deno.pid);
const start = performance.now();
const moved = direction === "down" ? await mover.download(`${url}/down`) : Number(await mover.upload(`${url}/up`));
if (moved !== SIZE) throw new Error(`${moved} bytes instead of ${SIZE}`);
const seconds = (performance.now() - start) / 1000;
const cpu = processorTime(Deno.pid) - before;
console.log(JSON.stringify({ seconds, cpu, peak: mostResidentMemory(Deno.pid) }));
Deno.exit();
