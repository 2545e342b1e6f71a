// How the work for a request grows, one thing at a time.
import { lineChart, type Series } from "../chart.ts";
import { pictureFile } from "../report.ts";
import { denoPeer } from "../support.ts";
import { type Case, measure, type Peer } from "../wrk.ts";
import type { Part } from "./part.ts";

interface Curve {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly at: readonly number[];
  readonly asked: (at: number) => { peer: Peer; one: Partial<Case> };
}

const SIZES: Peer = { name: "sizes", command: denoPeer("growth_twister.ts") };

const CURVES: readonly Curve[] = [
  {
    name: "answer",
    title: "A GET by the size of its answer",
    unit: "bytes of body",
    at: [1, 1000, 10_000, 100_000, 1_000_000],
    // With few connections: their first answers come late, and together.
    asked: (size) => ({ peer: SIZES, one: { path: `/${size}`, connections: 8 } }),
  },
  {
    name: "upload",
    title: "A POST by the size of its body",
    unit: "bytes of body",
    at: [1, 1000, 10_000, 100_000],
    asked: (size) => ({ peer: SIZES, one: { path: "/1", body: "x".repeat(size) } }),
  },
  {
    name: "headers",
    title: "A GET by the number of its headers",
    unit: "request headers besides Host",
    at: [1, 10, 30, 60, 90],
    asked: (count) => ({ peer: SIZES, one: { path: "/1", headers: () => manyHeaders(count) } }),
  },
  {
    name: "connections",
    title: "A GET by the number of connections",
    unit: "connections that ask",
    at: [1, 10, 100, 1000, 5000],
    asked: (connections) => ({ peer: SIZES, one: { path: "/1", connections } }),
  },
  {
    name: "routes",
    title: "A GET by the number of rules, 3 in 10 of which are patterns",
    unit: "rules",
    at: [10, 100, 1000, 10_000],
    asked: (count) => {
      const command = denoPeer("routes_twister.ts", `--routes=${count}`);
      return { peer: { name: "routes", command }, one: { path: "/last/7" } };
    },
  },
];

function manyHeaders(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`X-Header-${i}`, `value ${i}`]));
}

export const growth: Part = {
  name: "growth",
  async run() {
    const pictures: string[] = [];
    const rows: string[][] = [];
    await Deno.mkdir(pictureFile("."), { recursive: true });
    for (const { name, title, unit, at, asked } of CURVES) {
      const points: [number, number][] = [];
      for (const x of at) {
        const { peer, one } = asked(x);
        const { work } = await measure(peer, { name, path: "/", status: 200, connections: 64, ...one }, 2);
        points.push([x, work]);
        console.log(`${name} ${x}: ${work.toFixed(1)} us`);
      }
      const series: Series = { title, unit, points };
      await Deno.writeTextFile(pictureFile(`${name}.svg`), lineChart(series));
      pictures.push(`${name}.svg`);
      rows.push([title, points.map(([x, y]) => `${x}: ${y.toFixed(1)}`).join(", ")]);
    }
    return {
      title: "Growth",
      text: "Processor time of a request on the listen engine, one thing at a time; both axes are logarithmic.",
      tables: [{ title: "The points of the curves", heading: ["curve", "us of processor"], rows }],
      targets: [],
      pictures,
    };
  },
};
