import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { IOLoop } from "../../src/net/ioloop.ts";
import { projectRoot } from "../../tools/project.ts";
import { test } from "../support/test.ts";

/**
 * Runs the program, asks for the paths one after another, waits for so many errors in the log, and returns the answers,
 * the exit code and the log.
 */
async function run(
  args: string[],
  paths: string[],
  lines: number,
  program = "uncaught_errors_program.ts",
): Promise<{ answers: (string | null)[]; code: number; log: string }> {
  await using process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-net", `tests/net/${program}`, ...args],
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let log = "";
  const enough = Promise.withResolvers<void>();
  const logged = (async () => {
    for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) {
      log += text;
      if ((log.match(/Uncaught/g)?.length ?? 0) >= lines) enough.resolve();
    }
  })();
  const output = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const port = Number((await output.read()).value);
  const answers: (string | null)[] = [];
  for (const path of paths) {
    const text = (response: Response) => response.text();
    answers.push(await fetch(`http://127.0.0.1:${port}${path}`).then(text).catch(() => null));
  }
  await enough.promise;
  if (args.length === 1) process.kill("SIGKILL");
  await output.cancel();
  const { code } = await process.status;
  await logged;
  return { answers, code, log };
}

for (const engine of ["listen", "serve"]) {
  test(`uncaught errors of a server (${engine}) are logged with their stack, and it lives on`, async () => {
    const paths = ["/rejection", "/value", "/timer", "/event", "/own", "/last"];
    const { answers, log } = await run([engine], paths, 4);
    assertEquals(answers, paths.map((path) => `page ${path.slice(1)}`));
    assertMatch(log, /Uncaught rejection of a promise\n\s*Error: not awaited\n\s+at Page\.get \(\S+program\.ts:\d+:/);
    assertMatch(log, /Uncaught rejection of a promise: "a text"\n/);
    assertMatch(log, /Uncaught exception\n\s*Error: in a timer\n\s+at .*late/);
    assertMatch(log, /Uncaught exception\n\s*Error: in a listener\n/);
    assertEquals(log.match(/Uncaught/g)?.length, 4, log);
  });

  test(`uncaught errors of a server (${engine}) end it, if logsUncaughtErrors is false`, async () => {
    const { code, log } = await run([engine, "off"], ["/timer"], 1);
    assertEquals(code, 1);
    assertStringIncludes(log, "error: Uncaught Error: in a timer");
  });

  test(`an error of the main module ends a server (${engine})`, async () => {
    for (const program of ["uncaught_errors_program.ts", "uncaught_errors_importer.ts"]) {
      for (const flags of [["fail"], ["late", "fail"], ["failnow"], ["late", "failnow"]]) {
        const { code, log } = await run([engine, ...flags], [], 1, program);
        assertEquals([program, flags, code], [program, flags, 1]);
        assertMatch(log, /^error: Uncaught (?:\(in promise\) )?Error: in the program$/m);
      }
    }
  });
}

test("IOLoop.logsUncaughtErrors is on by default, and tests see what they miss", async () => {
  assertEquals(IOLoop.current().logsUncaughtErrors, true);
  const web = new URL("../../src/web/mod.ts", import.meta.url);
  const program = `const { Application } = await import("${web}");
    const run = async () => {
      await using server = new Application([]).listen(0, { address: "127.0.0.1" });
      Promise.reject(new Error("lost"));
      await fetch("http://127.0.0.1:" + server.port).then((response) => response.text());
    };
    export default Deno.test("loses a promise", run);`;
  const file = await Deno.makeTempFile({ suffix: "_test.ts" });
  try {
    await Deno.writeTextFile(file, program);
    const args = ["test", "--quiet", "--no-check", "--allow-net", "--allow-read", file];
    const output = await new Deno.Command(Deno.execPath(), { args, cwd: projectRoot, env: { NO_COLOR: "1" } }).output();
    assertEquals(output.code, 1);
    assertStringIncludes(new TextDecoder().decode(output.stdout), "Error: lost");
  } finally {
    await Deno.remove(file);
  }
});
