// How the work for a request grows, one thing at a time.
import { lineChart } from "../chart.ts";
import { pictureFile, type Target } from "../report.ts";
import { denoPeer, type ServerProcess, startServer, withFiles } from "../support.ts";
import { asked, type Case, type Peer, SERVER_CPU } from "../wrk.ts";
import { outputOf } from "./output.ts";
import type { Part } from "./part.ts";

type Point = readonly [x: number, y: number];

/** What grows, and the points at which it is measured. */
interface Curve {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly at: readonly number[];
}

/** A curve of one server. */
interface RequestCurve extends Curve {
  readonly one: (at: number) => Partial<Case>;
}

const MOST_CONNECTIONS = 5000;
/** How much more than a line through the origin a curve may rise between its last two points. */
const MOST_RISE = 1.1;
const SIZES: Peer = { name: "sizes", command: denoPeer("growth_twister.ts") };

const CURVES: readonly RequestCurve[] = [
  {
    name: "answer",
    title: "A GET by the size of its answer",
    unit: "bytes of body",
    at: [1, 1000, 10_000, 100_000, 1_000_000],
    // With few connections: their first answers come late, and together.
    one: (size) => ({ path: `/${size}`, connections: 8 }),
  },
  {
    name: "upload",
    title: "A POST by the size of its body",
    unit: "bytes of body",
    at: [1, 1000, 10_000, 100_000],
    one: (size) => ({ path: "/1", body: "x".repeat(size) }),
  },
  {
    name: "headers",
    title: "A GET by the number of its headers",
    unit: "request headers besides Host",
    at: [1, 10, 30, 60, 90],
    one: (count) => ({ path: "/1", headers: () => manyHeaders(count) }),
  },
  {
    name: "rows",
    title: "A page by the number of rows of its table",
    unit: "rows, two escaped values each",
    at: [1, 10, 100, 1000, 10_000],
    one: (rows) => ({ path: `/rows/${rows}`, connections: 8 }),
  },
  {
    name: "connections",
    title: "A GET by the number of connections",
    unit: "connections that ask",
    at: [1, 10, 100, 1000, MOST_CONNECTIONS],
    one: (connections) => ({ path: "/1", connections }),
  },
];

const ROUTES: Curve = {
  name: "routes",
  title: "A GET by the number of rules, 3 in 10 of which are patterns",
  unit: "rules",
  at: [10, 100, 1000, 10_000],
};

const SUBSCRIBERS: Curve = {
  name: "subscribers",
  title: "A message by the number of its subscribers, without sockets",
  unit: "subscribers",
  at: [1, 10, 100, 1000, 15_000],
};

function manyHeaders(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`X-Header-${i}`, `value ${i}`]));
}

/** The work of a server for one thing, which it has done before. */
async function workOf(peer: Peer, server: ServerProcess, one: Partial<Case>, seconds: number): Promise<number> {
  const sample = await asked(peer, { name: "growth", path: "/", status: 200, connections: 64, ...one }, server);
  await sample(1);
  return (await sample(seconds)).work;
}

async function requestCurve(curve: RequestCurve, server: ServerProcess, seconds: number): Promise<Point[]> {
  const points: Point[] = [];
  for (const x of curve.at) points.push([x, await workOf(SIZES, server, curve.one(x), seconds)]);
  return points;
}

async function routeCurve(seconds: number): Promise<Point[]> {
  const points: Point[] = [];
  for (const count of ROUTES.at) {
    const peer = { name: "routes", command: denoPeer("routes_twister.ts", `--routes=${count}`) };
    await using server = await startServer(peer.command, { cpu: SERVER_CPU });
    await workOf(peer, server, { path: "/last/7" }, seconds);
    points.push([count, await workOf(peer, server, { path: "/last/7" }, seconds)]);
  }
  return points;
}

async function subscriberCurve(): Promise<Point[]> {
  return JSON.parse(await outputOf(denoPeer("growth_topics.ts", ...SUBSCRIBERS.at.map(String)), SERVER_CPU));
}

/** What the last step of a curve is held to: it rises like a line, or less. */
function notSteeper(title: string, points: readonly Point[]): Target {
  const [[x1, y1], [x2, y2]] = [points.at(-2) ?? [NaN, NaN], points.at(-1) ?? [NaN, NaN]];
  return { text: `${title}: from ${x1} to ${x2}, to a line`, ratios: [(y2 / y1) / (x2 / x1)], atMost: MOST_RISE };
}

export const growth: Part = {
  name: "growth",
  missed: [
    "**The size of an answer** (profile at 2f3da604): the kernel has more than half of the samples, copies of memory " +
    "13 %, no function of the library 1 %. On a busy machine, by medians of eight rounds in turns, an answer of 1 MB " +
    "takes 926 us here, where the text is made by `repeat`, which V8 joins only for the encoder, in fresh memory; 464 " +
    "us with one text that is kept, and 332 us with bytes. `Deno.serve`, under which V8 makes no such copy, takes 274 " +
    "us.",
    "Tried: calls of 1 MiB, where now at most 128 KiB go to the kernel in one (bytes take 268 us and not 362). Not " +
    "taken, because a peer that reads slowly could not be told from one that does not read.",
    "**The rows of a page.** 10,000 rows make an answer of 412 KB, and 1,000 rows one of 40 KB. An earlier run had 1.05. " +
    "No profile was taken. Rendering alone takes 0.05 us for each of 1,000 rows, and 0.06 us for each of 10,000.",
  ],
  async run({ seconds }) {
    const pictures: string[] = [];
    const targets: Target[] = [];
    const rows: string[][] = [];
    const draw = async ({ name, title, unit }: Curve, points: readonly Point[]) => {
      await Deno.writeTextFile(pictureFile(`${name}.svg`), lineChart({ title, unit, points }));
      pictures.push(`${name}.svg`);
      targets.push(notSteeper(title, points));
      rows.push([title, points.map(([x, y]) => `${x}: ${y.toFixed(1)}`).join(", ")]);
      console.log(`${title}: ${rows.at(-1)?.[1]}`);
    };
    await Deno.mkdir(pictureFile("."), { recursive: true });
    {
      await using server = await startServer(withFiles(MOST_CONNECTIONS, SIZES.command), { cpu: SERVER_CPU });
      // Until what is hot is compiled.
      await workOf(SIZES, server, { path: "/1" }, 2);
      for (const curve of CURVES) await draw(curve, await requestCurve(curve, server, seconds));
    }
    await draw(ROUTES, await routeCurve(seconds));
    await draw(SUBSCRIBERS, await subscriberCurve());
    return {
      title: "Growth",
      text:
        "Processor time on the listen engine, one thing at a time; both axes are logarithmic. A curve should be flat or " +
        "a line: its last step is held against that of a line through the origin.",
      tables: [{ title: "The points of the curves", heading: ["curve", "us of processor"], rows }],
      targets,
      pictures,
    };
  },
};
