// A connection for each request.
import { loadTable, ratios } from "../report.ts";
import { denoPeer } from "../support.ts";
import { type Case, compare, type Peer } from "../wrk.ts";
import { DENO, LISTEN } from "./hello.ts";
import type { Part } from "./part.ts";

const FLOOR: Peer = { name: "Deno.listen, a constant", command: denoPeer("closing_bare.ts") };

export const closing: Part = {
  name: "closing",
  missed: [
    "Profile of listen, 2026-11-30 at ba019de9: kernel 51 %, Deno's native code 28 %, JavaScript 9 %, " +
    "allocation 7 %, V8's own threads 5 %. Of `Deno.serve`: 64 %, 20 %, 3 %, 13 % and 0 %. The system calls " +
    "of a connection are the same but for one `recv` that finds nothing. The rest is what a connection is " +
    "made of here: a handle, a transport, a stream, an output and a request loop, which V8 has to collect. " +
    "`Deno.serve` makes none of them in JavaScript.",
    "Tried: to read no more once an answer is the last one, which is taken for TLS (here 62.7 us beside 64.0 us, " +
    "within the noise). `Deno.listen` in place of the handles cannot be enough: the floor in " +
    "the table, which has no stream at all, costs as much as `Deno.serve`.",
  ],
  async run(options) {
    const one: Case = {
      name: "Hello, world, and the connection ends",
      path: "/",
      status: 200,
      connections: 64,
      headers: () => ({ Connection: "close" }),
    };
    const [measured] = await compare([LISTEN, DENO, FLOOR], [one], { ...options, ours: LISTEN.name });
    if (measured === undefined) throw new Error("No case was measured");
    return {
      title: "Connections that come and go",
      text: "Each request has a connection of its own. The floor accepts, reads once, writes a constant and closes.",
      tables: [loadTable(measured, FLOOR.name)],
      targets: [
        { text: "listen to the floor", ratios: ratios(measured, LISTEN.name, FLOOR.name), atMost: 1.25 },
        { text: "Deno.serve to listen", ratios: ratios(measured, DENO.name, LISTEN.name), atLeast: 1 },
      ],
      pictures: [],
    };
  },
};
