import { assertEquals } from "@std/assert";
import { WebSocketHandler } from "../../../src/websocket/mod.ts";
import {
  Application,
  FallbackHandler,
  RequestHandler,
  type RuleList,
  type Settings,
  streamRequestBody,
} from "../../../src/web/mod.ts";
import { type Answer, answer } from "./engine.ts";
import { QUIET, siteTest, visit, type Way } from "./site.ts";

class Any extends RequestHandler {
  static override SUPPORTED_METHODS = [...RequestHandler.SUPPORTED_METHODS, "PROPFIND", "get"];
  override prepare(): void {
    this.finish("in");
  }
}

class Socket extends WebSocketHandler {
  override onMessage(): void {}
}

const TRUSTED = "https://trusted.example";
const UPGRADE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

type Row = [row: string, method: string, lines: string[], status: number, path?: string];

/** `site` and `origin` stand for the headers `Sec-Fetch-Site` and `Origin`; `undefined` leaves one out. */
function row(
  name: string,
  method: string,
  site: string | undefined,
  origin: string | undefined,
  status: number,
  host = "a.example",
): Row {
  const lines = [`Host: ${host}`];
  if (site !== undefined) lines.push(`Sec-Fetch-Site: ${site}`);
  if (origin !== undefined) lines.push(`Origin: ${origin}`);
  return [name, method, lines, status];
}

const HOST = "Host: a.example";
const EVIL = "https://evil.example";
const ROWS: Row[] = [
  ...["GET", "HEAD", "OPTIONS"].flatMap((method) => [
    row("1", method, "cross-site", EVIL, 200),
    row("1", method, undefined, "null", 200),
  ]),
  ...["POST", "PUT", "PATCH", "DELETE", "PROPFIND"].flatMap((method) =>
    [
      row("2", method, "same-origin", undefined, 200),
      row("2", method, "none", "null", 200),
      row("2", method, "same-origin", EVIL, 200),
      row("3", method, "cross-site", undefined, 403),
      row("3", method, "cross-site", "null", 403),
      row("3", method, "cross-site", EVIL, 403),
      row("3", method, "cross-site", "https://a.example", 403),
      row("4", method, "same-site", "https://b.example", 403),
      row("4", method, "same-site", "https://a.example:444", 403),
      row("5", method, "cross-site", TRUSTED, 200),
      row("5", method, "same-site", TRUSTED, 200),
      row("5", method, undefined, TRUSTED, 200),
      row("6", method, "cross-origin", EVIL, 403),
      row("6", method, "Same-Origin", EVIL, 403),
      row("6", method, "same-origin, none", EVIL, 403),
      row("6", method, "nonsense", TRUSTED, 200),
      row("7", method, "", EVIL, 403),
      row("7", method, "", undefined, 403),
      row("8", method, undefined, undefined, 200),
      row("9", method, undefined, "https://a.example", 200),
      row("10", method, undefined, "http://a.example", 200),
      row("11", method, undefined, "https://a.example", 403, "backend:8000"),
      row("12", method, "same-origin", "https://a.example", 200, "backend:8000"),
      row("13", method, undefined, "null", 403),
      row("14", method, undefined, "https://a.example", 200, "A.example"),
      row("14", method, undefined, "https://A.Example", 200),
      row("14", method, undefined, "https://a.example", 200, "a.example:443"),
      row("14", method, undefined, "http://a.example", 200, "a.example:80"),
      row("14", method, undefined, "https://a.example:443", 200),
      row("14", method, undefined, "https://a.example", 403, "a.example:80"),
      row("14", method, undefined, "http://[::1]:80", 200, "[::1]"),
      row("15", method, undefined, "a.example", 403),
      row("15", method, undefined, "https://a.example/", 403),
      row("15", method, undefined, "https://user@a.example", 403),
      row("15", method, undefined, "https://a.example https://a.example", 403),
      row("15", method, undefined, "", 403),
      row("15", method, undefined, `${TRUSTED}/`, 403),
      row("default port of a trusted origin", method, "cross-site", `${TRUSTED}:443`, 200),
      row("capitals of a trusted origin", method, "cross-site", "HTTPS://Trusted.Example", 200),
      row("another port of a trusted host", method, "cross-site", `${TRUSTED}:444`, 403),
      row("another scheme of a trusted host", method, "cross-site", "http://trusted.example", 403),
      row("below a trusted host", method, "cross-site", "https://a.trusted.example", 403),
      row("an extension", method, "cross-site", "chrome-extension://abcdefgh", 200),
      row("another extension", method, "cross-site", "chrome-extension://hgfedcba", 403),
    ] as Row[]
  ),
  row("a method in lower case", "get", "cross-site", EVIL, 403),
  ["16", "POST", [HOST, "Sec-Fetch-Site: cross-site"], 404, "/nowhere"],
  ["17", "GET", [HOST, ...UPGRADE, `Origin: ${EVIL}`], 403, "/socket"],
  ["17", "GET", [HOST, ...UPGRADE, "Origin: https://a.example"], 101, "/socket"],
  ["18", "GET", [HOST, ...UPGRADE], 101, "/socket"],
  ["several lines", "POST", [HOST, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: same-origin"], 403],
  ["several lines", "POST", [HOST, "Sec-Fetch-Site: none", "Sec-Fetch-Site: cross-site"], 403],
  ["several origins", "POST", [HOST, "Origin: https://a.example", "Origin: https://a.example"], 403],
];

/** What the setting `crossOriginProtection` lets in. */
export function crossOriginContract(way: Way): void {
  async function ask(app: Application, [, method, lines, , path = "/"]: Row, body = ""): Promise<Answer> {
    await using client = visit(way, app, { xheaders: true });
    using connection = await client.connect();
    const length = method === "GET" ? [] : [`Content-Length: ${body.length}`];
    await connection.send([`${method} ${path} HTTP/1.1`, ...lines, ...length, "", body].join("\r\n"));
    return await answer(connection, method);
  }

  const site = (rules: RuleList, settings: Settings = {}) =>
    new Application(rules, { ...QUIET, crossOriginProtection: true, ...settings });

  siteTest(way, "crossOriginProtection decides by Sec-Fetch-Site, Origin and Host", async (t) => {
    t.expectLog("tornado.general", /: Cross-origin request refused: Sec-Fetch-Site (?:missing|"[^"]*"), Origin /);
    const app = site([["/", Any], ["/socket", Socket]], {
      crossOriginProtection: { trustedOrigins: ["HTTPS://Trusted.example:443", "chrome-extension://abcdefgh"] },
    });
    await using client = visit(way, app, { xheaders: true });
    for (const [name, method, lines, status, path = "/"] of ROWS) {
      for (const proxied of [false, true]) {
        using connection = await client.connect();
        const proxy = proxied ? ["X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example"] : [];
        const length = path === "/socket" ? [] : ["Content-Length: 0"];
        await connection.send([`${method} ${path} HTTP/1.1`, ...lines, ...proxy, ...length, "", ""].join("\r\n"));
        const got = await answer(connection, method);
        assertEquals(got.status, status, `row ${name}: ${method} ${lines.join(", ")} ${proxy}`);
      }
    }
  });

  siteTest(way, "crossOriginProtection goes after the XSRF check and before prepare()", async (t) => {
    t.expectLog("tornado.general", /_xsrf/);
    t.expectLog("tornado.general", /Cross-origin request refused/);
    const calls: string[] = [];
    class Notes extends RequestHandler {
      override checkXsrfCookie(): void {
        calls.push("xsrf");
        super.checkXsrfCookie();
      }
      override checkCrossOrigin(): void {
        calls.push("origin");
        super.checkCrossOrigin();
      }
      override prepare(): void {
        calls.push("prepare");
      }
      override post(): void {}
    }
    const app = site([["/", Notes]], { xsrfCookies: true });
    const token = ["Cookie: _xsrf=00112233445566778899aabbccddeeff", "X-XSRFToken: 00112233445566778899aabbccddeeff"];
    const cross = [HOST, "Sec-Fetch-Site: cross-site"];
    assertEquals((await ask(app, ["", "POST", cross, 403])).status, 403);
    assertEquals((await ask(app, ["", "POST", [...cross, ...token], 403])).status, 403);
    assertEquals((await ask(app, ["", "POST", [HOST, ...token], 200])).status, 200);
    assertEquals(calls, ["xsrf", "xsrf", "origin", "xsrf", "origin", "prepare"]);
  });

  siteTest(way, "checkCrossOrigin() of a handler decides for its class, and cannot wait", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception POST \/waits/);
    t.expectLog("tornado.general", /Cross-origin request refused/);
    class Callback extends Any {
      override checkCrossOrigin(): void {}
    }
    class Waits extends Any {
      override async checkCrossOrigin(): Promise<void> {
        await Promise.resolve();
      }
    }
    const app = site([["/callback", Callback], ["/waits", Waits], ["/", Any]]);
    for (const [path, status] of [["/callback", 200], ["/waits", 500], ["/", 403]] as const) {
      assertEquals((await ask(app, ["", "POST", [HOST, "Sec-Fetch-Site: cross-site"], status, path])).status, status);
    }
  });

  siteTest(way, "crossOriginProtection refuses before a body is streamed, and before a fallback", async (t) => {
    t.expectLog("tornado.general", /Cross-origin request refused/);
    let pieces = 0;
    let fallbacks = 0;
    @streamRequestBody
    class Streams extends RequestHandler {
      override dataReceived(): void {
        pieces++;
      }
      override put(): void {}
    }
    const fallback = { fetch: () => new Response(`${++fallbacks}`) };
    const app = site([["/stream", Streams], ["/fallback", FallbackHandler, { fallback }]]);
    for (const path of ["/stream", "/fallback"]) {
      const row: Row = ["", "PUT", [HOST, "Sec-Fetch-Site: cross-site"], 403, path];
      assertEquals((await ask(app, row, "body")).status, 403, path);
    }
    assertEquals([pieces, fallbacks], [0, 0]);
    assertEquals((await ask(app, ["", "PUT", [HOST], 200, "/stream"], "body")).status, 200);
    assertEquals((await ask(app, ["", "PUT", [HOST], 200, "/fallback"], "body")).body, "1");
    assertEquals(pieces, 1);
  });
}
