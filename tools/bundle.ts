// Writes an entry of the library, with all that it imports, into one file, and into one that is minified: for those who
// import by URL, and for containers. With --split, what a server needs seldom (templates, reloading, the supervisor)
// is in files of its own beside them. Names of classes are kept, since logs show them.
//
//   deno task bundle [--entry=./web] [--out=dist] [--split]
import { parseArgs } from "node:util";
import { keepNamesOfClasses } from "./bundle_names.ts";
import { deno, entries, projectRoot } from "./project.ts";

const { values } = parseArgs({
  options: {
    entry: { type: "string", default: "./web" },
    out: { type: "string", default: "dist" },
    split: { type: "boolean", default: false },
  },
});
const file = entries[values.entry];
if (file === undefined) throw new Error(`No entry of deno.json has this name: ${values.entry}`);

const name = values.entry === "." ? "twister" : values.entry.slice(2).replaceAll("/", "_");
const scratch = await Deno.makeTempDir();
try {
  for (const [target, options] of [[name, []], [`${name}.min`, ["--minify"]]] as const) {
    const made = `${scratch}/${target}`;
    // The name of the entry is the name of the file.
    const main = `${scratch}/${target}.ts`;
    await Deno.writeTextFile(main, `export * from ${JSON.stringify(new URL(file, `file://${projectRoot}`).href)};\n`);
    await deno([
      "bundle",
      "--quiet",
      "--lock=dev.lock",
      "--frozen",
      "--keep-names",
      "--packages=external",
      "--external=data:*",
      ...options,
      ...(values.split ? ["--code-splitting", "--outdir", made] : ["-o", `${made}/${target}.js`]),
      main,
    ]);
    const texts = new Map<string, string>();
    for (const one of Deno.readDirSync(made)) texts.set(one.name, await Deno.readTextFile(`${made}/${one.name}`));
    keepNamesOfClasses(texts);
    const out = values.split ? `${values.out}/${target}` : values.out;
    if (values.split) await Deno.remove(out, { recursive: true }).catch(() => {});
    await Deno.mkdir(out, { recursive: true });
    for (const [path, text] of texts) await Deno.writeTextFile(`${out}/${path}`, text);
    const size = texts.values().reduce((sum, text) => sum + text.length, 0);
    const files = values.split ? ` in ${texts.size} files` : "";
    console.log(`${out}/${target}.js: ${(size / 1024).toFixed(0)} KiB${files}`);
  }
} finally {
  await Deno.remove(scratch, { recursive: true });
}
