// A POST with 1 KB of JSON, answered by plain handlers, and by typed ones whose schemas accept anything, are zod's, or
// are those of arktype and TypeBox, which compile them ahead: the processor time of the handler alone, and that of a
// request with its connection. The same for a GET of a few bytes, and for hono and fastify, each beside itself without
// a schema. Needs wrk, taskset and npm; takes eleven minutes.
//
//   deno task bench:validation [--processes=5] [--only=alone,twister,hono,fastify] [--handlers=zod,arktype]
//     [--rounds=15] [--seconds=1]
//
// Each of our handlers is in one process with a plain one, as a program has one validator. The two take turns of some
// 10 ms, in which that process measures its own processor time: what slows the machine down meets both of them.
// Disturbances only add time, so the value of a handler is the lower fifth of its turns. An engine compiles the same
// program a little differently in each process, which makes some percent: all of it is done in several processes, each
// of which gives one value.
//
// The servers of others are asked in turn, in rounds of a second. Each round is compared with itself.
import {
  denoPeer,
  listArgument,
  median,
  numberArgument,
  peerFile,
  pinned,
  printTable,
  type ServerProcess,
  startServer,
  succeeds,
} from "./support.ts";
import { orderText, pathOf, plainHandlers } from "./peers/validation_handlers.ts";
import { TURN, type Turns } from "./peers/validation_turns.ts";
import { begin, type Case, CLIENT_CPU, type Peer, type Sample, SERVER_CPU, type Subject } from "./wrk.ts";

const FASTIFY = "fastify@5.12.8";

const processes = numberArgument("processes", 5);
const rounds = numberArgument("rounds", 15);
const seconds = numberArgument("seconds", 1);
const only = listArgument("only");
const names = listArgument("handlers");

const order: Case = {
  name: "an order",
  path: "/",
  status: 200,
  connections: 16,
  headers: () => ({ "Content-Type": "application/json" }),
  body: orderText,
};
/** So that the engine has compiled what requests run. */
const WARM_UP_SECONDS = 10;
/** In which each handler has some 250 turns. */
const TURNS_SECONDS = 5;

function wanted(part: string): boolean {
  return only.length === 0 || only.includes(part);
}

/** The median of values, and the interval that has the true one with a probability of 95 %. */
function interval(values: readonly number[], text: (value: number) => string): string {
  const sorted = values.toSorted((a, b) => a - b);
  // By the binomial distribution, which asks nothing of that of the values.
  const low = Math.max(0, Math.floor(sorted.length / 2 - 0.98 * Math.sqrt(sorted.length)));
  return `${text(median(sorted))} (${text(sorted[low] ?? NaN)} to ${text(sorted.at(-1 - low) ?? NaN)})`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** What is loaded in turn with others. */
interface Asked {
  readonly name: string;
  readonly sample: Subject["sample"];
}

/** Compares our handlers, each with a plain one. */
async function compareOurs(): Promise<void> {
  const rows: string[][] = [];
  for (const [name, plain] of plainHandlers) {
    if (name === plain || (names.length > 0 && !names.includes(name))) continue;
    const found: { plain: number; work: number }[] = [];
    for (let i = 0; i < processes; i++) found.push(await comparePair(name, plain));
    const more = found.map((pair) => pair.work / pair.plain - 1);
    rows.push([
      name,
      ...[found.map((pair) => pair.plain), found.map(({ work }) => work)].map((values) => median(values).toFixed(1)),
      ...[median(more), Math.min(...more), Math.max(...more)].map(percent),
    ]);
  }
  printTable(["handler", "µs of the plain one", "µs of this one", "more", "lowest", "highest"], rows);
}

/** Measures two handlers in a process of their own, in microseconds of the processor for each request. */
async function comparePair(name: string, plain: string): Promise<{ plain: number; work: number }> {
  await using server = await startServer(denoPeer("validation_server.ts", plain, name), { cpu: SERVER_CPU });
  const requests = [plain, name].map((each) => `${plain === "plain" ? "POST" : "GET"} ${pathOf(each)}`);
  await takeTurns(server, requests, WARM_UP_SECONDS);
  const turns = await takeTurns(server, requests, TURNS_SECONDS);
  const workOf = (each: string) => lowerFifth(turns[pathOf(each)]?.work ?? []);
  return { plain: workOf(plain), work: workOf(name) };
}

/** Loads handlers of a server in turns, and returns what these took, by path. */
async function takeTurns(
  { port }: ServerProcess,
  requests: readonly string[],
  seconds: number,
): Promise<Readonly<Record<string, Turns>>> {
  const url = `http://127.0.0.1:${port}`;
  const load = ["-t1", `-c${order.connections}`, `-d${seconds}s`, "-H", "Content-Type: application/json"];
  const command = ["wrk", ...load, "-s", peerFile("wrk_turns.lua"), url, "--", String(TURN), orderText, ...requests];
  const [program = "", ...args] = pinned(command, CLIENT_CPU);
  const { success, stdout } = await new Deno.Command(program, { args, stderr: "inherit" }).output();
  const report = new TextDecoder().decode(stdout);
  if (!success || /Socket errors|Non-2xx/.test(report)) throw new Error(`wrk is not content: ${report}`);
  return await (await fetch(`${url}/turns`)).json();
}

/** The value that a fifth of all is below. */
function lowerFifth(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 5)] ?? NaN;
}

/** Compares servers in processes of their own. */
async function compareServers(peers: readonly Peer[]): Promise<void> {
  await using servers = new AsyncDisposableStack();
  const subjects: Asked[] = [];
  for (const peer of peers) {
    const { sample } = servers.use(await begin(peer, order));
    subjects.push({ name: peer.name, sample });
  }
  await compare(subjects);
}

/** The processor time of the handlers without a connection. */
async function measureAlone(): Promise<void> {
  const [program = "", ...args] = pinned(denoPeer("validation_alone.ts"), SERVER_CPU);
  const { success, stdout } = await new Deno.Command(program, { args, stderr: "inherit" }).output();
  if (!success) throw new Error("The handlers alone cannot be measured");
  const samples: Record<string, number[]> = JSON.parse(new TextDecoder().decode(stdout));
  const base = samples.plain ?? [];
  printTable(
    ["handler alone", "µs each", "more than plain"],
    Object.entries(samples).map(([name, times]) => [
      name,
      median(times).toFixed(2),
      interval(times.map((time, round) => time - (base[round] ?? NaN)), (more) => more.toFixed(2)),
    ]),
  );
}

/** Compares what is asked; the first one is what the others are compared with. */
async function compare(asked: readonly Asked[]): Promise<void> {
  const subjects = asked.map(({ name, sample }) => ({ name, sample, samples: [] as Sample[] }));
  for (let round = 0; round < rounds; round++) {
    // Every other round runs backwards, so that a machine that slows down favours nobody.
    const turn = round % 2 === 0 ? subjects : subjects.toReversed();
    for (const { sample, samples } of turn) samples.push(await sample(seconds));
  }
  const base = subjects[0]?.samples ?? [];
  const ratios = (samples: readonly Sample[], key: "rate" | "work") =>
    samples.map((sample, round) => sample[key] / (base[round]?.[key] ?? NaN));
  printTable(
    ["server", "requests/s", "fewer than the first", "µs each", "more than the first"],
    subjects.map(({ name, samples }) => [
      name,
      median(samples.map(({ rate }) => rate)).toFixed(0),
      interval(ratios(samples, "rate").map((ratio) => 1 - ratio), percent),
      median(samples.map(({ work }) => work)).toFixed(1),
      interval(ratios(samples, "work").map((ratio) => ratio - 1), percent),
    ]),
  );
}

console.log(
  `body of ${orderText.length} bytes, medians of ${processes} processes, or of ${rounds} rounds with intervals of 95 %`,
);
if (wanted("alone")) await measureAlone();
if (wanted("twister")) await compareOurs();
if (wanted("hono")) {
  await compareServers(
    ["plain", "zod"].map((kind) => ({ name: `hono, ${kind}`, command: denoPeer("validation_hono.ts", kind) })),
  );
}
if (wanted("fastify")) {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${cwd}/package.json`, "{}");
    if (await succeeds("npm", "install", "--silent", "--prefix", cwd, FASTIFY)) {
      await Deno.copyFile(peerFile("validation_fastify.mjs"), `${cwd}/server.mjs`);
      await compareServers(
        ["plain", "schemas"].map((kind) => ({
          name: `fastify on Node, ${kind}`,
          command: ["node", "server.mjs", kind],
          cwd,
        })),
      );
    } else console.log("left out: fastify (npm cannot install it)");
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}
