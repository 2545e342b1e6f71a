/**
 * A node of `check_brokers.ts`: publishes on all topics, judges what it receives, and reports both every second.
 *
 * Its argument is a JSON object of {@linkcode NodeOptions}; it reads commands from stdin, one a line.
 *
 * @module
 */
import { Topics } from "../../src/pubsub/mod.ts";
import type { BrokerKind } from "../support/broker_server.ts";
import { brokerOn } from "../support/broker_network.ts";
import { lines } from "../support/lines.ts";
import { GapJudge, noVerdict, type Verdict } from "../support/gap_judge.ts";

/** What a node is told at its start. */
export interface NodeOptions {
  readonly kind: BrokerKind;
  readonly port: number;
  /** Names the node and its run in the messages. */
  readonly name: string;
  readonly plainTopics: number;
  readonly keptTopics: number;
  /** Topics that are subscribed to and silent. */
  readonly silentTopics: number;
  /** Messages a second that this node publishes. */
  readonly plainRate: number;
  readonly keptRate: number;
}

/** What a node prints. */
export interface NodeReport {
  readonly plain: Verdict;
  readonly kept: Verdict;
  readonly recovered: number;
  readonly refused: number;
  readonly outbound: number;
  readonly rss: number;
  /** The last changes of the links, in milliseconds since 1970. */
  readonly changes: readonly { readonly isUp: boolean; readonly at: number }[];
  /** How many messages were published on each topic; only at the end. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Whether this is the last report. */
  readonly isLast: boolean;
}

/** Ticks in which the messages of a second are published. */
const TICK = 20;

if (import.meta.main) await run(JSON.parse(Deno.args[0]));

async function run(options: NodeOptions): Promise<void> {
  const changes: { isUp: boolean; at: number }[] = [];
  const open = (prefix: string, history: { size: number } | null) => {
    const broker = brokerOn(options.kind, options.port, { prefix });
    const connect = broker.connect.bind(broker);
    broker.connect = (receive, state) =>
      connect(receive, (now, reason) => {
        if (now !== "gap") changes.push({ isUp: now === "up", at: Date.now() });
        state(now, reason);
      });
    return { broker, topics: new Topics({ broker, history }) };
  };
  const plain = open("plain", null);
  const kept = open("kept", options.keptTopics === 0 ? null : { size: 5000 });
  const judges = new Map<string, GapJudge>();
  const names: { topics: Topics; list: string[] }[] = [
    { topics: plain.topics, list: Array.from({ length: options.plainTopics }, (_, i) => `plain ${i}`) },
    { topics: kept.topics, list: Array.from({ length: options.keptTopics }, (_, i) => `kept ${i}`) },
  ];
  for (const { topics, list } of names) {
    for (const topic of list) {
      const judge = new GapJudge();
      judges.set(topic, judge);
      topics.subscribe(topic, judge);
    }
  }
  const silent = new GapJudge();
  for (let i = 0; i < options.silentTopics; i++) plain.topics.subscribe(`silent ${i}`, silent);
  await Promise.all([plain.broker.whenUp(), kept.broker.whenUp()]);

  const counts: Record<string, number> = {};
  const filling = "x".repeat(64);
  const publishers = names.map(({ topics, list }, i) => {
    let next = 0;
    let due = 0;
    return (seconds: number) => {
      due += seconds * [options.plainRate, options.keptRate][i];
      for (; due >= 1 && list.length > 0; due--) {
        const topic = list[next++ % list.length];
        counts[topic] = (counts[topic] ?? 0) + 1;
        topics.publish(topic, `${options.name} ${counts[topic]} ${filling}`);
      }
    };
  });
  let last = performance.now();
  const publishing = setInterval(() => {
    const now = performance.now();
    for (const publish of publishers) publish(Math.min(1, (now - last) / 1000));
    last = now;
  }, TICK);

  const report = (isLast: boolean, withCounts = false) => {
    const sum = (topic: string) => {
      const all = noVerdict();
      for (const [name, { verdict }] of judges) {
        if (!name.startsWith(topic)) continue;
        all.silent += verdict.silent;
        all.doubled += verdict.doubled;
        all.disordered += verdict.disordered;
        all.told += verdict.told;
        all.received += verdict.received;
      }
      return all;
    };
    const metrics = [plain.topics.metrics(), kept.topics.metrics()];
    const line: NodeReport = {
      plain: sum("plain"),
      kept: sum("kept"),
      recovered: metrics[0].recovered + metrics[1].recovered,
      refused: metrics[0].refused + metrics[1].refused,
      outbound: plain.broker.outbound + kept.broker.outbound,
      rss: Deno.memoryUsage().rss,
      changes,
      ...withCounts ? { counts } : {},
      isLast,
    };
    console.log(JSON.stringify(line));
  };
  const reporting = setInterval(() => report(false), 1000);
  for await (const line of lines(Deno.stdin.readable)) {
    if (line === "stop") {
      clearInterval(publishing);
      report(false, true);
      continue;
    }
    // The counts of all publishers that are alive.
    clearInterval(reporting);
    const ended: Record<string, Record<string, number>> = JSON.parse(line);
    for (const [publisher, of] of Object.entries(ended)) {
      for (const [topic, count] of Object.entries(of)) judges.get(topic)?.ended(publisher, count);
    }
    report(true);
    break;
  }
  await Promise.all([plain.topics.close(), kept.topics.close()]);
  // The NATS client leaves sockets of failed attempts behind, which would keep the process alive.
  Deno.exit();
}
