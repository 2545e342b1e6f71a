// Tornado's process_test.py, class SubprocessTest, and what is beyond it.
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CalledProcessError, callProcess, cpuCount, Subprocess, taskId } from "../../../src/net/process.ts";
import type { PipeIOStream } from "../../../src/net/iostream.ts";
import { latin1, latin1Bytes } from "../../support/bytes.ts";
import { test } from "../../support/test.ts";

const { STREAM } = Subprocess;

/** Prompts for commands, as the python3 of Tornado's tests does, which is not everywhere. */
function interactive(): Subprocess {
  const loop = `while printf '>>> ' && read -r line; do eval "$line"; done; echo`;
  return new Subprocess(loop, { shell: true, stdin: STREAM, stdout: STREAM });
}

function streamOf(stream: PipeIOStream | null): PipeIOStream {
  if (stream === null) throw new Error("The process has no such stream");
  return stream;
}

test("Subprocess talks to a process by streams (test_subprocess)", async () => {
  await using process = interactive();
  const stdout = streamOf(process.stdout), stdin = streamOf(process.stdin);
  await stdout.readUntil(latin1Bytes(">>> "));
  await stdin.write(latin1Bytes("echo hello\n"));
  assertEquals(latin1(await stdout.readUntil(latin1Bytes("\n"))), "hello\n");
  await stdout.readUntil(latin1Bytes(">>> "));
  await stdin.write(latin1Bytes("exit\n"));
  assertEquals(latin1(await stdout.readUntilClose()), "");
});

test("Subprocess tells the process when its input is closed (test_close_stdin)", async () => {
  await using process = interactive();
  const stdout = streamOf(process.stdout);
  await stdout.readUntil(latin1Bytes(">>> "));
  streamOf(process.stdin).close();
  assertEquals(latin1(await stdout.readUntilClose()), "\n");
});

test("Subprocess reads standard error (test_stderr)", async () => {
  await using process = new Subprocess(["sh", "-c", "echo hello >&2"], { stderr: STREAM });
  assertEquals(latin1(await streamOf(process.stderr).readUntil(latin1Bytes("\n"))), "hello\n");
});

test("Subprocess.setExitCallback is called with the status (test_sigchild)", async () => {
  await using process = new Subprocess(["true"]);
  const status = await new Promise((resolve) => process.setExitCallback(resolve));
  assertEquals([status, process.returncode], [0, 0]);
});

test("Subprocess.waitForExit resolves with the status (test_sigchild_future)", async () => {
  await using process = new Subprocess(["true"]);
  assertEquals(process.returncode, null);
  assertEquals(await process.waitForExit(), 0);
  assertEquals(process.returncode, 0);
});

test("Subprocess has the negative number of the signal as its status (test_sigchild_signal)", async () => {
  await using process = new Subprocess(["sleep", "30"], { stdout: STREAM });
  const status = new Promise((resolve) => process.setExitCallback(resolve));
  Deno.kill(process.pid, "SIGTERM");
  assertEquals([await status, process.returncode], [-15, -15]);
});

test("Subprocess.waitForExit rejects by a status other than zero (test_wait_for_exit_raise)", async () => {
  await using process = new Subprocess(["sh", "-c", "exit 1"]);
  const error = await assertRejects(() => process.waitForExit(), CalledProcessError);
  assertEquals([error.returncode, error.cmd], [1, ["sh", "-c", "exit 1"]]);
  assertEquals(error.message, "Command 'sh -c exit 1' returned non-zero exit status 1");
});

test("Subprocess.waitForExit returns any status if asked to (test_wait_for_exit_raise_disabled)", async () => {
  await using process = new Subprocess(["sh", "-c", "exit 1"]);
  assertEquals(await process.waitForExit(false), 1);
});

test("Subprocess calls an exit callback that comes late, the last one only, and logs its error", async (t) => {
  t.expectLog("tornado.application", /Exception in exit callback/);
  await using process = new Subprocess(["true"]);
  await process.waitForExit();
  const calls: string[] = [];
  process.setExitCallback(() => calls.push("first"));
  await new Promise<void>((resolve) => {
    process.setExitCallback(() => {
      calls.push("second");
      resolve();
      throw new Error("of the callback");
    });
    assertEquals(calls, []);
  });
  assertEquals(calls, ["second"]);
});

test("Subprocess ends when its signal aborts, and a disposed one is killed", async () => {
  const abort = new AbortController();
  await using aborted = new Subprocess(["sleep", "30"], { signal: abort.signal });
  abort.abort();
  assertEquals(await aborted.waitForExit(false), -15);
  const disposed = new Subprocess(["sleep", "30"]);
  await disposed[Symbol.asyncDispose]();
  assertEquals(disposed.returncode, -9);
});

test("Subprocess.kill of a group ends the children of the process as well", async () => {
  await using process = new Subprocess("sleep 30 & echo $!; wait", { shell: true, group: true, stdout: STREAM });
  await streamOf(process.stdout).readUntil(latin1Bytes("\n"));
  process.kill("SIGKILL");
  assertEquals(await process.waitForExit(false), -9);
  // The pipe ends when nobody holds its other end any more.
  await streamOf(process.stdout).readUntilClose();
  process.kill("SIGKILL");
});

test("Subprocess refuses a program that does not exist, and a list for the shell", () => {
  assertThrows(() => new Subprocess(["/no/such/program"]), Deno.errors.NotFound);
  assertThrows(() => new Subprocess(["echo"], { shell: true }), TypeError, "not a single string");
});

test("callProcess collects what a process writes, and gives it its input", async () => {
  const { returncode, stdout, stderr } = await callProcess("cat; echo failed >&2; exit 3", {
    shell: true,
    input: "x".repeat(1 << 20),
    raiseError: false,
  });
  assertEquals([returncode, stdout.length, latin1(stderr)], [3, 1 << 20, "failed\n"]);
});

test("callProcess has the text of what a process writes", async () => {
  const output = await callProcess("cat; printf 'nö\\377' >&2", { shell: true, input: "ä\n" });
  assertEquals([output.stdoutText, output.stderrText], ["ä\n", "nö\ufffd"]);
});

test("callProcess rejects by a status other than zero, and bears a process that does not read", async () => {
  await assertRejects(() => callProcess(["false"]), CalledProcessError, "exit status 1");
  const { stdout } = await callProcess(["head", "-c", "3"], { input: "abcdef".repeat(1 << 18) });
  assertEquals(latin1(stdout), "abc");
});

test("cpuCount counts processors, and taskId is null in a program that is no worker", () => {
  assert(cpuCount() >= 1);
  assertEquals(taskId(), null);
});
