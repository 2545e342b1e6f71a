import { assertEquals } from "@std/assert";
import { projectRoot } from "../../tools/project.ts";
import { startServer } from "./run.ts";

const CHECKER = `${projectRoot}/tests/conformance/ws_conformance.py`;

/** Runs the checker; the lines of the cases that failed, and how many passed. */
async function check(url: string, options: readonly string[]): Promise<{ failed: string[]; passed: number }> {
  const { code, stdout, stderr } = await new Deno.Command("python3", { args: [CHECKER, url, ...options] }).output();
  const output = new TextDecoder().decode(stdout);
  const passed = /^(\d+) passed, /m.exec(output)?.[1];
  if (code > 1 || passed === undefined) {
    throw new Error(`The checker failed: ${output}${new TextDecoder().decode(stderr)}`);
  }
  return { failed: output.split("\n").filter((line) => line.startsWith("FAILED ")), passed: Number(passed) };
}

for (const path of ["ws", "ws-plain"]) {
  for (const limit of [[], ["--max-message-size=65536"]]) {
    Deno.test(["conformance: WebSocket", path, ...limit].join(" "), async () => {
      await using server = await startServer("listen", limit);
      const url = `ws://127.0.0.1:${server.port}/${path}`;
      let { failed, passed } = await check(url, limit);
      // Without the cases that need compression or larger messages.
      assertEquals(passed > 300, true, `only ${passed} cases were checked`);
      // A machine that stood still for a moment fails cases that wait for an answer. What fails twice fails.
      if (failed.length > 0) {
        const cases = failed.map((line) => line.split(" ")[1]).join();
        ({ failed } = await check(url, [...limit, `--cases=${cases}`]));
      }
      assertEquals(failed, []);
    });
  }
}
