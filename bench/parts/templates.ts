// Pages of templates beside the same page by hand.
import { spread, type Table, type Target } from "../report.ts";
import { printTable } from "../support.ts";
import { PAGES } from "../template_pages.ts";
import { measurePage } from "../template_turns.ts";
import type { Part } from "./part.ts";

/** Samples of a round, whose median counts. */
const SAMPLES = 10;
const TWISTER = "Twister";
const BY_HAND = "by hand";

export const templates: Part = {
  name: "templates",
  async run({ rounds }) {
    const tables: Table[] = [];
    const targets: Target[] = [];
    for (const page of PAGES.filter(({ byHand }) => byHand !== undefined)) {
      const times = new Map<string, number[]>();
      for (let round = 0; round < rounds; round++) {
        for (const [engine, { render }] of await measurePage(page, SAMPLES)) {
          times.set(engine, [...times.get(engine) ?? [], render]);
        }
      }
      const byHand = times.get(BY_HAND) ?? [];
      const to = (engine: string) => (times.get(engine) ?? []).map((time, round) => time / (byHand[round] ?? NaN));
      const heading = ["engine", "us to render and encode", `times ${BY_HAND}`];
      const rows = [...times].map(([engine, all]) => [
        engine,
        spread(all.map((time) => time * 1000), 0),
        spread(to(engine), 2),
      ]);
      printTable(heading, rows);
      tables.push({ title: page.name[0]?.toUpperCase() + page.name.slice(1), heading, rows });
      targets.push({ text: `Twister to a table by hand: ${page.name}`, ratios: to(TWISTER), atMost: 1 });
    }
    return {
      title: "Templates",
      text:
        "A table of 1,000 rows and 8 columns, escaped and encoded. By hand is a loop that appends to one text. Times " +
        "are of a clock, in one process.",
      tables,
      targets,
      pictures: [],
    };
  },
};
