import { assertEquals } from "@std/assert";
import { AsyncHTTPClient } from "../../../src/http/httpclient.ts";
import { surplusOf } from "../../../src/net/_process/balance.ts";
import { Supervisor } from "../../../src/net/process.ts";
import { test } from "../../support/test.ts";

test("surplusOf: what a worker has above the mean moves, if it is more than a little", () => {
  const rows: [counts: number[], surplus: number][] = [
    [[0, 0], 0],
    [[3, 0], 0],
    [[5, 0], 2],
    [[18, 14], 0],
    [[19, 13], 3],
    [[32, 0], 16],
    [[1000, 800], 0],
    [[1000, 0], 250],
    [[40, 0, 0, 0], 16],
    [[10, 20, 30], 0],
  ];
  for (const [counts, surplus] of rows) assertEquals(surplusOf(counts[0] ?? 0, counts), surplus, String(counts));
});

const CONNECTIONS = 24;

for (const mode of ["processes", "threads"] as const) {
  test(`Supervisor of ${mode}: kept connections move to a worker that has few, and no request is lost`, async () => {
    const module = new URL("./kept_program.ts", import.meta.url);
    await using supervisor = new Supervisor({ module, mode, workers: 1, heartbeatInterval: 0.05 });
    supervisor.bind(0, { address: "127.0.0.1" });
    await supervisor.start();
    using client = new AsyncHTTPClient({ forceInstance: true, maxClients: CONNECTIONS });
    const askAll = async () => {
      const fetches = Array.from({ length: CONNECTIONS }, () => client.fetch(`http://127.0.0.1:${supervisor.port}/`));
      return (await Promise.all(fetches)).map(({ text }) => text);
    };
    assertEquals(new Set(await askAll()), new Set(["0"]));
    await supervisor.scale(2);
    for (let share = 0; share < CONNECTIONS / 3 || share > CONNECTIONS * 2 / 3;) {
      share = (await askAll()).filter((text) => text === "1").length;
    }
    await supervisor.stop(5);
  });
}
