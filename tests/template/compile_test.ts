// Templates compiled ahead of time: the module, the command, and that neither needs what it should not.
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  compileDirectory,
  CompiledLoader,
  compileTemplates,
  DictLoader,
  ExpressionSyntaxError,
  javascript,
  LoadError,
  RenderError,
  Template,
} from "../../src/template/mod.ts";
import { python } from "../../src/template/python.ts";
import { projectRoot } from "../../tools/project.ts";
import { polish } from "../support/polish_language.ts";
import { test } from "../support/test.ts";
import { errorOf, inFolder } from "./render.ts";

const FILES: Readonly<Record<string, string>> = {
  "base.html": "<title>{% block title %}Site{% end %}</title>{% block body %}{% end %}",
  "pages/list.html": '{% extends "../base.html" %}{% block title %}{{ title }}{% end %}\n' +
    '{% block body %}{% for item in items %}{% include "item.html" %}{% end %}{% end %}',
  "pages/item.html": "<li>{{ item.name }}</li>\n",
  "mail/order.txt": "Dear {{ name }},\n  thanks.\n",
  "later.txt": "{{ await value }}",
};

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

const CLI = `${projectRoot}src/template/cli.ts`;

/** Imports a module from its source. */
async function load(source: string) {
  return await import(`data:text/javascript,${encodeURIComponent(source)}`);
}

test("compileTemplates: the module gives what the templates give", async () => {
  const source = new DictLoader(FILES);
  const { templates, loader } = await load(compileTemplates(source, Object.keys(FILES)));
  const namespace = { title: "A & B", items: [{ name: "<x>" }, { name: "y" }], name: "O'Neil" };
  for (const name of ["base.html", "pages/list.html", "mail/order.txt"]) {
    assertEquals(loader.load(name).generate(namespace), source.load(name).generate(namespace));
  }
  assertEquals(await loader.load("later.txt").generateAsync({ value: Promise.resolve("<") }), "&lt;");
  assertEquals(
    new CompiledLoader(templates, { namespace }).load("mail/order.txt").generate(),
    source.load("mail/order.txt").generate(namespace),
  );
});

test("CompiledLoader: resolves names, keeps templates, and knows no others", async () => {
  const { loader } = await load(compileTemplates(new DictLoader(FILES), ["base.html", "pages/item.html"]));
  assertEquals(loader.load("pages/../base.html"), loader.load("base.html"));
  assertEquals(loader.load("../base.html", "pages/list.html"), loader.load("base.html"));
  for (const name of ["pages/list.html", "toString", "__proto__"]) {
    assertEquals(errorOf(() => loader.load(name)).message, `there is no template '${name}' among the compiled ones`);
  }
});

test("CompiledLoader: refuses templates of another language than that of its options", async () => {
  const { templates } = await load(compileTemplates(new DictLoader({ a: "{{ 1 }}" }, { language: polish }), ["a"]));
  assertEquals(new CompiledLoader(templates, { language: polish }).load("a").generate(), "#1");
  assertThrows(() => new CompiledLoader(templates, { language: javascript }), TypeError, "another language");
});

test("compileTemplates: namespace and imports are those of the loader at run time", async () => {
  const source = new DictLoader({ a: "{% import m %}{{ m.x }}{{ y }}" }, { namespace: { y: "not this" }, imports: {} });
  const { templates } = await load(compileTemplates(source, ["a"]));
  const loader = new CompiledLoader(templates, { namespace: { y: "y" }, imports: { m: { x: "x" } } });
  assertEquals(loader.load("a").generate(), "xy");
});

test("compileTemplates: errors have their place, and a frame where the sources are there", async () => {
  const files = { "a.txt": "\n{% include 'b.txt' %}", "b.txt": "\n\n  {{ nosuch }}" };
  const expected = errorOf(() => new DictLoader(files).load("a.txt").generate());
  for (const sources of [true, false]) {
    const { loader } = await load(compileTemplates(new DictLoader(files), ["a.txt"], { sources }));
    const error = errorOf(() => loader.load("a.txt").generate());
    assert(error instanceof RenderError);
    assertEquals([String(error), error.column, error.frame], [String(expected), 3, sources ? expected.frame : ""]);
  }
});

test("compileTemplates: odd names and texts stay what they are", async () => {
  const files: Record<string, string> = JSON.parse('{"__proto__": "p"}');
  Object.assign(files, { 'quo"te\\\n`${x}`*/': "</script>`${x}`\\u0041\u2028\ud800*/", "\u2029": "ls" });
  const { loader } = await load(compileTemplates(new DictLoader(files), Object.keys(files)));
  for (const [name, text] of Object.entries(files)) assertEquals(loader.load(name).generate(), text);
});

test("compileTemplates: wrong templates are refused, also what only the engine refuses", () => {
  const compile = (text: string) => compileTemplates(new DictLoader({ a: text }), ["a"]);
  assertThrows(() => compile("{{ a b }}"), ExpressionSyntaxError);
  assertThrows(() => compile("{{ (() => { if (1) function f() {} })() }}"), ExpressionSyntaxError);
  assertThrows(() => compileTemplates(new DictLoader({}), ["a"]), LoadError);
  const compiled = new CompiledLoader({ programs: {}, sources: {} });
  assertThrows(() => compileTemplates(compiled, ["a"]), LoadError);
  assertThrows(() => new Template("{% include a %}", { loader: compiled }), LoadError);
});

test("compileTemplates: imports are relative to the file they go to, or from where it is told", async () => {
  const loader = new DictLoader({ a: "" });
  const imports = (options: Parameters<typeof compileTemplates>[2]) =>
    [...compileTemplates(loader, ["a"], options).matchAll(/ from "(.*)";/g)].map(([, from]) => from);
  const file = (name: string) => `file://${projectRoot}src/template/${name}`;
  assertEquals(imports({}), ["compiled_loader.ts", "_runtime/program_runtime.ts", "_javascript/runtime.ts"].map(file));
  assertEquals(imports({ out: `${projectRoot}src/templates.ts` })[0], "./template/compiled_loader.ts");
  assertEquals(imports({ out: `${projectRoot}app/views/templates.ts` })[0], "../../src/template/compiled_loader.ts");
  assertEquals(new Set(imports({ importFrom: "@twister/twister/template" })), new Set(["@twister/twister/template"]));
  const { loader: compiled } = await load(compileTemplates(loader, ["a"], { importFrom: file("mod.ts") }));
  assertEquals(compiled.load("a").generate(), "");
});

test("compileDirectory: takes every file, or those with an extension, hidden ones left out", async () => {
  await inFolder({ ...FILES, ".hidden/x.txt": "x", "sub/.y.txt": "y", "image.png": "z" }, async (folder) => {
    await Deno.symlink(folder, `${folder}/sub/loop`);
    const names = (extensions: string[]) =>
      [...compileDirectory(folder, { extensions }).matchAll(/^\["([^"]*)"\]: \{isAsync/gm)].map(([, name]) => name);
    assertEquals(names([]), [...Object.keys(FILES), "image.png"].sort());
    assertEquals(names(["txt"]), ["later.txt", "mail/order.txt"]);
    const { loader } = await load(
      compileDirectory(folder, { extensions: ["txt", "html"], autoescape: null, whitespace: "oneline" }),
    );
    assertEquals(loader.load("mail/order.txt").generate({ name: "<b>" }), "Dear <b>, thanks. ");
  });
});

test("cli.ts: compiles a directory into a module that needs no permission and compiles nothing", async () => {
  await inFolder(FILES, async (folder) => {
    const out = `${folder}/templates.ts`;
    assertEquals(await run("-RW", CLI, folder, "-o", out, "--ext=html,txt"), { code: 0, stdout: "", stderr: "" });
    await Deno.writeTextFile(
      `${folder}/main.ts`,
      `import { loader } from "./templates.ts";
      try { new Function(""); } catch (error) { console.log(error.name); }
      console.log(loader.load("pages/list.html").generate({ title: "T", items: [{ name: "<" }] }));
      console.log(loader.load("pages/item.html").chunks({ item: { name: "n" } }).next().value);`,
    );
    const outcome = await run("--v8-flags=--disallow-code-generation-from-strings", `${folder}/main.ts`);
    assertEquals(outcome, {
      code: 0,
      stdout: "EvalError\n<title>T</title><li>&lt;</li>\n\n<li>n</li>\n\n",
      stderr: "",
    });
    // The parser stays out of the program.
    const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", `${folder}/main.ts`] }).output();
    const { modules }: { modules: { specifier: string }[] } = JSON.parse(new TextDecoder().decode(info.stdout));
    assertEquals(modules.filter(({ specifier }) => /acorn|_parse|_compile|javascript\.ts/.test(specifier)), []);
  });
});

test("cli.ts: says what is wrong", async () => {
  await inFolder({ "a.html": "\n{{ a b }}" }, async (folder) => {
    const wrong = await run("-RW", CLI, folder, "-o", `${folder}/out.ts`);
    assertEquals([wrong.code, wrong.stderr], [
      1,
      "ExpressionSyntaxError: Unexpected token at a.html:2\n  1 |\n> 2 | {{ a b }}\n    |      ^\n",
    ]);
    for (
      const args of [[], [folder], [folder, "-o"], [folder, "-o", "x", "--nope"], [
        folder,
        "-o",
        "x",
        "--whitespace=squash",
      ], [folder, folder, "-o", "x"]]
    ) {
      const { code, stderr } = await run("-RW", CLI, ...args);
      assertEquals([code, stderr.includes("Usage: cli.ts DIRECTORY -o FILE")], [2, true], String(args));
    }
    const help = await run(CLI, "--help");
    assertEquals([help.code, help.stdout.startsWith("Usage: "), help.stderr], [0, true, ""]);
  });
});

test("compileTemplates: a module of another entry imports the runtime of its language from there", () => {
  const loader = new DictLoader({ "a.txt": "{{ x or None }}" }, { language: python });
  const module = compileTemplates(loader, ["a.txt"], { importFrom: "jsr:@twister/twister/template" });
  assertMatch(module, /import \{ CompiledLoader \} from "jsr:@twister\/twister\/template";/);
  assertMatch(module, /import \{ pythonRuntime \} from "jsr:@twister\/twister\/template\/python";/);
});

test("cli.ts: compiles templates of Python, which load neither parser nor compiler", async () => {
  await inFolder(
    { "page.html": "{{ ', '.join(xs) or None }}{% for k, v in d.items() %}{{ k }}{{ v }}{% end %}" },
    async (folder) => {
      const out = `${folder}/templates.ts`;
      assertEquals(
        await run("-RW", CLI, "--language", "python", folder, "--ext", "html", "--compile", out),
        { code: 0, stdout: "", stderr: "" },
      );
      await Deno.writeTextFile(
        `${folder}/main.ts`,
        `import { loader } from "./templates.ts";\nconsole.log(loader.load("page.html").generate({ xs: ["<"], d: { a: 1.5 } }));`,
      );
      assertEquals(await run(`${folder}/main.ts`), { code: 0, stdout: "&lt;a1.5\n", stderr: "" });
      const graph = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", `${folder}/main.ts`] }).output();
      const text = new TextDecoder().decode(graph.stdout);
      for (const part of ["parse_expression", "expression_writer", "tokenizer", "generate_code", "acorn"]) {
        assertEquals(text.includes(`${part}.ts`), false, part);
      }
    },
  );
});

test("cli.ts: --check reports every fault of a folder, in both languages, and renders nothing", async () => {
  const files = {
    "a.html": "{{ a b }}\n{% if x y %}{{ c( }}{% end %}{% for 1 in z %}{% break %}{{ d d }}{% end %}",
    "b.html": "{% include a.html %}{{ fine }}",
    "c.html": "{% include nosuch.html %}",
    "d.html": "{% if x %}",
    "e.html": "{% set x = 1 %}{{ x }}",
  };
  await inFolder(files, async (folder) => {
    for (const language of ["python", "javascript"]) {
      const { code, stdout, stderr } = await run("-R", CLI, `--language=${language}`, "--check", folder);
      assertEquals([code, stdout], [1, ""]);
      const places = Array.from(
        stderr.matchAll(/^(\w+): .* at (\w\.html:\d+)$/gm),
        ([, kind, place]) => `${kind} ${place}`,
      );
      assertEquals(places, [
        "ExpressionSyntaxError a.html:1",
        "ExpressionSyntaxError a.html:2",
        "ExpressionSyntaxError a.html:2",
        "ExpressionSyntaxError a.html:2",
        "ExpressionSyntaxError a.html:2",
        "LoadError c.html:1",
        "ParseError d.html:1",
      ], stderr);
      assertMatch(stderr, /^> 1 \| \{\{ a b \}\}\n +\| {6}\^$/m);
    }
    for (const name of "abcd") await Deno.remove(`${folder}/${name}.html`);
    assertEquals(await run("-R", CLI, "--check", folder), { code: 0, stdout: "", stderr: "" });
    assertEquals((await run("-R", CLI, "--check", "--language=ruby", folder)).code, 2);
    assertEquals((await run("-R", CLI, folder)).code, 2);
  });
});
