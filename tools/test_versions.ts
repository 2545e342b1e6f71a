/**
 * Runs the tests of connections, and the conformance rows of the listen engine, on the oldest version of Deno whose
 * stream handles are used, and on the newest two that npm has: `deno task test:versions`. npx downloads them (needs npm
 * and python3).
 *
 * @module
 */
import { SUPPORTED } from "../src/net/_transport/handle_binding.ts";
import { projectRoot } from "./project.ts";

const TESTS = [
  "tests/contracts/transport_test.ts",
  "tests/net/transport",
  "tests/net/netutil",
  "tests/net/iostream_test.ts",
  "tests/net/tcpserver_test.ts",
  "tests/net/write_and_close_test.ts",
  "tests/http/descriptors_test.ts",
];
/** What Deno.serve does changes from one version to the next, and is not what the handles carry. */
const LISTEN_ROWS = "/listen|WebSocket/";

/** Runs a program and returns what it prints; `null` if it fails. */
async function run(command: string, args: readonly string[], stdout: "inherit" | "piped"): Promise<string | null> {
  const output = await new Deno.Command(command, {
    args: [...args],
    cwd: projectRoot,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdout,
    stderr: "inherit",
  }).spawn().output();
  if (!output.success) return null;
  return stdout === "piped" ? new TextDecoder().decode(output.stdout) : "";
}

/** Runs a version of Deno. */
function deno(version: string, args: readonly string[], stdout: "inherit" | "piped"): Promise<string | null> {
  return run("npx", ["-y", `deno@${version}`, ...args], stdout);
}

/** The two newest versions that npm has, the older one first. */
async function newest(): Promise<string[]> {
  const listed = await run("npm", ["view", "deno", "versions", "--json"], "piped");
  const versions: unknown = JSON.parse(listed ?? "[]");
  if (!Array.isArray(versions)) return [];
  // Others are previews.
  return versions.map(String).filter((version) => /^\d+\.\d+\.\d+$/.test(version)).slice(-2);
}

const recent = await newest();
let failed = recent.length < 2;
for (const version of new Set([SUPPORTED[0], ...recent])) {
  const exact = (await deno(version, ["eval", "console.log(Deno.version.deno)"], "piped"))?.trim();
  console.log(`Deno ${version}: ${exact ?? "cannot be had"}`);
  if (exact === undefined) {
    failed = true;
  } else if (exact === Deno.version.deno) {
    console.log("This is the version that runs all other tests");
  } else {
    const common = ["test", "--lock=dev.lock", "--frozen", "-A", "--no-check", "--quiet"];
    const tests = await deno(version, [...common, "--sanitize-ops", "--sanitize-resources", ...TESTS], "inherit");
    const rows = await deno(version, [...common, `--filter=${LISTEN_ROWS}`, "tests/conformance"], "inherit");
    if (tests === null || rows === null) failed = true;
  }
}
if (failed) Deno.exit(1);
