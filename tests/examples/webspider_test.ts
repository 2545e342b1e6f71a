import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { makeSite } from "../../examples/webspider/site.ts";
import { crawl } from "../../examples/webspider/spider.ts";
import { moment } from "../../src/concurrency/gen.ts";
import { projectRoot } from "../../tools/project.ts";
import { test } from "../support/test.ts";

test("examples/webspider reads its own site and ends", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-net", "examples/webspider/main.ts", "--timeout=3"],
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  const text = new TextDecoder().decode(stdout).replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "SITE");
  const lines = text.trimEnd().split("\n");
  assertEquals(lines.slice(0, 6), [
    "SITE/",
    "  SITE/page/1",
    "  https://example.com/",
    "  SITE/missing",
    "  SITE/slow",
    "  SITE/",
  ]);
  assertEquals(lines.filter((line) => /^SITE\/page\/\d+$/.test(line)).length, 20);
  assertEquals(lines.slice(-3, -1), ["SITE/missing: the server answers 404", "SITE/slow: Operation timed out"]);
  assertMatch(lines.at(-1) ?? "", /^Done in [\d.]+ seconds, fetched 21 pages, 2 failed$/);
});

test("examples/webspider says in one line that it was interrupted", async () => {
  await using site = makeSite().listen(0, { address: "127.0.0.1" });
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-lock", "--no-prompt", "--allow-net", "examples/webspider/main.ts"],
      ...["--timeout=3600", `--url=http://127.0.0.1:${site.port}/`],
    ],
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const error = new Response(process.stderr).text();
  let output = "";
  let interrupted = false;
  for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    // The page that does not come keeps it from ending by itself.
    if (!interrupted) process.kill("SIGINT");
    interrupted = true;
  }
  assertEquals([(await process.status).code, await error, output.trimEnd().split("\n").at(-1)], [
    130,
    "",
    "Interrupted",
  ]);
});

test("crawl reports one page at a time, however many workers it has", async () => {
  await using site = makeSite().listen(0, { address: "127.0.0.1" });
  const controller = new AbortController();
  let reporting = 0;
  const pages: string[] = [];
  const crawling = crawl(`http://127.0.0.1:${site.port}/`, {
    workers: 5,
    timeout: 3600,
    signal: controller.signal,
    async report(url) {
      assertEquals(++reporting, 1);
      await moment;
      reporting--;
      // All of them, but for the one that does not come.
      if (pages.push(url) === 21) controller.abort(new RangeError("enough"));
    },
  });
  await assertRejects(() => crawling, RangeError, "enough");
  assertEquals(new Set(pages).size, 21);
});

test("crawl ends when its signal aborts, though a page does not come", async () => {
  await using site = makeSite().listen(0, { address: "127.0.0.1" });
  const controller = new AbortController();
  const crawling = crawl(`http://127.0.0.1:${site.port}/slow`, {
    workers: 2,
    timeout: 3600,
    signal: controller.signal,
    report: () => Promise.resolve(),
  });
  controller.abort(new RangeError("enough"));
  await assertRejects(() => crawling, RangeError, "enough");
});
