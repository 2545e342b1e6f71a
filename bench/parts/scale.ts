// Memory of very many WebSockets.
import { printTable } from "../support.ts";
import { ManyListeners } from "../many_listeners.ts";
import type { Part } from "./part.ts";

const FEW = 15_000;
const MANY = 90_000;

export const scale: Part = {
  name: "scale",
  async run() {
    const rows: string[][] = [];
    const bytes: number[] = [];
    for (const count of [FEW, MANY]) {
      await using site = await ManyListeners.open(count);
      const { open } = await site.state();
      rows.push([String(open), String(site.servers.length), site.bytes.toFixed(0), site.seconds.toFixed(1)]);
      bytes.push(site.bytes);
    }
    const heading = ["WebSockets", "servers", "resident bytes each", "seconds until all are open"];
    printTable(heading, rows);
    const [few = NaN, many = NaN] = bytes;
    return {
      title: "Very many WebSockets",
      text: "They are subscribed to one topic over servers that a hub joins. Counted is what those beyond the first " +
        "tenth add to the servers. `deno task bench:scale` also sends messages to all of them.",
      tables: [{ title: "Connections that wait", heading, rows }],
      targets: [{
        text: `bytes of a connection, ${MANY} to ${FEW}`,
        ratios: [many / few],
        atMost: 1.1,
      }],
      pictures: [],
    };
  },
};
