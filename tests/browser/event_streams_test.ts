import { assertEquals } from "@std/assert";
import { Browser } from "../support/chromium.ts";
import { COLLECT, makeRows, rowsApplication } from "../support/event_source_rows.ts";
import { test } from "../support/test.ts";

for (const engine of ["listen", "serve"] as const) {
  test(`event streams (${engine}): Chromium sees what was sent`, async () => {
    const rows = makeRows();
    const app = rowsApplication(rows);
    await using server = engine === "serve"
      ? app.listen(0, { address: "127.0.0.1", engine })
      : app.listen(0, { address: "127.0.0.1" });
    await using browser = await Browser.launch();
    const page = await browser.open(`http://127.0.0.1:${server.port}/`);
    for (const [index, { name, seen }] of rows.entries()) {
      assertEquals(await page.evaluate(`(${COLLECT})(EventSource, "/rows/${index}")`), seen, name);
    }
    assertEquals(browser.faults, []);
  });
}
