import { assertEquals } from "@std/assert";
import { Application } from "../../../src/web/mod.ts";
import { test, type TestContext } from "../../support/test.ts";

/** What is logged about settings, as JavaScript may give them. */
function warnings(t: TestContext, settings: object): string[] {
  const before = t.logs.length;
  Reflect.construct(Application, [[], settings]);
  return t.logs.slice(before).map((record) => `${record.levelname} ${record.getMessage()}`);
}

test("Application warns of a setting in snake_case, and names the right one", (t) => {
  t.expectLog("tornado.application", /^Unknown setting/);
  assertEquals(warnings(t, { xsrf_cookies: true, websocket_ping_interval: 30 }), [
    "WARNING Unknown setting xsrf_cookies: the name is xsrfCookies",
    "WARNING Unknown setting websocket_ping_interval: the name is websocketPingInterval",
  ]);
});

test("Application warns of a setting that is one letter away", (t) => {
  t.expectLog("tornado.application", /^Unknown setting/);
  const names = ["cookieSecert", "cookieSecre", "cookiesSecret", "cookieSecred", "cookiesecret", "cookie_secert"];
  for (const name of names) {
    assertEquals(warnings(t, { [name]: "x" }), [`WARNING Unknown setting ${name}: the name is cookieSecret`]);
  }
});

test("Application says nothing of its own settings and of those that it knows", (t) => {
  const own = { title: "Notes", database_url: "x", blog_title: "Notes", cookieSecretFile: "x" };
  const known = { xsrfCookies: true, defaultHost: null, transforms: [], gzip: false, websocketDrainCode: 1012 };
  assertEquals(warnings(t, { ...own, ...known }), []);
});
