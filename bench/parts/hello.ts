// "Hello, world" with the same five response headers on every server.
import { loadTable, ratios } from "../report.ts";
import { denoPeer, peerFile, succeeds } from "../support.ts";
import { compare, type Peer } from "../wrk.ts";
import type { Part } from "./part.ts";

/** The servers that say hello. */
export const LISTEN: Peer = { name: "Twister listen", command: denoPeer("twister.ts", "--engine=listen") };
export const SERVE: Peer = { name: "Twister serve", command: denoPeer("twister.ts", "--engine=serve") };
export const DENO: Peer = { name: "Deno.serve", command: denoPeer("deno_serve.ts") };
export const HONO: Peer = { name: "hono", command: denoPeer("hono.ts") };
const TORNADO: Peer = { name: "Tornado", command: ["/usr/bin/python3", peerFile("tornado_hello.py")] };

export const hello: Part = {
  name: "hello",
  missed: [
    "**Deno.serve to listen.** A server that writes a constant on the same handles, the floor of the next table, " +
    "takes 0.94 of the time of `Deno.serve` on this machine: 1.05 would leave 0.2 us of a request for all that a " +
    "library does, which takes 2 us to 4 us. Where the target was set, system calls cost a third, and the floor was " +
    "0.69 of `Deno.serve` (4.4 us of 6.4 us). See the next part for what was tried.",
    '**hono to serve.** See "Small requests with some work".',
  ],
  async run(options) {
    const peers = [LISTEN, SERVE, DENO, HONO];
    if (await succeeds("/usr/bin/python3", "-c", "import tornado")) peers.push(TORNADO);
    const one = { name: "Hello, world", path: "/", status: 200, connections: 64 };
    const [measured] = await compare(peers, [one], { ...options, ours: "Twister listen" });
    if (measured === undefined) throw new Error("No case was measured");
    return {
      title: "Hello, world",
      text: "The same body and the same five headers on every server.",
      tables: [loadTable(measured, DENO.name)],
      targets: [
        { text: "Deno.serve to listen", ratios: ratios(measured, DENO.name, LISTEN.name), atLeast: 1.05 },
        { text: "hono to serve", ratios: ratios(measured, HONO.name, SERVE.name), atLeast: 1 },
      ],
      pictures: [],
    };
  },
};
