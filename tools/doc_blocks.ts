// Type-checks the TypeScript in the guide that `deno test --doc` does not run: blocks with the mark `ignore`, which
// listen on fixed ports, need other servers, or are parts of programs. Fails on the first mistake of any.
//
// A comment right above a block says what surrounds it: `<!-- check: declare const app: Application; -->`. With `CODE`
// in it, the block stands there; `<!-- check: no, REASON -->` leaves it out. Names of the library need no import.
import config from "../deno.json" with { type: "json" };
import { otherBlocks } from "./guide_blocks.ts";
import { entries, projectRoot } from "./project.ts";

interface Block {
  readonly page: string;
  readonly line: number;
  readonly code: string;
  /** What surrounds the code. */
  readonly around: string;
}

const BLOCK = /(?:<!-- check: ([^]*?) -->\n+)?```ts( ignore)?\n([^]*?)```/g;

/** Returns the blocks of the guide that are checked here, and the number of those that run elsewhere. */
function findBlocks(): { checked: Block[]; left: string[]; running: number } {
  const pages = Array.from(Deno.readDirSync(`${projectRoot}docs`), ({ name }) => `docs/${name}`)
    .filter((page) => page.endsWith(".md")).sort();
  const checked: Block[] = [];
  const left: string[] = [];
  let running = 0;
  for (const page of ["README.md", ...pages]) {
    const text = Deno.readTextFileSync(`${projectRoot}${page}`);
    for (const { 1: around = "CODE", 2: ignored, 3: code = "", index } of text.matchAll(BLOCK)) {
      const line = text.slice(0, index).split("\n").length;
      if (ignored === undefined) running++;
      else if (around.startsWith("no,")) left.push(`${page}:${line}: ${around.slice("no,".length).trim()}`);
      else checked.push({ page, line, code, around });
    }
  }
  return { checked, left, running };
}

/** The sub-path that exports each name, as tests/exports.txt lists them. */
function owners(): Map<string, string> {
  const found = new Map<string, string>();
  for (const paragraph of Deno.readTextFileSync(`${projectRoot}tests/exports.txt`).split("\n\n").slice(1)) {
    const [head = "", ...names] = paragraph.trim().split("\n");
    const path = `${config.name}${head.split("  ")[0]?.slice(1)}`;
    for (const name of names) {
      const plain = name.trim().replace(" (type)", "");
      if (!found.has(plain)) found.set(plain, path);
    }
  }
  return found;
}

/** Makes a module of a block. */
function moduleOf({ code, around }: Block, owned: ReadonlyMap<string, string>): string {
  const all = around.includes("CODE") ? around.replace("CODE", () => code) : `${around}\n${code}`;
  const bare = all.replace(/\/\/.*$/gm, "").replace(/"(?:[^"\\\n]|\\.)*"/g, "");
  const own = new Set(
    Array.from(all.matchAll(/\b(?:const|let|function|class|interface|type) (\w+)/g), ([, name]) => name),
  );
  const imported = Array.from(all.matchAll(/^import ([^;]*?) from/gm), ([, names]) => names).join();
  const missing = new Set(
    Array.from(bare.matchAll(/(?<![.\w"'`/])[A-Za-z]\w+/g), ([name]) => name).filter((name) =>
      owned.has(name) && !own.has(name) && !new RegExp(`\\b${name}\\b`).test(imported) &&
      !new RegExp(`\\b${name}\\??:`).test(bare)
    ),
  );
  return [...missing].map((name) => `import { ${name} } from "${owned.get(name)}";\n`).join("") + all +
    "\nexport {};\n";
}

const { checked, left, running } = findBlocks();
const folder = await Deno.makeTempDir({ prefix: "twister-blocks-" });
try {
  const root = new URL(".", `file://${projectRoot}`).href;
  const imports: Record<string, string> = {
    "@std/assert": "npm:deno-std@1.4.0/assert/mod.js",
    "https://code.example.org/twister/": root,
  };
  for (const [path, file] of Object.entries(entries)) {
    for (const name of [config.name, `jsr:${config.name}`]) imports[name + path.slice(1)] = new URL(file, root).href;
  }
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ imports }));
  // A file that a block imports.
  await Deno.mkdir(`${folder}/translations`);
  await Deno.writeTextFile(`${folder}/translations/fr_FR.csv`, '"Sign out","Se déconnecter"\n');
  const owned = owners();
  const places = new Map<string, string>();
  for (const [i, block] of checked.entries()) {
    places.set(`block${i}.ts`, `${block.page}:${block.line}`);
    await Deno.writeTextFile(`${folder}/block${i}.ts`, moduleOf(block, owned));
  }
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--no-lock", ...places.keys()],
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  const report = new TextDecoder().decode(stderr);
  for (const reason of left) console.log(`left out: ${reason}`);
  console.log(`${running} blocks run, ${checked.length} are type-checked, ${left.length} are left out`);
  const others = Object.entries(Object.groupBy(otherBlocks(), ({ language }) => language))
    .map(([language, blocks = []]) => `${blocks.length} ${language}`);
  console.log(`Tests read those in other languages: ${others.join(", ")}`);
  if (!success) {
    console.error(report.replace(/file:\/\/\S*\/(block\d+\.ts)/g, (_, name: string) => places.get(name) ?? name));
    Deno.exit(1);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
