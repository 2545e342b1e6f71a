// The EventSource of npm, which most programs outside of browsers use, with our event streams.
import { assertEquals } from "@std/assert";
import { EventSource } from "npm:eventsource@5.1.5";
import { COLLECT, makeRows, rowsApplication, type Seen } from "../support/event_source_rows.ts";
import { test } from "../support/test.ts";

const collect: (source: typeof EventSource, url: string) => Promise<Seen> = new Function(`return ${COLLECT}`)();

for (const engine of ["listen", "serve"] as const) {
  test(`eventsource (${engine}) sees what was sent`, async () => {
    const rows = makeRows();
    const app = rowsApplication(rows);
    await using server = engine === "serve"
      ? app.listen(0, { address: "127.0.0.1", engine })
      : app.listen(0, { address: "127.0.0.1" });
    for (const [index, { name, seen }] of rows.entries()) {
      assertEquals(await collect(EventSource, `http://127.0.0.1:${server.port}/rows/${index}`), seen, name);
    }
  });
}
