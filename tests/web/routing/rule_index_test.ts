import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  HTTPHeaders,
  type HTTPMessageDelegate,
  HTTPServerRequest,
  RequestStartLine,
  ResponseStartLine,
} from "../../../src/http/httputil.ts";
import { pathShape } from "../../../src/web/_routing/path_shape.ts";
import { PathRules } from "../../../src/web/_routing/rule_index.ts";
import { type Matcher, PathMatches, Router, Rule, RuleRouter, type TargetParams } from "../../../src/web/routing.ts";
import { assertLinear } from "../../support/assert_linear.ts";
import { ask } from "../../support/fake_connection.ts";
import { Random } from "../../support/random.ts";
import { test } from "../../support/test.ts";

/** A target that takes no request, and writes down that it was asked. */
class Refuses extends Router {
  readonly #asked: string[];
  readonly #name: string;

  constructor(asked: string[], name: string) {
    super();
    this.#asked = asked;
    this.#name = name;
  }

  override findHandler(_request: HTTPServerRequest, params: TargetParams): HTTPMessageDelegate | null {
    this.#asked.push(`${this.#name} ${JSON.stringify(params)}`);
    return null;
  }
}

/** A matcher that has to be asked, since its class has a `match` of its own. */
class Own extends PathMatches {
  override match(request: HTTPServerRequest): TargetParams | null {
    return request.path.length % 2 === 0 ? {} : super.match(request);
  }
}

const TEXTS = ["a", "b", "ab", "a-", "/", "/", "/", "/a", "/b", "/ab", "\\.", "\\/", "é", " "];
const ATOMS = [
  ..."a./".split(""),
  ...[
    "\\d",
    "\\w",
    "\\W",
    "\\D",
    "\\S",
    "\\s",
    "\\b",
    "\\B",
    "\\x2f",
    "\\x61",
    "[ab]",
    "[^b]",
    "[a/]",
    "[+-9]",
    "[^/]",
  ],
  ...["([^/]+)", "(\\w+)", "(\\d*)", "(.*)", "(?:a|b)", "(?:a|/)", "(?:/b|)", "(a|)", "(?:(a)(/|b))", "(a|b/)", "()"],
  ...["(?=a)", "(?!b)", "(?=/)", "(?<=/)", "(?<!a)", "(?:a(?:b|\\/))", "(?:[/]|a)", "(?:\\||a)", "[|]", "[\\]/]"],
];
const REPEATS = ["", "", "", "", "?", "*", "+", "{0,2}", "+?", "{2}"];
const PATHS = ["a", "b", "ab", "/", "/", "/", "1", "a-", ".", "é", "%2F", "|", " ", "]"];
const FLAGS = ["", "", "", "", "", "i", "m", "s", "u", "g", "y", "im"];

function requestFor(path: string): HTTPServerRequest {
  return new HTTPServerRequest({ startLine: new RequestStartLine("GET", path, "HTTP/1.1") });
}

function randomSource(random: Random): string {
  let source = random.below(4) === 0 ? "" : "/";
  for (let parts = random.below(6); parts > 0; parts--) {
    if (random.below(2) === 0) source += random.pick(TEXTS);
    else {
      const atom = random.pick(ATOMS);
      source += /^\((?:\?[=!<])|^\\[bB]/.test(atom) ? atom : atom + random.pick(REPEATS);
    }
    if (random.below(25) === 0) source += "|";
  }
  if (random.below(8) === 0) source = `^${source}`;
  return source;
}

function randomMatcher(random: Random): Matcher {
  const source = randomSource(random);
  switch (random.below(8)) {
    case 0:
      return new Own(source);
    case 1:
      return new PathMatches(new RegExp(source, random.pick(FLAGS)));
    case 2:
      return new PathMatches(new RegExp(`${source}$`, random.pick(FLAGS)));
    case 3:
      return new PathMatches(random.text(["/", "a", "b", "ab"], 4));
    default:
      return new PathMatches(source);
  }
}

test("RuleRouter asks the rules that a plain search through all of them finds, in the same order", () => {
  const random = new Random(20);
  let found = 0;
  for (let lists = 0; lists < 400; lists++) {
    const asked: string[] = [];
    const rules = Array.from(
      { length: 1 + random.below(30) },
      (_, i) => new Rule(randomMatcher(random), new Refuses(asked, `rule ${i}`)),
    );
    const router = new RuleRouter();
    router.addRules(rules);
    for (let paths = 0; paths < 30; paths++) {
      const path = (random.below(8) === 0 ? "" : "/") + random.text(PATHS, 7);
      const request = requestFor(path);
      asked.length = 0;
      assertEquals(router.findHandler(request), null);
      const expected = rules.flatMap(({ matcher }, i) => {
        const matched = matcher.match(request);
        return matched === null ? [] : [`rule ${i} ${JSON.stringify(matched)}`];
      });
      assertEquals(asked, expected, `${path}: ${rules.map(({ matcher }) => matcher.route).join("  ")}`);
      found += expected.length;
    }
  }
  assertEquals(found > 10_000, true, `only ${found} rules matched`);
});

test("pathShape finds what all paths of a pattern have in common", () => {
  const part = (prefix: string) => ({ prefix, whole: false });
  const whole = (prefix: string) => ({ prefix, whole: true });
  const rows: [RegExp, ReturnType<typeof pathShape>][] = [
    [/\/$/, { segments: [whole(""), whole("")], tail: null }],
    [/^\/story\/([0-9]+)$/, { segments: [whole(""), whole("story"), part("")], tail: null }],
    [/\/page-(\d+)\.html$/, { segments: [whole(""), part("page-")], tail: null }],
    [/\/(?<a>[^/]+)\/edit$/, { segments: [whole(""), part(""), whole("edit")], tail: null }],
    [/\/static\/v(.*)$/, { segments: [whole(""), whole("static")], tail: "v" }],
    [/\/a\/?$/, { segments: [whole("")], tail: "a" }],
    [/\/a+b$/, { segments: [whole(""), part("")], tail: null }],
    [/\/story/, { segments: [whole("")], tail: "story" }],
    [/\/a[^b]c\/d$/, { segments: [whole("")], tail: "a" }],
    [/\/(a|b)(?:\/c)?$/, { segments: [whole("")], tail: "" }],
    [/\/a$|\/b$/, { segments: [], tail: "" }],
    [/\/a$/i, { segments: [], tail: "" }],
  ];
  for (const [pattern, shape] of rows) assertEquals(pathShape(pattern), shape, pattern.source);
});

test("RuleRouter takes more rules than a call takes arguments, and finds the last", () => {
  const target = (request: HTTPServerRequest) =>
    request.connection?.respond(new ResponseStartLine("HTTP/1.1", 204, "No Content"), new HTTPHeaders(), null);
  const router = new RuleRouter([["/first", target], ["/last/(.*)", target]]);
  const rules: Rule[] = Array(120_000).fill(new Rule(new PathMatches("/page"), target));
  const late = new Rule(new PathMatches("/late/([0-9]+)"), target);
  router.addRules([...rules, late], { index: 1 });
  assertEquals(router.rules.length, 120_003);
  assertStrictEquals(router.rules[120_001], late);
  assertEquals(router.rules[120_002]?.matcher.route, "/last/{1}");
  const statuses = ["/page", "/late/7", "/late/x", "/last/x"].map((path) => ask(router, path).status);
  assertEquals(statuses, [204, 204, 404, 204]);
});

test("PathRules leaves one rule to try of a thousand with different paths", () => {
  const kinds = [
    (i: number) => `/literal/${i}`,
    (i: number) => `/page${i}/([0-9]+)`,
    (i: number) => `/(\\w+)/list${i}/(.*)`,
    (i: number) => `/files/v${i}-(.*)`,
    (i: number) => `/entry${i}/?`,
  ];
  const rules = new PathRules();
  for (let i = 0; i < 1000; i++) {
    const matcher = new PathMatches(kinds[i % kinds.length]?.(1000 + i) ?? "");
    rules.add(new Rule(matcher, () => {}), matcher);
  }
  for (const path of ["/literal/1995", "/page1996/7", "/x/list1997/y/z", "/files/v1998-a/b", "/entry1999/"]) {
    assertEquals(rules.find(path).map(({ rank }) => rank), [Number(/\d{4}/.exec(path)?.[0]) - 1000]);
  }
  assertEquals(rules.find("/unknown"), []);
});

test("RuleRouter takes time linear in the length of a path", () => {
  const target = new Refuses([], "");
  const router = new RuleRouter();
  router.addRules(
    ["/a/(.*)", "/(.*)/b", "/[^/]+/[^/]+/[^/]+", "/a/a/a/a/a/a/a/a/b"].map((pattern) =>
      new Rule(new PathMatches(pattern), target)
    ),
  );
  assertLinear((n) => requestFor("/a".repeat(n)), (request) => router.findHandler(request));
});
