// Messages through one topic and through many.
import { spread, type Table } from "../report.ts";
import { denoPeer, printTable, processorTime } from "../support.ts";
import { SERVER_CPU } from "../wrk.ts";
import { outputOf } from "./output.ts";
import type { Part } from "./part.ts";
import { manySockets } from "./sockets.ts";

interface Times {
  readonly one: number;
  readonly many: number;
}

const CONNECTIONS = 15_000;
/** Messages to everybody in a sample. */
const MESSAGES = 5;
/** Milliseconds after which the server has sent what it was given. */
const SETTLE = 500;

/** Microseconds that the server works for a message to everybody. */
async function publish(pid: number, port: number, to: "one" | "many"): Promise<number> {
  const before = processorTime(pid);
  await (await fetch(`http://127.0.0.1:${port}/publish?to=${to}&times=${MESSAGES}`)).text();
  await new Promise((resolve) => setTimeout(resolve, SETTLE));
  return (processorTime(pid) - before) * 1e6 / MESSAGES;
}

function table(title: string, samples: readonly Times[]): Table {
  const heading = ["published to", "us of processor for all"];
  const rows = [
    ["one topic of 15,000 subscribers", spread(samples.map(({ one }) => one), 0)],
    ["1,000 topics of 15 subscribers each", spread(samples.map(({ many }) => many), 0)],
  ];
  printTable(heading, rows);
  return { title, heading, rows };
}

export const topics: Part = {
  name: "topics",
  missed: [
    "Profile with 8,000 WebSockets, 2026-11-30 at ba019de9: kernel 85 % for one topic and 79 % for 1,000, " +
    "JavaScript 6 % and 10 %, Deno's native code 9 % and 10 %. One topic and 1,000 took 148 and 158 ms in " +
    "the first pair of samples, 156 and 138 ms in the second: the spread is larger than the difference. " +
    "Without sockets, 1,000 topics cost 0.3 ms more for all, a thousandth of the whole.",
  ],
  async run({ rounds }) {
    const alone: Times[] = [];
    for (let round = 0; round < rounds; round++) {
      alone.push(JSON.parse(await outputOf(denoPeer("topics_timing.ts"), SERVER_CPU)));
    }
    const sent: Times[] = [];
    await using sockets = await manySockets(CONNECTIONS);
    const { pid, port } = sockets.server;
    for (const to of ["one", "many"] as const) await publish(pid, port, to);
    for (let round = 0; round < rounds; round++) {
      const first = round % 2 === 0 ? "one" : "many";
      const times = { [first]: await publish(pid, port, first) };
      const second = first === "one" ? "many" : "one";
      times[second] = await publish(pid, port, second);
      sent.push({ one: times.one ?? NaN, many: times.many ?? NaN });
    }
    return {
      title: "Many topics",
      text: "A message to each of 15,000 subscribers. Without sockets, only the work of the topics is left.",
      tables: [
        table("A message to 15,000 WebSockets", sent),
        table("A message to 15,000 subscribers, without sockets", alone),
      ],
      targets: [{
        text: "1,000 topics of 15 to one of 15,000, WebSockets",
        ratios: sent.map(({ one, many }) => many / one),
        atMost: 1.2,
      }],
      pictures: [],
    };
  },
};
