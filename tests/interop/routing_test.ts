/**
 * tornado.routing of Debian's python3-tornado as the judge of our patterns, by examples and by some thousand random
 * ones.
 */
import { assert, assertEquals } from "@std/assert";
import { HTTPServerRequest } from "../../src/http/httputil.ts";
import { PathMatches } from "../../src/web/routing.ts";
import { askPython } from "../support/python.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

/**
 * Reads a JSON list of [pattern, paths, arguments], writes what each pattern makes of each path, and of the arguments.
 */
const ORACLE = `
import json, re, sys, warnings
from tornado import httputil
from tornado.routing import PathMatches
warnings.simplefilter("ignore")

def text(value):
    return None if value is None else value.decode("latin1")

def match(matcher, path):
    request = httputil.HTTPServerRequest("GET", path)
    params = matcher.match(request)
    if not params:
        return params
    if params["path_kwargs"]:
        return {k: text(v) for k, v in params["path_kwargs"].items()}
    return [text(v) for v in params["path_args"]]

def run(pattern, paths, args):
    try:
        matcher = PathMatches(pattern)
    except (re.error, AssertionError):
        return None
    try:
        reverse = matcher.reverse(*args)
    except Exception:
        reverse = None
    return [[match(matcher, path) for path in paths], reverse]

sys.stdout.write(json.dumps([run(*case) for case in json.load(sys.stdin)]))
`;

type Case = readonly [pattern: string, paths: readonly string[], args: readonly unknown[]];
type Groups = (string | null)[] | Record<string, string | null> | null;
type Answer = readonly [matches: readonly Groups[], reverse: string | null] | null;

/** One Python process for all cases. */
function askTornado(cases: readonly Case[]): Promise<Answer[]> {
  return askPython(["-c", ORACLE], cases);
}

function asText(value: unknown): string | null {
  if (value instanceof Uint8Array) return String.fromCharCode(...value);
  return typeof value === "string" ? value : null;
}

function match(matcher: PathMatches, path: string): Groups {
  const params = matcher.match(new HTTPServerRequest({ uri: path }));
  if (params === null) return null;
  if (params.pathKwargs !== undefined) {
    return Object.fromEntries(Object.entries(params.pathKwargs).map(([name, value]) => [name, asText(value)]));
  }
  return params.pathArgs === undefined ? {} : params.pathArgs.map(asText);
}

function ours([pattern, paths, args]: Case): Answer {
  let matcher: PathMatches;
  try {
    matcher = new PathMatches(pattern);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
  let reverse: string | null = null;
  try {
    reverse = matcher.reverse(...args);
  } catch {
    // Tornado's errors are of other kinds.
  }
  return [paths.map((path) => match(matcher, path)), reverse];
}

const PATHS = [
  "/",
  "/a",
  "/A",
  "/ab",
  "/abc",
  "/a/b",
  "/a.b",
  "/a-b",
  "/2024/x",
  "/a%2fb/%C3%A9",
  "/(a)",
  "/{b}",
  "/a+b",
  "",
];

async function compare(cases: readonly Case[], sameReverse: boolean): Promise<number> {
  const answers = await askTornado(cases);
  let valid = 0;
  cases.forEach((each, i) => {
    const answer = answers[i] ?? null;
    const own = ours(each);
    // What Python has against a pattern need not be an obstacle here.
    if (answer === null) return;
    if (own === null) throw new Error(`refused: ${each[0]}`);
    valid++;
    assertEquals(own[0], answer[0], each[0]);
    if (sameReverse) assertEquals(own[1], answer[1], `reverse of ${each[0]}`);
  });
  return valid;
}

test("patterns of applications match and reverse as in Tornado", async () => {
  const patterns: [string, ...unknown[]][] = [
    ["/"],
    ["^/$"],
    ["/a$"],
    ["/a|/b"],
    ["/([^/]+)/(.*)", "x y/é+?", 5],
    ["/([0-9]{4})/([a-z-]+)", 2024, "x"],
    ["/(?P<year>\\d+)/(?P<slug>.*)", 2024, "a b"],
    ["/(?P<q>['\"]?)a(?P=q)", ""],
    ["/a\\.b"],
    ["/a\\-b"],
    ["/a.b"],
    ["(?i)/ABC"],
    ["/a(b)?"],
    ["/(a|ab)(c|bcd)?"],
    ["/(?:a|b)/(.)"],
    ["/\\w+"],
    ["/[]a]"],
    ["/[^]a]"],
    ["/\\Aa"],
    ["\\A/a\\Z"],
    ["/a{,2}"],
    ["/a{1}b"],
    ["/\\{b}"],
    ["/{b}"],
    ["/(a)(?#comment)/b"],
    ["/\\x61"],
    ["/\\141"],
    ["/(a)/(?=b)b"],
    ["/(?!a).*"],
    ["/((b)c)", "x"],
    ["/(x", "x"],
    ["/x)", "x"],
    ["/[a", "x"],
    ["*", "x"],
    ["/\\q"],
    ["/(?P<a>x)(y)"],
    ["/(?P<a>x)(?P<a>y)"],
    ["/(a)\\2"],
  ];
  const cases = patterns.map(([pattern, ...args]): Case => [pattern, PATHS, args]);
  const answers = await askTornado(cases);
  // Where Tornado gives a path that its own pattern does not match, or none though there is one.
  const quirks = [
    "(?i)/ABC",
    "/a(b)?",
    "/(a|ab)(c|bcd)?",
    "/((b)c)",
    "/a|/b",
    "/a{,2}",
    "/a{1}b",
    "/[]a]",
    "/[^]a]",
    "/{b}",
  ];
  cases.forEach((each, i) => {
    const [own, answer] = [ours(each), answers[i] ?? null];
    assertEquals(own?.[0] ?? null, answer?.[0] ?? null, each[0]);
    if (!quirks.includes(each[0])) assertEquals(own?.[1] ?? null, answer?.[1] ?? null, `reverse of ${each[0]}`);
  });
});

test("random patterns match as in Tornado", async () => {
  const random = new Random(20240612);
  const atoms = [
    "a",
    "b",
    "/",
    ".",
    "\\.",
    "-",
    "(a)",
    "(.)",
    // Of a group that matches nothing Python keeps the last, empty round, and JavaScript the one before.
    "([^/]+)",
    "(?:ab)",
    "(?P<x>a)",
    "[ab]",
    "[^a]",
    "\\d",
    "\\w",
  ];
  const more = [
    "(a|b)",
    "|",
    "{b}",
    "(?=a)",
    "(?!b)",
    "[]b]",
    "%2f",
    "\\Z",
    "^",
    "$",
    "(?i:A)",
    "\\x62",
    "é",
    "\\/",
  ];
  const quantifiers = ["", "", "", "", "*", "?", "+", "??", "*?", "{1,2}", "{,2}", "{2}"];
  const cases = Array.from({ length: 4000 }, (): Case => {
    const length = 1 + random.below(6);
    const pattern = Array.from({ length }, () => random.pick([...atoms, ...more]) + random.pick(quantifiers)).join("");
    const paths = Array.from({ length: 6 }, () => `/${random.text(["a", "b", "/", ".", "-", "%2f", "{b}", "A"], 6)}`);
    return [`/${pattern}`, paths, []];
  });
  assert(await compare(cases, false) > 1500);
});

test("random paths with places reverse as in Tornado, and match what they give", async () => {
  const random = new Random(77);
  const pieces = ["a", "/", "-", "\\.", "\\-", "_", ".", "(a*)", "([^/]*)", "(.*)", "(.*?)"];
  const cases = Array.from({ length: 2000 }, (): Case => {
    const pattern = `/${random.text(pieces, 7)}`;
    const args = Array.from(
      { length: pattern.split("(").length - 1 },
      () => random.text(["a", "é", " ", "/", "%", "+"], 3),
    );
    return [pattern, [], args];
  });
  assertEquals(await compare(cases, true), 2000);
});
