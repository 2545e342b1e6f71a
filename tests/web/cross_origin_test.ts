import { assertEquals, assertThrows } from "@std/assert";
import { Application, RequestHandler, type Settings } from "../../src/web/mod.ts";
import { answered, ask } from "../support/fake_connection.ts";
import { test } from "../support/test.ts";

/** What plain JavaScript may pass. */
function unchecked(crossOriginProtection: unknown): Settings {
  const settings: Settings = {};
  Object.assign(settings, { crossOriginProtection });
  return settings;
}

test("Application refuses a crossOriginProtection of a wrong type, which must not switch it off", () => {
  const wrong = [null, 0, 1, "", "on", "https://a.example", [], ["https://a.example"], () => true, Symbol("x"), 1n];
  const misspelt = [{ trustedOrigin: [] }, { trustedOrigins: "https://a.example" }, { trustedOrigins: {} }, {
    on: true,
  }];
  for (const setting of [...wrong, ...misspelt]) {
    assertThrows(
      () => new Application([], unchecked(setting)),
      TypeError,
      "The setting crossOriginProtection must be a boolean or { trustedOrigins: [...] }, not ",
      Deno.inspect(setting),
    );
  }
});

test("Application refuses trusted origins that no browser sends", () => {
  const wrong = ["", "null", "*", "a.example", "//a.example", "https://", "https://a.example/", "https://a.example/x"];
  const other = ["https://*.example", "https://a.example?x", "https://a.example#x", "https://u@a.example", "file://"];
  const last = [
    "https://a.example:",
    "https://a.example:x",
    " https://a.example",
    "https://a b",
    "https://bücher.example",
  ];
  for (const origin of [...wrong, ...other, ...last, null, 7, ["https://a.example"]]) {
    assertThrows(
      () => new Application([], unchecked({ trustedOrigins: ["https://a.example", origin] })),
      RangeError,
      "Cannot trust the origin ",
      String(origin),
    );
  }
});

test("Application.trustedOrigins have one notation", () => {
  const trustedOrigins = ["HTTPS://A.Example:443", "http://b.example:80", "http://c.example:443", "http://[::1]:8000"];
  const app = new Application([], { crossOriginProtection: { trustedOrigins } });
  assertEquals([...app.trustedOrigins], [
    "https://a.example",
    "http://b.example",
    "http://c.example:443",
    "http://[::1]:8000",
  ]);
  for (const setting of [undefined, false, true, {}, { trustedOrigins: [] }]) {
    assertEquals([...new Application([], unchecked(setting)).trustedOrigins], [], Deno.inspect(setting));
  }
});

test("crossOriginProtection is off by default, and on for true and for an object", async (t) => {
  t.expectLog(
    "tornado.general",
    /^403 POST \/ .*: Cross-origin request refused: Sec-Fetch-Site "x{100}", Origin missing$/,
  );
  class Takes extends RequestHandler {
    override post(): void {}
  }
  const headers = { "Sec-Fetch-Site": "x".repeat(1000) };
  for (const [setting, status] of [[undefined, 200], [false, 200], [true, 403], [{}, 403]] as const) {
    const app = new Application([["/", Takes]], { logFunction() {}, ...unchecked(setting) });
    assertEquals((await answered(ask(app, "/", { method: "POST", headers }))).status, status, Deno.inspect(setting));
  }
});
