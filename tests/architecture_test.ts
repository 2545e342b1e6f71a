// The rules of CONTRIBUTING.md's "Layers" section as a program: what `src` may import, and what it must not grow into.
import { assertEquals } from "@std/assert";
import { deno, entries, entryFiles, projectRoot, sourceFiles } from "../tools/project.ts";
import { test } from "./support/test.ts";

/** Folders of `src` by rank; a file imports only lower ranks and its own folder. */
const LAYERS = [
  ["internal"],
  ["util"],
  ["concurrency", "template", "locale"],
  ["net"],
  ["http", "websocket_core", "pubsub"],
  ["web"],
  ["websocket", "auth", "ops", "proxy"],
  ["ws", "realtime", "api"],
  ["testing"],
];

/** A first import over https costs one round trip for each step of depth. */
const MAX_IMPORT_DEPTH = 12;

/** An entry names what its own files define, or what another entry names; mod.ts is one step above. */
const MAX_REEXPORT_CHAIN = 2;

/** The aim is 350; a file beyond this has a seam worth finding. */
const MAX_LINES = 600;

/** Files that may be longer than {@linkcode MAX_LINES}, each with the reason. */
const LONG_FILES: Readonly<Record<string, string>> = {
  "src/web/request_handler.ts": "users subclass it: it is one class, more than half of it documentation, over parts",
};

/** A file of 15 lines or less costs a reader more to find than it tells; so many are worth it. */
const MAX_TINY_FILES = 8;
const TINY = 15;

/** Functions that a class sets from its static block for others: only where a leaf needs its private fields. */
const MAX_FRIENDS = 12;

/** The leaf files that may name a package: everybody else imports it from there. */
const OUTSIDE = new Set([
  "src/api/ui.ts",
  "src/auth/_oauth4webapi.ts",
  "src/ops/_redis/connection.ts",
  "src/pubsub/_nats/stream.ts",
  "src/pubsub/_socket_io/cluster_messages.ts",
  "src/pubsub/nats.ts",
  "src/pubsub/redis.ts",
  "src/template/_javascript/acorn.ts",
]);

interface Edge {
  readonly specifier: string;
  /** Whether only types are imported, so that nothing of it is there at run time. */
  readonly typeOnly: boolean;
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
            typeOnly: code === undefined,
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
const texts = new Map(files.map((file) => [file, Deno.readTextFileSync(`${projectRoot}/${file}`)]));

/** The files of the project that a file imports, for types as well. */
function targets(file: string): string[] {
  return (graph.get(file) ?? []).map((edge) => edge.target).filter((target) => target !== null);
}

/** The files of the project that are loaded with a file. */
function loadedBy(file: string): string[] {
  const edges = (graph.get(file) ?? []).filter((edge) => !edge.typeOnly);
  return edges.map((edge) => edge.target).filter((target) => target !== null);
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

test("architecture: across folders only entries, mod.ts, internal.ts and src/internal are imported", () => {
  const open = new Set(entryFiles().map((file) => file.slice("./".length)));
  const offered = (file: string) =>
    open.has(file) || folderOf(file) === "internal" || /\/(mod|internal)\.ts$/.test(file);
  const wrong = sourceFiles("src").flatMap((file) =>
    targets(file).filter((target) => folderOf(file) !== folderOf(target) && !offered(target))
      .map((target) => `${file} imports ${target}`)
  );
  assertEquals(wrong, []);
});

// Cycles of types stay within a folder, since the ranks hold for type imports too.
test("architecture: imports have no cycle at run time", () => {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    path.push(file);
    for (const target of loadedBy(file)) {
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
      (file === "src/internal/import_module.ts" && specifier.startsWith("data:")) ||
      (OUTSIDE.has(file) && /^npm:(@[\w-]+\/)?[\w.-]+@\d+\.\d+\.\d+(\/|$)/.test(specifier))
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
    const found = (texts.get(file) ?? "").matchAll(
      /^export\s+(?:type\s+)?(?:\*|\{[^}]*\})(?:\s+as\s+\w+)?\s+from\s+"(\.[^"]+)"/gm,
    );
    const urls = Array.from(found, ([, specifier = ""]) => new URL(specifier, `${rootUrl}${file}`).href);
    return [file, urls.map((url) => url.slice(rootUrl.length))] as const;
  }));
  const chain = (file: string): number => Math.max(0, ...(sources.get(file) ?? []).map((from) => 1 + chain(from)));
  const allowed = (file: string) => file === "mod.ts" ? MAX_REEXPORT_CHAIN + 1 : MAX_REEXPORT_CHAIN;
  assertEquals(files.filter((file) => chain(file) > allowed(file)), []);
});

function linesOf(file: string): number {
  return (texts.get(file) ?? "").split("\n").length - 1;
}

test("architecture: no file outgrows its limit, but for named exceptions", () => {
  const long = files.filter((file) => linesOf(file) > MAX_LINES);
  assertEquals(long, Object.keys(LONG_FILES).sort());
});

test("architecture: few files are tiny", () => {
  const tiny = files.filter((file) => linesOf(file) <= TINY);
  assertEquals(tiny.length > MAX_TINY_FILES ? tiny : [], []);
});

test("architecture: few functions are friends of a class", () => {
  const friends = files.flatMap((file) =>
    // One that is not exported may be a friend of a class of the same file.
    Array.from(texts.get(file)?.matchAll(/^(?:export let|let(?= \w+: \()) (\w+)/gm) ?? [], ([, name]) =>
      `${file}: ${name}`)
  );
  assertEquals(friends.length > MAX_FRIENDS ? friends : [], []);
});
