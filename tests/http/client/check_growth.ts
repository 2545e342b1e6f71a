// 100,000 requests, some of which fail in each of the ways that a request can, and the memory that they leave behind.
//
//   deno task check:client
import { CookieJar, HTTPClientError, type HTTPRequestOptions } from "../../../src/http/httpclient.ts";
import { CLOSE, HOLD, reply, ScriptedServer, type Step } from "../../support/scripted_server.ts";
import { BACK_ENDS, type BackEnd } from "./back_ends.ts";

const REQUESTS = Number(Deno.args[0] ?? 100_000);
const IN_FLIGHT = 50;
/** What may remain of a request on average, in bytes: anything that is kept takes more. */
const MOST_LEFT = 8;

const ANSWERS = {
  "/": [reply("a small body", ["Set-Cookie: a=1"])],
  "/moved": ["HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"],
  "/cut": ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", CLOSE],
  "/gone": [CLOSE],
  "/bad": ["HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", CLOSE],
  "/late": [HOLD],
} as const;

const late: HTTPRequestOptions = { requestTimeout: 0.01 };

/** A path and options by the number of a request: most succeed. */
function requestOf(index: number): [path: keyof typeof ANSWERS, options: HTTPRequestOptions] {
  if (index % 500 === 0) return ["/late", late];
  const faulty = (["/moved", "/cut", "/gone", "/bad"] as const)[index % 100 - 1];
  return [faulty ?? "/", faulty === undefined && index % 3 === 0 ? { method: "POST", body: "abc" } : {}];
}

const answers: ReadonlyMap<string, readonly Step[]> = new Map(Object.entries(ANSWERS));

async function measure({ name, make }: BackEnd): Promise<number> {
  await using server = new ScriptedServer(({ target }) => {
    // Those of a server that runs for long would be the growth.
    server.requests.length = 0;
    return answers.get(target) ?? [reply()];
  });
  using client = make({ maxClients: IN_FLIGHT, defaults: { cookies: new CookieJar() } });
  const run = async (count: number) => {
    let begun = 0;
    await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
      while (begun < count) {
        const [path, options] = requestOf(begun++);
        try {
          await client.fetch(server.url(path), options);
        } catch (error) {
          if (!(error instanceof HTTPClientError)) throw error;
        }
      }
    }));
  };
  await run(REQUESTS / 5);
  const before = heap();
  await run(REQUESTS);
  const left = (heap() - before) / REQUESTS;
  console.log(`${name}: ${REQUESTS} requests leave ${left.toFixed(1)} bytes each`);
  return left;
}

/** Bytes of the heap in use after a collection. */
function heap(): number {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect !== "function") throw new Error("needs --v8-flags=--expose-gc");
  collect();
  return Deno.memoryUsage().heapUsed;
}

let failed = false;
for (const backEnd of BACK_ENDS) if (await measure(backEnd) > MOST_LEFT) failed = true;
if (failed) Deno.exit(1);
