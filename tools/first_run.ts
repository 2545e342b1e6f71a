// What the first minute with Twister downloads: loads the demo and the first program with an empty cache, and fails
// beyond MAX_DOWNLOADS packages or with any warning.
import { projectRoot } from "./project.ts";

const PROGRAMS = ["examples/websocket_chat/main.ts", "examples/hello.ts"];

/** The parser for expressions in templates: what the registry says of it, and the package. */
const MAX_DOWNLOADS = 2;

/** Lines of `deno cache` without a warning: what it fetches, and its summary. */
const EXPECTED = /^(Download |Initialize |Dependencies:$|\+ npm:)/;

let faults = 0;
for (const program of PROGRAMS) {
  const cache = await Deno.makeTempDir({ prefix: "twister-cache-" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      // As for users who import Twister: of a deno.lock, Deno fetches every package, needed or not.
      args: ["cache", "--no-lock", program],
      cwd: projectRoot,
      env: { DENO_DIR: cache, NO_COLOR: "1" },
    }).output();
    const lines = new TextDecoder().decode(stderr).split("\n").filter((line) => line !== "");
    const downloads = lines.filter((line) => line.startsWith("Download "));
    const warnings = lines.filter((line) => !EXPECTED.test(line));
    console.log(`${program}: ${downloads.length} downloads, ${warnings.length} lines of warnings`);
    if (!success || downloads.length > MAX_DOWNLOADS || warnings.length > 0) {
      faults++;
      console.log(lines.join("\n"));
    }
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}
Deno.exit(faults === 0 ? 0 : 1);
