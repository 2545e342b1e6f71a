// Templates beyond all measure: an error with a place, and no hang.
import { assert, assertEquals } from "@std/assert";
import { LoadError, Template, type TemplateError } from "../../src/template/mod.ts";
import { MAX_LOAD_DEPTH, MAX_NESTING, MAX_NODES, MAX_SOURCE_LENGTH } from "../../src/template/limits.ts";
import { assertLinear } from "../support/assert_linear.ts";
import { test } from "../support/test.ts";
import { errorOf, failure, render } from "./render.ts";

const nested = (tag: string, depth: number) => `{% ${tag} %}`.repeat(depth) + "x" + "{% end %}".repeat(depth);

test("limits: tags nest as deep as allowed, and no deeper", () => {
  const namespace = { xs: [1], f: (text: string) => text };
  for (const tag of ["if 1", "for x in xs", "apply f", "block b"]) {
    assertEquals(render(nested(tag, MAX_NESTING - 1), namespace), "x", tag);
    assertEquals(failure(nested(tag, 100_000)), `ParseError: tags nested more than ${MAX_NESTING} deep at main.txt:1`);
  }
  const tries = "{% try %}".repeat(MAX_NESTING - 1) + "x" +
    "{% except %}{% else %}{% finally %}{% end %}".repeat(MAX_NESTING - 1);
  assertEquals(render(tries), "x");
});

test("limits: nesting counts through includes", () => {
  const half = MAX_NESTING / 2 + 1;
  const files = { main: nested("if 1", half).replace("x", "{% include 'part' %}"), part: nested("if 1", half) };
  assertEquals(failure(files), `LoadError: tags nested more than ${MAX_NESTING} deep at main:1`);
});

test("limits: a template has so many tags and texts, and no more", () => {
  assertEquals(render("{{ 1 }}".repeat(MAX_NODES)).length, MAX_NODES);
  assertEquals(
    failure("{{ 1 }}".repeat(MAX_NODES + 1)),
    `ParseError: more than ${MAX_NODES} tags and texts at main.txt:1`,
  );
  assertEquals(
    failure("{% if 0 %}" + "{% elif 0 %}".repeat(MAX_NODES + 1)),
    `ParseError: more than ${MAX_NODES} tags and texts at main.txt:1`,
  );
});

test("limits: long chains of conditions are no deep nesting", () => {
  const branches = 5_000;
  assertEquals(
    render(
      "{% if n == -1 %}" + Array.from({ length: branches }, (_, i) => `{% elif n == ${i} %}${i}`).join("") +
        "{% end %}",
      { n: branches - 1 },
    ),
    "4999",
  );
  const handlers = "{% try %}{{ nosuch }}" + "{% except RangeError %}".repeat(branches) + "{% except %}caught{% end %}";
  assertEquals(render(handlers), "caught");
});

test("limits: templates that extend or include themselves are refused with the loop", () => {
  assertEquals(
    failure({ main: "{% extends 'main' %}" }),
    "LoadError: a template extends or includes itself: 'main' -> 'main' at main:1",
  );
  assertEquals(
    failure({ main: "{% include 'a' %}", a: "\n{% include 'b' %}", b: "{% extends 'a' %}" }),
    "LoadError: a template extends or includes itself: 'a' -> 'b' -> 'a' at b:1 (via a:2, main:1)",
  );
});

test("limits: chains of templates are bounded", () => {
  const chain = (length: number, tag: string): Record<string, string> =>
    Object.fromEntries([
      ...Array.from({ length }, (_, i) => [`t${i}`, `{% ${tag} 't${i + 1}' %}`]),
      [`t${length}`, "{% block b %}end{% end %}"],
    ]);
  assertEquals(render(chain(MAX_LOAD_DEPTH - 1, "extends")), "end");
  assertEquals(
    errorOf(() => render(chain(10_000, "extends"))).message,
    `more than ${MAX_LOAD_DEPTH} templates that extend or include each other in a row`,
  );
  assertEquals(
    errorOf(() => render(chain(10_000, "include"))).message,
    `more than ${MAX_LOAD_DEPTH} templates that extend or include each other in a row`,
  );
});

test("limits: files that include or extend each other twice do not double for ever", () => {
  const doubling = (tag: string): Record<string, string> =>
    Object.fromEntries([
      ...Array.from({ length: 60 }, (_, i) => [`t${i}`, `{% ${tag} 't${i + 1}' %}`.repeat(2)]),
      ["t60", "x"],
    ]);
  assertEquals(
    errorOf(() => render(doubling("include"))).message,
    `more than ${MAX_NODES} tags and texts, includes counted`,
  );
  assertEquals(
    errorOf(() => render(doubling("extends"))).message,
    `a template may not extend more than ${MAX_LOAD_DEPTH} others`,
  );
});

test("limits: sources and expressions have a longest length", () => {
  const error: TemplateError = errorOf(() => new Template("x".repeat(MAX_SOURCE_LENGTH + 1)));
  assert(error instanceof LoadError);
  assertEquals(
    failure(`{{ '${"x".repeat(70_000)}' }}`),
    "ExpressionSyntaxError: an expression may not be longer than 65536 characters at main.txt:1",
  );
  assertEquals(
    failure(`{% import ${"a,".repeat(40_000)}a %}`),
    "ExpressionSyntaxError: an import may not be longer than 65536 characters at main.txt:1",
  );
});

test("limits: expressions nested beyond the stack are refused", () => {
  for (
    const source of [
      "(".repeat(60_000),
      "x=>".repeat(20_000) + "1",
      "1+".repeat(30_000) + "1",
      "[".repeat(60_000),
      "!".repeat(60_000) + "1",
      "`${".repeat(20_000),
    ]
  ) {
    assertEquals(failure(`{{ ${source} }}`).split(":")[0], "ExpressionSyntaxError", source.slice(0, 9));
  }
});

test("limits: long text takes linear time", () => {
  for (const text of [" ", "\f", "\u00a0", "\n", "{", "{ {", "{{!", "x", "\r\n", "{##}"]) {
    for (const whitespace of ["all", "single", "oneline"] as const) {
      assertLinear((n) => text.repeat(n / text.length), (source) => {
        try {
          new Template(source, { whitespace }).generate();
        } catch (error) {
          assert(error instanceof Error && error.name === "ParseError", text);
        }
      });
    }
  }
});
