// A connection for each request.
import { loadTable, ratios } from "../report.ts";
import { denoPeer } from "../support.ts";
import { type Case, compare, type Peer } from "../wrk.ts";
import { DENO, LISTEN } from "./hello.ts";
import type { Part } from "./part.ts";

const FLOOR: Peer = { name: "Deno.listen, a constant", command: denoPeer("closing_bare.ts") };

export const closing: Part = {
  name: "closing",
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
