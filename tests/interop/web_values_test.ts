/**
 * Signed values, Set-Cookie headers and XSRF tokens: each side reads what the other writes, and both write the same.
 */
import { assertEquals } from "@std/assert";
import type { Bytes } from "../../src/internal/bytes.ts";
import { toUnicode } from "../../src/util/escape.ts";
import { clearCookieHeader, type CookieOptions, setCookieHeader } from "../../src/web/cookies.ts";
import {
  type CookieSecret,
  createSignedValue,
  decodeSignedValue,
  getSignatureKeyVersion,
} from "../../src/web/signed_value.ts";
import { decodeXsrfToken, encodeXsrfToken, newXsrfToken } from "../../src/web/xsrf.ts";
import { latin1Bytes } from "../support/bytes.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { askPython } from "../support/python.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

/** Reads one JSON list of [function, argument, ...] from standard input, writes the list of results or errors. */
const ORACLE = `
import json, logging, sys
from tornado import httputil, web
logging.disable(logging.CRITICAL)

class Connection:
    context = None
    def set_close_callback(self, callback): pass

def handler(cookie=None, **settings):
    headers = httputil.HTTPHeaders({"Cookie": cookie} if cookie is not None else {})
    request = httputil.HTTPServerRequest("GET", "/", headers=headers, connection=Connection())
    return web.RequestHandler(web.Application(**settings), request)

def secret_of(secret):
    return {int(k): v for k, v in secret.items()} if isinstance(secret, dict) else secret

def latin1(value):
    return None if value is None else value.decode("latin1")

def sign(secret, name, value, version, clock, key_version):
    return latin1(web.create_signed_value(secret_of(secret), name, value.encode("latin1"), version=version,
                                          clock=lambda: clock, key_version=key_version))

def decode(secret, name, value, max_age, clock, min_version):
    return latin1(web.decode_signed_value(secret_of(secret), name, value, max_age_days=max_age,
                                          clock=lambda: clock, min_version=min_version))

def set_cookie(name, value, options):
    h = handler()
    if options.pop("clear", False):
        h.clear_cookie(name, **options)
    else:
        h.set_cookie(name, value, **options)
    return [m.OutputString(None) for m in h._new_cookie.values()]

def xsrf_decode(text):
    version, token, timestamp = handler()._decode_xsrf_token(text)
    return None if token is None else [version, latin1(token), timestamp if version == 2 else None]

def xsrf_encode(cookie, version):
    return latin1(handler(cookie, xsrf_cookie_version=version).xsrf_token)

CALLS = {
    "sign": sign,
    "decode": decode,
    "key_version": lambda value: web.get_signature_key_version(value),
    "set_cookie": set_cookie,
    "xsrf_decode": xsrf_decode,
    "xsrf_encode": xsrf_encode,
}

def run(name, *args):
    try:
        return CALLS[name](*args)
    except Exception:
        return {"error": True}

sys.stdout.write(json.dumps([run(*case) for case in json.load(sys.stdin)]))
`;

type Case = readonly [name: string, ...args: unknown[]];

/** One Python process for all cases. */
function askTornado(cases: readonly Case[]): Promise<unknown[]> {
  return askPython(["-c", ORACLE], cases);
}

const FAILED = { error: true };

function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch {
    return FAILED;
  }
}

function latin1(bytes: Bytes | null): string | null {
  return bytes === null ? null : Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

const NOW = 1700000000;
const SECRETS: CookieSecret[] = [
  "secret",
  "x".repeat(64),
  "x".repeat(65),
  "gehéim€",
  { 0: "old", 1: "new" },
  { 7: "seven", 12: "twelve" },
];
const PIECES = ["a", "|", ":", "=", "1", "0", ";", '"', "\\", ",", "\xff", "\x80", "é", "hello", "\0"];

interface Signing {
  readonly secret: CookieSecret;
  readonly name: string;
  readonly value: string;
  readonly version: number;
  readonly clock: number;
  readonly keyVersion: number | null;
}

function signings(random: Random, count: number): Signing[] {
  return Array.from({ length: count }, () => {
    const secret = random.pick(SECRETS);
    const keys = typeof secret === "string" ? [] : Object.keys(secret).map(Number);
    return {
      secret,
      name: random.pick(["user", "_xsrf", "n", "x".repeat(100)]),
      value: random.text(PIECES, random.pick([3, 40, 300])),
      version: keys.length > 0 ? 2 : random.pick([1, 2]),
      clock: NOW + random.below(86400 * 40) + random.pick([0, 0.5]),
      keyVersion: keys.length > 0 ? random.pick(keys) : random.pick([null, null, 3]),
    };
  });
}

test("createSignedValue() writes the same bytes as Tornado", async () => {
  const cases = signings(new Random(1), 300);
  const theirs = await askTornado(
    cases.map((c) => ["sign", c.secret, c.name, c.value, c.version, c.clock, c.keyVersion]),
  );
  cases.forEach((c, i) => {
    const { version, keyVersion } = c;
    const ours = createSignedValue(c.secret, c.name, latin1Bytes(c.value), {
      version,
      keyVersion,
      clock: () => c.clock,
    });
    assertEquals(latin1(ours), theirs[i], JSON.stringify(c));
  });
});

/** Changes one character, or cuts, doubles or replaces a field. */
function mutate(random: Random, text: string): string {
  const at = random.below(text.length);
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + random.pick(["0", "a", "|", ":", "=", "\0", "é"]) + text.slice(at + 1);
    case 1:
      return text.slice(0, at);
    case 2:
      return text.slice(at);
    case 3:
      return text.slice(0, at) + text.slice(Math.max(0, at - random.below(10)));
    case 4:
      return random.pick(["1", "3", "999", "1000", "02", ""]) + text.slice(1);
    default:
      return text.split("|").map((field) => random.below(4) === 0 ? random.pick(["", "1:0", "0", "x"]) : field).join(
        "|",
      );
  }
}

test("decodeSignedValue() accepts and refuses what Tornado does", async (t) => {
  t.expectLog("tornado.general", /^(?:Invalid cookie signature|Expired|Cookie timestamp|Tampered)/);
  const random = new Random(2);
  const cases = signings(random, 1500).map((c) => {
    const { version, keyVersion } = c;
    const signed = createSignedValue(c.secret, c.name, latin1Bytes(c.value), {
      version,
      keyVersion,
      clock: () => c.clock,
    });
    const text = toUnicode(signed);
    return {
      secret: random.below(8) === 0 ? "another" : c.secret,
      name: random.below(8) === 0 ? "other" : c.name,
      value: random.below(2) === 0 ? mutate(random, text) : text,
      maxAgeDays: random.pick([31, 31, 1, 0.5]),
      clock: NOW + random.below(86400 * 80) - 86400 * 20,
      minVersion: random.pick([null, 1, 2]),
    };
  });
  const theirs = await askTornado(
    cases.map((c) => ["decode", c.secret, c.name, c.value, c.maxAgeDays, c.clock, c.minVersion]),
  );
  let accepted = 0;
  cases.forEach((c, i) => {
    const { maxAgeDays, minVersion } = c;
    const options = { maxAgeDays, minVersion, clock: () => c.clock };
    const ours = latin1(decodeSignedValue(c.secret, c.name, c.value, options));
    // With several secrets, Tornado raises on version 1.
    const expected = typeof theirs[i] === "string" ? theirs[i] : null;
    assertEquals(ours, expected, JSON.stringify(c));
    if (ours !== null) accepted++;
  });
  assertEquals(accepted > 200, true);
});

test("getSignatureKeyVersion() agrees with Tornado", async () => {
  const random = new Random(3);
  const values = signings(random, 300).map((c) => {
    const { version, keyVersion } = c;
    const text = toUnicode(createSignedValue(c.secret, c.name, latin1Bytes(c.value), { version, keyVersion }));
    return random.below(2) === 0 ? mutate(random, text) : text;
  }).filter((value) => value !== "");
  const theirs = await askTornado(values.map((value) => ["key_version", value]));
  values.forEach((value, i) => assertEquals(outcome(() => getSignatureKeyVersion(value)), theirs[i], value));
});

test("setCookieHeader() writes the same header as Tornado, or refuses", async () => {
  using _clock = new FakeClock({ now: NOW });
  const random = new Random(4);
  const values = [
    "",
    "v",
    "a=b",
    "a;b",
    'a"b',
    "a\\b",
    "a,b",
    "é\xff",
    "x y",
    "()/<=>?@[]{}",
    "\x7f",
    "a\tb",
    "!#$%&'*+-.^_`|~:",
  ];
  const cases = Array.from({ length: 600 }, () => {
    const theirs: Record<string, unknown> = {};
    const ours: Record<string, unknown> = {};
    const both = (their: string, our: string, value: unknown) => {
      if (random.below(2) === 0) theirs[their] = ours[our] = value;
    };
    both("domain", "domain", random.pick(["example.com", "", null]));
    both("expires", "expires", random.pick([NOW, 0, NOW + 0.5, 1e9]));
    both("path", "path", random.pick(["/p", "", "/a/b"]));
    both("max_age", "maxAge", random.pick([5, -1, 86400]));
    both("httponly", "httponly", random.pick([true, false]));
    both("secure", "secure", random.pick([true, false]));
    both("samesite", "samesite", random.pick(["Lax", "None", "anything"]));
    const name = random.pick(["a", "session", "a", "a b", "Path", "", "é", "a;", "~:"]);
    return { name, value: random.text(values, 2), theirs, ours };
  });
  const answers = await askTornado(cases.map((c) => ["set_cookie", c.name, c.value, c.theirs]));
  cases.forEach((c, i) => {
    const ours = outcome(() => [setCookieHeader(c.name, c.value, c.ours)]);
    assertEquals(ours, answers[i], JSON.stringify(c));
  });
});

test("setCookieHeader() and clearCookieHeader() count days as Tornado does", async () => {
  const cases: CookieOptions[] = [{ expiresDays: 1 }, { expiresDays: 30 }, { expiresDays: 0.5 }, { expiresDays: -1 }];
  const answers = await askTornado([
    ...cases.map((options): Case => ["set_cookie", "a", "b", { expires_days: options.expiresDays }]),
    ["set_cookie", "a", "b", { clear: true, domain: "example.com", path: "/p" }],
  ]);
  const ours = [
    ...cases.map((options) => setCookieHeader("a", "b", options)),
    clearCookieHeader("a", { domain: "example.com", path: "/p" }),
  ];
  ours.forEach((header, i) => {
    const [theirs] = answers[i] as string[];
    assertEquals(header.replace(EXPIRES, ""), theirs.replace(EXPIRES, ""));
    // The two clocks were not read at the same time.
    assertEquals(Math.abs(endOf(header) - endOf(theirs)) < 60_000, true, `${header} ${theirs}`);
  });
});

const EXPIRES = /expires=[^;]*/;

function endOf(header: string): number {
  return Date.parse(EXPIRES.exec(header)?.[0].slice("expires=".length) ?? "");
}

test("decodeXsrfToken() reads what Tornado reads", async () => {
  const random = new Random(5);
  const texts = Array.from({ length: 800 }, () => {
    const text = encodeXsrfToken(newXsrfToken(), random.pick([1, 2, 2]));
    return random.below(3) === 0 ? text : mutate(random, text);
    // With a mask of another length, Tornado reads memory behind it.
  }).filter((text) => !text.startsWith("2|") || text.split("|")[1]?.length === 8);
  const theirs = await askTornado(texts.map((text) => ["xsrf_decode", text]));
  texts.forEach((text, i) => {
    const raw = decodeXsrfToken(text);
    const ours = raw === null ? null : [raw.version, latin1(raw.token), raw.version === 2 ? raw.timestamp : null];
    assertEquals(ours, theirs[i], text);
  });
});

test("encodeXsrfToken() and Tornado mean the same token by a cookie", async () => {
  const tokens = Array.from({ length: 50 }, () => newXsrfToken());
  const cookies = tokens.map((raw, i) => encodeXsrfToken(raw, 1 + i % 2));
  const theirs = await askTornado(cookies.map((cookie, i) => ["xsrf_encode", `_xsrf=${cookie}`, 1 + (i >> 1) % 2]));
  theirs.forEach((text, i) => assertEquals(decodeXsrfToken(String(text))?.token, tokens[i].token));
});
