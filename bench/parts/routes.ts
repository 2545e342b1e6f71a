// The last of many rules.
import { loadTable, ratios } from "../report.ts";
import { denoPeer } from "../support.ts";
import { compare } from "../wrk.ts";
import type { Part } from "./part.ts";

const twister = (count: number) => ({
  name: `Twister, ${count} rules`,
  command: denoPeer("routes_twister.ts", `--routes=${count}`),
});
const hono = (count: number) => ({ name: `hono, ${count} routes`, command: denoPeer("routes_hono.ts", String(count)) });

export const routes: Part = {
  name: "routes",
  async run(options) {
    const peers = [twister(10), twister(1000), twister(5000), twister(120_000), hono(10), hono(1000)];
    const one = { name: "The last rule, a pattern", path: "/last/7", status: 200, connections: 64 };
    const [measured] = await compare(peers, [one], { ...options, ours: "Twister, 10 " });
    if (measured === undefined) throw new Error("No case was measured");
    const few = twister(10).name;
    return {
      title: "Many rules",
      text: "Three rules in ten are patterns with a group. Rules are tried in their order.",
      tables: [loadTable(measured, few)],
      targets: [
        { text: "1,000 rules to 10", ratios: ratios(measured, twister(1000).name, few), atMost: 1.3 },
        { text: "5,000 rules to 10", ratios: ratios(measured, twister(5000).name, few), atMost: 1.5 },
        // So many in one list were once a RangeError. The target is that of 5,000.
        { text: "120,000 rules to 10", ratios: ratios(measured, twister(120_000).name, few), atMost: 1.5 },
      ],
      pictures: [],
    };
  },
};
