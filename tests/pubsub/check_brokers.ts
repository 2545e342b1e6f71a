/**
 * Three processes publish 10,000 messages a second on 1,000 topics over a real server, which is killed and frozen, and
 * so is a process; every subscriber judges by the numbers in the messages:
 * `deno task check:brokers [redis|nats|workers]`
 *
 * @module
 */
import { projectRoot } from "../../tools/project.ts";
import { BROKER_KINDS, type BrokerKind, BrokerServer } from "../support/broker_server.ts";
import { lines } from "../support/lines.ts";
import type { Verdict } from "../support/gap_judge.ts";
import type { NodeOptions, NodeReport } from "./broker_node.ts";

const NODES = 3;
const TOPICS = 900;
const KEPT_TOPICS = 100;
const SILENT_TOPICS = 9000;
/**
 * Messages a second, of which a tenth goes to the topics with a history. Another number may be given, for a machine
 * that has other work.
 */
const RATE = Number(Deno.args.find((arg) => /^\d+$/.test(arg)) ?? 10_000);

/** Seconds of each part. */
const QUIET = 5;
const DOWN = 5;
const FROZEN = 25;
const SETTLE = 8;

class Node {
  readonly name: string;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<string>;
  #report: NodeReport | null = null;
  #counts: Readonly<Record<string, number>> | null = null;
  readonly #reading: Promise<void>;
  #changed: (() => void)[] = [];

  constructor(options: NodeOptions) {
    this.name = options.name;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-lock",
        "--no-check",
        `${projectRoot}/tests/pubsub/broker_node.ts`,
        JSON.stringify(options),
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const encoder = new TextEncoderStream();
    encoder.readable.pipeTo(this.#child.stdin).catch(() => {});
    this.#input = encoder.writable.getWriter();
    this.#reading = this.#read();
  }

  get report(): NodeReport {
    if (this.#report === null) throw new Error(`${this.name} has not reported`);
    return this.#report;
  }

  /** Resolves with the first report for which a condition holds. */
  async until(holds: (report: NodeReport) => boolean): Promise<NodeReport> {
    while (this.#report === null || !holds(this.#report)) {
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
    return this.#report;
  }

  async stop(): Promise<Readonly<Record<string, number>>> {
    await this.#input.write("stop\n");
    await this.until(() => this.#counts !== null);
    return this.#counts ?? {};
  }

  async judge(ended: Record<string, unknown>): Promise<NodeReport> {
    await this.#input.write(JSON.stringify(ended) + "\n");
    const report = await this.until(({ isLast }) => isLast);
    await this.#child.status;
    await this.#reading;
    return report;
  }

  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#reading;
  }

  async #read(): Promise<void> {
    for await (const line of lines(this.#child.stdout)) {
      this.#report = JSON.parse(line);
      this.#counts = this.#report?.counts ?? this.#counts;
      const changed = this.#changed;
      this.#changed = [];
      for (const resolve of changed) resolve();
    }
  }
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}

/** Resolves when hardly anything waits for the broker. */
async function drained(nodes: readonly Node[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.until(({ outbound }) => outbound < 2 ** 20)));
}

/** Seconds from a moment until the last link of a node has changed. */
function after(reports: readonly NodeReport[], at: number, isUp: boolean): string {
  const times = reports.map(({ changes }) => changes.filter((one) => one.isUp === isUp && one.at >= at).slice(0, 2));
  const last = Math.max(...times.flat().map((one) => one.at - at));
  return times.every((one) => one.length === 2) ? `${(last / 1000).toFixed(2)} s` : "never";
}

async function check(kind: BrokerKind): Promise<boolean> {
  await using server = await BrokerServer.start(kind);
  const options = (name: string, silentTopics: number): NodeOptions => ({
    kind,
    port: server.port,
    name,
    plainTopics: TOPICS,
    keptTopics: KEPT_TOPICS,
    silentTopics,
    plainRate: 0.9 * RATE / NODES,
    keptRate: 0.1 * RATE / NODES,
  });
  const nodes = Array.from({ length: NODES }, (_, i) => new Node(options(`n${i}`, i === 0 ? SILENT_TOPICS : 0)));
  const killed: Verdict[] = [];
  let recovered = 0;
  let outbound = 0;
  try {
    await Promise.all(nodes.map((node) => node.until(({ plain }) => plain.received > 0)));
    await seconds(QUIET);
    const reports = () => nodes.map(({ report }) => report);
    const peak = () => outbound = Math.max(outbound, ...reports().map((report) => report.outbound));

    await server.kill();
    await seconds(DOWN);
    peak();
    const restarting = Date.now();
    await server.restart();
    const started = Date.now();
    await seconds(SETTLE);
    const line = [
      `up again ${after(reports(), restarting, true)} after its start, which took ${started - restarting} ms`,
    ];

    const frozen = Date.now();
    server.freeze();
    await seconds(FROZEN);
    peak();
    line.push(`frozen server found after ${after(reports(), frozen, false)}`);
    server.resume();
    await seconds(SETTLE);
    peak();
    await drained(nodes);

    const [, victim] = nodes;
    killed.push(victim.report.plain, victim.report.kept);
    recovered += victim.report.recovered;
    await victim.kill();
    nodes[1] = new Node(options("n1b", 0));
    await nodes[1].until(({ plain }) => plain.received > 0);
    await seconds(QUIET);

    const ended: Record<string, unknown> = {};
    for (const node of nodes) ended[node.name] = await node.stop();
    await seconds(SETTLE);
    await drained(nodes);
    await seconds(SETTLE);
    const last = await Promise.all(nodes.map((node) => node.judge(ended)));
    const all = [...killed, ...last.flatMap(({ plain, kept }) => [plain, kept])];
    const sum = (of: (verdict: Verdict) => number) => all.reduce((total, verdict) => total + of(verdict), 0);
    recovered += last.reduce((total, report) => total + report.recovered, 0);
    const refused = last.reduce((total, report) => total + report.refused, 0);
    line.push(`${sum(({ received }) => received)} messages received, ${refused} refused`);
    line.push(`at most ${(outbound / 2 ** 20).toFixed(1)} MiB waited in one process`);
    console.log(`${kind}: ${line.join("; ")}`);
    const silent = sum((verdict) => verdict.silent);
    const doubled = sum((verdict) => verdict.doubled);
    const disordered = sum((verdict) => verdict.disordered);
    const told = sum((verdict) => verdict.told);
    console.log(
      `${kind}: silent gaps ${silent}, doubled ${doubled}, out of order ${disordered}, gaps told ${told}, ` +
        `recovered ${recovered}`,
    );
    return silent + doubled + disordered === 0;
  } finally {
    server.resume();
    await Promise.all(nodes.map((node) => node.kill()));
  }
}

const names = Deno.args.filter((arg) => !/^\d+$/.test(arg));
const given = BROKER_KINDS.filter((kind) => names.length === 0 || names.includes(kind));
if (given.length === 0) throw new Error(`There is no broker ${names.join(", ")}: ${BROKER_KINDS.join(", ")}`);
let isFine = true;
for (const kind of given) isFine = await check(kind) && isFine;
Deno.exit(isFine ? 0 : 1);
