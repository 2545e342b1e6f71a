/**
 * Attacks on the framing and the fields of requests, as what a client sends byte for byte.
 *
 * @module
 */

import { connectionRows } from "./connection_rows.ts";

/** What the proxy has to do with a row: refuse it, or pass it on. `any` is right as long as front and back agree. */
export type Expected = "refused" | "passed" | "any";

/** One row. */
export interface Row {
  readonly name: string;
  /** latin1 text. `PATH` stands for a path of the row's own. */
  readonly text: string;
  readonly expected: Expected;
  /** The back end that knows no such thing, and refuses it. */
  readonly refusedBy?: string;
  /** The bytes that are sent at a time; all by default. */
  readonly piece?: number;
}

const HEAD = "POST PATH HTTP/1.1\r\nHost: a.example\r\n";
const CHUNKED_HEAD = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;
/** A request inside a body: a back end that sees it has been fooled. */
const HIDDEN = "GET /hidden HTTP/1.1\r\nHost: a.example\r\n\r\n";

/** All rows. */
export function allRows(): Row[] {
  return [
    ...lengths(),
    ...codings(),
    ...bothFramings(),
    ...chunks(),
    ...trailers(),
    ...lines(),
    ...targets(),
    ...hosts(),
    ...hopByHop(),
    ...disguises(),
    ...bodiesOfOthers(),
    ...expectations(),
    ...pipelines(),
    ...connectionRows(),
  ];
}

/** Shows what cannot be printed. */
function shown(text: string): string {
  return JSON.stringify(text);
}

function* lengths(): Generator<Row> {
  const body = "hello";
  const passed = ["5", "05", "0000005", "5 ", "5\t", "\t5", "  5  ", "00000000000000000000000005"];
  const refused = [
    "+5",
    "-5",
    "5.0",
    "5e0",
    "0x5",
    "5,5",
    "5, 5",
    "5;5",
    "5 5",
    "5\x0b",
    "\x0b5",
    "5\x0c",
    "\xa05",
    "5\xa0",
    "five",
    "",
    " ",
    "5a",
    "a5",
    "5_0",
    "\xb5",
    "5\x00",
    "\x005",
    "99999999999999999999",
    "9007199254740993",
    "1e1",
    "0b101",
    "0o5",
    "5\r",
    "'5'",
    '"5"',
    "(5)",
    "5,",
    ",5",
    "5,6",
    "-0",
    "+0",
    "٥",
    "５",
  ];
  for (const value of passed) {
    yield {
      name: `Content-Length ${shown(value)}`,
      text: `${HEAD}Content-Length:${value}\r\n\r\n${body}`,
      expected: "passed",
    };
  }
  for (const value of refused) {
    yield {
      name: `Content-Length ${shown(value)}`,
      text: `${HEAD}Content-Length: ${value}\r\n\r\n${body}`,
      expected: "refused",
    };
  }
  const pairs: [string, string, Expected][] = [
    ["5", "5", "passed"],
    ["5", "6", "refused"],
    ["6", "5", "refused"],
    [
      "5",
      "05",
      "passed",
    ],
    ["5", "", "refused"],
    ["0", "5", "refused"],
    ["5", "0", "refused"],
    ["5", "x", "refused"],
  ];
  for (const [first, second, expected] of pairs) {
    yield {
      name: `Content-Length ${shown(first)} and ${shown(second)}`,
      text: `${HEAD}Content-Length: ${first}\r\nContent-Length: ${second}\r\n\r\n${body}`,
      expected,
    };
  }
  for (
    const name of [
      "Content-Length ",
      "Content-Length\t",
      " Content-Length",
      "Content Length",
      "Content-Length\x00",
      "\x0bContent-Length",
    ]
  ) {
    yield { name: `field ${shown(name)}`, text: `${HEAD}${name}: 5\r\n\r\n${body}`, expected: "refused" };
  }
  for (const name of ["content-length", "CONTENT-LENGTH", "cOnTeNt-LeNgTh"]) {
    yield { name: `field ${name}`, text: `${HEAD}${name}: 5\r\n\r\n${body}`, expected: "passed" };
  }
}

function* codings(): Generator<Row> {
  const body = "5\r\nhello\r\n0\r\n\r\n";
  const passed = ["chunked", "Chunked", "CHUNKED", "\tchunked", "chunked ", "chunked\t"];
  const refused = [
    "chunked, chunked",
    "chunked,chunked",
    "identity",
    "identity, chunked",
    "chunked, identity",
    "gzip, chunked",
    "chunked, gzip",
    "gzip",
    "chunked;q=1",
    '"chunked"',
    "'chunked'",
    "xchunked",
    "chunkedx",
    "chunke",
    "chunk",
    "cow",
    "chunked,",
    ",chunked",
    ", chunked",
    "chunked ,",
    "chunked\x0b",
    "\x0bchunked",
    "chunked\x00",
    "chun\x00ked",
    "chunked\xa0",
    "\xa0chunked",
    "chunked\r",
    "x chunked",
    "chunked x",
    "",
    " ",
    "trailers",
    "chun ked",
    "chunked=1",
    "chunked/1",
    "deflate, gzip",
    "chunKed, cow",
    "cow, chunked",
    "ſhunked",
    "\xe3hunked",
  ];
  for (const value of passed) {
    yield {
      name: `Transfer-Encoding ${shown(value)}`,
      text: `${HEAD}Transfer-Encoding:${value}\r\n\r\n${body}`,
      expected: "passed",
    };
  }
  for (const value of refused) {
    yield {
      name: `Transfer-Encoding ${shown(value)}`,
      text: `${HEAD}Transfer-Encoding: ${value}\r\n\r\n${body}`,
      expected: "refused",
    };
  }
  for (
    const [first, second] of [
      ["chunked", "chunked"],
      ["chunked", "identity"],
      ["identity", "chunked"],
      ["chunked", "x"],
      ["", "chunked"],
      ["chunked", ""],
    ]
  ) {
    yield {
      name: `Transfer-Encoding ${shown(first)} and ${shown(second)}`,
      text: `${HEAD}Transfer-Encoding: ${first}\r\nTransfer-Encoding: ${second}\r\n\r\n${body}`,
      expected: "refused",
    };
  }
  for (
    const name of [
      "Transfer-Encoding ",
      "Transfer-Encoding\t",
      " Transfer-Encoding",
      "Transfer Encoding",
      "Transfer-Encoding\x00",
      "\x0cTransfer-Encoding",
    ]
  ) {
    yield { name: `field ${shown(name)}`, text: `${HEAD}${name}: chunked\r\n\r\n${body}`, expected: "refused" };
  }
  yield {
    name: "Transfer-Encoding folded",
    text: `${HEAD}Transfer-Encoding:\r\n chunked\r\n\r\n${body}`,
    expected: "refused",
  };
  yield {
    name: "Transfer-Encoding in HTTP/1.0",
    text: `${CHUNKED_HEAD.replace("1.1", "1.0")}${body}`,
    expected: "refused",
  };
}

function* bothFramings(): Generator<Row> {
  const body = `0\r\n\r\n${HIDDEN}`;
  const lengths = ["0", "5", String(body.length), "6", "999"];
  for (const length of lengths) {
    for (const coding of ["chunked", "Chunked", "identity", "x"]) {
      yield {
        name: `Content-Length ${length} and Transfer-Encoding ${coding}`,
        text: `${HEAD}Content-Length: ${length}\r\nTransfer-Encoding: ${coding}\r\n\r\n${body}`,
        expected: "refused",
      };
    }
    yield {
      name: `Transfer-Encoding before Content-Length ${length}`,
      text: `${HEAD}Transfer-Encoding: chunked\r\nContent-Length: ${length}\r\n\r\n${body}`,
      expected: "refused",
    };
  }
}

function* chunks(): Generator<Row> {
  const passed = [
    "5\r\nhello\r\n0\r\n\r\n",
    "05\r\nhello\r\n0\r\n\r\n",
    "5;a=b\r\nhello\r\n0\r\n\r\n",
    "5 ;a\r\nhello\r\n0\r\n\r\n",
    '5;a="x y"\r\nhello\r\n0;z\r\n\r\n',
    "A\r\n0123456789\r\n0\r\n\r\n",
    "a\r\n0123456789\r\n000\r\n\r\n",
    "0\r\n\r\n",
    "1\r\na\r\n1\r\nb\r\n0\r\n\r\n",
    `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`,
  ];
  const refused = [
    "0x5\r\nhello\r\n0\r\n\r\n",
    "+5\r\nhello\r\n0\r\n\r\n",
    "-5\r\nhello\r\n0\r\n\r\n",
    "5_0\r\nhello\r\n0\r\n\r\n",
    " 5\r\nhello\r\n0\r\n\r\n",
    "\t5\r\nhello\r\n0\r\n\r\n",
    "5 \r\nhello\r\n0\r\n\r\n",
    "5\t\r\nhello\r\n0\r\n\r\n",
    "5\nhello\r\n0\r\n\r\n",
    "5\r\nhello\n0\r\n\r\n",
    "5\r\nhello0\r\n\r\n",
    "5\r\nhelloo\r\n0\r\n\r\n",
    "5\rhello\r\n0\r\n\r\n",
    "5\r\r\nhello\r\n0\r\n\r\n",
    "\r\n5\r\nhello\r\n0\r\n\r\n",
    "g\r\nhello\r\n0\r\n\r\n",
    "5.0\r\nhello\r\n0\r\n\r\n",
    "5,5\r\nhello\r\n0\r\n\r\n",
    ";5\r\nhello\r\n0\r\n\r\n",
    "5\x00\r\nhello\r\n0\r\n\r\n",
    "5;\x00\r\nhello\r\n0\r\n\r\n",
    "5;a\nb\r\nhello\r\n0\r\n\r\n",
    "5;a\rb\r\nhello\r\n0\r\n\r\n",
    "5\x0b\r\nhello\r\n0\r\n\r\n",
    "5\xa0\r\nhello\r\n0\r\n\r\n",
    "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "20000000000000\r\nhello\r\n0\r\n\r\n",
    "10000000000000005\r\nhello\r\n0\r\n\r\n",
    `${"0".repeat(80)}5\r\nhello\r\n0\r\n\r\n`,
    "5\r\nhello\r\n0\n\r\n",
    "5\r\nhello\r\n0\r\n\n",
    "5\r\nhello\r\n0\r\r\n\r\n",
    "5\r\nhello\r\n-0\r\n\r\n",
    "5\r\nhello\r\n0x0\r\n\r\n",
    "5\r\nhello\r\n\r\n0\r\n\r\n",
    "5\r\nhello\r0\r\n\r\n",
    "h5\r\nhello\r\n0\r\n\r\n",
    "5h\r\nhello\r\n0\r\n\r\n",
  ];
  for (const body of passed) yield { name: `chunks ${shown(body)}`, text: CHUNKED_HEAD + body, expected: "passed" };
  for (const body of refused) yield { name: `chunks ${shown(body)}`, text: CHUNKED_HEAD + body, expected: "refused" };
}

function* trailers(): Generator<Row> {
  const rows: [string, Expected][] = [
    ["X-End: 1\r\n", "passed"],
    ["Content-Length: 100\r\n", "passed"],
    ["Transfer-Encoding: chunked\r\n", "passed"],
    ["Host: evil.example\r\n", "passed"],
    ["X-Forwarded-For: 1.1.1.1\r\n", "passed"],
    ["Connection: close\r\n", "passed"],
    ["Authorization: x\r\n", "passed"],
    ["Content_Length: 5\r\n", "passed"],
    [" X: 1\r\n", "refused"],
    ["X : 1\r\n", "refused"],
    ["X: 1\r\n folded\r\n", "refused"],
    [": 1\r\n", "refused"],
    ["X\r\n", "refused"],
    ["X: 1\n", "refused"],
    ["X: \x00\r\n", "refused"],
    ["X: a\rb\r\n", "refused"],
    ["GET / HTTP/1.1\r\n", "refused"],
  ];
  for (const [trailer, expected] of rows) {
    yield {
      name: `trailer ${shown(trailer)}`,
      text: `${CHUNKED_HEAD}5\r\nhello\r\n0\r\n${trailer}\r\n`,
      expected,
      ...(trailer.startsWith("X-End") ? { refusedBy: "python3-tornado" } : {}),
    };
  }
}

function* lines(): Generator<Row> {
  const rows: [string, string, Expected][] = [
    ["line ends of LF", "GET PATH HTTP/1.1\nHost: a.example\n\n", "refused"],
    ["a line end of LF behind Host", "GET PATH HTTP/1.1\r\nHost: a.example\nX: 1\r\n\r\n", "refused"],
    ["a bare CR in a value", "GET PATH HTTP/1.1\r\nHost: a.example\r\nX: a\rY: b\r\n\r\n", "refused"],
    ["CR CR LF", "GET PATH HTTP/1.1\r\nHost: a.example\r\r\n\r\n", "refused"],
    ["a folded value", "GET PATH HTTP/1.1\r\nHost: a.example\r\nX: a\r\n b\r\n\r\n", "refused"],
    ["a folded first line", "GET PATH HTTP/1.1\r\n X: a\r\nHost: a.example\r\n\r\n", "refused"],
    ["a field without a colon", "GET PATH HTTP/1.1\r\nHost: a.example\r\nX\r\n\r\n", "refused"],
    ["a field without a name", "GET PATH HTTP/1.1\r\nHost: a.example\r\n: x\r\n\r\n", "refused"],
    ["a NUL in a value", "GET PATH HTTP/1.1\r\nHost: a.example\r\nX: a\x00b\r\n\r\n", "refused"],
    ["a NUL in a name", "GET PATH HTTP/1.1\r\nHost: a.example\r\nX\x00: b\r\n\r\n", "refused"],
    ["a space in a name", "GET PATH HTTP/1.1\r\nHost: a.example\r\nX Y: b\r\n\r\n", "refused"],
    ["a DEL in a value", "GET PATH HTTP/1.1\r\nHost: a.example\r\nX: \x7f\r\n\r\n", "refused"],
    ["an umlaut in a name", "GET PATH HTTP/1.1\r\nHost: a.example\r\nX\xe4: b\r\n\r\n", "refused"],
    ["an umlaut in a value", "GET PATH HTTP/1.1\r\nHost: a.example\r\nX: \xe4\r\n\r\n", "passed"],
    ["an empty value", "GET PATH HTTP/1.1\r\nHost: a.example\r\nX:\r\n\r\n", "passed"],
    ["one empty line first", "\r\nGET PATH HTTP/1.1\r\nHost: a.example\r\n\r\n", "passed"],
    ["two spaces", "GET  PATH HTTP/1.1\r\nHost: a.example\r\n\r\n", "refused"],
    ["a tab", "GET\tPATH HTTP/1.1\r\nHost: a.example\r\n\r\n", "refused"],
    ["a space at the end", "GET PATH HTTP/1.1 \r\nHost: a.example\r\n\r\n", "refused"],
    ["a space in front", " GET PATH HTTP/1.1\r\nHost: a.example\r\n\r\n", "refused"],
    ["no version", "GET PATH\r\nHost: a.example\r\n\r\n", "refused"],
    ["HTTP/0.9", "GET PATH HTTP/0.9\r\nHost: a.example\r\n\r\n", "refused"],
    ["HTTP/1.2", "GET PATH HTTP/1.2\r\nHost: a.example\r\n\r\n", "any"],
    ["HTTP/1.10", "GET PATH HTTP/1.10\r\nHost: a.example\r\n\r\n", "refused"],
    ["HTTP/2.0", "GET PATH HTTP/2.0\r\nHost: a.example\r\n\r\n", "refused"],
    ["http/1.1", "GET PATH http/1.1\r\nHost: a.example\r\n\r\n", "refused"],
    ["HTTP/01.1", "GET PATH HTTP/01.1\r\nHost: a.example\r\n\r\n", "refused"],
    ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "refused"],
    ["a method of signs", "G=T PATH HTTP/1.1\r\nHost: a.example\r\n\r\n", "refused"],
    ["a method in lower case", "get PATH HTTP/1.1\r\nHost: a.example\r\n\r\n", "refused"],
    ["CONNECT", "CONNECT a.example:80 HTTP/1.1\r\nHost: a.example\r\n\r\n", "refused"],
    ["TRACE", "TRACE PATH HTTP/1.1\r\nHost: a.example\r\n\r\n", "refused"],
    ["no Host", "GET PATH HTTP/1.1\r\n\r\n", "refused"],
    ["no Host in HTTP/1.0", "GET PATH HTTP/1.0\r\n\r\n", "passed"],
  ];
  for (const [name, text, expected] of rows) yield { name, text, expected };
}

function* targets(): Generator<Row> {
  const rows: [string, Expected][] = [
    ["PATH?a=b", "passed"],
    ["PATH/../x", "passed"],
    ["PATH//x", "passed"],
    ["PATH%2f..%2fx", "passed"],
    ["PATH%00", "passed"],
    ["PATH%0d%0aX:%20y", "passed"],
    ["PATH#x", "refused"],
    ["PATH\x00", "refused"],
    ["PATH\\x", "any"],
    ["PATH\xff", "any"],
    ["*", "refused"],
    ["x", "refused"],
    ["http://b.examplePATH", "passed"],
    ["HTTP://b.examplePATH", "passed"],
    ["http://a.example@b.examplePATH", "refused"],
    ["http://PATH", "refused"],
    ["ftp://b.examplePATH", "refused"],
    ["http:/b.examplePATH", "refused"],
    ["//b.examplePATH", "passed"],
    ["http://b.example:80PATH", "passed"],
    ["http://b.example:xPATH", "refused"],
    ["http://b.example", "passed"],
  ];
  for (const [target, expected] of rows) {
    yield { name: `target ${shown(target)}`, text: `GET ${target} HTTP/1.1\r\nHost: a.example\r\n\r\n`, expected };
  }
}

function* hosts(): Generator<Row> {
  const rows: [string, Expected][] = [
    ["Host: a.example:8080", "passed"],
    ["Host: [::1]:80", "passed"],
    ["Host:", "passed"],
    ["Host: a b", "refused"],
    ["Host: a/b", "refused"],
    ["Host: a@b", "refused"],
    ["Host: a,b", "any"],
    ["Host: a:b", "refused"],
    ['Host: a"b', "refused"],
    ["Host: a.example\r\nHost: a.example", "refused"],
    ["Host: a.example\r\nHost: b.example", "refused"],
    ["Host : a.example", "refused"],
    ["host: a.example\r\nHOST: b", "refused"],
    ["Host: a\\b", "refused"],
    ["Host: <a>", "refused"],
  ];
  for (const [lines, expected] of rows) yield { name: lines, text: `GET PATH HTTP/1.1\r\n${lines}\r\n\r\n`, expected };
}

function* hopByHop(): Generator<Row> {
  const fields = [
    "Keep-Alive: timeout=5",
    "Proxy-Connection: keep-alive",
    "Proxy-Authorization: Basic eA==",
    "Proxy-Authenticate: Basic",
    "Proxy-Authentication-Info: x",
    "TE: gzip",
    "TE: trailers, gzip",
    "Trailer: X-End",
    "Upgrade: h2c",
    "Upgrade: websocket",
    "HTTP2-Settings: AAMAAABkAAQAAP__",
    "Proxy: http://evil.example",
    "Connection: close, X-Other",
    "Connection: keep-alive",
    "Connection: ,,, X-Other ,",
    'Connection: "X-Other"',
  ];
  for (const field of fields) {
    yield {
      name: field,
      text: `GET PATH HTTP/1.1\r\nHost: a.example\r\n${field}\r\nX-Other: 1\r\n\r\n`,
      expected: "passed",
    };
  }
  const named = [
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "Cookie",
    "Authorization",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Real-IP",
    "Forwarded",
    "Via",
    "X-Secret",
    "TE",
    "Upgrade",
    "Expect",
    "Range",
    "Connection",
    "close",
    "keep-alive",
    "X-SECRET",
    "x-secret",
  ];
  for (const name of named) {
    for (const list of [name, `close, ${name}`, `${name}\r\nConnection: x`]) {
      yield {
        name: `Connection: ${shown(list)}`,
        text:
          `POST PATH HTTP/1.1\r\nHost: a.example\r\nConnection: ${list}\r\nX-Secret: 1\r\nCookie: a=b\r\nContent-Length: 5\r\n\r\nhello`,
        expected: "passed",
      };
    }
  }
}

function* disguises(): Generator<Row> {
  const fields = [
    "Content_Length: 500",
    "Transfer_Encoding: chunked",
    "X_Forwarded_For: 1.1.1.1",
    "X-Forwarded_For: 1.1.1.1",
    "X_Real_IP: 1.1.1.1",
    "X-Forwarded-For: 1.1.1.1",
    "X-Forwarded-User: root",
    "X-Real-IP: 1.1.1.1",
    "X-Scheme: https",
    "Forwarded: for=1.1.1.1",
    "X-Forwarded-Proto: https",
    "HOST_: evil",
    "Keep_Alive: 5",
  ];
  for (const field of fields) {
    yield {
      name: field,
      text: `POST PATH HTTP/1.1\r\nHost: a.example\r\n${field}\r\nContent-Length: 5\r\n\r\nhello`,
      expected: "passed",
    };
  }
}

function* bodiesOfOthers(): Generator<Row> {
  for (const method of ["GET", "HEAD", "DELETE", "OPTIONS", "PUT", "PATCH"]) {
    const head = `${method} PATH HTTP/1.1\r\nHost: a.example\r\n`;
    yield {
      name: `${method} with a length`,
      text: `${head}Content-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
      expected: "passed",
    };
    yield {
      name: `${method} with chunks`,
      text: `${head}Transfer-Encoding: chunked\r\n\r\n${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`,
      expected: "passed",
    };
    yield { name: `${method} without a length`, text: `${head}\r\n`, expected: "passed" };
    yield { name: `${method} with a length of 0`, text: `${head}Content-Length: 0\r\n\r\n`, expected: "passed" };
  }
}

function* expectations(): Generator<Row> {
  for (
    const [value, expected] of [["100-continue", "passed"], ["100-Continue", "passed"], ["200-ok", "refused"], [
      "100-continue, x",
      "refused",
    ], [" ", "any"]] as const
  ) {
    yield { name: `Expect: ${value}`, text: `${HEAD}Expect: ${value}\r\nContent-Length: 5\r\n\r\nhello`, expected };
    yield {
      name: `Expect: ${value} with chunks`,
      text: `${HEAD}Expect: ${value}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
      expected,
    };
  }
}

function* pipelines(): Generator<Row> {
  const get = "GET PATH HTTP/1.1\r\nHost: a.example\r\n\r\n";
  const post = `${HEAD}Content-Length: 5\r\n\r\nhello`;
  const chunked = `${CHUNKED_HEAD}5\r\nhello\r\n0\r\n\r\n`;
  const rows: [string, string][] = [
    ["GET GET GET", get.repeat(3)],
    ["POST GET", post + get],
    ["GET POST GET", get + post + get],
    ["chunks POST", chunked + post],
    ["POST chunks GET", post + chunked + get],
    ["empty lines between", `${get}\r\n${get}\r\n${get}`],
  ];
  for (const [name, text] of rows) yield { name: `pipelined ${name}`, text, expected: "passed" };
}
