import { assertEquals } from "@std/assert";
import { Application, StaticFileHandler } from "../../src/web/mod.ts";
import { answered, ask, type FakeConnection } from "../support/fake_connection.ts";
import { fuzzSeed, fuzzTimes } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const NAMES = ["a.txt", "sub", "sub/b.txt", "sub/deep/c.txt", "index.html", "link", "up", "loop", "root2", "root"];
const PIECES = [
  ...NAMES,
  "/",
  "//",
  ".",
  "..",
  "../",
  "../../",
  "...",
  "%2e%2e%2f",
  "%2e%2e/",
  "..%2f",
  "%2E%2E%5C",
  "..%5c",
  "..\\",
  "%2f",
  "%5c",
  "\\",
  "%00",
  "%0a",
  "%c0%ae%c0%ae%c0%af",
  "%e0%80%af",
  "%u002e",
  "%252e%252e%252f",
  "%",
  "%ff",
  "\xff",
  "~",
  "*",
  ":",
  "::$DATA",
  "c:/",
  "file://",
  "?",
  "#",
  ";",
  "+",
  "%20",
  "etc/passwd",
  "/etc/passwd",
  "secret.txt",
  "root2/secret.txt",
  "x".repeat(300),
  "x/".repeat(50),
];

const PATTERNS = ["/static/(.*)", "/(.*)", "/+(.*)", "/static(.*)", "/static/(?P<path>.*)"];

/** Files inside say so, and those outside, near and far, say what nobody may see. */
function site(): TempDir {
  const dir = new TempDir();
  for (const name of ["a.txt", "sub/b.txt", "sub/deep/c.txt", "sub/index.html"]) dir.write(`root/${name}`, "inside");
  for (const name of ["secret.txt", "root2/secret.txt", "root.txt", "rootsecret.txt"]) dir.write(name, "SECRET");
  Deno.symlinkSync("../secret.txt", `${dir.path}/root/link`);
  Deno.symlinkSync("..", `${dir.path}/root/up`);
  Deno.symlinkSync("loop", `${dir.path}/root/loop`);
  return dir;
}

function answer(app: Application, target: string, headers: Record<string, string>): Promise<FakeConnection> {
  return answered(ask(app, target, { headers }));
}

test("StaticFileHandler serves no path that leads out of its root, and redirects to no other site", async (t) => {
  t.expectLog("tornado.general", /./);
  using dir = site();
  const random = new Random(fuzzSeed());
  const apps = PATTERNS.flatMap((pattern) =>
    [null, "index.html"].map((defaultFilename) => {
      const kwargs = { path: `${dir.path}/root`, defaultFilename, precompressed: true };
      return new Application([[pattern, StaticFileHandler, kwargs]], { logFunction() {} });
    })
  );
  const counts: Record<number, number> = {};
  for (let round = fuzzTimes(5000); round > 0; round--) {
    const target = random.pick(["/static/", "/static", "/", "//"]) + random.text(PIECES, 8);
    const headers: Record<string, string> = random.below(4) === 0 ? { Range: `bytes=${random.below(9)}-` } : {};
    const { status, body, headers: sent } = await answer(random.pick(apps), target, headers);
    counts[status] = (counts[status] ?? 0) + 1;
    assertEquals([200, 206, 301, 400, 403, 404, 416].includes(status), true, `${status} ${target}`);
    assertEquals(body.includes("SECRET") || body.includes("root:x"), false, target);
    if (status === 200) assertEquals(body, "inside", target);
    if (status === 301) assertEquals(/^\/(?![/\\])/.test(sent.get("Location") ?? ""), true, target);
  }
  for (const status of [200, 301, 403, 404]) assertEquals((counts[status] ?? 0) > 0, true, `${status} never came`);
});
