// Memory of very many WebSockets.
import { printTable } from "../support.ts";
import { ManyListeners } from "../many_listeners.ts";
import type { Part } from "./part.ts";

/** As many on each server as of the many, where a process may have 20,000 descriptors. */
const FEW = 30_000;
const MANY = 90_000;
/**
 * Seconds after which V8 has given back the memory in which new objects begin: 32 MiB twice, which it has grown to more
 * often where connections come faster.
 */
const LATE_SECONDS = 40;

export const scale: Part = {
  name: "scale",
  async run() {
    const rows: string[][] = [];
    const bytes: number[] = [];
    for (const count of [FEW, MANY]) {
      await using site = await ManyListeners.open(count);
      await new Promise((resolve) => setTimeout(resolve, LATE_SECONDS * 1000));
      const { open } = await site.state();
      const each = site.bytes;
      rows.push([String(open), String(site.servers.length), each.toFixed(0), site.seconds.toFixed(1)]);
      bytes.push(each);
    }
    const heading = ["WebSockets", "servers", "resident bytes each", "seconds until all are open"];
    printTable(heading, rows);
    const [few = NaN, many = NaN] = bytes;
    return {
      title: "Very many WebSockets",
      text: "They are subscribed to one topic over servers that a hub joins. The bytes are what those beyond " +
        "the first tenth add to the servers, 40 s after the last has come. `deno task bench:scale` also sends messages to all of them.",
      tables: [{ title: "Connections that wait", heading, rows }],
      targets: [{
        text: `bytes of a connection, ${MANY} over all servers to ${FEW} over two`,
        ratios: [many / few],
        atMost: 1.1,
      }],
      pictures: [],
    };
  },
};
