// "Hello, world" at many connections.
import { loadTable, ratios } from "../report.ts";
import { denoPeer } from "../support.ts";
import { compare, type Peer } from "../wrk.ts";
import { DENO, LISTEN } from "./hello.ts";
import type { Part } from "./part.ts";

const FLOOR: Peer = { name: "a constant, on handles", command: denoPeer("hello_floor.ts") };
const COUNTS = [64, 1000, 5000];
const MANY = 1000;

export const connections: Part = {
  name: "connections",
  missed: [
    "Profile of listen at 1,000 connections before reads waited, 2026-11-30 at 26f4a4ea: kernel 53 %, Deno's native code 17 %, " +
    "the flush at the end of a turn 8 %, the rest of JavaScript 22 %. Only the last two are the library's to " +
    "shrink.",
    "Tried, none of which reached the targets: writes in batches of 1, 16, 64 and 256 connections; one " +
    "shared buffer for all writes; answers as latin1 texts; pools for the objects of a request; fewer " +
    "promises; other sizes of V8's young generation.",
    "System calls of a request at 64 connections, counted within the process: listen and the floor 1.00 send and " +
    "2.00 recv, half of which find nothing; Deno.serve 1.00 and 1.00. Under strace the client has time to answer " +
    "meanwhile, and the floor has 1.13. Deno reads a handle until nothing is left, since only that tells its poller " +
    "(its pull request 33860), and such a call costs 1.2 us of this machine. No way to do without it gained: it took " +
    "8 % more than the floor at 64 connections and 19 % more at 1,000 to stop and start reads, 0 % and 18 % to read " +
    "by a pipe, 3 % and 37 % on `Deno.listen`. A connection that ends after its first request is spared the call.",
    "Reads of up to 2 KiB wait until 64 are there, or all of a turn, and are worked on one after another, which " +
    "takes 10 % less time than before at 64 and 1,000 connections, 6 % to 10 % at 5,000. The JavaScript that is left " +
    "takes 2.0 us where the kernel does not come in between, of which no function has 0.2 us.",
  ],
  async run(options) {
    const cases = COUNTS.map((connections) => ({ name: "Hello, world", path: "/", status: 200, connections }));
    const measured = await compare([LISTEN, DENO, FLOOR], cases, { ...options, ours: "Twister" });
    const floors = measured.map((each) => ({
      text: `listen to the floor, ${each.one.connections} connections`,
      ratios: ratios(each, LISTEN.name, FLOOR.name),
      atMost: 1.45,
    }));
    const rivals = measured.filter(({ one }) => one.connections >= MANY).map((each) => ({
      text: `Deno.serve to listen, ${each.one.connections} connections`,
      ratios: ratios(each, DENO.name, LISTEN.name),
      atLeast: 1.05,
    }));
    return {
      title: "Many connections",
      text: "All of them ask, each for the next answer as soon as it has one. The floor reads, and writes a constant.",
      tables: measured.map((each) => loadTable(each, FLOOR.name)),
      targets: [...floors, ...rivals],
      pictures: [],
    };
  },
};
