/** tornado.auth of Debian's python3-tornado as the judge of signatures of OAuth 1. */
import { assertEquals } from "@std/assert";
import { oauthEscape, oauthSignature, parseOAuthToken } from "../../src/auth/_oauth1_signature.ts";
import { utf8 } from "../../src/util/escape.ts";
import { askPython } from "../support/python.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

/** Reads a JSON list of cases from standard input, writes the list of results. */
const ORACLE = `
import json, sys
from tornado import auth

def answer(case):
    kind, *args = case
    if kind == "escape":
        return auth._oauth_escape(args[0])
    if kind == "parse":
        return auth._oauth_parse_response(args[0].encode("utf8"))
    sign = auth._oauth10a_signature if kind == "1.0a" else auth._oauth_signature
    consumer, method, url, parameters, token = args
    return sign(consumer, method, url, parameters, token).decode()

json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
`;

const PIECES = [
  "a",
  "Z",
  "0",
  "-",
  ".",
  "_",
  "~",
  "!",
  "*",
  "'",
  "(",
  ")",
  "%",
  "&",
  "=",
  "+",
  " ",
  "/",
  "ä",
  "\u{1f600}",
];
const NAMES = ["oauth_token", "oauth_nonce", "status", "A", "a", "a2", "a10", "B-b", "z_", "q.~"];
const URLS = [
  "https://api.twitter.com/1.1/statuses/update.json",
  "HTTPS://API.Example.com/a%20b/c",
  "http://example.com:8080/path?query=1#fragment",
  "http://example.com/~user/(a)*!'",
];

test("OAuth 1: signatures are those of Tornado", async () => {
  const random = new Random(14);
  const cases = Array.from({ length: 600 }, () => {
    const version = random.pick(["1.0", "1.0a"] as const);
    const consumer = { key: "key", secret: random.text(PIECES, 12) };
    const names = NAMES.filter(() => random.below(2) === 0);
    const parameters = Object.fromEntries(names.map((name) => [name, random.text(PIECES, 12)]));
    const token = random.below(3) === 0 ? null : { key: "token", secret: random.text(PIECES, 12) };
    return [version, consumer, random.pick(["GET", "post"]), random.pick(URLS), parameters, token] as const;
  });
  const ours = cases.map(([version, consumer, method, url, parameters, token]) =>
    oauthSignature(version, consumer, { method, url, parameters }, token)
  );
  assertEquals(ours, await askPython<string[]>(["-c", ORACLE], cases));
});

test("OAuth 1: escaping and token responses are those of Tornado", async () => {
  const random = new Random(15);
  const texts = Array.from({ length: 300 }, () => random.text(PIECES, 20));
  const bodies = [
    "oauth_token=zxcv&oauth_token_secret=1234",
    "oauth_token=a%20b+c&oauth_token_secret=%C3%A4&screen_name=foo&empty=",
    "oauth_token=1&oauth_token=2&oauth_token_secret=3&x=4&x=5",
  ];
  const ours = [
    ...texts.map(oauthEscape),
    ...bodies.map((body) => ({ ...parseOAuthToken(utf8(body)) })),
  ];
  const theirs = await askPython(["-c", ORACLE], [
    ...texts.map((text) => ["escape", text]),
    ...bodies.map((body) => ["parse", body]),
  ]);
  assertEquals(ours, theirs);
});
