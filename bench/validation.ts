// A POST with 1 KB of JSON, answered by plain handlers, and by typed ones whose schemas accept anything, are zod's, or
// are arktype's, which it compiles ahead: the processor time of the handler alone, and that of a request with its
// connection. The same for hono and fastify, each beside itself without a schema. Needs wrk, taskset and npm.
//
//   deno task bench:validation [--rounds=15] [--seconds=1] [--only=alone,twister,hono,fastify]
//
// What is compared is asked in turn, in short rounds, so that what slows the machine down meets all of it. Each round
// is compared with itself.
import {
  denoPeer,
  listArgument,
  median,
  numberArgument,
  peerFile,
  pinned,
  printTable,
  startServer,
  succeeds,
} from "./support.ts";
import { orderText } from "./peers/validation_handlers.ts";
import { asked, begin, type Case, type Peer, type Sample, SERVER_CPU, type Subject } from "./wrk.ts";

const FASTIFY = "fastify@5.12.8";

const rounds = numberArgument("rounds", 15);
const seconds = numberArgument("seconds", 1);
const only = listArgument("only");

const order: Case = {
  name: "an order",
  path: "/",
  status: 200,
  connections: 16,
  headers: () => ({ "Content-Type": "application/json" }),
  body: orderText,
};
/** Until the engine has compiled what a request of a handler runs. */
const WARM_UP_SECONDS = 5;
const ours = ["plain", "plain with zod", "declared", "zod", "arktype"];

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

/** Compares our handlers, all of which are in one process: two processes of equal programs differ by some percent. */
async function compareOurs(): Promise<void> {
  await using server = await startServer(denoPeer("validation_server.ts"), { cpu: SERVER_CPU });
  const handlers: Asked[] = [];
  for (const name of ours) {
    const path = `/${name.replaceAll(" ", "-")}`;
    handlers.push({ name, sample: await asked({ name, command: [] }, { ...order, path }, server) });
  }
  for (const { sample } of handlers) await sample(WARM_UP_SECONDS);
  await compare(handlers);
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
  `body of ${orderText.length} bytes, ${rounds} rounds of ${seconds} s, medians with intervals of 95 %`,
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
