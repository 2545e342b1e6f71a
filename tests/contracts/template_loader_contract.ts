/**
 * What a program may rely on, whichever loader its templates come from: every case runs against each of them.
 *
 * @module
 */
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  type BaseLoader,
  type ExpressionLanguage,
  ExpressionSyntaxError,
  javascript,
  type LoaderOptions,
  LoadError,
  ParseError,
  RenderError,
} from "../../src/template/mod.ts";
import { polish } from "../support/polish_language.ts";
import { test } from "../support/test.ts";

/** The sources of templates, by name. */
export type TemplateFiles = Readonly<Record<string, string>>;

/** One kind of loader, and the way from sources to an object of it. */
export interface LoaderKind {
  readonly name: string;
  /** The language of all its templates, JavaScript by default. */
  readonly language?: ExpressionLanguage;
  /** Calls `use` with a loader of the files, and removes afterwards what it left behind. */
  with(files: TemplateFiles, options: LoaderOptions, use: (loader: BaseLoader) => void | Promise<void>): Promise<void>;
}

const SITE: TemplateFiles = {
  "base.html": "<title>{% block title %}Site{% end %}</title>{% block body %}{% end %}",
  "pages/list.html": '{% extends "../base.html" %}{% block title %}{{ title }}{% end %}' +
    '{% block body %}{% for item in items %}{% include "parts/item.html" %}{% end %}{% end %}',
  "pages/parts/item.html": "<li>{{ item }}</li>",
};

/** Registers all cases for a kind of loader. */
export function templateLoaderContract({ name, language = javascript, with: withOptions }: LoaderKind): void {
  const withLoader: LoaderKind["with"] = (files, options, use) => withOptions(files, { language, ...options }, use);
  /** The error that loading or rendering `main.html` ends in. */
  const failure = async (files: TemplateFiles): Promise<Error> => {
    try {
      await withLoader(files, {}, (loader) => void loader.load("main.html").generate());
    } catch (error) {
      if (error instanceof Error) return error;
      throw error;
    }
    throw new Error("nothing was thrown");
  };

  test(`${name}: a template renders with what it extends and includes`, () =>
    withLoader(SITE, {}, (loader) => {
      const html = loader.load("pages/list.html").generate({ title: "A & B", items: ["<x>", 1] });
      assertEquals(html, "<title>A &amp; B</title><li>&lt;x&gt;</li><li>1</li>");
      assertEquals(loader.load("base.html").generate(), "<title>Site</title>");
    }));

  test(`${name}: a template is one object until the loader is reset`, () =>
    withLoader(SITE, {}, (loader) => {
      const first = loader.load("base.html");
      assertStrictEquals(loader.load("base.html"), first);
      assertStrictEquals(loader.load("../base.html", "pages/list.html"), first);
      assertStrictEquals(loader.templates.get("base.html"), first);
      loader.reset();
      assertEquals(loader.templates.size, 0);
      assertNotStrictEquals(loader.load("base.html"), first);
    }));

  test(`${name}: names are relative to the template in which they are written`, () =>
    withLoader(SITE, {}, (loader) => {
      assertEquals(loader.load("pages/list.html").name, "pages/list.html");
      const resolved: [string, string | null, string][] = [
        ["base.html", null, "base.html"],
        ["item.html", "pages/list.html", "pages/item.html"],
        ["../base.html", "pages/list.html", "base.html"],
        ["./parts/../list.html", "pages/list.html", "pages/list.html"],
      ];
      for (const [name, parent, path] of resolved) assertEquals(loader.resolvePath(name, parent), path);
    }));

  test(`${name}: an unknown name is a LoadError that gives it`, () =>
    withLoader(SITE, {}, (loader) => {
      for (const name of ["nosuch.html", "toString", "__proto__", "constructor"]) {
        const error = assertThrows(() => loader.load(name), LoadError);
        assert(error.message.includes(`there is no template '${name}'`), error.message);
        assertEquals([error.filename, error.lineno, String(error)], [null, 0, error.message]);
      }
      assertEquals(loader.templates.size, 0);
    }));

  test(`${name}: an include of an unknown name is an error at its place`, async () => {
    const error = await failure({ "main.html": "a\n{% include 'nosuch.html' %}" });
    assert(error instanceof LoadError);
    assertMatch(String(error), /^there is no template 'nosuch\.html'( in \S+)? at main\.html:2$/);
  });

  test(`${name}: templates that include each other are refused`, async () => {
    const error = await failure({ "main.html": "{% include 'a.html' %}", "a.html": "{% include 'main.html' %}" });
    assert(error instanceof LoadError);
    assertEquals(
      error.message,
      "a template extends or includes itself: 'main.html' -> 'a.html' -> 'main.html'",
    );
  });

  test(`${name}: wrong tags, wrong expressions and faults of rendering are errors of their kind, at their place`, async () => {
    const tokenFault = language === javascript ? "Unexpected token" : "invalid syntax at 'b'";
    const wrong: [string, new (...args: never) => Error, string][] = [
      ["{% if x %}", ParseError, "Missing {% end %} block for if at part.html:2"],
      ["{{ a b }}", ExpressionSyntaxError, `${tokenFault} at part.html:2 (via main.html:1)`],
      ["{{ nosuch }}", RenderError, "name 'nosuch' is not defined at part.html:2 (via main.html:1)"],
    ];
    for (const [source, kind, text] of wrong) {
      const error = await failure({ "main.html": "{% include part.html %}", "part.html": `\n${source}` });
      assert(error instanceof kind, String(error));
      assert(String(error).startsWith(text), String(error));
    }
  });

  test(`${name}: a rendering's names hide those of the loader, which are looked up for each rendering`, () => {
    const namespace: Record<string, unknown> = { who: "Ada" };
    return withLoader({ "main.txt": "{{ who }}" }, { namespace }, (loader) => {
      const template = loader.load("main.txt");
      assertEquals([template.generate(), template.generate({ who: "Bob" })], ["Ada", "Bob"]);
      namespace.who = "Eve";
      assertEquals(template.generate(), "Eve");
      assertStrictEquals(template.namespace, namespace);
    });
  });

  test(`${name}: imports come from the registry of the loader`, () =>
    withLoader({ "main.txt": "{% import m %}{{ m.x }}" }, { imports: { m: { x: "x" } } }, (loader) => {
      assertEquals(loader.load("main.txt").generate(), "x");
    }));

  test(`${name}: autoescape and white space are those of the options, and a file overrides both`, async () => {
    const files = {
      "main.html": "{{ x }}  .",
      "own.html": "{% autoescape xhtml_escape %}{% whitespace all %}{{ x }}  .",
    };
    await withLoader(files, {}, (loader) => {
      assertEquals(loader.load("main.html").generate({ x: "<" }), "&lt; .");
    });
    await withLoader(files, { autoescape: null, whitespace: "all" }, (loader) => {
      assertEquals(loader.load("main.html").generate({ x: "<" }), "<  .");
      assertEquals(loader.load("own.html").generate({ x: "<" }), "&lt;  .");
    });
    await withLoader(files, { autoescape: "shout" }, (loader) => {
      const shout = (text: string) => text.toUpperCase();
      assertEquals(loader.load("main.html").generate({ x: "a", shout }), "A .");
    });
  });

  test(`${name}: the language of the expressions is that of the options`, () =>
    withLoader({ "main.html": "{{ plus 1 plus x ten }}{% set y 2 %}{{ y }}" }, { language: polish }, (loader) => {
      assertEquals(loader.load("main.html").generate({ x: 5 }), "#16#2");
      assertStrictEquals(loader.language, polish);
    }));

  // A template of Python cannot wait.
  if (language === javascript) {
    test(`${name}: a template with await renders asynchronously, whole and in pieces`, () =>
      withLoader({ "main.txt": "{{ await value }}|{{ 'b' }}" }, {}, async (loader) => {
        const template = loader.load("main.txt");
        assertEquals(template.isAsync, true);
        assertThrows(() => template.generate({ value: "a" }), TypeError);
        assertEquals(await template.generateAsync({ value: Promise.resolve("a") }), "a|b");
        assertEquals((await Array.fromAsync(template.chunksAsync({ value: "a" }))).join(""), "a|b");
      }));
  }

  test(`${name}: a template renders in pieces that make up its output`, () =>
    withLoader({ "main.txt": "{% for x in xs %}{{ x }},{% end %}" }, {}, (loader) => {
      const template = loader.load("main.txt");
      const namespace = { xs: [...Array(100).keys()] };
      const chunks = [...template.chunks(namespace, { chunkSize: 10 })];
      assert(chunks.length > 10 && chunks.every((chunk) => chunk !== ""));
      assertEquals(chunks.join(""), template.generate(namespace));
    }));
}
