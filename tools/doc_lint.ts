// Runs `deno doc --lint` over every entry that deno.json exports, so that a new entry cannot be forgotten.
import { entryFiles, projectRoot } from "./project.ts";

const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--lint", ...entryFiles()],
  cwd: projectRoot,
  stdout: "null",
}).spawn().status;
Deno.exit(code);
