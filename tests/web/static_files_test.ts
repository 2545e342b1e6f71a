import { assertEquals, assertMatch } from "@std/assert";
import { createHash } from "node:crypto";
import { type Bytes, equalBytes } from "../../src/internal/bytes.ts";
import { utf8 } from "../../src/util/escape.ts";
import { Application } from "../../src/web/mod.ts";
import { type StaticContent, StaticFileHandler, type StaticFileKwargs } from "../../src/web/static_files.ts";
import type { Settings, StaticUrlOptions } from "../../src/web/settings.ts";
import { OutputTransform } from "../../src/web/transforms.ts";
import { concat } from "../support/bytes.ts";
import { answered, ask, type FakeConnection, FakeExchange, type FakeRequest } from "../support/fake_connection.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { RawClient } from "../support/raw_client.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { stalled, until } from "../support/turns.ts";

const MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT";

/** A directory with the files of these tests. */
function site(): TempDir {
  const dir = new TempDir();
  dir.write("root/hello.txt", "Hello, static world\n");
  dir.write("root/empty.txt", "");
  dir.write("root/sub/index.html", "<p>index</p>");
  dir.write("root/sub/page.html", "<p>page</p>");
  dir.write("outside.txt", "secret");
  Deno.utimeSync(`${dir.path}/root/hello.txt`, 1700000000, 1700000000.5);
  return dir;
}

function serve(dir: TempDir, kwargs: Partial<StaticFileKwargs> = {}, settings: Settings = {}): Application {
  const rules = [["/static/(.*)", StaticFileHandler, { path: `${dir.path}/root`, ...kwargs }] as const];
  return new Application(rules, { logFunction() {}, ...settings });
}

/** What is answered, once it is complete. */
function answer(app: Application, uri: string, request: FakeRequest = {}): Promise<FakeConnection> {
  return answered(ask(app, uri, request));
}

function sha512(text: string): string {
  return createHash("sha512").update(text).digest("hex");
}

const HELLO = "Hello, static world\n";
const HELLO_ETAG = `"${sha512(HELLO)}"`;

test("StaticFileHandler sends a file with Tornado's headers in Tornado's order", async () => {
  using dir = site();
  const app = serve(dir);
  for (const round of ["from the file", "from memory"]) {
    const { status, headers, body } = await answer(app, "/static/hello.txt");
    assertEquals([status, body], [200, HELLO], round);
    assertEquals([...headers.keys()], [
      "Server",
      "Content-Type",
      "Date",
      "Accept-Ranges",
      "Etag",
      "Last-Modified",
      "Content-Length",
    ]);
    assertEquals(headers.get("Content-Type"), "text/plain");
    assertEquals(headers.get("Etag"), HELLO_ETAG);
    assertEquals(headers.get("Last-Modified"), MODIFIED);
    assertEquals(headers.get("Content-Length"), "20");
  }
});

test("StaticFileHandler answers from memory in the same turn", async () => {
  using dir = site();
  using _ = new FakeClock({ now: 1.8e9 });
  const app = serve(dir);
  await answer(app, "/static/hello.txt");
  const connection = ask(app, "/static/hello.txt");
  assertEquals([connection.calls, connection.body], [["respond"], HELLO]);
});

test("StaticFileHandler sees at each request whether a file has changed", async () => {
  using dir = site();
  const app = serve(dir);
  await answer(app, "/static/sub/page.html");
  dir.write("root/sub/page.html", "<p>PAGE</p>", { age: 50 });
  assertEquals((await answer(app, "/static/sub/page.html")).body, "<p>PAGE</p>");
  Deno.removeSync(`${dir.path}/root/sub/page.html`);
  assertEquals((await answer(app, "/static/sub/page.html")).status, 404);
});

test("StaticFileHandler lets URLs with the version of the file be kept for ten years", async () => {
  using dir = site();
  const { headers } = await answer(serve(dir), `/static/hello.txt?v=${sha512(HELLO)}`);
  assertEquals(headers.get("Cache-Control"), "max-age=315360000");
  const years = (Date.parse(headers.get("Expires") ?? "") - Date.now()) / 1000 / 315360000;
  assertEquals(Math.abs(years - 1) < 0.001, true);
});

test("StaticFileHandler promises nothing for a version that is not the one it sends", async () => {
  using dir = site();
  dir.write("root/large.bin", new Uint8Array(1_500_000));
  dir.write("root/app.js", "plain");
  dir.write("root/app.js.gz", "gzipped");
  const large = createHash("sha512").update(new Uint8Array(1_500_000)).digest("hex");
  const kept = async (uri: string, headers: Record<string, string> = {}) =>
    (await answer(serve(dir, { precompressed: true }), uri, { headers })).headers.has("Cache-Control");
  assertEquals(await kept("/static/hello.txt?v=x"), false);
  assertEquals(await kept("/static/hello.txt?v="), false);
  assertEquals([await kept("/static/large.bin?v=x"), await kept(`/static/large.bin?v=${large}`)], [false, true]);
  const { status } = await answer(serve(dir), "/static/hello.txt?v=%FF");
  assertEquals([status, await kept("/static/hello.txt?v=%FF")], [200, false]);
  const accepting = { "Accept-Encoding": "gzip" };
  assertEquals(await kept(`/static/app.js?v=${sha512("plain")}`, accepting), true);
  assertEquals(await kept(`/static/app.js?v=${sha512("gzipped")}`, accepting), false);
  const versioned = `/static/hello.txt?v=${sha512(HELLO)}`;
  assertEquals(await kept(versioned, { Range: "bytes=99-" }), false, "416");
  assertEquals(await kept(versioned, { "If-Match": '"x"' }), false, "412");
});

test("StaticFileHandler answers HEAD like GET, without content", async () => {
  using dir = site();
  for (const headers of [{}, { "If-None-Match": HELLO_ETAG }, { "If-Match": '"x"' }]) {
    const app = serve(dir);
    const [get, head] = [
      await answer(app, "/static/hello.txt", { headers }),
      await answer(app, "/static/hello.txt", { headers, method: "HEAD" }),
    ];
    assertEquals([head.status, [...head.headers.getAll()]], [get.status, [...get.headers.getAll()]]);
    assertEquals(head.body, "");
  }
});

test("StaticFileHandler ignores Range with HEAD", async () => {
  using dir = site();
  const request = { method: "HEAD", headers: { Range: "bytes=2-4" } };
  const { status, headers } = await answer(serve(dir), "/static/hello.txt", request);
  assertEquals([status, headers.get("Content-Length")], [200, "20"]);
});

test("StaticFileHandler answers HEAD like GET where the response is compressed", async () => {
  using dir = site();
  dir.write("root/style.css", "p { margin: 0 }\n".repeat(500));
  dir.write("root/large.css", "p { margin: 0 }\n".repeat(100_000));
  const app = serve(dir, {}, { compressResponse: true });
  for (const name of ["hello.txt", "style.css", "large.css"]) {
    for (const accepted of ["identity", "gzip", "zstd, gzip"]) {
      const headers = { "Accept-Encoding": accepted };
      const get = await answer(app, `/static/${name}`, { headers });
      const head = await answer(app, `/static/${name}`, { headers, method: "HEAD" });
      // A second may have passed between them.
      for (const { headers } of [get, head]) headers.delete("Date");
      assertEquals([head.status, [...head.headers.getAll()]], [200, [...get.headers.getAll()]], `${name} ${accepted}`);
      assertEquals(head.body, "");
    }
  }
});

test("StaticFileHandler gives the compressed and the plain file tags that a download cannot mix up", async () => {
  using dir = site();
  dir.write("root/style.css", "p { margin: 0 }\n".repeat(500));
  const app = serve(dir, {}, { compressResponse: true });
  const ask = (headers: Record<string, string>) =>
    answer(app, "/static/style.css", { headers: { "Accept-Encoding": "gzip", ...headers } });
  const etag = (await ask({})).headers.get("Etag") ?? "";
  assertMatch(etag, /^W\/"[0-9a-f]{128}"$/);
  assertEquals((await ask({ Range: "bytes=50-", "If-Range": etag })).status, 200);
  const unchanged = await ask({ "If-None-Match": etag });
  assertEquals([unchanged.status, unchanged.headers.get("Etag")], [304, etag]);
});

const PRECONDITIONS: [Record<string, string>, number][] = [
  [{ "If-Match": HELLO_ETAG }, 200],
  [{ "If-Match": `"x", ${HELLO_ETAG}` }, 200],
  [{ "If-Match": "*" }, 200],
  [{ "If-Match": "" }, 200],
  [{ "If-Match": '"x"' }, 412],
  [{ "If-Match": `W/${HELLO_ETAG}` }, 412],
  [{ "If-Match": '"x"', "If-None-Match": HELLO_ETAG }, 412],
  [{ "If-Match": '"x"', Range: "bytes=0-1" }, 412],
  [{ "If-Match": HELLO_ETAG, Range: "bytes=0-1" }, 206],
  [{ "If-Match": HELLO_ETAG, "If-None-Match": HELLO_ETAG }, 304],
  [{ "If-Match": HELLO_ETAG, "If-Unmodified-Since": "Tue, 14 Nov 2023 22:13:19 GMT" }, 200],
  [{ "If-Unmodified-Since": MODIFIED }, 200],
  [{ "If-Unmodified-Since": "Tue, 14 Nov 2023 22:13:19 GMT" }, 412],
  [{ "If-Unmodified-Since": "Tue, 14 Nov 2023 22:13:19 GMT", "If-None-Match": HELLO_ETAG }, 412],
  [{ "If-Unmodified-Since": "yesterday" }, 200],
  [{ "If-None-Match": '"x"', "If-Modified-Since": MODIFIED, Range: "bytes=0-1" }, 206],
];

test("StaticFileHandler evaluates preconditions in the order of RFC 9110", async () => {
  using dir = site();
  const app = serve(dir);
  for (const [headers, expected] of PRECONDITIONS) {
    const { status, body } = await answer(app, "/static/hello.txt", { headers });
    assertEquals(status, expected, JSON.stringify(headers));
    assertEquals(body, expected === 200 ? HELLO : expected === 206 ? "He" : "");
  }
});

test("StaticFileHandler sends no time of change in the future", async () => {
  using dir = site();
  Deno.utimeSync(`${dir.path}/root/hello.txt`, 4102444800, 4102444800);
  const { headers } = await answer(serve(dir), "/static/hello.txt");
  assertEquals(Date.parse(headers.get("Last-Modified") ?? "") <= Date.now(), true);
});

test("StaticFileHandler answers other methods with 405", async () => {
  using dir = site();
  const { status, headers } = await answer(serve(dir), "/static/hello.txt", { method: "POST" });
  assertEquals([status, headers.get("Allow")], [405, "GET, HEAD"]);
});

const CONDITIONS: [Record<string, string>, number][] = [
  [{ "If-None-Match": HELLO_ETAG }, 304],
  [{ "If-None-Match": `W/${HELLO_ETAG}` }, 304],
  [{ "If-None-Match": `"x", ${HELLO_ETAG}` }, 304],
  [{ "If-None-Match": "*" }, 304],
  [{ "If-None-Match": '"x"' }, 200],
  [{ "If-None-Match": '"x"', "If-Modified-Since": MODIFIED }, 200],
  [{ "If-None-Match": "", "If-Modified-Since": MODIFIED }, 304],
  [{ "If-Modified-Since": MODIFIED }, 304],
  [{ "If-Modified-Since": "Tue, 14 Nov 2023 22:13:21 GMT" }, 304],
  [{ "If-Modified-Since": "Tue, 14 Nov 2023 22:13:19 GMT" }, 200],
  [{ "If-Modified-Since": "Tuesday, 14-Nov-23 22:13:20 GMT" }, 304],
  [{ "If-Modified-Since": "yesterday" }, 200],
  [{ "If-None-Match": HELLO_ETAG, Range: "bytes=0-1" }, 304],
];

test("StaticFileHandler answers conditional requests with 304", async () => {
  using dir = site();
  const app = serve(dir);
  for (const [headers, expected] of CONDITIONS) {
    const { status, body, headers: sent } = await answer(app, "/static/hello.txt", { headers });
    assertEquals(status, expected, JSON.stringify(headers));
    assertEquals(body, expected === 304 ? "" : HELLO);
    assertEquals(sent.get("Etag"), HELLO_ETAG);
    assertEquals(sent.get("Last-Modified"), MODIFIED);
  }
});

const RANGES: [range: string, status: number, body: string, contentRange: string | null][] = [
  ["bytes=0-4", 206, "Hello", "bytes 0-4/20"],
  ["bytes=7-", 206, "static world\n", "bytes 7-19/20"],
  ["bytes=-6", 206, "world\n", "bytes 14-19/20"],
  ["bytes=14-99", 206, "world\n", "bytes 14-19/20"],
  ["bytes=0-", 200, HELLO, null],
  ["bytes=x", 200, HELLO, null],
  ["bytes=20-", 416, "", "bytes */20"],
  ["bytes=5-4", 416, "", "bytes */20"],
];

test("StaticFileHandler sends a range", async () => {
  using dir = site();
  const app = serve(dir);
  for (const [range, status, body, contentRange] of RANGES) {
    const answered = await answer(app, "/static/hello.txt", { headers: { Range: range } });
    assertEquals([answered.status, answered.body], [status, body], range);
    assertEquals(answered.headers.get("Content-Range"), contentRange);
    assertEquals(answered.headers.get("Content-Length"), String(body.length));
    assertEquals(answered.headers.get("Etag"), HELLO_ETAG);
    assertEquals(answered.headers.get("Content-Type"), "text/plain");
  }
});

test("StaticFileHandler sends several ranges as multipart/byteranges", async () => {
  using dir = site();
  const { status, headers, body } = await answer(serve(dir), "/static/hello.txt", {
    headers: { Range: "bytes=0-4,-6" },
  });
  const [, boundary] = /^multipart\/byteranges; boundary=(\w+)$/.exec(headers.get("Content-Type") ?? "") ?? [];
  assertEquals([status, headers.get("Content-Range")], [206, null]);
  assertEquals(
    body,
    `--${boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-4/20\r\n\r\nHello` +
      `\r\n--${boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 14-19/20\r\n\r\nworld\n` +
      `\r\n--${boundary}--\r\n`,
  );
  assertEquals(headers.get("Content-Length"), String(body.length));
});

test("StaticFileHandler sends ranges only of what If-Range names", async () => {
  using dir = site();
  const app = serve(dir);
  const cases: [string, number][] = [
    [HELLO_ETAG, 206],
    [`W/${HELLO_ETAG}`, 200],
    ['"x"', 200],
    [MODIFIED, 206],
    ["Tue, 14 Nov 2023 22:13:21 GMT", 200],
    ["Tue, 14 Nov 2023 22:13:19 GMT", 200],
    ["nonsense", 200],
  ];
  for (const [validator, status] of cases) {
    const headers = { Range: "bytes=0-4", "If-Range": validator };
    assertEquals((await answer(app, "/static/hello.txt", { headers })).status, status, validator);
  }
  using clock = new FakeClock({ now: 1_700_000_000.9 });
  const headers = { Range: "bytes=0-4", "If-Range": MODIFIED };
  const status = async () => (await answer(app, "/static/hello.txt", { headers })).status;
  assertEquals(await status(), 200, "the file may change again within the second");
  clock.advance(0.1);
  assertEquals(await status(), 206);
});

test("StaticFileHandler serves an empty file", async () => {
  using dir = site();
  const { status, headers, body } = await answer(serve(dir), "/static/empty.txt");
  assertEquals([status, headers.get("Content-Length"), body], [200, "0", ""]);
  assertEquals((await answer(serve(dir), "/static/empty.txt", { headers: { Range: "bytes=0-" } })).status, 416);
});

const REFUSED: [path: string, status: number][] = [
  ["nothing.txt", 404],
  ["hello.txt/x", 404],
  ["hello.txt%00", 404],
  ["%00", 404],
  ["sub", 403],
  ["sub/", 403],
  ["", 403],
  ["..", 403],
  ["../outside.txt", 403],
  ["%2e%2e/outside.txt", 403],
  ["%2e%2e%2foutside.txt", 403],
  ["sub/../../outside.txt", 403],
  ["sub%2f..%2f..%2foutside.txt", 403],
  ["/etc/passwd", 403],
  ["%2fetc%2fpasswd", 403],
  ["..%5coutside.txt", 404],
  ["..\\outside.txt", 404],
  ["..%c0%afoutside.txt", 400],
  ["%252e%252e/outside.txt", 404],
  ["x".repeat(5000), 404],
  ["x/".repeat(3000), 404],
];

test("StaticFileHandler refuses paths that lead out of the root, and what is no file", async (t) => {
  t.expectLog("tornado.general", /^403 GET .*: \.\.\/outside\.txt is not in root static directory$/);
  t.expectLog("tornado.general", /^403 GET .*: sub is not a file$/);
  t.expectLog("tornado.general", /is not in root static directory$|is not a file$/);
  t.expectLog("tornado.general", /^400 GET .*Invalid unicode/);
  using dir = site();
  const app = serve(dir);
  for (const [path, expected] of REFUSED) {
    const { status, body } = await answer(app, `/static/${path}`);
    assertEquals(status, expected, path.slice(0, 50));
    assertEquals(body.includes("secret"), false);
  }
});

test("StaticFileHandler refuses links out of the root, unless they are allowed", async (t) => {
  t.expectLog("tornado.general", /^403 GET .* is a link out of the root static directory$/);
  using dir = site();
  const root = `${dir.path}/root`;
  Deno.symlinkSync("../outside.txt", `${root}/link.txt`);
  Deno.symlinkSync("..", `${root}/up`);
  Deno.symlinkSync("hello.txt", `${root}/inside.txt`);
  Deno.symlinkSync("nowhere", `${root}/dangling`);
  const strict = serve(dir);
  const lax = serve(dir, { allowOutsideLinks: true });
  for (const path of ["link.txt", "up/outside.txt"]) {
    assertEquals((await answer(strict, `/static/${path}`)).status, 403);
    assertEquals((await answer(lax, `/static/${path}`)).body, "secret");
    assertEquals((await answer(strict, `/static/${path}`)).status, 403, "also when the file is known");
  }
  assertEquals((await answer(strict, "/static/inside.txt")).body, HELLO);
  assertEquals((await answer(strict, "/static/dangling")).status, 404);
});

test("StaticFileHandler lets links lead into the directories that it is told, by the rule or by the class", async (t) => {
  t.expectLog("tornado.general", /^403 GET .* is a link out of the root static directory$/);
  using dir = site();
  dir.write("linked/a.txt", "linked");
  dir.write("other/b.txt", "other");
  const root = `${dir.path}/root`;
  Deno.symlinkSync("../linked", `${root}/linked`);
  Deno.symlinkSync("../other/b.txt", `${root}/b.txt`);
  const statuses = (kwargs: Partial<StaticFileKwargs>, handler = StaticFileHandler) => {
    const app = new Application([["/(.*)", handler, { path: root, ...kwargs }]], { logFunction() {} });
    const paths = ["/linked/a.txt", "/b.txt", "/linked/a.txt"];
    return Promise.all(paths.map(async (path) => (await answer(app, path)).status));
  };
  class Linked extends StaticFileHandler {
    static override allowedSymlinkDirectory: string | readonly string[] | null = `${dir.path}/linked`;
  }
  assertEquals(await statuses({}), [403, 403, 403]);
  assertEquals(await statuses({ allowedSymlinkDirectory: `${dir.path}/linked` }), [200, 403, 200]);
  assertEquals(await statuses({ allowedSymlinkDirectory: [`${dir.path}/linked`, `${dir.path}/other`] }), [
    200,
    200,
    200,
  ]);
  assertEquals(await statuses({}, Linked), [200, 403, 200]);
  assertEquals(await statuses({ allowedSymlinkDirectory: `${dir.path}/other` }, Linked), [403, 200, 403]);
  assertEquals(await statuses({}), [403, 403, 403], "what one rule allows says nothing about another");
});

test("StaticFileHandler does not tell what exists behind a link out of the root", async (t) => {
  t.expectLog("tornado.general", /^403 GET .* is a link out of the root static directory$/);
  using dir = site();
  dir.write("outside/sub/x", "");
  Deno.symlinkSync("../outside", `${dir.path}/root/out`);
  const app = serve(dir, { defaultFilename: "index.html" });
  for (const path of ["out", "out/", "out/sub", "out/sub/", "out/missing", "out/missing/", "out/sub/x", "out/x/y"]) {
    assertEquals((await answer(app, `/static/${path}`)).status, 403, path);
  }
});

test("StaticFileHandler serves names that begin with a dot unless it is told not to", async () => {
  using dir = site();
  dir.write("root/.git/config", "secret");
  dir.write("root/.well-known/security.txt", "Contact:");
  const status = async (path: string, dotfiles?: boolean) =>
    (await answer(serve(dir, dotfiles === undefined ? {} : { dotfiles }), `/static/${path}`)).status;
  assertEquals(await status(".git/config"), 200, "as Tornado");
  for (const path of [".git/config", "sub/../.git/config", ".git", ".missing"]) {
    assertEquals(await status(path, false), 404, path);
  }
  for (const path of [".well-known/security.txt", "sub/page.html", "sub/../hello.txt"]) {
    assertEquals(await status(path, false), 200, path);
  }
});

test("StaticFileHandler sees that a link leads elsewhere now", async (t) => {
  t.expectLog("tornado.general", /^403 GET .* is a link out of the root static directory$/);
  using dir = site();
  const link = `${dir.path}/root/link.txt`;
  const app = serve(dir);
  Deno.symlinkSync("hello.txt", link);
  assertEquals((await answer(app, "/static/link.txt")).body, HELLO);
  Deno.removeSync(link);
  Deno.symlinkSync("../outside.txt", link);
  assertEquals((await answer(app, "/static/link.txt")).status, 403);
});

test("StaticFileHandler serves the default file of a directory, after a redirect to its slash", async (t) => {
  t.expectLog("tornado.general", /begins with two slashes$/);
  using dir = site();
  const app = serve(dir, { defaultFilename: "index.html" });
  assertEquals((await answer(app, "/static/sub/")).body, "<p>index</p>");
  const { status, headers } = await answer(app, "/static/sub?x=1");
  assertEquals([status, headers.get("Location")], [301, "/static/sub/?x=1"]);
  assertEquals((await answer(app, "/static/sub")).headers.get("Location"), "/static/sub/");
  assertEquals((await answer(app, "/static/")).status, 404);
  // To another site, by way of a directory.
  const everywhere = new Application(
    [["/+(.*)", StaticFileHandler, { path: `${dir.path}/root`, defaultFilename: "x" }]],
    {
      logFunction() {},
    },
  );
  assertEquals((await answer(everywhere, "//example.com/%2e%2e/sub")).status, 403);
  assertEquals((await answer(everywhere, "/\\example.com/%2e%2e")).status, 403);
});

test("StaticFileHandler serves compressed neighbours to clients that accept them", async () => {
  using dir = site();
  for (const [name, text] of [["app.js", "plain"], ["app.js.br", "brotli"], ["app.js.gz", "gzipped"]]) {
    dir.write(`root/${name}`, text);
  }
  Deno.mkdirSync(`${dir.path}/root/hello.txt.gz`);
  const app = serve(dir, { precompressed: true });
  const cases: [string | null, string, string | null][] = [
    [null, "plain", null],
    ["gzip", "gzipped", "gzip"],
    ["gzip, br, zstd", "brotli", "br"],
    ["gzip, br;q=0.5", "gzipped", "gzip"],
    ["zstd", "plain", null],
    ["identity", "plain", null],
  ];
  for (const [accepted, text, coding] of cases) {
    const request: FakeRequest = accepted === null ? {} : { headers: { "Accept-Encoding": accepted } };
    const { body, headers } = await answer(app, "/static/app.js", request);
    assertEquals([body, headers.get("Content-Encoding")], [text, coding]);
    assertEquals(headers.get("Content-Type"), "text/javascript");
    assertEquals(headers.get("Etag"), `"${sha512(text)}"`);
    assertEquals(headers.get("Vary"), "Accept-Encoding");
  }
  const accepting = { headers: { "Accept-Encoding": "gzip" } };
  assertEquals((await answer(app, "/static/hello.txt", accepting)).body, HELLO);
  assertEquals((await answer(serve(dir), "/static/app.js", accepting)).body, "plain");
  const ranged = { headers: { "Accept-Encoding": "gzip", Range: "bytes=0-1" } };
  assertEquals((await answer(serve(dir, { precompressed: ["gzip"] }), "/static/app.js", ranged)).body, "gz");
});

test("StaticFileHandler refuses compressed neighbours that lead out of the root", async () => {
  using dir = site();
  Deno.symlinkSync("../outside.txt", `${dir.path}/root/hello.txt.gz`);
  const { body } = await answer(serve(dir, { precompressed: true }), "/static/hello.txt", {
    headers: { "Accept-Encoding": "gzip" },
  });
  assertEquals(body, HELLO);
});

test("StaticFileHandler sends a large file without reading all of it first", async () => {
  using dir = site();
  using _ = new FakeClock({ now: 1.8e9 });
  const path = `${dir.path}/root/large.bin`;
  using file = Deno.openSync(path, { create: true, write: true });
  file.truncateSync(3_000_000_000);
  Deno.utimeSync(path, 1700000000, 1700000000);
  const app = serve(dir);
  const head = await answer(app, "/static/large.bin", { method: "HEAD" });
  assertEquals([head.status, head.headers.get("Content-Length")], [200, "3000000000"]);
  const etag = head.headers.get("Etag") ?? "";
  assertMatch(etag, /^"b2d05e00(?:-[0-9a-f]+){4}"$/);
  const unchanged = await answer(app, "/static/large.bin", { headers: { "If-None-Match": etag } });
  assertEquals(unchanged.status, 304);
  const part = await answer(app, "/static/large.bin", { headers: { Range: "bytes=2999999990-", "If-Range": etag } });
  assertEquals([part.status, part.body], [206, "\0".repeat(10)]);
});

test("StaticFileHandler sends large files and ranges of them whole", async () => {
  using dir = site();
  const content = new Uint8Array(2_500_000).map((_, i) => i % 251);
  dir.write("root/large.bin", content);
  const app = serve(dir);
  const join = (connection: FakeConnection) => createHash("md5").update(concat(...connection.chunks)).digest("hex");
  const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");
  assertEquals(join(await answer(app, "/static/large.bin")), md5(content));
  const part = await answer(app, "/static/large.bin", { headers: { Range: "bytes=100000-2000000" } });
  assertEquals(join(part), md5(content.subarray(100000, 2000001)));
  const parts = await answer(app, "/static/large.bin", { headers: { Range: "bytes=0-99999,2400000-" } });
  assertEquals(String(concat(...parts.chunks).length), parts.headers.get("Content-Length"));
});

for (const engine of ["listen", "serve"] as const) {
  test(`StaticFileHandler sends a large file to many at once (${engine})`, async () => {
    using dir = site();
    const content = crypto.getRandomValues(new Uint8Array(65536));
    const file = new Uint8Array(3_000_000).map((_, i) => content[i & 0xffff] ^ (i >> 16));
    dir.write("root/large.bin", file);
    const app = serve(dir);
    const address = "127.0.0.1";
    await using server = engine === "serve" ? app.listen(0, { engine, address }) : app.listen(0, { address });
    const url = `http://127.0.0.1:${server.port}/static/large.bin`;
    const get = async (headers: Record<string, string> = {}) => (await fetch(url, { headers })).bytes();
    for (const bytes of await Promise.all(Array.from({ length: 8 }, () => get()))) {
      assertEquals(equalBytes(bytes, file), true);
    }
    const part = await get({ Range: "bytes=70000-2900000" });
    assertEquals(equalBytes(part, file.subarray(70000, 2900001)), true);
  });
}

test("StaticFileHandler gives each piece its own memory where a subclass sees it", async () => {
  using dir = site();
  const file = new Uint8Array(2_000_000).map((_, i) => i % 251);
  dir.write("root/large.bin", file);
  const pieces: Bytes[] = [];
  class Keeping extends StaticFileHandler {
    override write(chunk: Bytes): void {
      pieces.push(chunk);
      super.write(chunk);
    }
  }
  const app = new Application([["/(.*)", Keeping, { path: `${dir.path}/root` }]], { logFunction() {} });
  await using server = app.listen(0, { address: "127.0.0.1" });
  const bytes = await (await fetch(`http://127.0.0.1:${server.port}/large.bin`)).bytes();
  assertEquals(equalBytes(bytes, file), true);
  assertEquals(equalBytes(concat(...pieces), file), true);
});

test("StaticFileHandler waits for a slow client, and stops reading when it is gone", async () => {
  using dir = site();
  dir.write("root/large.bin", new Uint8Array(2_500_000));
  const exchange = new FakeExchange(serve(dir), "/static/large.bin");
  const { connection } = exchange;
  connection.hold();
  exchange.end();
  const sent = () => connection.chunks.length;
  await until(() => sent() > 0);
  await stalled(sent);
  assertEquals(sent(), 1, "chunks to a client that takes none");
  connection.close();
  await stalled(sent);
  assertEquals(sent(), 1);
});

test("StaticFileHandler closes the connection if a file becomes shorter while it is sent", async (t) => {
  t.expectLog("tornado.application", /./);
  t.expectLog("tornado.general", /./);
  using dir = site();
  const path = dir.write("root/large.bin", new Uint8Array(30_000_000));
  await using server = serve(dir).listen(0, { address: "127.0.0.1" });
  using client = await RawClient.connect(server.port);
  await client.send("GET /static/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await client.until("\r\n\r\n");
  Deno.truncateSync(path, 1000);
  assertEquals((await client.rest()).length < 30_000_000, true);
});

test("StaticFileHandler keeps its memory from transforms that work in place", async () => {
  class Destroyer extends OutputTransform {
    override transformFirstChunk(...args: Parameters<OutputTransform["transformFirstChunk"]>) {
      args[2].fill(0x78);
      return super.transformFirstChunk(...args);
    }
  }
  using dir = site();
  const rules = [["/static/(.*)", StaticFileHandler, { path: `${dir.path}/root` }] as const];
  const app = new Application(rules, { logFunction() {}, transforms: [Destroyer] });
  for (let i = 0; i < 2; i++) assertEquals((await answer(app, "/static/hello.txt")).body, "x".repeat(20));
  assertEquals((await answer(serve(dir), "/static/hello.txt")).body, HELLO);
});

test("StaticFileHandler takes its path from a named group", async () => {
  using dir = site();
  const rules = [["/static/(?P<path>.*)", StaticFileHandler, { path: `${dir.path}/root` }] as const];
  assertEquals((await answer(new Application(rules, { logFunction() {} }), "/static/hello.txt")).body, HELLO);
});

test("StaticFileHandler.makeStaticUrl() adds Tornado's version", (t) => {
  t.expectLog("tornado.general", /^Could not open static file ".*missing\.txt"$/);
  using dir = site();
  const settings = { staticPath: `${dir.path}/root` };
  const url = (path: string, options: StaticUrlOptions = {}) =>
    StaticFileHandler.makeStaticUrl(settings, path, options);
  assertEquals(url("hello.txt"), `/static/hello.txt?v=${sha512(HELLO)}`);
  assertEquals(url("sub/../hello.txt"), `/static/sub/../hello.txt?v=${sha512(HELLO)}`);
  assertEquals(url("hello.txt", { includeVersion: false }), "/static/hello.txt");
  assertEquals(url("missing.txt"), "/static/missing.txt");
  const prefixed = { ...settings, staticUrlPrefix: "/files/" };
  assertEquals(StaticFileHandler.makeStaticUrl(prefixed, "hello.txt"), `/files/hello.txt?v=${sha512(HELLO)}`);
});

test("StaticFileHandler.getVersion() hashes nothing outside the root, by name or by link", (t) => {
  t.expectLog("tornado.general", /^Could not open static file /);
  using dir = site();
  const root = `${dir.path}/root`;
  Deno.symlinkSync("../outside.txt", `${root}/link.txt`);
  dir.write("linked/a.txt", "linked");
  Deno.symlinkSync("../linked", `${root}/linked`);
  const settings = { staticPath: root };
  for (const path of ["../outside.txt", `${dir.path}/outside.txt`, "link.txt", "linked/a.txt"]) {
    assertEquals(StaticFileHandler.getVersion(settings, path), null, path);
    assertEquals(StaticFileHandler.makeStaticUrl(settings, path), `/static/${path}`);
  }
  StaticFileHandler.reset();
  const allowed = { ...settings, staticHandlerArgs: { allowedSymlinkDirectory: `${dir.path}/linked` } };
  assertEquals(StaticFileHandler.getVersion(allowed, "linked/a.txt"), sha512("linked"));
});

test("StaticFileHandler.getVersion() hashes files of any size, and again after reset()", () => {
  using dir = site();
  const settings = { staticPath: `${dir.path}/root` };
  const large = "x".repeat(1_500_000);
  const path = dir.write("root/large.txt", large);
  assertEquals(StaticFileHandler.getVersion(settings, "large.txt"), sha512(large));
  Deno.writeTextFileSync(path, "new");
  StaticFileHandler.reset();
  assertEquals(StaticFileHandler.getVersion(settings, "large.txt"), sha512("new"));
});

/** Serves two texts out of nowhere, each override point changed, as in Tornado's own tests. */
class Custom extends StaticFileHandler {
  static asked: unknown[] = [];

  static override makeStaticUrl(settings: Settings, path: string): string {
    const version = this.getVersion(settings, path);
    const dot = path.lastIndexOf(".");
    return `/static/${path.slice(0, dot)}.${version}${path.slice(dot)}`;
  }
  override parseUrlPath(urlPath: string): string {
    return urlPath.replace(/\.[^.]+(\.[^.]+)$/, "$1");
  }
  static override getAbsolutePath(_root: string, path: string): string {
    return `custom:${path}`;
  }
  override validateAbsolutePath(_root: string, absolutePath: string): Promise<string | null> {
    return Promise.resolve(absolutePath);
  }
  static override getContent(path: string, start: number | null = null, end: number | null = null): StaticContent {
    this.asked.push([path, start, end]);
    if (path === "custom:pieces.txt") return ["ba", "r"].map((piece) => utf8(piece));
    return utf8("bar".slice(start ?? 0, end ?? undefined));
  }
  override getContentSize(): number {
    return 3;
  }
  override getModifiedTime(): Date | null {
    return null;
  }
  static override getVersion(_settings: Settings, _path: string): string {
    return "42";
  }
  override setExtraHeaders(path: string): void {
    this.setHeader("X-Path", path);
  }
}

test("StaticFileHandler has Tornado's override points", async () => {
  using dir = site();
  const rules = [["/static/(.*)", Custom, { path: dir.path }] as const];
  const app = new Application(rules, { logFunction() {} });
  assertEquals(Custom.makeStaticUrl({}, "foo.txt"), "/static/foo.42.txt");
  for (const path of ["foo.42.txt", "pieces.42.txt"]) {
    const { status, body, headers } = await answer(app, `/static/${path}`);
    assertEquals([status, body, headers.get("Content-Length")], [200, "bar", "3"]);
    assertEquals(headers.get("X-Path"), path.replace(".42", ""));
    assertEquals(headers.get("Etag"), `"${sha512("bar")}"`);
    assertEquals(headers.get("Last-Modified"), null);
  }
  Custom.asked = [];
  const { status, body } = await answer(app, "/static/foo.42.txt", { headers: { Range: "bytes=1-1" } });
  assertEquals([status, body, Custom.asked], [206, "a", [["custom:foo.txt", 1, 2]]]);
});

test("StaticFileHandler tells whose content is asynchronous how to name it", async (t) => {
  t.expectLog("tornado.general", /^Could not open static file "custom:foo\.txt"$/);
  class Slow extends Custom {
    static override async *getContent(): AsyncGenerator<Bytes> {
      yield utf8("ba");
      await Promise.resolve();
      yield utf8("r");
    }
  }
  class Named extends Slow {
    static override getContentVersion(path: string): string {
      return `version of ${path}`;
    }
  }
  for (const [handler, etag] of [[Slow, null], [Named, '"version of custom:foo.txt"']] as const) {
    const app = new Application([["/static/(.*)", handler, { path: "/" }]], { logFunction() {} });
    const { body, headers } = await answer(app, "/static/foo.42.txt");
    assertEquals([body, headers.get("Etag")], ["bar", etag]);
  }
});
