/** tornado.httputil of Debian's python3-tornado as the judge of ours, by examples and by some thousand random texts. */
import { assertEquals } from "@std/assert";
import {
  encodeHeader,
  formatTimestamp,
  getContentRange,
  type HTTPFile,
  HTTPHeaders,
  HTTPInputError,
  HTTPServerRequest,
  parseBodyArguments,
  parseCookie,
  parseHeader,
  parseRequestRange,
  parseTimestamp,
  responses,
  splitHostAndPort,
  urlConcat,
} from "../../src/http/httputil.ts";
import { latin1, latin1Bytes } from "../support/bytes.ts";
import { askPython } from "../support/python.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

/** Reads one JSON list of [function, argument, ...] from standard input, writes the list of results or errors. */
const ORACLE = `
import email.utils, http.client, json, logging, sys
from tornado import httputil
logging.disable(logging.CRITICAL)

def headers(text):
    h = httputil.HTTPHeaders.parse(text)
    return [sorted(map(list, h.get_all())), sorted(map(list, h.items()))]

def body(content_type, text):
    arguments, files = {}, {}
    httputil.parse_body_arguments(content_type, text.encode("latin1"), arguments, files)
    return [{k: [v.decode("latin1") for v in vs] for k, vs in arguments.items()},
            {k: [[f.filename, f.body.decode("latin1"), f.content_type] for f in vs] for k, vs in files.items()}]

def request(uri, host):
    r = httputil.HTTPServerRequest("GET", uri, "HTTP/1.1", httputil.HTTPHeaders({"Host": host}))
    args = {k: [v.decode("latin1") for v in vs] for k, vs in r.arguments.items()}
    return [r.path, r.query, r.host, r.host_name, r.full_url(), args]

def cookies(header):
    r = httputil.HTTPServerRequest("GET", "/", headers=httputil.HTTPHeaders({"Cookie": header}))
    return sorted([k, m.value] for k, m in r.cookies.items())

CALLS = {
    "headers": headers,
    "body": body,
    "request": request,
    "cookies": cookies,
    "parse_cookie": httputil.parse_cookie,
    "url_concat": lambda url, args: httputil.url_concat(url, [tuple(a) for a in args]),
    "parse_request_range": httputil._parse_request_range,
    "get_content_range": httputil._get_content_range,
    "format_timestamp": httputil.format_timestamp,
    "parse_timestamp": lambda s: email.utils.parsedate_to_datetime(s).timestamp(),
    "parse_header": httputil._parse_header,
    "encode_header": httputil._encode_header,
    "split_host_and_port": httputil.split_host_and_port,
    "responses": lambda: sorted(http.client.responses.items()),
}

def run(name, *args):
    try:
        return CALLS[name](*args)
    except (ValueError, TypeError, httputil.HTTPInputError) as e:
        return {"error": True}

sys.stdout.write(json.dumps([run(*case) for case in json.load(sys.stdin)]))
`;

type Case = readonly [name: string, ...args: unknown[]];

/** One Python process for all cases. */
function askTornado(cases: readonly Case[]): Promise<unknown[]> {
  return askPython(["-c", ORACLE], cases);
}

/** Compares ours with Tornado's answer for each input. */
async function compare<T extends unknown[]>(
  name: string,
  inputs: readonly T[],
  ours: (...args: T) => unknown,
): Promise<void> {
  const answers = await askTornado(inputs.map((input): Case => [name, ...input]));
  assertEquals(answers.length, inputs.length);
  inputs.forEach((input, i) => {
    let own: unknown;
    try {
      own = ours(...input);
    } catch (error) {
      if (!(error instanceof HTTPInputError)) throw error;
      own = { error: true };
    }
    // By way of JSON, so that both have the same prototypes.
    const plain = JSON.parse(JSON.stringify(own));
    assertEquals(plain, answers[i], `${name}(${JSON.stringify(input)})`);
  });
}

/** Compares ours with Tornado's answer for each input, a single argument. */
function compareEach<T>(name: string, inputs: readonly T[], ours: (argument: T) => unknown): Promise<void> {
  return compare(name, inputs.map((input): [T] => [input]), ours);
}

/** Random texts of up to `length` of the given pieces. */
function texts(pieces: readonly string[], length: number, count: number, seed: number): string[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => random.text(pieces, length));
}

function textLists(record: Record<string, Uint8Array[]>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(record).map(([name, values]) => [name, values.map(latin1)]));
}

function sorted<T extends readonly string[]>(pairs: Iterable<T>): T[] {
  return [...pairs].sort((a, b) => {
    const difference = a.findIndex((text, i) => text !== b[i]);
    return difference === -1 ? 0 : (a[difference] ?? "") < (b[difference] ?? "") ? -1 : 1;
  });
}

test("HTTPHeaders.parse() agrees with Tornado on well-formed blocks", async () => {
  const random = new Random(1);
  const names = ["A", "b", "accept-Encoding", "SET-COOKIE", "x-a--b", "-x", "Content-type", "x_y", "1a"];
  const values = ["", "v", "a: b", "a, b", "\u00e9", "  padded\t", '"q"', "x\tx", "=;,"];
  const blocks = Array.from({ length: 500 }, () => {
    const end = random.pick(["\r\n", "\n"]);
    const lines = Array.from({ length: random.below(12) }, () => {
      const fold = random.below(6) === 0
        ? `${end}${random.pick([" ", "\t", " \t "])}${random.pick(["f", "f g", "f:g"])}`
        : "";
      return `${random.pick(names)}:${random.pick(["", " ", "  "])}${random.pick(values)}${fold}${end}`;
    });
    return lines.join("");
  });
  await compareEach("headers", blocks, (text) => {
    const headers = HTTPHeaders.parse(text);
    return [sorted(headers.getAll()), sorted(headers.entries())];
  });
});

test("HTTPServerRequest takes targets and hosts apart as Tornado", async () => {
  const targets = ["/", "/?", "/a?b=c", "/a?b=c?d=e", "*", "//x//y", "/a/../b?x", "/%2e%2e?%zz=%41+b", "/a;p?q;r#f"];
  const random = texts(["/", "?", "a", "=", "&", "%41", "%", "+", "#", ".", ";", "b", "\u00e9"], 14, 500, 2);
  const hosts = ["h", "Example.COM:8888", "[::1]:80", "::1", "a:b", "x:", ":80"];
  const inputs = [...targets, ...random.map((text) => `/${text}`)].map((
    uri,
    i,
  ): [string, string] => [uri, hosts[i % hosts.length] ?? ""]);
  await compare("request", inputs, (uri, host) => {
    const request = new HTTPServerRequest({ uri, version: "HTTP/1.1", headers: new HTTPHeaders({ Host: host }) });
    const { path, query, hostName } = request;
    return [path, query, request.host, hostName, request.fullUrl(), textLists(request.arguments)];
  });
});

const COOKIE_PIECES = [
  "a",
  "b",
  "=",
  ";",
  "; ",
  '"',
  "\\",
  "\\073",
  "\\101",
  '\\"',
  " ",
  ",",
  "path",
  "\u00e9",
  "$",
  "1",
];

test("parseCookie() agrees with Tornado", async () => {
  const fixed = [
    "",
    "a=b; c=d",
    'a="x\\073y"; a=2',
    "a",
    "=v",
    "a=b=c",
    ' a = "q" ',
    'a="\\"',
    'a="',
    'x="\\377\\400"',
  ];
  await compareEach(
    "parse_cookie",
    [...fixed, ...texts(COOKIE_PIECES, 16, 1000, 3)],
    parseCookie,
  );
});

test("HTTPServerRequest.cookies agrees with Tornado on what it drops", async () => {
  const names = [
    "a",
    "Path",
    "expires",
    "MAX-AGE",
    "a b",
    "a,b",
    "(",
    "a:b",
    "secure",
    "\u00e9",
    "a.b",
    "samesite",
    "x!#$%&'*+-.^_`|~",
  ];
  const headers = [...names.map((name) => `ok=1; ${name}=2; z=3`), ...texts(COOKIE_PIECES, 16, 500, 4)];
  await compareEach("cookies", headers.map((text) => text.trim()), (header) => {
    const request = new HTTPServerRequest({ headers: new HTTPHeaders({ Cookie: header }) });
    return sorted(Array.from(request.cookies, ([name, morsel]) => [name, morsel.value] as const));
  });
});

test("urlConcat() agrees with Tornado", async () => {
  const urls = [
    "https://localhost/path",
    "https://localhost/path?",
    "https://localhost/path?r1=t&",
    "https://localhost/path?x",
    "https://localhost/path?x=#f",
    "/relative?a=b",
    "?a=b",
    "",
    "#f",
    "#",
    "HTTP://User@Host:1/P?q",
    "//host/x",
    "https://localhost/path?a=%e9&b=%C3%A9&c=+%2B",
    "https://localhost/pa?a=b?c=d&&e",
    "mailto:x?y=z",
    "a;b?c;d",
  ];
  const args = [[], [["y", "y"]], [["y", "y"], ["y", "/x x+&=\u00e9~'()*!"]], [["", ""]]] satisfies [
    string,
    string,
  ][][];
  const random = texts(["?", "&", "=", "%41", "%", "%zz", "+", "#", "a", "/", "\u00e9", ";"], 12, 300, 5);
  // Python's urlparse drops a semicolon at the end of a path.
  const all = [...urls, ...random.map((text) => `http://h/${text}`)].filter((url) => !/;(?:[?#]|$)/.test(url));
  const inputs = all.flatMap((url) => args.map((list): [string, [string, string][]] => [url, list]));
  await compare("url_concat", inputs, (url, list) => urlConcat(url, list));
});

test("parseRequestRange() agrees with Tornado", async () => {
  const fixed = [
    "bytes=1-2",
    "bytes=6-",
    "bytes=-6",
    "bytes=-0",
    "bytes=",
    "bytes=-",
    "foo=42",
    "bytes=1-2,6-10",
    "bytes",
  ];
  const random = texts(["bytes", "=", "-", "1", "20", " ", ",", "x"], 8, 500, 6);
  const prefixed = texts(["-", "1", "20", " ", ",", "x", "0"], 6, 500, 7).map((text) => `bytes=${text}`);
  // Python's int() takes a sign, so that "bytes=1--2" is a range to Tornado.
  const all = [...fixed, ...random, ...prefixed].filter((text) => !/-[ ]*-/.test(text));
  await compareEach("parse_request_range", all, parseRequestRange);
});

test("getContentRange() agrees with Tornado", async () => {
  const bounds = [null, 0, 1, 3];
  const inputs = bounds.flatMap((start) =>
    bounds.map((end): [number | null, number | null, number] => [start, end, 4])
  );
  await compare("get_content_range", inputs, getContentRange);
});

test("formatTimestamp() agrees with Tornado", async () => {
  const random = new Random(8);
  const values = [
    0,
    1359312200,
    1359312200.999,
    -1,
    -1.5,
    253402300799,
    ...Array.from({ length: 200 }, () => random.below(4e9) * 1.37),
  ];
  await compareEach("format_timestamp", values, formatTimestamp);
});

test("parseTimestamp() agrees with Python", async () => {
  const valid = [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 +0130",
    "Sun, 06 Nov 1994 08:49:37 -0800",
    "Thu, 29 Feb 2024 00:00:00 GMT",
  ];
  await compareEach(
    "parse_timestamp",
    valid,
    (text) => (parseTimestamp(text)?.getTime() ?? NaN) / 1000,
  );
});

test("parseHeader() agrees with Tornado", async () => {
  const fixed = [
    "form-data",
    'form-data; name="fieldName"; filename="foo.txt"',
    "a;b;c=d",
    'x; a="b;c"; d=e',
    "x; filename*=UTF-8''%e2%82%ac.txt; filename=plain.txt",
    "x; A=1; a=2",
    "x; a*0=b; a*1=c",
    "x; a*0*=UTF-8''%C3; a*1*=%A9",
    "x; a*=iso-8859-1'en'%A3",
    "x; a*=nocharset",
    "x ; a = b ; ",
    'x; f="C:\\dir\\f.txt"',
    "x; f*=ascii''a%20b",
    "x; f*=zzz''%41",
  ];
  const random = texts(["x", ";", "; ", "=", '"', "a", "b", '\\"', " ", "name", "%41", "\u00e9"], 14, 1000, 9)
    // Where backslashes stand outside quotes, or quotes within a token, Tornado's scanner counts by another rule.
    .filter((text) => /^[^"\\]*(?:="(?:[^"\\]|\\")*"(?=;|$)[^"\\]*)*$/.test(text));
  await compareEach("parse_header", [...fixed, ...random], parseHeader);
});

test("encodeHeader() agrees with Tornado", async () => {
  const inputs: [string, Record<string, string | null>][] = [["a", {}], ["a", { c: "d", b: null }], ["b", {
    x: "15",
    a: "",
  }]];
  await compare("encode_header", inputs, encodeHeader);
});

test("splitHostAndPort() agrees with Tornado", async () => {
  const random = texts(["a", ":", "1", "80", ".", "[", "]"], 7, 500, 10);
  await compareEach(
    "split_host_and_port",
    ["", ":1", "a:1", "::1", "a:", ...random],
    splitHostAndPort,
  );
});

test("responses is the table of Python 3.11", async (t) => {
  const [table] = await askTornado([["responses"]]);
  assertEquals(t.logs.length, 0);
  assertEquals([...responses], table);
});

/** Result of ours in the form of the oracle's. */
function parsedBody(contentType: string, text: string): unknown {
  const args: Record<string, Uint8Array<ArrayBuffer>[]> = {};
  const files: Record<string, HTTPFile[]> = {};
  parseBodyArguments(contentType, latin1Bytes(text), args, files);
  const fileLists = Object.entries(files).map(([name, list]) => {
    return [name, list.map((file) => [file.filename, latin1(file.body), file.contentType])];
  });
  return [textLists(args), Object.fromEntries(fileLists)];
}

test("parseBodyArguments() agrees with Tornado on urlencoded bodies", async () => {
  const bodies = texts(["a", "b", "=", "&", "+", "%41", "%", "%e9", ";", "\u00e9", "\r\n"], 14, 500, 11);
  const type = "application/x-www-form-urlencoded";
  const types = [type, `${type}; charset=utf-8`, `${type}x`, "text/plain", ""];
  await compare("body", bodies.map((text, i): [string, string] => [types[i % types.length] ?? "", text]), parsedBody);
});

test("parseBodyArguments() agrees with Tornado on well-formed multipart bodies", async () => {
  const random = new Random(12);
  const dispositions = [
    'form-data; name="a"',
    "form-data; name=b",
    'form-data; name="a"; filename="x.txt"',
    'form-data; name="f"; filename=""',
    "form-data; name=f; filename*=UTF-8''%E2%82%AC; filename=p",
    'form-data; name="\u00c3\u00a9"; filename="\u00c3\u00a4"',
    'form-data; filename="a;b\\".txt"; name="q\\"q"',
  ];
  const inputs = Array.from({ length: 500 }, (): [string, string] => {
    const boundary = random.pick(["1234", "----WebKitFormBoundaryABC", "-", "a-", "'()+_,./:=?"]);
    const part = () => {
      const type = random.pick(["", "Content-Type: text/plain\r\n", "content-type: image/png\r\nX-Other: 1\r\n"]);
      const value = random.pick([
        "",
        "v",
        "\r\n",
        "a\r\nb",
        "\u00ff\u0000",
        `--${boundary}x`,
        "\r\n\r\n",
        `\r\n--${boundary} x\r\n`,
      ]);
      return `--${boundary}\r\nContent-Disposition: ${random.pick(dispositions)}\r\n${type}\r\n${value}\r\n`;
    };
    const parts = Array.from({ length: random.below(6) }, part).join("");
    // Tornado takes the last final boundary, which such an epilogue would make of dashes; RFC 2046 has the first.
    const epilogue = random.pick(["", "\r\n", "junk", boundary === "-" ? "" : `--${boundary}\r\n`]);
    const quoted = random.pick(["", '"']);
    const type = `multipart/form-data; boundary=${quoted}${boundary}${quoted}`;
    return [type, `${parts}--${boundary}--${epilogue}`];
  });
  await compare("body", inputs, parsedBody);
});
