// Writes an entry of the library, with all that it imports, into one file, and into one that is minified: for those who
// import by URL, and for containers. Names of classes are kept, since logs show them.
//
//   deno task bundle [--entry=./web] [--out=dist]
import { parseArgs } from "node:util";
import { deno, entries } from "./project.ts";

const { values } = parseArgs({
  options: { entry: { type: "string", default: "./web" }, out: { type: "string", default: "dist" } },
});
const file = entries[values.entry];
if (file === undefined) throw new Error(`No entry of deno.json has this name: ${values.entry}`);

const name = values.entry === "." ? "twister" : values.entry.slice(2).replaceAll("/", "_");
const out = `${values.out}/${name}`;
await Deno.mkdir(values.out, { recursive: true });
for (const [path, options] of [[`${out}.js`, []], [`${out}.min.js`, ["--minify"]]] as const) {
  await deno([
    "bundle",
    "--quiet",
    "--lock=dev.lock",
    "--frozen",
    "--keep-names",
    "--packages=external",
    ...options,
    "-o",
    path,
    file,
  ]);
  console.log(`${path}: ${((await Deno.stat(path)).size / 1024).toFixed(0)} KiB`);
}
