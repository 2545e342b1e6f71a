// The example hub_proxy answers the rows of its REST interface, as configurable-http-proxy does (tests/libraries).
import { assertEquals } from "@std/assert";
import { HubProxy } from "../../examples/hub_proxy/hub_proxy.ts";
import { askRow, expectedOf } from "../support/hub_rest_client.ts";
import { REST_ROWS, TOKEN } from "../support/hub_rest_rows.ts";
import { test } from "../support/test.ts";

test("hub_proxy: answers the rows of the REST interface", async (t) => {
  for (const code of [400, 403, 404, 405]) t.expectLog("tornado.access", new RegExp(`^${code} `));
  t.expectLog("tornado.general", /^400 (POST|GET) /);
  await using hub = new HubProxy({ authToken: TOKEN });
  const { port } = hub.listenApi({ ip: "127.0.0.1", port: 0 });
  for (const row of REST_ROWS) {
    assertEquals(await askRow(row, port), expectedOf(row), `${row.method} ${row.path} ${JSON.stringify(row.body)}`);
  }
});
