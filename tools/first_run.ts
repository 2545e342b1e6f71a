// Counts the downloads of the first minute with Twister: loads the demo and the first program with an empty cache, as
// `task demo` does in a fresh copy and as users do who import Twister. Fails beyond MAX_DOWNLOADS or with any warning.
import { projectRoot } from "./project.ts";

const PROGRAMS = ["examples/websocket_chat/main.ts", "examples/hello.ts"];

/**
 * A copy fetches every package of the deno.lock beside it, needed or not: so deno.lock has what the demo needs and the
 * assertions of documented examples, and dev.lock has the rest. Users who import Twister have a lock of their own.
 */
const WAYS = { "in a copy": "--frozen", imported: "--no-lock" };

/** The registry's entry on the parser for expressions in templates, that package, and the assertions. */
const MAX_DOWNLOADS = 3;

/** Lines of `deno cache` without a warning: what it fetches, and its summary. */
const EXPECTED = /^(Download |Initialize |Dependencies:$|\+ npm:)/;

let faults = 0;
for (const program of PROGRAMS) {
  for (const [way, lock] of Object.entries(WAYS)) {
    const cache = await Deno.makeTempDir({ prefix: "twister-cache-" });
    try {
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["cache", lock, program],
        cwd: projectRoot,
        env: { DENO_DIR: cache, NO_COLOR: "1" },
      }).output();
      const lines = new TextDecoder().decode(stderr).split("\n").filter((line) => line !== "");
      const downloads = lines.filter((line) => line.startsWith("Download "));
      const warnings = lines.filter((line) => !EXPECTED.test(line));
      console.log(`${program} ${way}: ${downloads.length} downloads, ${warnings.length} lines of warnings`);
      if (!success || downloads.length > MAX_DOWNLOADS || warnings.length > 0) {
        faults++;
        console.log(lines.join("\n"));
      }
    } finally {
      await Deno.remove(cache, { recursive: true });
    }
  }
}
Deno.exit(faults === 0 ? 0 : 1);
