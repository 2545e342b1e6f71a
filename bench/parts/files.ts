// Static files of 1 KiB and 1 MiB.
import { loadTable, ratios } from "../report.ts";
import { makeFiles, STATIC_CASES, staticPeers } from "../static_site.ts";
import { compare } from "../wrk.ts";
import { DENO, LISTEN } from "./hello.ts";
import type { Part } from "./part.ts";

/** How much more a plain handler on Deno.serve is to cost, by case. */
const AT_LEAST = [["1 KiB", 3], ["1 MiB", 1]] as const;

export const files: Part = {
  name: "files",
  async run(options) {
    const scratch = await Deno.makeTempDir();
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => Deno.remove(scratch, { recursive: true }));
    const root = `${scratch}/root`;
    await makeFiles(root);
    const peers = (await staticPeers(scratch, root)).filter(({ name }) => name !== "Tornado");
    const cases = STATIC_CASES.filter(({ name }) => AT_LEAST.some(([wanted]) => wanted === name));
    const measured = await compare(peers, cases, { ...options, ours: "Twister" });
    return {
      title: "Static files",
      text: "`Deno.serve` is a handler that looks at the file, opens it and streams it. nginx has one process.",
      tables: measured.map((each) => loadTable(each, DENO.name)),
      targets: measured.map((each, i) => ({
        text: `Deno.serve to listen: ${each.one.name}`,
        ratios: ratios(each, DENO.name, LISTEN.name),
        atLeast: AT_LEAST[i]?.[1] ?? 1,
      })),
      pictures: [],
    };
  },
};
