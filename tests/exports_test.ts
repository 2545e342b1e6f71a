// The public names, pinned: entry files are tables of contents, and tests/exports.txt is what they say.
// After a wanted change: deno test -A tests/exports_test.ts -- --update
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { Application } from "../src/web/mod.ts";
import { deno, entries, entryFiles, projectRoot, sourceFiles } from "../tools/project.ts";
import { test } from "./support/test.ts";

const PINNED = `${projectRoot}/tests/exports.txt`;

type Module = Readonly<Record<string, unknown>>;

const modules = new Map<string, Module>();
for (const [name, file] of Object.entries(entries)) modules.set(name, await import(`${projectRoot}/${file}`));

/** The namespace under which mod.ts offers an entry: `./simple-httpclient` is `simpleHttpclient`. */
function namespaceOf(entry: string): string {
  return entry.slice("./".length).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** One paragraph for each entry; a name that exists only at type level is marked. */
async function listing(): Promise<string> {
  const doc: { nodes: Record<string, { symbols: { name: string }[] }> } = JSON.parse(
    await deno(["doc", "--json", ...entryFiles()]),
  );
  const paragraphs = Object.entries(entries).map(([name, file]) => {
    const values = modules.get(name) ?? {};
    const symbols = doc.nodes[new URL(file, `file://${projectRoot}`).href]?.symbols ?? [];
    const names = symbols.map((symbol) => symbol.name in values ? symbol.name : `${symbol.name} (type)`);
    return [`${name}  ${file}`, ...[...new Set(names)].sort().map((line) => `  ${line}`)].join("\n");
  });
  return paragraphs.join("\n\n") + "\n";
}

test("exports: the names of every entry are the pinned ones", async () => {
  const names = await listing();
  if (Deno.args.includes("--update")) await Deno.writeTextFile(PINNED, names);
  assertEquals(names.split("\n"), (await Deno.readTextFile(PINNED)).split("\n"));
  // All modules are parsed for their documentation.
}, { deadline: 180 });

/** Stands in for a package whose users import its default export. */
const DROP_IN = "src/ws/mod.ts";

test("exports: entries export by name, without star and, but for the drop-in, without default", async () => {
  for (const file of entryFiles()) {
    const text = await Deno.readTextFile(`${projectRoot}/${file}`);
    const byDefault = /^export\s+(?:default\b|\{[^}]*\bas default\b)/m.test(text);
    assertEquals(byDefault, file.replace(/^\.\//, "") === DROP_IN, `default export of ${file}`);
    assert(!/^export\s+\*\s+from\b/m.test(text), `${file} exports a star`);
  }
});

test("exports: mod.ts offers every entry as a namespace, but for the drop-in and what few programs need", () => {
  const root = modules.get(".") ?? {};
  for (const [entry, module] of modules) {
    if (entry === ".") continue;
    const file = entries[entry] ?? "";
    const isSpecial = file === `./${DROP_IN}` || ["./auth", "./init"].includes(entry) ||
      file.startsWith("./src/ops/");
    // The drop-in needs node:http, and logins a package; a path below another entry, and what helps to run a program,
    // is loaded only by programs that import it.
    const isApart = isSpecial || entry.lastIndexOf("/") > 1;
    const offered = isApart ? undefined : module;
    assertStrictEquals(root[namespaceOf(entry)], offered, entry);
  }
});

/** Names that mean two things in Tornado too: `tornado.web.HTTPError` is the flat one. */
const OTHERS: ReadonlySet<string> = new Set(["HTTPError of ./httpclient"]);

test("exports: a flat name of mod.ts is one thing wherever an entry has that name", () => {
  const namespaces = new Set([...modules.keys()].filter((entry) => entry !== ".").map(namespaceOf));
  for (const [name, value] of Object.entries(modules.get(".") ?? {})) {
    if (namespaces.has(name)) continue;
    const owners = [...modules].filter(([entry, module]) => entry !== "." && name in module);
    for (const [entry, module] of owners) {
      const label = `${name} of ${entry}`;
      if (!OTHERS.has(label)) assertStrictEquals(value, module[name], label);
    }
  }
});

test("exports: no name is one for Twister itself", () => {
  const inner = [...modules].flatMap(([entry, module]) =>
    Object.keys(module).filter((name) => /^_|internal/i.test(name)).map((name) => `${name} of ${entry}`)
  );
  assertEquals(inner, []);
});

/** Members that Tornado, the streams of Node and `ws` call so, and those that its subclasses give answers by. */
const NAMES_OF_OTHERS =
  /^_(?:(?:OAUTH|FACEBOOK|TWITTER|GITHUB|MICROSOFT)_[A-Z_]+|oauth[A-Z]\w+|(?:save|restore)Configuration|createTemplate|put|get|read|write|final|destroy|socket)$/;

test("exports: completions of members show none for Twister itself", () => {
  const member =
    /^ {2,4}(?:(?:static|declare|readonly|override|protected|abstract|async|get|set) )*(_\w+)[?!]?(?:: .*;|\(.*)$/;
  const inner: string[] = [];
  for (const file of sourceFiles("src")) {
    const text = Deno.readTextFileSync(`${projectRoot}/${file}`);
    for (const line of text.split("\n")) {
      const name = member.exec(line)?.[1];
      if (name !== undefined && !NAMES_OF_OTHERS.test(name)) inner.push(`${name} in ${file}`);
    }
    // Constructors are no completions, and the samples of metrics are collected by any kind of exposition.
    for (const [, name] of text.matchAll(/@internal(?:\n {2})? \*\/\n {2}(?!constructor\(|collect\()(\w.*)/g)) {
      inner.push(`${name} in ${file}`);
    }
  }
  assertEquals(inner, []);
});

test("exports: completions of an application show the fields of Tornado and those that a subclass may read", () => {
  assertEquals(Object.getOwnPropertyNames(new Application()).sort(), [
    "defaultHost",
    "defaultRouter",
    "fetch",
    "settings",
    "staticHandlerClass",
    "transforms",
    "trustedOrigins",
    "uiMethods",
    "uiModules",
    "wildcardRouter",
  ]);
});

test("exports: version is that of deno.json", () => {
  const { version, versionInfo } = modules.get(".") ?? {};
  assertEquals(version, config.version);
  assertEquals(String(Object.values(Object(versionInfo)).slice(0, 3).join(".")), config.version);
});
