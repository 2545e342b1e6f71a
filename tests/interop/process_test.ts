// A socket that another program, in Python, has bound and passes on.
import { assertEquals } from "@std/assert";
import { Subprocess } from "../../src/net/process.ts";
import { projectRoot } from "../../tools/project.ts";
import { test } from "../support/test.ts";
import { askBoth, line } from "../support/worker_answers.ts";

const { STREAM } = Subprocess;

for (const mode of ["processes", "threads"]) {
  test(`Application.listen with workers of ${mode} shares a socket that was passed to the program`, async () => {
    const command = `
import socket, subprocess, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
sys.exit(subprocess.call(sys.argv[1:] + [str(listener.fileno())], pass_fds=[listener.fileno()]))`;
    const program = [Deno.execPath(), "run", "-A", "tests/net/process/start_program.ts", "fd", mode];
    await using parent = new Subprocess(["python3", "-c", command, ...program], {
      cwd: projectRoot,
      group: true,
      stdin: "null",
      stdout: STREAM,
    });
    const port = Number(await line(parent));
    assertEquals(await askBoth(port), ["0", "1"]);
    parent.kill("SIGKILL");
    await parent.waitForExit(false);
  });
}
