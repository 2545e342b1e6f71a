import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { DictLoader, Loader, LoadError, ParseError, Template } from "../../src/template/mod.ts";
import { test } from "../support/test.ts";
import { errorOf, inFolder } from "./render.ts";

test("BaseLoader.load: keeps templates until reset", () => {
  const dict: Record<string, string> = { "a.txt": "one" };
  const loader = new DictLoader(dict);
  const first = loader.load("a.txt");
  dict["a.txt"] = "two";
  assertStrictEquals(loader.load("a.txt"), first);
  loader.reset();
  assertNotStrictEquals(loader.load("a.txt"), first);
  assertEquals(loader.load("a.txt").generate(), "two");
});

test("BaseLoader.load: a template that failed is tried again", () => {
  const dict: Record<string, string> = { a: "{% include 'b' %}", b: "{{" };
  const loader = new DictLoader(dict);
  assertThrows(() => loader.load("a"), ParseError);
  assertThrows(() => loader.load("a"), ParseError);
  dict.b = "b";
  assertEquals(loader.load("a").generate(), "b");
});

test("BaseLoader: has its settings, and Tornado's defaults", () => {
  const loader = new DictLoader({ "a.html": "" });
  assertEquals([loader.autoescape, loader.whitespace, loader.namespace, loader.imports], [
    "xhtml_escape",
    null,
    {},
    {},
  ]);
  const template = loader.load("a.html");
  assertEquals([template.name, template.autoescape, template.loader, template.isAsync], [
    "a.html",
    "xhtml_escape",
    loader,
    false,
  ]);
  assert(template.code.startsWith("render("));
  assertEquals(typeof template.file, "object");
  assertEquals(template.compiled({}), "");
});

test("Template: options come before those of the loader", () => {
  const loader = new DictLoader({}, { autoescape: null, whitespace: "oneline", namespace: { x: "<" } });
  assertEquals(new Template("{{ x }}  .", { loader }).generate(), "< .");
  assertEquals(
    new Template("{{ x }}  .", { loader, autoescape: "xhtml_escape", whitespace: "all" }).generate(),
    "&lt;  .",
  );
  assertEquals(new Template(new TextEncoder().encode("é")).generate(), "é");
});

test("DictLoader: names are relative to the template they stand in", () => {
  const loader = new DictLoader({});
  const resolved: [string, string | null, string][] = [
    ["a.html", null, "a.html"],
    ["b.html", "a.html", "b.html"],
    ["b.html", "dir/a.html", "dir/b.html"],
    ["../b.html", "dir/a.html", "b.html"],
    ["./x/../b.html", "dir/sub/a.html", "dir/sub/b.html"],
    ["/b.html", "dir/a.html", "/b.html"],
    ["b.html", "/dir/a.html", "b.html"],
    ["b.html", "<string>", "b.html"],
    ["../../b.html", "dir/a.html", "../b.html"],
    ["b/", "dir/a.html", "dir/b"],
  ];
  for (const [name, parent, path] of resolved) assertEquals(loader.resolvePath(name, parent), path);
});

test("DictLoader: has only own properties as templates", () => {
  for (const name of ["toString", "__proto__", "constructor"]) {
    assertEquals(errorOf(() => new DictLoader({}).load(name)).message, `there is no template '${name}'`);
  }
  const dict: Record<string, string> = JSON.parse('{"__proto__": "own"}');
  assertEquals(new DictLoader(dict).load("__proto__").generate(), "own");
});

test("Loader: names are relative to the template they stand in", async () => {
  const files = {
    "page.html": '{% extends "layouts/base.html" %}{% block b %}{% include "parts/a.html" %}{% end %}',
    "layouts/base.html": '<{% block b %}{% end %}{% include "foot.html" %}>',
    "layouts/foot.html": "foot",
    "parts/a.html": '{% include "b.html" %}{% include "../c.html" %}',
    "parts/b.html": "b",
    "c.html": "c",
  };
  await inFolder(files, (folder) => {
    const loader = new Loader(folder);
    assertEquals(loader.load("page.html").generate(), "<bcfoot>");
    assertEquals([...loader.templates.keys()].sort(), Object.keys(files).sort());
    assertStrictEquals(loader.load("./parts/../page.html"), loader.load("page.html"));
    assertEquals(loader.root, folder);
  });
});

test("Loader: no name leads out of the root", async () => {
  await inFolder({ "root/in.html": "in", "rootless/secret.html": "secret", "secret.html": "secret" }, (folder) => {
    const loader = new Loader(`${folder}/root`);
    const outside = [
      "../secret.html",
      "../rootless/secret.html",
      `${folder}/secret.html`,
      "a/../../secret.html",
      "/etc/passwd",
      "..",
      "\0",
    ];
    for (const name of outside) {
      assertEquals(
        errorOf(() => loader.load(name)).message,
        `the template name ${JSON.stringify(name)} leads out of the root directory`,
      );
      const template = () => new Template(`{% include ${name} %}`, { name: "dir/x.html", loader });
      if (name !== "..") assert(errorOf(template) instanceof LoadError, name);
    }
    assertEquals(loader.load(`${folder}/root/in.html`).generate(), "in");
    assertEquals(loader.load("a/../in.html").generate(), "in");
  });
});

test("Loader: files that cannot be had are errors with their cause", async () => {
  await inFolder({
    "bad.html": new Uint8Array([0x3c, 0xff]),
    "dir/x": "",
    "page.html": "\n{% include 'nosuch.html' %}",
  }, (folder) => {
    const loader = new Loader(folder);
    const missing = errorOf(() => loader.load("nosuch.html"));
    assert(missing instanceof LoadError && missing.cause instanceof Deno.errors.NotFound);
    assertEquals(String(missing), `there is no template 'nosuch.html' in ${folder}`);
    assertEquals(errorOf(() => loader.load("bad.html")).message, "template 'bad.html' is not UTF-8");
    assertEquals(errorOf(() => loader.load("dir")).message.startsWith("template 'dir' cannot be read: "), true);
    assertEquals(
      String(errorOf(() => loader.load("page.html"))),
      `there is no template 'nosuch.html' in ${folder} at page.html:2`,
    );
  });
});

test("Loader: text comes through byte for byte", async () => {
  await inFolder({ "a.txt": "\ufeffé\r\n\u2028😀", "latin.txt": "{% raw 'ü' %}" }, (folder) => {
    const loader = new Loader(folder);
    assertEquals(loader.load("a.txt").generate(), "\ufeffé\r\n\u2028😀");
    assertEquals(loader.load("latin.txt").generate(), "ü");
  });
});
