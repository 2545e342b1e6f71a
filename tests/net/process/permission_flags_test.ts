import { assertEquals } from "@std/assert";
import { callProcess } from "../../../src/net/process.ts";
import { projectRoot } from "../../../tools/project.ts";
import { latin1 } from "../../support/bytes.ts";
import { test } from "../../support/test.ts";

/** The flags for a child of a program that was given some. */
async function flagsOf(own: readonly string[], named: readonly string[] | null): Promise<string> {
  const program = "tests/net/process/permission_flags_program.ts";
  const command = [Deno.execPath(), "run", "--no-prompt", ...own, program, JSON.stringify(named)] as const;
  const { stdout } = await callProcess(command, { cwd: projectRoot });
  return latin1(stdout).trimEnd();
}

const REFUSED = "TypeError: Cannot pass on a permission that this program does not have: ";

const CASES: readonly [own: string, named: readonly string[] | null, expected: string][] = [
  ["-A", null, '["--allow-all"]'],
  ["", null, "[]"],
  ["--allow-net --allow-env", null, '["--allow-net","--allow-env"]'],
  // What is given in part is not passed on unless it is named.
  ["--allow-net=127.0.0.1 --allow-read", null, '["--allow-read"]'],
  ["--allow-net --deny-net=example.com", null, "[]"],
  [
    "-A --deny-run",
    null,
    '["--allow-read","--allow-write","--allow-net","--allow-env","--allow-sys","--allow-ffi","--allow-import"]',
  ],
  ["--allow-net=127.0.0.1", ["--allow-net=127.0.0.1:80,127.0.0.1"], '["--allow-net=127.0.0.1:80,127.0.0.1"]'],
  ["--allow-net=127.0.0.1", ["--allow-net"], `${REFUSED}--allow-net`],
  ["--allow-net=127.0.0.1", ["--allow-net=127.0.0.1,example.com"], `${REFUSED}--allow-net=127.0.0.1,example.com`],
  ["--allow-read=/tmp", ["--allow-read=/tmp/x"], '["--allow-read=/tmp/x"]'],
  ["--allow-read=/tmp --deny-read=/tmp/x", ["--allow-read=/tmp"], `${REFUSED}--allow-read=/tmp`],
  // Deno does not tell what is denied of a pattern.
  ["--allow-net --deny-net=10.0.0.5", ["--allow-net=10.0.0.0/8"], `${REFUSED}--allow-net=10.0.0.0/8`],
  ["--allow-net --deny-net=a.example:80", ["--allow-net=a.example"], `${REFUSED}--allow-net=a.example`],
  ["--allow-net --deny-net=a.example:80", ["--allow-net=a.example:81"], '["--allow-net=a.example:81"]'],
  ["--allow-net --deny-net=[::2]:80", ["--allow-net=[::2]"], `${REFUSED}--allow-net=[::2]`],
  ["--allow-env --deny-env=A_KEY", ["--allow-env=A_*"], `${REFUSED}--allow-env=A_*`],
  ["--allow-net=*.example.com", ["--allow-net=*.example.com"], `${REFUSED}--allow-net=*.example.com`],
  ["-A", ["--allow-net=10.0.0.0/8", "--allow-env=A_*"], '["--allow-net=10.0.0.0/8","--allow-env=A_*"]'],
  ["--allow-env=A", ["--allow-env=A", "--deny-net"], '["--allow-env=A","--deny-net"]'],
  ["-A", ["--allow-all"], "TypeError: Cannot pass on a permission: the flag is not --allow-NAME: --allow-all"],
  ["-A", ["--unstable-net"], "TypeError: Cannot pass on a permission: the flag is not --allow-NAME: --unstable-net"],
];

for (const [own, named, expected] of CASES) {
  test(`Supervisor with ${own || "no permission"} passes on ${named?.join(" ") ?? "what it has"}`, async () => {
    assertEquals(await flagsOf(own.split(" ").filter(Boolean), named), expected);
  });
}
