// Cookies by the vectors of the http-state suite for RFC 6265, and by the prefixes of RFC 6265bis.
import { assertEquals } from "@std/assert";
import { parseCookieDate } from "../../../src/http/_client/cookie_date.ts";
import { CookieJar, type CookieJarOptions } from "../../../src/http/httpclient.ts";
import { HTTPHeaders } from "../../../src/http/httputil.ts";
import { latin1Text } from "../../../src/internal/utf8.ts";
import { utf8 } from "../../../src/util/escape.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";
import { HTTP_STATE, HTTP_STATE_DATES } from "./http_state_vectors.ts";

const HOME = "http://home.example.org:8888/cookie-parser?x";
const RESULT = "http://home.example.org:8888/cookie-parser-result?x";

/** Returns the Cookie header for `to` after the Set-Cookie lines of a response from `from`. */
function cookies(lines: readonly string[], to = RESULT, from = HOME, options: CookieJarOptions = {}): string {
  const jar = new CookieJar(options);
  const headers = new HTTPHeaders();
  for (const line of lines) headers.add("Set-Cookie", line.trim());
  jar.store(new URL(from), headers);
  return jar.header(new URL(to));
}

/** Set-Cookie lines, and the Cookie header for another path of the host. */
const PARSING: readonly (readonly [lines: readonly string[], expected: string])[] = [
  [["foo=bar"], "foo=bar"],
  [["foo=bar; Expires=Fri, 07 Aug 2099 08:04:19 GMT"], "foo=bar"],
  [["foo=bar; Expires=Fri, 07 Aug 2007 08:04:19 GMT", "foo2=bar2; Expires=Fri, 07 Aug 2099 08:04:19 GMT"], "foo2=bar2"],
  [["foo"], ""],
  [["foo=bar; Expires=Fri, 07 Aug 2099 08:04:19 GMT; Max-Age=0"], ""],
  [["foo=bar; max-age=10000;"], "foo=bar"],
  [["foo=bar; max-age=0;"], ""],
  [["foo=bar; version=1;"], "foo=bar"],
  [["foo=bar; version=1000;"], "foo=bar"],
  [["foo=bar; customvalue=1000"], "foo=bar"],
  [["foo=bar; secure;"], ""],
  [["foo=bar; customvalue='1000 or more';"], "foo=bar"],
  [["foo=bar; customvalue='1000 or more'"], "foo=bar"],
  [["foo=bar; max-age=blah"], "foo=bar"],
  [["foo=bar; max-age=-1"], ""],
  [["foo=bar; max-age"], "foo=bar"],
  [["a=b", "c=d"], "a=b; c=d"],
  [["foo=bar;bar=baz"], "foo=bar"],
  [["foo=bar; path=/cookie-parser-result"], "foo=bar"],
  [["foo=bar; path=/other"], ""],
  [["foo=bar; path=/cookie-parser-result/foo/bar"], ""],
  [["foo=bar; path=relative"], "foo=bar"],
  [["foo=bar; path="], "foo=bar"],
  [["foo=bar; path"], "foo=bar"],
  [["foo=bar; path=/other; path=/"], "foo=bar"],
  [["foo=bar; path=/; path=/other"], ""],
  [["foo=bar; domain=home.example.org"], "foo=bar"],
  [["foo=bar; domain=.home.example.org"], "foo=bar"],
  [["foo=bar; domain=example.org"], "foo=bar"],
  [["foo=bar; domain=.EXAMPLE.org"], "foo=bar"],
  [["foo=bar; domain=sibling.example.org"], ""],
  [["foo=bar; domain=sub.home.example.org"], ""],
  [["foo=bar; domain=ome.example.org"], ""],
  [["foo=bar; domain=org"], ""],
  [["foo=bar; domain=.org"], ""],
  [["foo=bar; domain=example.com"], ""],
  [["foo=bar; domain="], "foo=bar"],
  [["foo=bar; domain"], "foo=bar"],
  [["foo=bar; domain=elsewhere.com; domain=example.org"], "foo=bar"],
  [["foo=bar; domain=example.org; domain=elsewhere.com"], ""],
  [["=bar"], ""],
  [["foo = bar"], "foo=bar"],
  [["foo=\t bar"], "foo=bar"],
  [['foo="bar"'], 'foo="bar"'],
  [['foo="bar baz"'], 'foo="bar baz"'],
  [["foo=b;ar=qux"], "foo=b"],
  [["foo=bar=baz"], "foo=bar=baz"],
  [["foo==bar"], "foo==bar"],
  [["foo="], "foo="],
  [["="], ""],
  [[";"], ""],
  [[""], ""],
  [["; Path=/"], ""],
  [["foo=1", "foo=2"], "foo=2"],
  [["foo=1; path=/", "foo=2; path=/cookie-parser-result"], "foo=2; foo=1"],
  [["foo=1", "bar=2", "foo=3"], "foo=3; bar=2"],
  [["foo=1; httponly"], "foo=1"],
  [["foo=1; samesite=strict"], "foo=1"],
  [["foo=%41"], "foo=%41"],
  [["fo\u00f6=b\u00e4r"], "fo\u00f6=b\u00e4r"],
  [[`foo=${"x".repeat(4093)}`], `foo=${"x".repeat(4093)}`],
  [[`foo=${"x".repeat(4094)}`], ""],
  [["foo=1", "foo=; max-age=0"], ""],
  [["foo=1; path=/other", "foo=; max-age=0"], ""],
];

test("CookieJar: keeps what RFC 6265, section 5.2 parses", () => {
  for (const [lines, expected] of PARSING) assertEquals(cookies(lines), expected, lines.join(" | "));
});

test("CookieJar: parses and sends as the http-state suite for RFC 6265 says", () => {
  // Headers are bytes, and those of the suite are UTF-8.
  const received = (text: string) => latin1Text(utf8(text));
  for (const [name, lines, sent, to = "/cookie-parser-result"] of HTTP_STATE) {
    const from = `http://home.example.org:8888/cookie-parser?${name}`;
    assertEquals(cookies(lines.map(received), new URL(to, from).href, from), received(sent), name);
  }
});

/** A Set-Cookie line, where it comes from, where a request goes, and whether the cookie goes along. */
const MATCHING: readonly (readonly [line: string, from: string, to: string, isSent: boolean])[] = [
  ["a=b", "http://example.org/x/y", "http://example.org/x/z", true],
  ["a=b", "http://example.org/x/y", "http://example.org/x", true],
  ["a=b", "http://example.org/x/y", "http://example.org/xz", false],
  ["a=b", "http://example.org/x/y", "http://example.org/", false],
  ["a=b; path=/x/", "http://example.org/", "http://example.org/x", false],
  ["a=b; path=/x/", "http://example.org/", "http://example.org/x/y", true],
  ["a=b; path=/x", "http://example.org/", "http://example.org/X", false],
  ["a=b", "http://example.org/", "http://example.org:81/", true],
  ["a=b", "http://example.org/", "https://example.org/", true],
  ["a=b", "http://example.org/", "http://www.example.org/", false],
  ["a=b; domain=example.org", "http://example.org/", "http://www.example.org/", true],
  ["a=b; domain=example.org", "http://www.example.org/", "http://api.example.org/", true],
  ["a=b; domain=example.org", "http://www.example.org/", "http://evilexample.org/", false],
  ["a=b; domain=example.org", "http://www.example.org/", "http://example.org.evil/", false],
  ["a=b; domain=0.0.1", "http://127.0.0.1/", "http://127.0.0.1/", false],
  ["a=b; domain=127.0.0.1", "http://127.0.0.1/", "http://127.0.0.1/", true],
  ["a=b; domain=1", "http://127.0.0.1/", "http://10.0.0.1/", false],
  ["a=b", "http://[::1]/", "http://[::1]:8080/", true],
  ["a=b; secure", "https://example.org/", "http://example.org/", false],
  ["a=b; secure", "https://example.org/", "https://example.org/", true],
  ["a=b; secure", "http://example.org/", "https://example.org/", false],
  ["a=b; secure", "http://localhost/", "http://localhost/", true],
  ["a=b; domain=localhost", "http://localhost/", "http://localhost/", true],
  ["__Secure-a=b; secure", "https://example.org/", "https://example.org/", true],
  ["__Secure-a=b", "https://example.org/", "https://example.org/", false],
  ["__secure-a=b", "https://example.org/", "https://example.org/", false],
  ["__Host-a=b; secure; path=/", "https://example.org/", "https://example.org/", true],
  ["__Host-a=b; secure", "https://example.org/", "https://example.org/", false],
  ["__Host-a=b; secure; path=/x", "https://example.org/x", "https://example.org/x", false],
  ["__Host-a=b; secure; path=/; domain=example.org", "https://example.org/", "https://example.org/", false],
  ["=__Host-a=b", "https://example.org/", "https://example.org/", false],
];

test("CookieJar: sends cookies by host, domain, path and Secure (CVE-2023-45143, CVE-2026-54279)", () => {
  for (const [line, from, to, isSent] of MATCHING) {
    assertEquals(cookies([line], to, from) !== "", isSent, `${line} from ${from} to ${to}`);
  }
});

/** Where a cookie `sid` comes from over http, its attributes, and whether it may stand beside the secure one. */
const BESIDE_SECURE: readonly (readonly [from: string, attributes: string, isKept: boolean])[] = [
  ["http://www.example.org/login", "; path=/login", false],
  ["http://www.example.org/login/more", "; path=/login/more", false],
  ["http://www.example.org/", "; path=/", true],
  ["http://www.example.org/other", "; path=/other", true],
  ["http://www.example.org/login", "; path=/login; domain=example.org", false],
  ["http://api.www.example.org/login", "; path=/login; domain=www.example.org", false],
  ["http://other.example.org/login", "; path=/login", true],
  ["https://www.example.org/login", "; path=/login", true],
];

test("CookieJar: leaves secure cookies alone that come over https (RFC 6265bis, section 5.7)", () => {
  for (const [from, attributes, isKept] of BESIDE_SECURE) {
    const jar = new CookieJar();
    const secure = new URL("https://www.example.org/login");
    jar.store(secure, new HTTPHeaders({ "Set-Cookie": "sid=real; secure; path=/login" }));
    jar.store(new URL(from), new HTTPHeaders({ "Set-Cookie": `sid=forged${attributes}` }));
    assertEquals([...jar].some(({ value }) => value === "forged"), isKept, from + attributes);
    assertEquals(jar.header(secure).includes("real"), !from.startsWith("https"), from + attributes);
    jar.store(new URL(from), new HTTPHeaders({ "Set-Cookie": `another=1${attributes}` }));
    assertEquals([...jar].some(({ name }) => name === "another"), true);
  }
});

test("CookieJar: keeps no cookie for a public suffix, but for a host that is one", () => {
  const options = { isPublicSuffix: (domain: string) => domain === "co.uk" };
  const line = "a=b; domain=co.uk";
  assertEquals(cookies([line], "http://other.co.uk/", "http://evil.co.uk/", options), "");
  assertEquals(cookies([line], "http://co.uk/", "http://co.uk/", options), "a=b");
  assertEquals(cookies([line], "http://other.co.uk/", "http://co.uk/", options), "");
  assertEquals(cookies(["a=b; domain=own.co.uk"], "http://x.own.co.uk/", "http://own.co.uk/", options), "a=b");
});

test("CookieJar: refuses control characters, which no header has", () => {
  const jar = new CookieJar();
  const store = (line: string) => {
    const headers = { getList: () => [line] };
    jar.store(new URL(HOME), Object.assign(new HTTPHeaders(), headers));
  };
  for (const line of ["a=b\x00", "a=b\x1f; path=/", "a\x7f=b"]) store(line);
  assertEquals([...jar], []);
});

test("CookieJar: cookies end in time", () => {
  using clock = new FakeClock();
  const jar = new CookieJar();
  const url = new URL("http://example.org/");
  const headers = new HTTPHeaders();
  for (const line of ["a=1; max-age=10", "b=2; max-age=20", "c=3"]) headers.add("Set-Cookie", line);
  jar.store(url, headers);
  const seen = [jar.header(url)];
  for (let i = 0; i < 2; i++) {
    clock.advance(10);
    seen.push(jar.header(url));
  }
  assertEquals(seen, ["a=1; b=2; c=3", "b=2; c=3", "c=3"]);
  assertEquals([...jar].map(({ name }) => name), ["c"]);
});

test("CookieJar: has room for so many cookies of a domain, and set, delete and clear change it", () => {
  const jar = new CookieJar({ maxPerDomain: 2 });
  const url = new URL("http://example.org/");
  for (const name of ["a", "b", "c"]) jar.store(url, new HTTPHeaders({ "Set-Cookie": `${name}=1` }));
  assertEquals(jar.header(url), "b=1; c=1");
  const cookie = { value: "2", domain: "example.org", hostOnly: true, path: "/", secure: false, expires: Infinity };
  jar.set({ ...cookie, name: "b" });
  assertEquals(jar.header(url).split("; ").sort(), ["b=2", "c=1"]);
  jar.delete("b");
  assertEquals(jar.header(url), "c=1");
  jar.clear();
  assertEquals([jar.header(url), [...jar].length], ["", 0]);
});

test("CookieJar: cookies that have ended make room first (RFC 6265, section 5.3)", () => {
  using clock = new FakeClock();
  const jar = new CookieJar({ maxPerDomain: 2 });
  const url = new URL("http://example.org/");
  const store = (line: string) => jar.store(url, new HTTPHeaders({ "Set-Cookie": line }));
  for (const line of ["a=1", "b=2; max-age=10"]) store(line);
  clock.advance(20);
  store("c=3");
  assertEquals(jar.header(url), "a=1; c=3");
  store("d=4");
  assertEquals(jar.header(url), "c=3; d=4");
});

/** Dates of the http-state suite, and what they mean. */
const DATES: Readonly<Record<string, string | null>> = {
  "Mon, 10-Dec-2007 17:02:24 GMT": "2007-12-10T17:02:24.000Z",
  "Wed, 09 Dec 2009 16:27:23 GMT": "2009-12-09T16:27:23.000Z",
  "Thursday, 10-Dec-2009 16:27:23": "2009-12-10T16:27:23.000Z",
  "Dec 10 2009 16:27:23": "2009-12-10T16:27:23.000Z",
  "10 Dec 09 16:27:23": "2009-12-10T16:27:23.000Z",
  "Sunday, 06-Nov-94 08:49:37 GMT": "1994-11-06T08:49:37.000Z",
  "Sun Nov  6 08:49:37 1994": "1994-11-06T08:49:37.000Z",
  "01 Jan 70 00:00:00 GMT": "1970-01-01T00:00:00.000Z",
  "01 Jan 69 00:00:00 GMT": "2069-01-01T00:00:00.000Z",
  "1;Jan/2030?1:2:3": "2030-01-01T01:02:03.000Z",
  "Fri, 07 Aug 2007 8:4:19 GMT": "2007-08-07T08:04:19.000Z",
  "2007 Aug 7 08:04:19": "2007-08-07T08:04:19.000Z",
  "Mon, 10-December-2007 17:02:24 GMT": "2007-12-10T17:02:24.000Z",
  "Wed, 31 Feb 2010 10:00:00 GMT": null,
  "Wed, 31 Apr 2010 10:00:00 GMT": null,
  "Wed, 32 Dec 2009 16:27:23 GMT": null,
  "Wed, 09 Dec 1600 16:27:23 GMT": null,
  "Wed, 09 Dec 2009 24:27:23 GMT": null,
  "Wed, 09 Dec 2009 16:60:23 GMT": null,
  "Wed, 09 Dec 2009 16:27:60 GMT": null,
  "Wed, 09 Dec 2009 16:27": null,
  "Wed, 09 Xyz 2009 16:27:23 GMT": null,
  "09 Dec 16:27:23": null,
  "": null,
  "never": null,
};

test("parseCookieDate: reads the dates of RFC 6265, section 5.1.1", () => {
  for (const [text, expected] of Object.entries(DATES)) {
    const time = parseCookieDate(text);
    assertEquals(time === null ? null : new Date(time).toISOString(), expected, text);
  }
  for (const [text, expected] of Object.entries(HTTP_STATE_DATES)) {
    assertEquals(parseCookieDate(text), expected === null ? null : Date.parse(expected), text);
  }
});
