// Answers in gzip.
import { loadTable, ratios } from "../report.ts";
import { denoPeer } from "../support.ts";
import { type Case, compare } from "../wrk.ts";
import type { Part } from "./part.ts";

const LISTEN = { name: "Twister listen", command: denoPeer("gzip_twister.ts", "--engine=listen") };
const SERVE = { name: "Twister serve", command: denoPeer("gzip_twister.ts", "--engine=serve") };
const HONO = { name: "hono", command: denoPeer("gzip_hono.ts") };

export const compressed: Part = {
  name: "compressed",
  async run(options) {
    const one: Case = {
      name: "20 KiB of JSON in gzip",
      path: "/",
      status: 200,
      connections: 64,
      headers: () => ({ "Accept-Encoding": "gzip" }),
    };
    const [measured] = await compare([LISTEN, SERVE, HONO], [one], { ...options, ours: "Twister" });
    if (measured === undefined) throw new Error("No case was measured");
    return {
      title: "Compressed answers",
      text: "The setting `compressResponse` beside hono's middleware `compress`, each with its usual level.",
      tables: [loadTable(measured, HONO.name)],
      targets: [LISTEN, SERVE].map(({ name }) => ({
        text: `hono to ${name}`,
        ratios: ratios(measured, HONO.name, name),
        atLeast: 1,
      })),
      pictures: [],
    };
  },
};
