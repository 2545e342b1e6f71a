// Pings to many WebSockets.
import { spread } from "../report.ts";
import { printTable, processorTime, residentMemory } from "../support.ts";
import type { Part } from "./part.ts";
import { manySockets } from "./sockets.ts";

const CONNECTIONS = 15_000;
/** Seconds from one ping of a connection to the next: the default of more than one library. */
const INTERVAL = 20;
/** What a core may work for pings. */
const MOST = 0.05;

export const pings: Part = {
  name: "pings",
  missed: [
    "Profile with 10,000 WebSockets and a ping every 12 s, 2026-11-30 at ba019de9: Deno's native code 31 %, kernel " +
    "28 %, V8's own threads, which collect what was allocated, 25 %, JavaScript 7 %, allocation 6 %. Without pings, " +
    "the process works 0.6 % of a core.",
    "Taken since: all pings of a server are one frame, which is neither made nor copied for each connection. Tried: " +
    "one array for all empty pongs, which a program that transfers one away would take from the others.",
  ],
  async run({ rounds }) {
    await using sockets = await manySockets(CONNECTIONS, `--pings=${INTERVAL}`);
    const { pid } = sockets.server;
    // The first round of pings is that of the connections in the order in which they came.
    await new Promise((resolve) => setTimeout(resolve, INTERVAL * 1000));
    const shares: number[] = [];
    const rates: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const [answered, worked, begin] = [await sockets.pongs(), processorTime(pid), performance.now()];
      await new Promise((resolve) => setTimeout(resolve, INTERVAL * 1000));
      const seconds = (performance.now() - begin) / 1000;
      shares.push((processorTime(pid) - worked) / seconds);
      rates.push((await sockets.pongs() - answered) / seconds);
    }
    const heading = ["pings", "% of a core", "pongs/s", "MiB"];
    const rows = [[
      `every ${INTERVAL} s`,
      spread(shares.map((share) => share * 100)),
      spread(rates, 0),
      (residentMemory(pid) / 2 ** 20).toFixed(0),
    ]];
    printTable(heading, rows);
    return {
      title: "Pings",
      text: "Each connection is pinged and answers; nothing else happens. All that the process works is counted.",
      tables: [{ title: `${CONNECTIONS} WebSockets`, heading, rows }],
      targets: [{
        text: `pings to ${CONNECTIONS} to the ${MOST * 100} % of a core that are allowed`,
        ratios: shares.map((share) => share / MOST),
        atMost: 1,
      }],
      pictures: [],
    };
  },
};
