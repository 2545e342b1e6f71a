// Prints what a release would contain, and fails with any warning, which `deno publish` does not.
import { projectRoot } from "./project.ts";

const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
  args: ["publish", "--dry-run", "--allow-dirty"],
  cwd: projectRoot,
  env: { NO_COLOR: "1" },
}).output();
const report = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
const warnings = report.match(/^warning\b/gmi)?.length ?? 0;
console.log(report + (warnings === 0 ? "No warnings" : `${warnings} warnings`));
Deno.exit(success && warnings === 0 ? 0 : 1);
