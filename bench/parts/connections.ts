// "Hello, world" at many connections.
import { loadTable, ratios } from "../report.ts";
import { compare } from "../wrk.ts";
import { DENO, LISTEN } from "./hello.ts";
import type { Part } from "./part.ts";

const COUNTS = [1000, 5000];

export const connections: Part = {
  name: "connections",
  async run(options) {
    const cases = COUNTS.map((connections) => ({ name: "Hello, world", path: "/", status: 200, connections }));
    const measured = await compare([LISTEN, DENO], cases, { ...options, ours: "Twister" });
    return {
      title: "Many connections",
      text: "All of them ask, each for the next answer as soon as it has one.",
      tables: measured.map((each) => loadTable(each, DENO.name)),
      targets: measured.map((each) => ({
        text: `Deno.serve to listen, ${each.one.connections} connections`,
        ratios: ratios(each, DENO.name, LISTEN.name),
        atLeast: 1.05,
      })),
      pictures: [],
    };
  },
};
