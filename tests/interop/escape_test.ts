/** tornado.escape of Debian's python3-tornado as the judge of ours, by examples and by some thousand random texts. */
import { assertEquals } from "@std/assert";
import {
  linkify,
  type LinkifyOptions,
  parseQsBytes,
  squeeze,
  toUnicode,
  urlEscape,
  urlUnescape,
  utf8,
  xhtmlEscape,
  xhtmlUnescape,
} from "../../src/util/escape.ts";
import { NAMED_REFERENCES } from "../../src/util/_escape/entities_data.ts";
import { latin1, latin1Bytes } from "../support/bytes.ts";
import { askPython } from "../support/python.ts";
import { test } from "../support/test.ts";

/** Reads one JSON list of [function, argument, ...] from standard input, writes the list of results or errors. */
const ORACLE = `
import html, json, sys
from tornado import escape

def options(o):
    names = {"shorten": "shorten", "extraParams": "extra_params", "requireProtocol": "require_protocol",
             "permittedProtocols": "permitted_protocols"}
    return {names[k]: v for k, v in o.items()}

def name(latin1):
    # Twister's names are UTF-8 where they can be.
    try:
        return latin1.encode("latin1").decode("utf-8")
    except UnicodeError:
        return latin1

CALLS = {
    "xhtml_escape": lambda s: escape.xhtml_escape(s).replace("&#39;", "&#x27;"),
    # Tornado 6.5 calls html.unescape, 6.2 did less.
    "xhtml_unescape": html.unescape,
    "squeeze": escape.squeeze,
    "url_escape": escape.url_escape,
    "url_escape_bytes": lambda s, plus: escape.url_escape(s.encode("latin1"), plus),
    "url_unescape": escape.url_unescape,
    "url_unescape_bytes": lambda s, plus: escape.url_unescape(s, None, plus).decode("latin1"),
    "to_unicode": lambda s: escape.to_unicode(s.encode("latin1")),
    "parse_qs_bytes": lambda s, *a: {name(k): [v.decode("latin1") for v in vs]
                                     for k, vs in escape.parse_qs_bytes(s.encode("latin1"), *a).items()},
    "linkify": lambda s, o: escape.linkify(s, **options(o)).replace("&#39;", "&#x27;"),
    "entities": lambda: html.entities.html5,
}

def run(name, *args):
    try:
        return CALLS[name](*args)
    except ValueError as e:
        return {"error": True}

sys.stdout.write(json.dumps([run(*case) for case in json.load(sys.stdin)]))
`;

type Case = readonly [name: string, ...args: unknown[]];

/** One Python process for all cases. */
function askTornado(cases: readonly Case[]): Promise<unknown[]> {
  return askPython(["-c", ORACLE], cases);
}

function orError<T>(fn: () => T): T | { error: true } {
  try {
    return fn();
  } catch {
    return { error: true };
  }
}

// The casts say what the case was built with a few lines below; its list is heterogeneous by nature.
const OURS: Record<string, (...args: never[]) => unknown> = {
  xhtml_escape: xhtmlEscape,
  xhtml_unescape: xhtmlUnescape,
  squeeze,
  url_escape: urlEscape,
  url_escape_bytes: (text: string, plus: boolean) => urlEscape(latin1Bytes(text), plus),
  url_unescape: urlUnescape,
  url_unescape_bytes: (text: string, plus: boolean) => latin1(urlUnescape(text, null, plus)),
  to_unicode: (text: string) => orError(() => toUnicode(latin1Bytes(text))),
  parse_qs_bytes: (text: string, keep: boolean, strict: boolean) =>
    orError(() => {
      const fields = parseQsBytes(latin1Bytes(text), keep, strict);
      return Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, values.map(latin1)]));
    }),
  linkify: (text: string, options: LinkifyOptions) => linkify(text, options),
};

async function compare(cases: readonly Case[]): Promise<void> {
  const answers = await askTornado(cases);
  cases.forEach(([name, ...args], i) => {
    const ours: unknown = Reflect.apply(OURS[name] ?? (() => "no such function"), null, args);
    assertEquals(ours, answers[i], `${name}(${JSON.stringify(args)})`);
  });
}

/** A small fixed generator, so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 0x100000000 * below);
  };
}

function randomText(next: (below: number) => number, parts: readonly string[], most: number): string {
  return Array.from({ length: next(most + 1) }, () => parts[next(parts.length)]).join("");
}

const WHITE = [" ", "\t", "\n", "\r\n", "\x00", "\x1c", "\x85", "\xa0", "\u2003", "\u3000", "\ufeff", "\u200b"];
const HTML = [
  "&",
  "<",
  ">",
  '"',
  "'",
  ";",
  "#",
  "x",
  "X",
  "1",
  "41",
  "10ffff",
  "110000",
  "d800",
  "80",
  "9f",
  "0",
  "fffe",
];
const NAMES = [
  "amp",
  "lt",
  "not",
  "notin",
  "notit",
  "eacute",
  "NotEqualTilde",
  "AMP",
  "copy",
  "hellip",
  "zwnj",
  "b.alpha",
];
const LETTERS = ["a", "Z", "7", "_", "-", "é", "日本", "𝐀", "😀", "ª", "\u0301", "²", "٣"];
const URLS = [
  "http",
  "https",
  "ftp",
  "javascript",
  ":",
  ":/",
  "://",
  ":///",
  "/",
  "www.",
  "www",
  ".",
  ",",
  "!",
  "?",
  "(",
  ")",
  "=",
];
const PERCENT = [
  "%",
  "%2",
  "%zz",
  "%41",
  "%e9",
  "%C3%A9",
  "%F0%9F%98%80",
  "%ed%a0%80",
  "%FF",
  "%EF%BB%BF",
  "+",
  "%2B",
  "%00",
];
const QUERY = ["&", "&", "=", ";", "a", "b", "__proto__", "\xe9", "\xff", "\x80"];
const BYTES = [
  "a",
  "\xc3",
  "\xa9",
  "\xe2",
  "\x82",
  "\xac",
  "\xf0\x9f\x98\x80",
  "\xf4\x90",
  "\xed\xa0\x80",
  "\xef\xbb\xbf",
  "\xc0\xaf",
];

test("escape functions give Tornado's results for chosen texts", async () => {
  const urls = [
    "hello http://world.com/!",
    "http://www.example.com/wpstyle/?p=364. (see http://a.b/c_(d)_e)",
    "www.external-link.com and www.internal-link.com/blogs extra",
    "bit.ly/foo http://✪df.ws/1234 http:///x.com http:// http:/",
    "<http://a.com?x=1&y=2> \"http://b.com/'q'\" 'www.c.com'",
    "a-b-c://d e:// -x://y _://z 日://k ²://k",
    "http://reallylong.com/abcdefghijklmnopqrstuvwxyz?x=1.2 http://a.com/?q=1&amp;r=2&amp;s=3&amp;t=4aaaaaaaaaaaaaaaaaaaaaaaaa",
    "http://www.mylongsubdomainnamethatgoesonandon.example.com/blah.html?k=v",
    "(http://foo.com/blah_(wikipedia)_blah#cite-1) http://foo.com/(a(b)) [http://x.y/]",
    "http://😀.example/😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
    "javascript:/alert(1) javascript://www.x.com file:///etc/passwd ftp://x",
    "xwww.a.com www.www.a.com www..com www.",
  ];
  const options: LinkifyOptions[] = [
    {},
    { shorten: true },
    { requireProtocol: true },
    { permittedProtocols: ["ftp", "file"] },
    { extraParams: ' rel="nofollow" class="external"  ', shorten: true },
    { extraParams: "  " },
  ];
  await compare([
    ...urls.flatMap((text): Case[] => options.map((o): Case => ["linkify", text, o])),
    ...[
      "",
      "&",
      "&&amp;",
      "&#",
      "&#x",
      "&#x;",
      "&#0;",
      "&#99999999999999999999;",
      "&#x80;",
      "&#xD800;",
      "&#xFFFF;",
      "&#1;",
      "&#13;",
    ]
      .map((text): Case => ["xhtml_unescape", text]),
    ...[
      "&notit;",
      "&notin;",
      "&amp",
      "&ampx",
      "&CounterClockwiseContourIntegral;",
      "&NotEqualTilde;",
      "&AMP",
      "&am&amp;",
      "&;",
    ]
      .map((text): Case => ["xhtml_unescape", text]),
    ...[
      "",
      "a=1",
      "a=1&",
      "&a=1",
      "a",
      "a=",
      "=1",
      "=",
      "a=b=c",
      "a=1;b=2",
      "a+b=c+d",
      "%41=%42",
      "a=%",
      "a=%4",
      "a=%zz&a=1",
    ]
      .flatMap((text): Case[] => [
        ["parse_qs_bytes", text, false, false],
        ["parse_qs_bytes", text, true, false],
        ["parse_qs_bytes", text, false, true],
        ["parse_qs_bytes", text, true, true],
      ]),
  ]);
});

test("escape functions give Tornado's results for random texts", async () => {
  const next = random(20261120);
  const cases: Case[] = [];
  for (let i = 0; i < 600; i++) {
    const text = randomText(next, [...LETTERS, ...HTML, ...WHITE], 12);
    const encoded = randomText(next, [...LETTERS, ...PERCENT, "/", " ", "~", "*"], 10);
    const plus = next(2) === 1;
    cases.push(
      ["xhtml_escape", text],
      ["xhtml_unescape", randomText(next, ["&", "&", "&#", "&#x", ";", ...HTML, ...NAMES, ...WHITE, ...LETTERS], 10)],
      ["squeeze", text],
      ["url_escape", encoded, plus],
      ["url_unescape", encoded, next(3) === 0 ? "latin1" : "utf-8", plus],
      ["url_unescape_bytes", encoded, plus],
      ["url_escape_bytes", randomText(next, BYTES, 6), plus],
      ["to_unicode", randomText(next, BYTES, 6)],
      ["parse_qs_bytes", randomText(next, [...QUERY, ...PERCENT], 14), next(2) === 1, next(4) === 0],
    );
    const options: LinkifyOptions = { shorten: next(2) === 1, requireProtocol: next(4) === 0 };
    const most = next(8) === 0 ? 60 : 20;
    cases.push(["linkify", randomText(next, [...URLS, ...URLS, ...LETTERS, ...HTML, ...WHITE], most), options]);
    cases.push(["linkify", `http://${randomText(next, [...LETTERS, "/", ".", "?", "&", "("], 40)} x`, {
      shorten: true,
    }]);
  }
  await compare(cases);
});

test("xhtmlUnescape knows exactly Python's table of named references", async () => {
  const [table] = await askTornado([["entities"]]);
  const ours: Record<string, string> = {};
  for (const [, name = "", mark, codes = ""] of NAMED_REFERENCES.matchAll(/(\w+)([:!])(\S+)/g)) {
    const text = String.fromCodePoint(...codes.split("+").map((code) => parseInt(code, 16)));
    ours[`${name};`] = text;
    if (mark === "!") ours[name] = text;
    assertEquals(xhtmlUnescape(`&${name};`), text);
  }
  assertEquals(ours, table);
});

test("utf8 gives Python's bytes", async () => {
  const texts = ["", "a", "é", "日本", "😀", "\x00", "\uffff"];
  const answers = await askTornado(texts.map((text): Case => ["to_unicode", latin1(utf8(text))]));
  assertEquals(answers, texts);
});
