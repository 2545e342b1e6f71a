// The rules of CONTRIBUTING.md's "Layers" section as a program: what `src` may import, and what it must not grow into.
import { assertEquals } from "@std/assert";
import { deno, entries, projectRoot, sourceFiles } from "../tools/project.ts";
import { test } from "./support/test.ts";

/** Folders of `src` by rank; a file imports only lower ranks and its own folder. */
const LAYERS = [
  ["internal"],
  ["util"],
  ["concurrency", "template", "locale"],
  ["net"],
  ["http"],
  ["web"],
  ["websocket", "auth"],
  ["ws"],
  ["testing"],
];

/** A first import over https costs one round trip for each step of depth. */
const MAX_IMPORT_DEPTH = 12;

/** An entry names what its own files define, or what another entry names; mod.ts is one step above. */
const MAX_REEXPORT_CHAIN = 2;

/** The aim is 350; beyond this a file has a seam that wants finding. */
const MAX_LINES = 450;

/** The leaf files that may name a package: everybody else imports it from there. */
const OUTSIDE = new Set(["src/internal/std.ts", "src/template/_acorn.ts"]);

interface Edge {
  readonly specifier: string;
  /** The imported file relative to the project, `null` for what is not a file of the project. */
  readonly target: string | null;
  readonly error: string | null;
}

interface InfoDependency {
  specifier: string;
  code?: { specifier?: string; error?: string };
  type?: { specifier?: string; error?: string };
}

const files = ["mod.ts", ...sourceFiles("src")];
const rootUrl = `file://${projectRoot}`;

/** All imports of all files, type imports and dynamic ones included, as Deno itself resolves them. */
async function importGraph(): Promise<Map<string, Edge[]>> {
  const list = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(list, files.map((file) => `import "${rootUrl}${file}";\n`).join(""));
    const info: { modules: { specifier: string; error?: string; dependencies?: InfoDependency[] }[] } = JSON.parse(
      await deno(["info", "--no-config", "--no-lock", "--json", list]),
    );
    const graph = new Map<string, Edge[]>();
    for (const { specifier, error, dependencies = [] } of info.modules) {
      if (!specifier.startsWith(rootUrl) || error !== undefined) continue;
      graph.set(
        specifier.slice(rootUrl.length),
        dependencies.flatMap(({ specifier, code, type }) =>
          [code, type].filter((kind) => kind !== undefined).map(({ specifier: url = "", error = null }) => ({
            specifier,
            target: url.startsWith(rootUrl) ? url.slice(rootUrl.length) : null,
            error,
          }))
        ),
      );
    }
    return graph;
  } finally {
    await Deno.remove(list);
  }
}

const graph = await importGraph();

function targets(file: string): string[] {
  return (graph.get(file) ?? []).map((edge) => edge.target).filter((target) => target !== null);
}

function folderOf(file: string): string {
  return file.split("/")[1] ?? "";
}

test("architecture: every file of src lies in a folder that has a rank", () => {
  const ranked = new Set(LAYERS.flat());
  assertEquals(sourceFiles("src").filter((file) => !ranked.has(folderOf(file))), []);
});

test("architecture: every file imports only lower ranks and its own folder", () => {
  const rank = (file: string) => LAYERS.findIndex((folders) => folders.includes(folderOf(file)));
  const wrong: string[] = [];
  for (const file of sourceFiles("src")) {
    for (const target of targets(file)) {
      if (target === "mod.ts" || (folderOf(file) !== folderOf(target) && rank(target) >= rank(file))) {
        wrong.push(`${file} imports ${target}`);
      }
    }
  }
  assertEquals(wrong, []);
});

test("architecture: imports have no cycle, type imports included", () => {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    path.push(file);
    for (const target of targets(file)) {
      const cycle = visit(target);
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(file);
    return null;
  };
  for (const file of files) assertEquals(visit(file), null);
});

test("architecture: what begins with an underscore is imported only from its own folder", () => {
  const wrong: string[] = [];
  for (const file of files) {
    for (const target of targets(file)) {
      const home = target.match(/^(.*\/)_/)?.[1];
      if (home !== undefined && !file.startsWith(home)) wrong.push(`${file} imports ${target}`);
    }
  }
  assertEquals(wrong, []);
});

test("architecture: specifiers are relative with .ts, node: or, in few files, a pinned npm:", () => {
  const allowed = (file: string, { specifier, error }: Edge) =>
    error === null && (
      /^\.\.?\/.*\.ts$/.test(specifier) || specifier.startsWith("node:") ||
      (OUTSIDE.has(file) && /^npm:[\w-]+@\d+\.\d+\.\d+(\/|$)/.test(specifier))
    );
  assertEquals(
    files.flatMap((file) =>
      (graph.get(file) ?? []).filter((edge) => !allowed(file, edge)).map((edge) => `${file}: ${edge.specifier}`)
    ),
    [],
  );
});

test("architecture: relative imports name files that exist", () => {
  const missing = files.flatMap((file) =>
    targets(file).filter((target) => !graph.has(target)).map((target) => `${file}: ${target}`)
  );
  assertEquals(missing, []);
});

test("architecture: every file is reached from an entry, within a bounded depth", () => {
  const reached = new Set<string>();
  for (const path of Object.values(entries)) {
    let level = [path.slice("./".length)];
    const seen = new Set(level);
    for (let depth = 1; level.length > 0; depth++) {
      assertEquals(depth <= MAX_IMPORT_DEPTH ? [] : level, [], `${path} reaches these files at depth ${depth}`);
      level = [...new Set(level.flatMap(targets))].filter((file) => !seen.has(file));
      for (const file of level) seen.add(file);
    }
    for (const file of seen) reached.add(file);
  }
  assertEquals(files.filter((file) => !reached.has(file)), []);
});

test("architecture: re-export chains are short", () => {
  const sources = new Map(files.map((file) => {
    const text = Deno.readTextFileSync(`${projectRoot}/${file}`);
    const found = text.matchAll(/^export\s+(?:type\s+)?(?:\*|\{[^}]*\})(?:\s+as\s+\w+)?\s+from\s+"(\.[^"]+)"/gm);
    const urls = Array.from(found, ([, specifier = ""]) => new URL(specifier, `${rootUrl}${file}`).href);
    return [file, urls.map((url) => url.slice(rootUrl.length))] as const;
  }));
  const chain = (file: string): number => Math.max(0, ...(sources.get(file) ?? []).map((from) => 1 + chain(from)));
  const allowed = (file: string) => file === "mod.ts" ? MAX_REEXPORT_CHAIN + 1 : MAX_REEXPORT_CHAIN;
  assertEquals(files.filter((file) => chain(file) > allowed(file)), []);
});

test("architecture: no file outgrows its limit", () => {
  const sizes = files.map((file) =>
    [file, Deno.readTextFileSync(`${projectRoot}/${file}`).split("\n").length - 1] as const
  );
  assertEquals(sizes.filter(([, lines]) => lines > MAX_LINES), []);
});
