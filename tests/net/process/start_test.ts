import { assert, assertEquals, assertMatch } from "@std/assert";
import { Subprocess } from "../../../src/net/process.ts";
import { projectRoot } from "../../../tools/project.ts";
import { latin1 } from "../../support/bytes.ts";
import { test } from "../../support/test.ts";
import { ask, askBoth, line } from "../../support/worker_answers.ts";

const { STREAM } = Subprocess;

/** Starts a program of this folder with streams for its outputs. */
function start(file: string, args: readonly string[], flags: readonly string[] = ["-A"]): Subprocess {
  return new Subprocess([Deno.execPath(), "run", "--no-prompt", ...flags, `tests/net/process/${file}`, ...args], {
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: STREAM,
    stderr: STREAM,
  });
}

for (const how of ["listen", "start"]) {
  for (const mode of ["processes", "threads"]) {
    const name = how === "listen" ? "Application.listen with workers" : "HTTPServer.start";
    test(`${name} starts ${mode}, returns in the supervising process as well, and ends at SIGTERM`, async () => {
      await using process = start("start_program.ts", [how, mode]);
      const [, port = "", task = ""] = /^listening (\d+) as (\w+)$/.exec(await line(process)) ?? [];
      assertEquals(task, "null");
      assertEquals(await askBoth(Number(port)), ["0", "1"]);
      const lines = [await line(process), await line(process)].sort();
      assertEquals(lines, [`[0] listening ${port} as 0`, `[1] listening ${port} as 1`]);
      process.kill("SIGTERM");
      assertEquals(await process.waitForExit(), 0);
    });
  }
}

for (const mode of ["processes", "threads"]) {
  test(`Server.drain ends the workers of ${mode}, and then the program, which has nothing else to do`, async () => {
    await using process = start("start_program.ts", ["drain", mode]);
    assert(/^answer [01], drained true$/.test(await line(process)));
    assertEquals(await process.waitForExit(), 0);
  });
}

test("Application.listen with workers and TLS has each process bind the port, with --unstable-net", async () => {
  await using process = start("start_program.ts", ["tls"], ["-A", "--unstable-net"]);
  const [, port = ""] = /^listening (\d+) as null$/.exec(await line(process)) ?? [];
  await line(process);
  await line(process);
  const caCerts = [await Deno.readTextFile(`${projectRoot}/tests/support/certs/ca.pem`)];
  using client = Deno.createHttpClient({ caCerts, poolMaxIdlePerHost: 0 });
  assertMatch(await (await fetch(`https://localhost:${port}/`, { client })).text(), /^[01]$/);
  process.kill("SIGTERM");
  assertEquals(await process.waitForExit(), 0);
});

for (
  const [what, expected] of [["0", "granted prompt granted granted"], ["--allow-net", "granted prompt prompt prompt"]]
) {
  test(`Supervisor gives processes no permission that it lacks (${what})`, async () => {
    const own = ["--allow-net", "--allow-env", "--allow-run"];
    await using process = start("start_program.ts", ["permissions", "processes", what ?? ""], own);
    assertEquals(await line(process), "granted prompt granted granted");
    assertEquals([await line(process), await line(process)].sort(), [`[0] ${expected}`, `[1] ${expected}`]);
    process.kill("SIGTERM");
    assertEquals(await process.waitForExit(), 0);
  });
}

test("Supervisor refuses to start processes without the permissions for it", async () => {
  await using process = start("start_program.ts", ["listen"], ["--allow-net", "--allow-run"]);
  const output = await process.stderr?.readUntilClose();
  assertMatch(
    latin1(output ?? new Uint8Array()),
    /Cannot start worker processes: it takes --allow-run and --allow-env/,
  );
  assertEquals(await process.waitForExit(false), 1);
});

test("Supervisor without handles shares the socket between threads by Deno itself", async () => {
  using probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr;
  probe.close();
  await using process = start("start_program.ts", ["deno", "threads", String(port)]);
  assertEquals(await line(process), `listening ${port} as null`);
  await line(process);
  await line(process);
  assertEquals(await ask(port).then((task) => /^[01]$/.test(task)), true);
  process.kill("SIGTERM");
  assertEquals(await process.waitForExit(), 0);
});

test("Supervisor without handles has each process bind the port, with --unstable-net", async () => {
  await using process = start("start_program.ts", ["deno", "processes", "0"], ["-A", "--unstable-net"]);
  assertEquals(await line(process), "listening 0 as null");
  const [one, two] = [await line(process), await line(process)].sort();
  assertEquals([one, two], ["[0] listening 0 as 0", "[1] listening 0 as 1"]);
  process.kill("SIGTERM");
  assertEquals(await process.waitForExit(), 0);
});

test("Supervisor without handles refuses processes without --unstable-net", async () => {
  await using process = start("start_program.ts", ["deno", "processes", "0"]);
  const output = await process.stderr?.readUntilClose();
  assert(/Cannot set reusePort: Deno needs the flag --unstable-net/.test(latin1(output ?? new Uint8Array())));
  assertEquals(await process.waitForExit(false), 1);
});

test("forkProcesses numbers, restarts and ends processes as Tornado does (test_multi_process)", async () => {
  await using process = start("fork_program.ts", []);
  assertEquals(await line(process), "before the fork");
  const output = latin1(await process.stdout?.readUntilClose() ?? new Uint8Array());
  const log = latin1(await process.stderr?.readUntilClose() ?? new Uint8Array());
  assertEquals(output, "[2] all is well\n", log);
  assertEquals(await process.waitForExit(), 0);
  assertEquals(log.match(/exited with status [234], restarting/g)?.length, 3, log);
  assertEquals(log.match(/exited normally/g)?.length, 3, log);
});
