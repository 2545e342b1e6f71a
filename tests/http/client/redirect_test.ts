// What a redirect changes of a request, and what stays with its origin.
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { redirected } from "../../../src/http/_client/redirect.ts";
import { settle } from "../../../src/http/_client/settled_request.ts";
import {
  CookieJar,
  HTTPClientError,
  HTTPRequest,
  type HTTPRequestOptions,
  type RequestDefaults,
} from "../../../src/http/httpclient.ts";
import { HTTPHeaders } from "../../../src/http/httputil.ts";
import { reply, ScriptedServer } from "../../support/scripted_server.ts";
import { test } from "../../support/test.ts";
import { clientTest } from "./back_ends.ts";

function follow(
  { from = "http://a.example/x", to = "/y", code = 302, defaults = {}, ...options }:
    & HTTPRequestOptions
    & { from?: string; to?: string; code?: number; defaults?: RequestDefaults },
) {
  return redirected(settle(new HTTPRequest(from, options), defaults), code, new HTTPHeaders({ Location: to }));
}

test("redirected: the method is that of RFC 9110, section 15.4", () => {
  const after = (code: number, method: string) =>
    follow({ code, method, ...(method === "POST" || method === "PUT" ? { body: "a" } : {}) })?.method;
  const methods = ["GET", "HEAD", "POST", "PUT", "DELETE"];
  const table = [301, 302, 303, 307, 308].map((code) => methods.map((method) => after(code, method)));
  assertEquals(table, [
    ["GET", "HEAD", "GET", "PUT", "DELETE"],
    ["GET", "HEAD", "GET", "PUT", "DELETE"],
    ["GET", "HEAD", "GET", "GET", "GET"],
    methods,
    methods,
  ]);
  for (const code of [200, 300, 304, 305, 306, 399, 404]) assertEquals(follow({ code }), null);
});

test("redirected: a body goes with its method, and so do its headers", () => {
  const headers = { "Content-Type": "text/plain", "Content-Language": "de", "X-A": "b" };
  const post = { method: "POST", body: "abc", headers };
  const kept = follow({ ...post, code: 307 });
  assertEquals([kept?.body?.kind, kept?.headers.get("Content-Type")], ["bytes", "text/plain"]);
  const dropped = follow({ ...post, code: 303 });
  assertEquals([dropped?.body, dropped?.headers.get("Content-Type"), dropped?.headers.get("X-A")], [null, null, "b"]);
  const once = { method: "POST", body: ["a"] };
  assertThrows(() => follow({ ...once, code: 307 }), HTTPClientError, "the body can be sent only once");
  assertEquals(follow({ ...once, code: 302 })?.method, "GET");
});

/** Locations and where they lead from http://a.example/x/y?q#f. */
const TARGETS: Readonly<Record<string, string>> = {
  "z": "http://a.example/x/z#f",
  "/z": "http://a.example/z#f",
  "?z": "http://a.example/x/y?z#f",
  "#z": "http://a.example/x/y?q#z",
  "//b.example/z": "http://b.example/z#f",
  "http://b.example/z#g": "http://b.example/z#g",
  "https://a.example/": "https://a.example/#f",
  "/ü": "http://a.example/%C3%BC#f",
  " /z ": "http://a.example/z#f",
};

test("redirected: a Location is relative to the URL of the request, and its fragment goes on", () => {
  for (const [to, expected] of Object.entries(TARGETS)) {
    assertEquals(follow({ from: "http://a.example/x/y?q#f", to })?.url.href, expected, to);
  }
});

test("redirected: refuses other schemes, and the way from https to http", () => {
  for (const to of ["file:///etc/passwd", "ftp://a.example/", "javascript:1", "data:,x", "blob:http://a.example/x"]) {
    assertThrows(() => follow({ to }), HTTPClientError, "neither http nor https", to);
  }
  const user = { to: "http://a%3Ab:c@b.example/" };
  assertThrows(() => follow(user), HTTPClientError, "a name for Basic authentication has no colon");
  const down = { from: "https://a.example/", to: "http://a.example/" };
  assertThrows(() => follow(down), HTTPClientError, "Refused a redirect from https to http://a.example");
  assertEquals(follow({ ...down, allowInsecureRedirects: true })?.url.href, "http://a.example/");
  assertEquals(follow({ ...down, defaults: { allowInsecureRedirects: true } })?.url.href, "http://a.example/");
});

test("redirected: follows no more than maxRedirects, and none with followRedirects: false", () => {
  assertEquals(follow({ maxRedirects: 0 }), null);
  assertEquals(follow({ followRedirects: false }), null);
  assertEquals(follow({ defaults: { followRedirects: false } }), null);
  assertEquals(follow({ maxRedirects: 1 })?.chain, ["http://a.example/x"]);
});

const SECRETS = {
  "Authorization": "Basic x",
  "Cookie": "a=b",
  "Proxy-Authorization": "Basic y",
  "X-Api-Key": "k",
  "X-Auth-Token": "t",
  "X-Csrf-Token": "c",
  "X-Own": "o",
};

/** URLs, and whether they are of the origin http://a.example. */
const ORIGINS: readonly (readonly [string, boolean])[] = [
  ["http://a.example/y", true],
  ["http://A.EXAMPLE:80/y", true],
  ["//a.example/y", true],
  ["/y", true],
  ["https://a.example/y", false],
  ["http://a.example:8080/y", false],
  ["http://b.a.example/y", false],
  ["http://a.example.evil/y", false],
  ["http://a.example@evil/y", false],
];

test("redirected: credentials of every kind stay with their origin (CVE-2026-49853)", () => {
  for (const [to, isSame] of ORIGINS) {
    const next = follow({
      to,
      headers: { ...SECRETS, "X-Other": "1" },
      sensitiveHeaders: ["x-own"],
      clientKey: "k",
      sslOptions: { certfile: "c", keyfile: "k", cert: "c", key: "k", checkHostname: false },
      defaults: { authUsername: "me", authPassword: "secret", clientCert: "c" },
    });
    const names = Object.keys(SECRETS).filter((name) => next?.headers.get(name) !== null);
    assertEquals(names, isSame ? Object.keys(SECRETS) : [], to);
    assertEquals(next?.headers.get("X-Other"), "1");
    const { authUsername, authPassword, clientCert, clientKey, sslOptions } = next?.settings ?? {};
    const options = [authUsername, authPassword, clientCert, clientKey];
    assertEquals(options, isSame ? ["me", "secret", "c", "k"] : [null, null, null, null], to);
    assertEquals(Object.keys(sslOptions ?? {}).length, isSame ? 5 : 1);
    assertEquals(next?.url.username, to.includes("@") ? "a.example" : "");
  }
});

clientTest("credentials do not come back with a second redirect", async (make) => {
  await using other = new ScriptedServer((): string[] => [
    `HTTP/1.1 302 Found\r\nLocation: ${first.url("/back")}\r\nContent-Length: 0\r\n\r\n`,
  ]);
  await using first: ScriptedServer = new ScriptedServer(({ target }) =>
    target === "/back"
      ? [reply("back")]
      : [`HTTP/1.1 307 Go\r\nLocation: ${target === "/" ? "/same" : other.url()}\r\nContent-Length: 0\r\n\r\n`]
  );
  const defaults = { authUsername: "me", authPassword: "secret" };
  using client = make({ defaults });
  const headers = { "X-Api-Key": "k", "X-Other": "1" };
  const request = new HTTPRequest(first.url(), { headers });
  const response = await client.fetch(request);
  assertEquals([response.text, response.effectiveUrl], ["back", first.url("/back")]);
  const names = ["Authorization", "X-Api-Key", "X-Other"];
  const seen = [...first.requests, ...other.requests].map(({ headers }) => names.map((name) => headers.get(name)));
  const basic = `Basic ${btoa("me:secret")}`;
  assertEquals(seen, [[basic, "k", "1"], [basic, "k", "1"], [null, null, "1"], [null, null, "1"]]);
  // The request is as it was.
  assertEquals([...request.headers.getAll()], [["X-Api-Key", "k"], ["X-Other", "1"]]);
  assertEquals(response.request === request, true);
});

clientTest("credentials in a URL go to its origin only", async (make) => {
  await using other = new ScriptedServer(() => [reply()]);
  await using first = new ScriptedServer(() => [
    `HTTP/1.1 302 Found\r\nLocation: ${other.url()}\r\nContent-Length: 0\r\n\r\n`,
  ]);
  using client = make();
  await client.fetch(first.url().replace("http://", "http://me:p%40ss@"));
  assertEquals(first.requests[0]?.headers.get("Authorization"), `Basic ${btoa("me:p@ss")}`);
  assertEquals(other.requests[0]?.headers.get("Authorization"), null);
});

clientTest("a jar gives each hop its cookies", async (make) => {
  await using other = new ScriptedServer(() => [reply("ok", ["Set-Cookie: other=1"])]);
  await using first = new ScriptedServer(({ target }) => [
    `HTTP/1.1 302 Found\r\nSet-Cookie: first=1\r\nLocation: ${
      target === "/" ? "/same" : other.url().replace("127.0.0.1", "localhost")
    }\r\nContent-Length: 0\r\n\r\n`,
  ]);
  const cookies = new CookieJar();
  using client = make({ defaults: { cookies } });
  await client.fetch(first.url());
  const seen = [...first.requests, ...other.requests].map(({ headers }) => headers.get("Cookie"));
  assertEquals(seen, [null, "first=1", null]);
  assertEquals([...cookies].map(({ name, domain }) => `${name} ${domain}`), ["first 127.0.0.1", "other localhost"]);
  await client.fetch(first.url(), { headers: { Cookie: "own=1" }, followRedirects: false, raiseError: false });
  assertEquals(first.requests[2]?.headers.get("Cookie"), "own=1; first=1");
});

clientTest("a POST that is redirected with 307 is sent again, a streamed one is not", async (make) => {
  await using server = new ScriptedServer(({ target }) =>
    target === "/" ? ["HTTP/1.1 307 Go\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n"] : [reply()]
  );
  using client = make();
  await client.fetch(server.url(), { method: "POST", body: "abc" });
  assertEquals(server.requests.map(({ target, body }) => target + body), ["/abc", "/nextabc"]);
  let calls = 0;
  const bodyProducer = () => void calls++;
  await assertRejects(() => client.fetch(server.url(), { method: "POST", bodyProducer }), HTTPClientError, "only once");
  assertEquals(calls, 1);
});
