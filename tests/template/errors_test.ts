// Errors of templates: kind, place, how it was reached, and the lines around it.
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  DictLoader,
  ExpressionSyntaxError,
  LoadError,
  ParseError,
  RenderError,
  Template,
  TemplateError,
} from "../../src/template/mod.ts";
import { test } from "../support/test.ts";
import { errorOf, failure, render } from "./render.ts";

test("ParseError: is made and printed as in Tornado", () => {
  const error = new ParseError("message", "file.html", 3);
  assertEquals([error.message, error.filename, error.lineno, error.column, error.name], [
    "message",
    "file.html",
    3,
    0,
    "ParseError",
  ]);
  assertEquals(String(error), "message at file.html:3");
  assertEquals(String(new ParseError("message")), "message at None:0");
  assert(error instanceof TemplateError && error instanceof Error);
});

test("ParseError: every fault has its message and line", () => {
  const faults: [string, string][] = [
    ["\n{{ }}", "Empty expression at main.txt:2"],
    ["{%\n%}", "Empty block tag ({% %}) at main.txt:2"],
    ["{{ a", "Missing end expression }} at main.txt:1"],
    ["\n{% a", "Missing end block %} at main.txt:2"],
    ["{# a", "Missing end comment #} at main.txt:1"],
    ["\n\n{% end %}", "Extra {% end %} block at main.txt:3"],
    ["{% if a %}\n", "Missing {% end %} block for if at main.txt:1"],
    ["{% block a %}\n\n{{ b }}\n", "Missing {% end %} block for block at main.txt:3"],
    ["{% it's %}", "unknown operator: 'it\\'s' at main.txt:1"],
    ["{% else %}", "else outside {'for', 'if', 'try', 'while'} block at main.txt:1"],
    ["{% for a in b %}{% elif a %}{% end %}", "elif block cannot be attached to for block at main.txt:1"],
    ["{% break %}", "break outside {'for', 'while'} block at main.txt:1"],
    ["{% extends '' %}", "extends missing file path at main.txt:1"],
    ["{% include %}", "include missing file path at main.txt:1"],
    ["{% set %}", "set missing statement at main.txt:1"],
    ["{% import %}", "import missing statement at main.txt:1"],
    ["{% apply %}{% end %}", "apply missing method name at main.txt:1"],
    ["{% block %}\n{% end %}", "block missing name at main.txt:2"],
  ];
  for (const [source, text] of faults) assertEquals(failure(source), `ParseError: ${text}`);
});

test("errors: the column is that of the fault where it is known, else that of the tag", () => {
  const at = (source: string, namespace = {}) => {
    const { lineno, column } = errorOf(() => render(source, namespace));
    return [lineno, column];
  };
  assertEquals(at("ab {{ }}"), [1, 4]);
  assertEquals(at("ab\n  {% nope %}"), [2, 3]);
  assertEquals(at("ab {{ a b }}"), [1, 9]);
  assertEquals(at("\n{% if a + %}{% end %}"), [2, 10]);
  assertEquals(at("\n {{ a\n b }}"), [3, 2]);
  assertEquals(at("{% for x in a b %}{% end %}"), [1, 15]);
  assertEquals(at("{% module A(b c) %}"), [1, 15]);
  assertEquals(at("\tx {{ nosuch }}"), [1, 4]);
  assertEquals(at("{% if 0 %}\n{% elif nosuch %}{% end %}"), [2, 1]);
  assertEquals(at("\n  {% import nosuch %}"), [2, 3]);
});

test("errors: the frame shows the lines around the place, with a mark", () => {
  const { frame } = errorOf(() => render("1\n2\n3\n\tx{{ nosuch }}\r\n5\n6\n7"));
  assertEquals(frame, "  2 | 2\n  3 | 3\n> 4 | \tx{{ nosuch }}\n    | \t ^\n  5 | 5\n  6 | 6");
  assertEquals(errorOf(() => render("{{ nosuch }}")).frame, "> 1 | {{ nosuch }}\n    | ^");
  const long = errorOf(() => render(`${"x".repeat(1_000)}{{ nosuch }}${"y".repeat(1_000)}`)).frame;
  assert(long.includes("{{ nosuch }}") && long.length < 300, long);
});

test("errors: what the console shows begins with the message, the place and the frame", () => {
  const error = errorOf(() => render({ main: "{% include 'part' %}", part: "\n{{ nosuch }}" }));
  assert(
    error.stack?.startsWith(
      "RenderError: name 'nosuch' is not defined at part:2 (via main:1)\n  1 |\n> 2 | {{ nosuch }}\n    | ^\n    at ",
    ),
    error.stack,
  );
});

test("errors: the chain names every include and block on the way, innermost first", () => {
  const files = {
    "page": '{% extends "base" %}\n{% block b %}\n{% include "part" %}{% end %}',
    "base": "\n\n{% if 1 %}{% block b %}{% end %}{% end %}",
    "part": "{{ ok }}\n  {{ nosuch }}",
  };
  const error = errorOf(() => render(files, { ok: 1 }));
  assertEquals(error.via, [{ filename: "page", lineno: 3, column: 1 }, { filename: "base", lineno: 3, column: 11 }]);
  assertEquals(String(error), "name 'nosuch' is not defined at part:2 (via page:3, base:3)");
});

test("errors: of templates that are being loaded, the chain names what led to them", () => {
  assertEquals(
    failure({ main: "\n{% include 'a' %}", a: "{% extends 'b' %}", b: "{{ a b }}" }),
    "ExpressionSyntaxError: Unexpected token at b:1 (via a:1, main:2)",
  );
  assertEquals(
    failure({ main: "\n{% include 'a' %}", a: "{% nope %}" }),
    "ParseError: unknown operator: 'nope' at a:1 (via main:2)",
  );
  assertEquals(
    failure({ main: "\n{% include 'a' %}", a: "\n\n{% include 'b' %}" }),
    "LoadError: there is no template 'b' at a:3 (via main:2)",
  );
});

test("RenderError: has what was thrown as its cause", () => {
  class HTTPError extends Error {
    readonly status = 404;
  }
  const thrown = new HTTPError("not here");
  const error = errorOf(() =>
    render("{{ f() }}", {
      f: () => {
        throw thrown;
      },
    })
  );
  assert(error instanceof RenderError);
  assertStrictEquals(error.cause, thrown);
  assertEquals(error.message, "not here");
  for (const [value, message] of [["text", "text thrown"], [null, "object thrown"], [undefined, "undefined thrown"]]) {
    assertEquals(
      errorOf(() =>
        render("{{ f() }}", {
          f: () => {
            throw value;
          },
        })
      ).message,
      message,
    );
  }
});

test("RenderError: of a template that another one renders, the chain goes on outside", () => {
  const loader = new DictLoader({ page: "\n{% module Card() %}", card: "\n\n{{ nosuch }}" });
  const _tt_modules = { Card: () => loader.load("card").generate() };
  const error = errorOf(() => loader.load("page").generate({ _tt_modules }));
  assertEquals(String(error), "name 'nosuch' is not defined at card:3 (via page:2)");
  assert(error.cause instanceof ReferenceError);
});

test("RenderError: what a getter of the namespace throws has the first line", () => {
  const namespace = {
    get user(): string {
      throw new Error("no user");
    },
  };
  assertEquals(failure("\n\n{{ user }}", namespace), "RenderError: no user at main.txt:1");
});

test("LoadError: whitespace modes that do not exist, and templates without a loader", () => {
  assertEquals(failure("\n{% whitespace x %}"), "LoadError: invalid whitespace mode x at main.txt:2");
  assertEquals(
    String(errorOf(() => new Template("{% include 'a' %}"))),
    "{% include %} block found, but no template loader at <string>:1",
  );
  const error = errorOf(() => new Template("{% extends 'a' %}"));
  assert(error instanceof ParseError);
  assertEquals(error.message, "{% extends %} block found, but no template loader");
});

test("LoadError: what a loader of the application throws is the cause", () => {
  class Broken extends DictLoader {
    override _createTemplate(name: string): Template {
      if (name === "part") throw new TypeError("no such thing");
      return super._createTemplate(name);
    }
  }
  const error = errorOf(() => new Broken({ main: "\n{% include 'part' %}" }).load("main"));
  assert(error instanceof LoadError && error.cause instanceof TypeError);
  assertEquals(String(error), "cannot load 'part': no such thing at main:2");
});

test("ExpressionSyntaxError: has the fault as its cause", () => {
  const error = errorOf(() => new Template("{{ a b }}", { name: "page.html" }));
  assert(error instanceof ExpressionSyntaxError && error.cause instanceof SyntaxError);
});
