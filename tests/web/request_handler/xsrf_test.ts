import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { Application, RequestHandler, type Settings, streamRequestBody } from "../../../src/web/mod.ts";
import { decodeXsrfToken } from "../../../src/web/xsrf.ts";
import type { Bytes } from "../../../src/internal/bytes.ts";
import { ask, type FakeConnection, FakeExchange, type FakeRequest } from "../../support/fake_connection.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const calls: string[] = [];

class Form extends RequestHandler {
  override prepare(): void {
    calls.push("prepare");
  }
  override get(): void {
    this.write(`${this.xsrfToken} ${this.xsrfToken} ${this.xsrfFormHtml()}`);
  }
  override post(): void {
    this.write("accepted");
  }
  override options(): void {
    this.write("options");
  }
}

class User extends Form {
  override getCurrentUser(): string {
    return "ada";
  }
}

class Open extends Form {
  override checkXsrfCookie(): void {}
}

@streamRequestBody
class Streamed extends Form {
  override dataReceived(_chunk: Bytes): void {}
}

const RULES = [["/", Form], ["/user", User], ["/open", Open], ["/streamed", Streamed]] as const;

function site(settings: Settings = {}): Application {
  return new Application(RULES, { logFunction() {}, xsrfCookies: true, ...settings });
}

/** The token that a page shows, and the cookie that comes with it. */
function tokenOf(connection: FakeConnection): { token: string; cookie: string } {
  const [token = ""] = connection.body.split(" ");
  const [, cookie = ""] = /^_xsrf=("?[^;]*"?);/.exec(connection.headers.get("Set-Cookie") ?? "") ?? [];
  return { token, cookie };
}

function post(app: Application, cookie: string, fields: Record<string, string>, more: FakeRequest = {}, uri = "/") {
  const headers = { Cookie: `_xsrf=${cookie}`, "Content-Type": "application/x-www-form-urlencoded", ...more.headers };
  return ask(app, uri, { method: "POST", body: String(new URLSearchParams(fields)), ...more, headers });
}

test("RequestHandler.xsrfToken is one for a response, and sets the cookie if there is none", () => {
  const connection = ask(site(), "/");
  const [first, second, ...field] = connection.body.split(" ");
  assertEquals(first, second);
  assertEquals(field.join(" "), `<input type="hidden" name="_xsrf" value="${first}"/>`);
  assertMatch(first, /^2\|[0-9a-f]{8}\|[0-9a-f]{32}\|\d+$/);
  assertEquals(connection.headers.getList("Set-Cookie"), [`_xsrf=${first}; Path=/`]);
});

test("RequestHandler.xsrfToken keeps the cookie's token, behind another mask", () => {
  const app = site();
  const { token, cookie } = tokenOf(ask(app, "/"));
  const again = ask(app, "/", { headers: { Cookie: `_xsrf=${cookie}` } });
  assertEquals(again.headers.get("Set-Cookie"), null);
  assertNotEquals(tokenOf(again).token, token);
  assertEquals(decodeXsrfToken(tokenOf(again).token)?.token, decodeXsrfToken(token)?.token);
  const version1 = ask(app, "/", { headers: { Cookie: "_xsrf=00112233445566778899aabbccddeeff" } });
  assertEquals(version1.headers.get("Set-Cookie"), null);
  assertEquals(decodeXsrfToken(tokenOf(version1).token)?.token.toHex(), "00112233445566778899aabbccddeeff");
});

test("RequestHandler.xsrfToken replaces a cookie that cannot be read, or is empty", () => {
  for (const cookie of ["2|x", "3|a|b|c", "2|01020304||7", ""]) {
    assertNotEquals(
      ask(site(), "/", { headers: { Cookie: `_xsrf=${cookie}` } }).headers.get("Set-Cookie"),
      null,
      cookie,
    );
  }
});

test("RequestHandler.xsrfToken follows the settings", (t) => {
  t.expectLog("tornado.application", /^Uncaught exception/);
  using _clock = new FakeClock({ now: 1700000000 });
  const cookieOf = (settings: Settings, uri = "/") => ask(site(settings), uri).headers.get("Set-Cookie") ?? "";
  assertMatch(cookieOf({ xsrfCookieVersion: 1 }), /^_xsrf=[0-9a-f]{32}; Path=\/$/);
  assertMatch(cookieOf({ xsrfCookieName: "other" }), /^other=2\|/);
  assertMatch(
    cookieOf({ xsrfCookieKwargs: { httponly: true, samesite: "Strict" } }),
    /; HttpOnly; Path=\/; SameSite=Strict$/,
  );
  assertMatch(cookieOf({}, "/user"), /; expires=Thu, 14 Dec 2023 22:13:20 GMT; Path=\/$/);
  const kwargs = { expiresDays: 1 };
  assertMatch(cookieOf({ xsrfCookieKwargs: kwargs }, "/user"), /; expires=Wed, 15 Nov 2023 22:13:20 GMT; Path=\/$/);
  assertEquals(kwargs, { expiresDays: 1 });
  assertEquals(ask(site({ xsrfCookieVersion: 3 }), "/").status, 500);
});

test("a POST is accepted with the token as argument or as header, of either version", () => {
  const app = site();
  const { token, cookie } = tokenOf(ask(app, "/"));
  const raw = decodeXsrfToken(token)?.token.toHex() ?? "";
  assertEquals(post(app, cookie, { _xsrf: token }).body, "accepted");
  assertEquals(post(app, raw, { _xsrf: token }).body, "accepted");
  assertEquals(post(app, cookie, { _xsrf: raw }).body, "accepted");
  assertEquals(post(app, cookie, {}, { headers: { "X-XSRFToken": token } }).body, "accepted");
  assertEquals(post(app, cookie, {}, { headers: { "X-CSRFToken": token } }).body, "accepted");
  assertEquals(post(app, cookie, {}, {}, `/?_xsrf=${encodeURIComponent(token)}`).body, "accepted");
  assertEquals(post(app, cookie, { _xsrf: "" }, { headers: { "X-XSRFToken": token } }).body, "accepted");
  assertEquals(post(app, cookie, { _xsrf: token }, { headers: { "X-XSRFToken": "wrong" } }).body, "accepted");
});

test("a POST without the token of its cookie gets 403 before prepare", (t) => {
  const app = site();
  const { token, cookie } = tokenOf(ask(app, "/"));
  const { token: foreign } = tokenOf(ask(app, "/"));
  const missing = /^403 POST .*: '_xsrf' argument missing from POST$/;
  const malformed = /^403 POST .*: '_xsrf' argument has invalid format$/;
  const different = /^403 POST .*: XSRF cookie does not match POST argument$/;
  const cases: [cookie: string, fields: Record<string, string>, headers: Record<string, string>, log: RegExp][] = [
    [cookie, {}, {}, missing],
    [cookie, { _xsrf: " " }, {}, missing],
    [cookie, { _xsrf: "2|x" }, {}, malformed],
    [cookie, { _xsrf: "3|a|b|c" }, {}, malformed],
    [cookie, { _xsrf: "2|01020304||7" }, {}, malformed],
    ["", { _xsrf: "2|01020304||7" }, {}, malformed],
    [cookie, { _xsrf: foreign }, {}, different],
    [cookie, { _xsrf: token.slice(0, -20) + token.slice(-18) }, {}, different],
    [cookie, { _xsrf: "x" }, { "X-XSRFToken": token }, different],
    ["", { _xsrf: token }, {}, different],
    ["2|broken", { _xsrf: token }, {}, different],
    [cookie, { _xsrf: "x".repeat(100_000) }, {}, different],
  ];
  calls.length = 0;
  for (const [cookie, fields, headers, log] of cases) {
    t.expectLog("tornado.general", log);
    const before = t.logs.length;
    assertEquals(post(app, cookie, fields, { headers }).status, 403, JSON.stringify(fields).slice(0, 60));
    const lines = t.logs.slice(before).filter((record) => record.levelname !== "DEBUG");
    assertMatch(lines.map((record) => record.getMessage()).join("\n"), log);
  }
  assertEquals(calls, []);
});

test("all methods that change something need the token", (t) => {
  t.expectLog("tornado.general", /missing from POST$/);
  const app = site();
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) assertEquals(ask(app, "/", { method }).status, 403, method);
  for (const [method, status] of [["GET", 200], ["HEAD", 405], ["OPTIONS", 200]] as const) {
    assertEquals(ask(app, "/", { method }).status, status, method);
  }
});

test("a class may do without, and so does a wrong URL", (t) => {
  t.expectLog("tornado.general", /missing from POST$/);
  const app = site();
  assertEquals(ask(app, "/open", { method: "POST" }).body, "accepted");
  assertEquals(ask(app, "/nowhere", { method: "POST" }).status, 404);
  assertEquals(ask(app, "/", { method: "POST" }).status, 403);
  assertEquals(ask(site({ xsrfCookies: false }), "/", { method: "POST" }).body, "accepted");
});

test("a streamed body is checked before it comes, by header or query", (t) => {
  t.expectLog("tornado.general", /missing from POST$/);
  const app = site();
  const { token, cookie } = tokenOf(ask(app, "/"));
  const request = { method: "POST", headers: { Cookie: `_xsrf=${cookie}`, "X-XSRFToken": token } };
  assertEquals(new FakeExchange(app, "/streamed", request).end().body, "accepted");
  const refused = new FakeExchange(app, "/streamed", { method: "POST", headers: { Cookie: `_xsrf=${cookie}` } });
  assertEquals(refused.connection.status, 403);
});

test("RequestHandler.currentUser is asked for once, and can be set", () => {
  let asked = 0;
  const seen: unknown[] = [];
  class Handler extends RequestHandler {
    override getCurrentUser(): unknown {
      asked++;
      return null;
    }
    override get(): void {
      seen.push(this.currentUser, this.currentUser);
      this.currentUser = "ada";
      seen.push(this.currentUser);
    }
  }
  ask(new Application([["/", Handler]], { logFunction() {} }), "/");
  assertEquals([asked, seen], [1, [null, null, "ada"]]);
});
