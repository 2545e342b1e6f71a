// Messages through one topic and through many.
import { spread } from "../report.ts";
import { denoPeer, printTable } from "../support.ts";
import { SERVER_CPU } from "../wrk.ts";
import { outputOf } from "./output.ts";
import type { Part } from "./part.ts";

interface Times {
  readonly one: number;
  readonly many: number;
}

export const topics: Part = {
  name: "topics",
  async run({ rounds }) {
    const samples: Times[] = [];
    for (let round = 0; round < rounds; round++) {
      samples.push(JSON.parse(await outputOf(denoPeer("topics_timing.ts"), SERVER_CPU)));
    }
    const heading = ["published to", "us of processor for all"];
    const rows = [
      ["one topic of 15,000 subscribers", spread(samples.map(({ one }) => one))],
      ["1,000 topics of 15 subscribers each", spread(samples.map(({ many }) => many))],
    ];
    printTable(heading, rows);
    return {
      title: "Many topics",
      text: "A message to each of 15,000 subscribers in the process: the work of the topics, without that of sockets.",
      tables: [{ title: "A message to 15,000 subscribers", heading, rows }],
      targets: [{
        text: "1,000 topics of 15 to one of 15,000, without sockets",
        ratios: samples.map(({ one, many }) => many / one),
        atMost: 1.2,
      }],
      pictures: [],
    };
  },
};
