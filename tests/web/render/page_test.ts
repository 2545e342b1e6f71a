import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { DictLoader, TemplateError } from "../../../src/template/mod.ts";
import { answerIn, Page, type PageHandler } from "../../../src/web/_render/page.ts";
import { Application, HTTPError, UIModule } from "../../../src/web/mod.ts";
import { test } from "../../support/test.ts";

class Box extends UIModule {
  override render(text: string): string {
    return `<p>${text}</p>`;
  }
  override embeddedCss(): string {
    return "p { color: red }";
  }
}

const templates = {
  "hello.html": "Hello {{ name }}, {{ greeting }}",
  "box.html": '<head></head>{% module Box("a") %}{% module Box("b") %}',
  "missing.html": "{{ fail() }}",
};

/** What a page asks of a handler, without a request. */
function fakeHandler(settings: { compiledTemplateCache?: boolean } = {}) {
  let loaders = 0;
  let resets = 0;
  class CountingLoader extends DictLoader {
    override reset(): void {
      resets++;
      super.reset();
    }
  }
  const handler: PageHandler = {
    application: new Application([], { ...settings, uiModules: { Box } }),
    getTemplateNamespace: () => ({ name: "nobody", greeting: "hi" }),
    getTemplatePath: () => null,
    createTemplateLoader: () => {
      loaders++;
      return new CountingLoader(templates);
    },
    renderLinkedJs: () => "js",
    renderEmbedJs: () => "js",
    renderLinkedCss: () => "css",
    renderEmbedCss: (rules) => `<style>${[...rules].join()}</style>`,
  };
  return { handler, counts: () => ({ loaders, resets }) };
}

test("Page renders a template with the names of the handler, below those that are given", async () => {
  const page = new Page(fakeHandler().handler);
  assertEquals(page.render("hello.html", { name: "Ada" }), "Hello Ada, hi");
  assertEquals(await page.renderAsync("hello.html", {}), "Hello nobody, hi");
});

test("Page puts what modules need into a page, once for each module", () => {
  const { handler } = fakeHandler();
  const page = new Page(handler);
  const html = page.render("box.html", page.ui);
  assertEquals(page.complete(html), "<head><style>p { color: red }</style>\n</head><p>a</p><p>b</p>");
  assertEquals(new Page(handler).complete("<p>no modules, no head</p>"), "<p>no modules, no head</p>");
});

test("Page keeps one loader for an application, and empties it once a request while developing", () => {
  const cached = fakeHandler();
  for (let i = 0; i < 2; i++) new Page(cached.handler).render("hello.html", {});
  assertEquals(cached.counts(), { loaders: 1, resets: 0 });

  const developing = fakeHandler({ compiledTemplateCache: false });
  for (let i = 0; i < 2; i++) {
    const page = new Page(developing.handler);
    page.render("hello.html", {});
    page.render("hello.html", {});
  }
  assertEquals(developing.counts(), { loaders: 1, resets: 2 });
});

test("Page throws the HTTPError of a template, and any other error as one of the template", () => {
  const page = new Page(fakeHandler().handler);
  const answer = new HTTPError(404);
  const fail = (error: Error) => () => {
    throw error;
  };
  assertStrictEquals(assertThrows(() => page.render("missing.html", { fail: fail(answer) })), answer);
  assertThrows(() => page.render("missing.html", { fail: fail(new RangeError("x")) }), TemplateError);
  assertStrictEquals(answerIn(answer), answer);
});
