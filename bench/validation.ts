// A POST with 1 KB of JSON, answered by plain handlers, and by typed ones whose schemas accept anything, are zod's, or
// are arktype's, which it compiles ahead: the processor time of the handler alone, and that of a request with its
// connection. The same for hono and fastify, each beside itself without a schema. Needs wrk, taskset and npm.
//
//   deno task bench:validation [--rounds=3] [--seconds=3] [--only=alone,twister,hono,fastify]
import {
  denoPeer,
  listArgument,
  median,
  numberArgument,
  peerFile,
  pinned,
  printTable,
  processorTime,
  startServer,
  succeeds,
} from "./support.ts";
import { orderText } from "./peers/validation_handlers.ts";
import { SERVER_CPU, wrk } from "./wrk.ts";

const FASTIFY = "fastify@5.12.8";

const rounds = numberArgument("rounds", 3);
const seconds = numberArgument("seconds", 3);
const only = listArgument("only");
/** Until the engine has compiled what a request runs. */
const WARM_UP_SECONDS = 6;

const headers = { "Content-Type": "application/json" };
const ours = ["plain", "plain with zod", "declared", "zod", "arktype"];

/** What was measured of a peer, round by round. */
interface Samples {
  readonly rates: number[];
  /** Microseconds of the processor for a request. */
  readonly work: number[];
}

interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd?: string;
}

function wanted(part: string): boolean {
  return only.length === 0 || only.includes(part);
}

/** What the median costs beside the first peer, and between which ratios of one round the middle half lies. */
function beside(work: readonly number[], base: readonly number[]): string {
  const ratios = work.map((value, round) => value / (base[round] ?? NaN) - 1).sort((a, b) => a - b);
  const at = (share: number) => `${((ratios[Math.round(share * (ratios.length - 1))] ?? NaN) * 100).toFixed(1)} %`;
  return `${at(0.5)} (${at(0.25)} to ${at(0.75)})`;
}

/** The processor time of the handlers without a connection, each in a process of its own. */
async function measureAlone(): Promise<void> {
  const samples = new Map(ours.map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, times] of samples) {
      const [program = "", ...args] = pinned(denoPeer("validation_alone.ts", name), SERVER_CPU);
      const { stdout } = await new Deno.Command(program, { args }).output();
      times.push(Number(new TextDecoder().decode(stdout)));
    }
  }
  const base = median(samples.get("plain") ?? []);
  printTable(
    ["handler alone", "µs each", "more than plain"],
    Array.from(samples, ([name, times]) => [name, median(times).toFixed(2), (median(times) - base).toFixed(2)]),
  );
}

async function measure({ command, cwd }: Contender, { rates, work }: Samples): Promise<void> {
  await using server = await startServer(command, { cpu: SERVER_CPU, ...(cwd === undefined ? {} : { cwd }) });
  const url = `http://127.0.0.1:${server.port}/`;
  await wrk(url, { connections: 16, seconds: WARM_UP_SECONDS, headers, body: orderText });
  const before = processorTime(server.pid);
  const report = await wrk(url, { connections: 16, seconds, headers, body: orderText });
  const requests = Number(report.match(/(\d+) requests in/)?.[1]);
  rates.push(requests / seconds);
  work.push((processorTime(server.pid) - before) * 1e6 / requests);
}

/** Compares servers in turn; the first one is what the others are compared with. */
async function compare(contenders: readonly Contender[]): Promise<void> {
  const samples = contenders.map((contender) => ({ contender, rates: [] as number[], work: [] as number[] }));
  for (let round = 0; round < rounds; round++) for (const each of samples) await measure(each.contender, each);
  const base = samples[0]?.work ?? [];
  printTable(
    ["server", "requests/s", "µs each", "beside the first"],
    samples.map(({ contender, rates, work }) => [
      contender.name,
      median(rates).toFixed(0),
      median(work).toFixed(1),
      beside(work, base),
    ]),
  );
}

console.log(`body of ${orderText.length} bytes, ${rounds} rounds of ${seconds} s`);
if (wanted("alone")) await measureAlone();
if (wanted("twister")) {
  await compare(ours.map((name) => ({ name, command: denoPeer("validation_server.ts", name) })));
}
if (wanted("hono")) {
  await compare(
    ["plain", "zod"].map((kind) => ({ name: `hono, ${kind}`, command: denoPeer("validation_hono.ts", kind) })),
  );
}
if (wanted("fastify")) {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${cwd}/package.json`, "{}");
    if (await succeeds("npm", "install", "--silent", "--prefix", cwd, FASTIFY)) {
      await Deno.copyFile(peerFile("validation_fastify.mjs"), `${cwd}/server.mjs`);
      await compare(
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
