// The time of answers in several writes, on one keep-alive connection. With Nagle's algorithm on, each costs 40 ms.
//
//   deno task bench:flush [--count=200] [--root=ABSOLUTE PATH OF ANOTHER CHECKOUT]
import { latin1 } from "../tests/support/bytes.ts";
import { argument, denoPeer, numberArgument, printTable, startServer } from "./support.ts";

const count = numberArgument("count", 200);
const root = argument("root", "../..");

const ANSWERS: readonly [name: string, path: string, fields: string][] = [
  ["flush, then finish", "/flush", ""],
  ["FallbackHandler", "/fallback", ""],
  ["gzip stream", "/gzip", "Accept-Encoding: gzip\r\n"],
  ["event stream", "/events", ""],
];

/** Tells whether an answer is complete, by its length or by its last chunk. */
function isWhole(text: string): boolean {
  const [head = "", body = ""] = text.split("\r\n\r\n");
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  return length === undefined ? text.endsWith("\r\n0\r\n\r\n") : body.length >= Number(length);
}

/** Asks once; returns the milliseconds until the end of the answer. */
async function ask(connection: Deno.Conn, path: string, fields: string): Promise<number> {
  const buffer = new Uint8Array(65536);
  const begin = performance.now();
  await connection.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`));
  let text = "";
  while (!isWhole(text)) {
    const length = await connection.read(buffer);
    if (length === null) throw new Error(`The answer for ${path} ends early: ${text}`);
    text += latin1(buffer.subarray(0, length));
  }
  return performance.now() - begin;
}

await using server = await startServer(denoPeer("flush_server.ts", root));
const rows: string[][] = [];
for (const [name, path, fields] of ANSWERS) {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await ask(connection, path, fields));
  times.sort((a, b) => a - b);
  const at = (part: number) => (times[Math.floor((times.length - 1) * part)] ?? NaN).toFixed(2);
  rows.push([name, at(0.5), at(0.99)]);
}
printTable(["answer", "median ms", "p99 ms"], rows);
