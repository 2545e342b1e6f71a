// What the comparisons under wrk share: servers that take turns, requests a second, and processor time for each.
import {
  certificateFile,
  median,
  peerFile,
  pinned,
  printTable,
  processorTime,
  residentMemory,
  type ServerProcess,
  type StartOptions,
  startServer,
  withFiles,
} from "./support.ts";

/** A server to be measured. */
export interface Peer extends Omit<StartOptions, "cpu"> {
  readonly name: string;
  readonly command: readonly string[];
}

/** A request that all servers are asked again and again. */
export interface Case {
  readonly name: string;
  readonly path: string;
  readonly status: number;
  readonly connections: number;
  /** Whether bytes are counted instead of responses, for those that take longer than a round. */
  readonly byBytes?: boolean;
  /** Headers of the request, made from the answer to one without. */
  readonly headers?: (first: Response) => Readonly<Record<string, string>>;
  /** The body of the request, which makes it a POST. */
  readonly body?: string;
  /** `true` if the servers speak TLS. */
  readonly tls?: boolean;
}

export interface WrkOptions {
  readonly connections: number;
  readonly seconds: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface CompareOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** The peers that the others are compared with, by how their names begin. */
  readonly ours: string;
}

/** What one round has shown of a server. */
export interface Sample {
  /** Responses, or MiB, a second. */
  readonly rate: number;
  /** Microseconds that the server's process works for each. */
  readonly work: number;
  /** Microseconds from a request to its answer: the median, and what 1 in 100 and 1 in 1,000 exceed. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** Resident memory of the server at the end, in bytes. */
  readonly memory: number;
}

/** The rounds of each server at one case, in the order of the rounds. */
export interface Measured {
  readonly one: Case;
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
}

export const SERVER_CPU = 0;
export const CLIENT_CPU = 1;
/**
 * So long that what is hot is compiled. On one processor the compiler gets few turns beside a server that is busy:
 * after two seconds a server of much code still takes half as much again.
 */
const WARM_UP_SECONDS = 5;
/** How often a run is repeated in which nothing was answered. */
const AGAIN = 3;
const MIB = 1048576;
const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: MIB, GB: 1024 * MIB };

/**
 * Runs wrk, and returns its report.
 *
 * @throws {Error} If connections failed, or answers were errors.
 */
export async function wrk(url: string, { connections, seconds, headers = {}, body }: WrkOptions): Promise<string> {
  const fields = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const script = ["-s", peerFile("wrk_script.lua")];
  const request = body === undefined ? [] : ["--", "POST", body];
  const load = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "60s", "--latency"];
  const command = withFiles(connections, ["wrk", ...load, ...script, ...fields, url, ...request]);
  const [program = "", ...args] = pinned(command, CLIENT_CPU);
  const { success, stdout } = await new Deno.Command(program, { args, stderr: "inherit" }).output();
  const report = new TextDecoder().decode(stdout);
  if (!success || /Socket errors|Non-2xx/.test(report)) throw new Error(`wrk is not content: ${report}`);
  return report;
}

/** What the server sent in a run of wrk: responses or bytes, and the seconds that it took. */
function amountOf(report: string, byBytes: boolean): { amount: number; seconds: number } {
  const [, requests = "", seconds = "", size = "", unit = ""] =
    report.match(/(\d+) requests in ([\d.]+)s, ([\d.]+)(\w+) read/) ?? [];
  const amount = byBytes ? Number(size) * (UNITS[unit] ?? NaN) / MIB : Number(requests);
  return { amount, seconds: Number(seconds) };
}

/** A server that runs, and one thing that it is asked. */
export interface Subject extends AsyncDisposable {
  /** Loads it for so many seconds. */
  sample(seconds: number): Promise<Sample>;
}

/** Starts a server, checks its answer, and warms it up. */
export async function begin(peer: Peer, one: Case, warmUp: number = WARM_UP_SECONDS): Promise<Subject> {
  const server = await startServer(withFiles(one.connections, peer.command), { ...peer, cpu: SERVER_CPU });
  try {
    const subject = {
      sample: await asked(peer, one, server),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
    if (warmUp > 0) await subject.sample(warmUp);
    return subject;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Checks the answer of a server, and returns what loads it with a case. */
export async function asked(peer: Peer, one: Case, { pid, port }: ServerProcess): Promise<Subject["sample"]> {
  const { connections, byBytes = false, body, tls = false } = one;
  const url = `${tls ? "https" : "http"}://127.0.0.1:${port}${one.path}`;
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(certificateFile("ca.pem"))] });
  const first = await fetch(url, { client });
  await first.body?.cancel();
  const headers = one.headers?.(first) ?? {};
  const post = body === undefined ? {} : { method: "POST", body };
  const checked = await fetch(url, { client, headers, redirect: "manual", ...post });
  await checked.body?.cancel();
  if (checked.status !== one.status) throw new Error(`${peer.name} answers ${checked.status} to ${one.path}`);
  const load = { connections, headers, ...(body === undefined ? {} : { body }) };
  const ask = async (seconds: number) => {
    const before = processorTime(pid);
    const report = await wrk(url, { ...load, seconds });
    return { ...amountOf(report, byBytes), report, worked: processorTime(pid) - before };
  };
  return async (seconds) => {
    let asked = await ask(seconds);
    // On a machine that does other things, wrk may get no turn before its time is over.
    for (let again = 0; again < AGAIN && asked.amount === 0; again++) asked = await ask(seconds);
    const { amount, seconds: taken, worked, report } = asked;
    if (!(amount > 0)) throw new Error(`${peer.name} has not answered in ${seconds} s: ${report}`);
    const [p50 = NaN, p99 = NaN, p999 = NaN] = report.match(/^percentiles (\d+) (\d+) (\d+)$/m)?.slice(1).map(Number) ??
      [];
    return { rate: amount / taken, work: worked * 1e6 / amount, p50, p99, p999, memory: residentMemory(pid) };
  };
}

/** Lets the peers take turns at each case, prints the medians and returns the rounds. */
export async function compare(
  peers: readonly Peer[],
  cases: readonly Case[],
  { rounds, seconds, ours }: CompareOptions,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const one of cases) {
    const samples = new Map<string, Sample[]>(peers.map(({ name }) => [name, []]));
    await using servers = new AsyncDisposableStack();
    const subjects: [name: string, subject: Subject][] = [];
    // All of them run all the time, so that the samples of a round are close to each other.
    for (const peer of peers) subjects.push([peer.name, servers.use(await begin(peer, one))]);
    for (let round = 0; round < rounds; round++) {
      // Every other round runs backwards, so that a machine that warms up or slows down favours nobody.
      for (const [name, subject] of round % 2 === 0 ? subjects : subjects.toReversed()) {
        samples.get(name)?.push(await subject.sample(seconds));
      }
    }
    const summary = (peer: Peer, key: keyof Sample) =>
      median((samples.get(peer.name) ?? []).map((sample) => sample[key]));
    const yardsticks = peers.filter(({ name }) => name.startsWith(ours));
    const unit = one.byBytes ? "MiB" : "request";
    console.log(`\n${one.name}, ${one.connections} connections, medians of ${rounds} rounds of ${seconds} s`);
    printTable(
      [
        "server",
        `${unit}s/s`,
        ...yardsticks.map(({ name }) => `${name} is`),
        "lowest",
        "highest",
        `processor us/${unit}`,
        ...yardsticks.map(({ name }) => `${name} takes`),
      ],
      peers.map((peer) => {
        const rates = (samples.get(peer.name) ?? []).map(({ rate }) => rate);
        const ratio = (key: keyof Sample) =>
          yardsticks.map((other) => `${(summary(other, key) / summary(peer, key)).toFixed(2)}x`);
        return [
          peer.name,
          summary(peer, "rate").toFixed(0),
          ...ratio("rate"),
          Math.min(...rates).toFixed(0),
          Math.max(...rates).toFixed(0),
          summary(peer, "work").toFixed(1),
          ...ratio("work"),
        ];
      }),
    );
    measured.push({ one, samples });
  }
  return measured;
}
