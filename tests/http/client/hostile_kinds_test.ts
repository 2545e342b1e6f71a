// Servers of further kinds: old versions, odd codings and challenges, endless answers, and ends without a notice.
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { Buffer } from "node:buffer";
import { CookieJar, HTTPClientError } from "../../../src/http/httpclient.ts";
import { nextTurn } from "../../../src/internal/clock.ts";
import type { IOStream } from "../../../src/net/iostream.ts";
import { FaultyProxy } from "../../support/faulty_proxy.ts";
import { CLOSE, HOLD, reply, ScriptedServer, type Step } from "../../support/scripted_server.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/turns.ts";
import { clientTest, FETCH, SIMPLE } from "./back_ends.ts";
import { coded, head, hostileTest, moved, type Row } from "./hostile_rows.ts";

const ANY = { raiseError: false };
const CHUNKED = head("Transfer-Encoding: chunked");
const LAST = "0\r\n\r\n";
const HELLO = gzipSync("hello");
const DIGEST = { authUsername: "a", authPassword: "b", authMode: "digest", ...ANY } as const;

/** Writes the same text until the client is gone. */
function endless(text: string): Step {
  return async (stream: IOStream) => {
    for (;;) {
      await stream.write(text);
      // The kernel takes much without a wait, and the client needs its turns.
      await nextTurn();
    }
  };
}

/** Answers with a challenge first, and then with the header that the client has made of it. */
function challenged(...challenges: string[]): Row["answer"] {
  return ({ headers }, index) => [
    index === 0
      ? reply("no", challenges.map((challenge) => `WWW-Authenticate: ${challenge}`), "401 X")
      : reply(/^Digest /.test(headers.get("Authorization") ?? "") ? "answered" : "bare"),
  ];
}

/** Codes a gzip header with the given flags, then the rest of a body. */
function gzipWith(flags: number, extra: Uint8Array, body: Uint8Array = new Uint8Array(HELLO.subarray(10))): Buffer {
  return Buffer.concat([Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3]), extra, body]);
}

const VERSIONS: readonly Row[] = [
  {
    name: "HTTP/1.0 that stays open",
    answer: ["HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", HOLD],
    expected: "ok",
  },
  {
    name: "HTTP/1.0 with keep-alive and a body until the end",
    answer: ["HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nok", CLOSE],
    expected: "ok",
  },
  {
    name: "HTTP/1.0 cut off",
    answer: ["HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nok", CLOSE],
    expected: /before the end/,
  },
  { name: "HTTP/1.0 with an interim response", answer: [`HTTP/1.0 103 X\r\n\r\n${reply()}`], expected: "ok" },
  // RFC 9110 section 2.5: a later minor version is taken for the last one that is known.
  { name: "HTTP/1.2", answer: ["HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok"], expected: "ok" },
  { name: "HTTP/1.10", answer: ["HTTP/1.10 200 OK\r\nContent-Length: 2\r\n\r\nok"], expected: /Malformed/ },
  { name: "HTTP/01.1", answer: ["HTTP/01.1 200 OK\r\nContent-Length: 2\r\n\r\nok"], expected: /Malformed/ },
  { name: "ICY", answer: ["ICY 200 OK\r\nContent-Length: 2\r\n\r\nok", CLOSE], expected: /Malformed/ },
  { name: "a mark of UTF-8", answer: [`\xef\xbb\xbf${reply()}`, CLOSE], expected: /Malformed/ },
  { name: "no reason", answer: ["HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok"], expected: "ok" },
  { name: "a status with a sign", answer: ["HTTP/1.1 +20 OK\r\nContent-Length: 2\r\n\r\nok"], expected: /Malformed/ },
  { name: "a status with letters", answer: ["HTTP/1.1 2OO OK\r\nContent-Length: 2\r\n\r\nok"], expected: /Malformed/ },
  { name: "a status and no blank", answer: ["HTTP/1.1 200OK\r\nContent-Length: 2\r\n\r\nok"], expected: /Malformed/ },
  { name: "a reason with a NUL", answer: ["HTTP/1.1 200 O\0K\r\nContent-Length: 2\r\n\r\nok"], expected: /Malformed/ },
  { name: "a request", answer: ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", CLOSE], expected: /Malformed/ },
];

const FRAMING: readonly Row[] = [
  { name: "a length that ends with a comma", answer: [head("Content-Length: 5,"), "hello"], expected: /Malformed/ },
  { name: "a length with a fraction", answer: [head("Content-Length: 5.0"), "hello"], expected: /Malformed/ },
  { name: "a length with an exponent", answer: [head("Content-Length: 5e0"), "hello"], expected: /Malformed/ },
  { name: "a length with a semicolon", answer: [head("Content-Length: 5;a"), "hello"], expected: /Malformed/ },
  { name: "a length in quotes", answer: [head('Content-Length: "5"'), "hello"], expected: /Malformed/ },
  { name: "a length with zeros in front", answer: [head("Content-Length: 0005"), "hello"], expected: "hello" },
  { name: "a length of wide digits", answer: [head("Content-Length: \xef\xbc\x95"), "hello"], expected: /Malformed/ },
  { name: "chunked in capitals", answer: [head("Transfer-Encoding: CHUNKED"), `2\r\nok\r\n${LAST}`], expected: "ok" },
  { name: "no coding by name", answer: [head("Transfer-Encoding: identity"), "ok", CLOSE], expected: /Malformed/ },
  { name: "an empty coding", answer: [head("Transfer-Encoding:"), "ok", CLOSE], expected: /Malformed/ },
  {
    name: "a coding after chunked, in a field of its own",
    answer: [head("Transfer-Encoding: chunked", "Transfer-Encoding: gzip"), LAST],
    expected: /Malformed/,
  },
  { name: "a coding with a parameter", answer: [head("Transfer-Encoding: chunked;a=b"), LAST], expected: /Malformed/ },
  { name: "a coding in quotes", answer: [head('Transfer-Encoding: "chunked"'), LAST], expected: /Malformed/ },
  { name: "a size with a line between digits", answer: [CHUNKED, `1_0\r\n${LAST}`], expected: /Malformed/ },
  { name: "a size with a blank in front", answer: [CHUNKED, ` 2\r\nok\r\n${LAST}`], expected: /Malformed/ },
  { name: "an empty size", answer: [CHUNKED, "\r\nok\r\n", CLOSE], expected: /Malformed/ },
  { name: "a size with a NUL", answer: [CHUNKED, `2\0\r\nok\r\n${LAST}`], expected: /Malformed/ },
  { name: "a size in capitals", answer: [CHUNKED, `A\r\n0123456789\r\n${LAST}`], expected: "0123456789" },
  { name: "a trailer with a NUL", answer: [CHUNKED, "2\r\nok\r\n0\r\nA: \0\r\n\r\n"], expected: /Malformed/ },
  { name: "a trailer without a colon", answer: [CHUNKED, "2\r\nok\r\n0\r\nabc\r\n\r\n"], expected: /Malformed/ },
  {
    name: "trailers that would change the response",
    answer: [CHUNKED, "2\r\nok\r\n0\r\nTransfer-Encoding: gzip\r\nContent-Encoding: gzip\r\nLocation: /x\r\n\r\n"],
    expected: "ok",
  },
  { name: "a chunk of each byte", answer: [CHUNKED, "1\r\na\r\n".repeat(5000), LAST], expected: "a".repeat(5000) },
];

const ENDLESS: readonly Row[] = [
  { name: "a reason without an end", answer: ["HTTP/1.1 200 ", endless("a".repeat(4096))], expected: /larger than/ },
  {
    name: "a field without an end",
    answer: ["HTTP/1.1 200 OK\r\nA: ", endless("a".repeat(4096))],
    expected: /larger than/,
  },
  {
    name: "fields without an end",
    answer: ["HTTP/1.1 200 OK\r\n", endless("A: b\r\n".repeat(500))],
    expected: /larger than|more than 1000/,
  },
  { name: "line ends without an end", answer: [endless("\r\n".repeat(2048))], expected: /Malformed|larger than/ },
  {
    name: "interim responses without an end",
    answer: [endless("HTTP/1.1 102 X\r\n\r\n".repeat(100))],
    expected: /interim/,
  },
  {
    name: "a body without an end",
    answer: [head(), endless("a".repeat(4096))],
    client: { maxBodySize: 100_000 },
    expected: /longer than 100000/,
  },
  {
    name: "chunks without an end",
    answer: [CHUNKED, endless(`3e8\r\n${"a".repeat(1000)}\r\n`.repeat(10))],
    client: { maxBodySize: 100_000 },
    expected: /100000|too large/,
  },
  {
    name: "zeros of a size without an end",
    answer: [CHUNKED, endless("0".repeat(4096))],
    expected: /Malformed|larger|long/,
  },
  {
    name: "trailers without an end",
    answer: [CHUNKED, "0\r\n", endless("A: b\r\n".repeat(500))],
    expected: /Malformed|larger|more/,
  },
  {
    name: "bytes behind the response without an end",
    answer: [reply("good"), endless("a".repeat(4096))],
    expected: "good",
  },
  {
    name: "redirects to ever new paths",
    answer: (_request, index) => [moved(`/${index}`)],
    expected: /302/,
  },
  {
    name: "a redirect whose body has no end",
    answer: (_request, index) =>
      index === 0 ? ["HTTP/1.1 302 X\r\nLocation: /\r\n\r\n", endless("a".repeat(4096))] : [reply()],
    expected: "ok",
  },
];

const CODINGS: readonly Row[] = [
  { name: "a coding in odd letters", answer: coded("gZiP", HELLO), expected: "hello" },
  { name: "x-gzip", answer: coded("X-GZip", HELLO), expected: "hello" },
  { name: "a coding with a parameter", answer: coded("gzip;q=1", Buffer.from("raw")), expected: "raw" },
  { name: "a coding in a list with nothing", answer: coded("gzip,", Buffer.from("raw")), expected: "raw" },
  { name: "a coding that nobody knows", answer: coded("aes128gcm", Buffer.from("raw")), expected: "raw" },
  {
    name: "two fields of codings",
    answer: [head("Content-Encoding: gzip", "Content-Encoding: br", "Content-Length: 3"), "raw"],
    expected: "raw",
  },
  {
    name: "gzip with an unknown method",
    answer: coded("gzip", Buffer.from([0x1f, 0x8b, 9, 0, 0, 0, 0, 0, 0, 3])),
    expected: /Cannot|end/,
  },
  { name: "gzip with flags of nobody", answer: coded("gzip", gzipWith(0xe0, Buffer.alloc(0))), expected: /Cannot|end/ },
  {
    name: "gzip with a long name and a comment",
    answer: coded(
      "gzip",
      gzipWith(
        0x18,
        Buffer.concat([Buffer.alloc(30_000, "n"), Buffer.alloc(1), Buffer.alloc(30_000, "c"), Buffer.alloc(1)]),
      ),
    ),
    expected: "hello",
  },
  {
    name: "gzip whose extra field runs over",
    answer: coded("gzip", gzipWith(4, Buffer.from([255, 255, 1]))),
    expected: /Cannot|end/,
  },
  {
    name: "gzip with a wrong length",
    answer: coded("gzip", Buffer.concat([HELLO.subarray(0, -4), Buffer.from([9, 0, 0, 0])])),
    expected: /Cannot|end/,
  },
  {
    name: "deflate that wants a dictionary",
    answer: coded("deflate", Buffer.from([0x78, 0xbb, 0, 0, 0, 0, 1, 0, 0])),
    expected: /Cannot|end/,
  },
  {
    name: "deflate with a wrong checksum",
    answer: coded("deflate", Buffer.concat([deflateSync("hello").subarray(0, -4), Buffer.alloc(4)])),
    expected: /Cannot|end/,
  },
  { name: "br of the largest window", answer: coded("br", brotliCompressSync("hello")), expected: "hello" },
  {
    name: "a coding of an empty body in chunks",
    answer: [head("Transfer-Encoding: chunked", "Content-Encoding: gzip"), LAST],
    expected: "",
  },
  {
    name: "a coded body until the end",
    answer: [head("Content-Encoding: gzip"), new Uint8Array(HELLO), CLOSE],
    expected: "hello",
  },
  {
    name: "a coded body until the end, cut off",
    answer: [head("Content-Encoding: gzip"), new Uint8Array(HELLO.subarray(0, -3)), CLOSE],
    expected: /Cannot|end/,
  },
  {
    name: "a coding of an error",
    answer: [
      `HTTP/1.1 500 X\r\nContent-Encoding: gzip\r\nContent-Length: ${HELLO.length}\r\n\r\n`,
      new Uint8Array(HELLO),
    ],
    options: ANY,
    expected: "hello",
  },
];

const REDIRECTS: readonly Row[] = [
  {
    name: "a redirect without a Location",
    answer: ["HTTP/1.1 307 X\r\nContent-Length: 2\r\n\r\nok"],
    options: ANY,
    expected: "ok",
  },
  { name: "a redirect to a name without a host", answer: [moved("http:///")], expected: /./ },
  { name: "a redirect to no port", answer: [moved("http://127.0.0.1:99999/")], expected: /not a URL/ },
  { name: "a redirect to data", answer: [moved("data:text/plain,x")], expected: /neither http nor https/ },
  { name: "a redirect to a blob", answer: [moved("blob:http://127.0.0.1/x")], expected: /neither http nor https/ },
  { name: "a redirect to about", answer: [moved("about:blank")], expected: /neither http nor https/ },
  { name: "a redirect with a NUL", answer: [moved("/\0")], expected: /Malformed/ },
  {
    name: "a redirect of 60,000 bytes",
    answer: (_request, index) => [index === 0 ? moved(`/${"a".repeat(60_000)}`) : reply("there")],
    expected: "there",
  },
];

const CHALLENGES: readonly Row[] = [
  {
    name: "a challenge with escapes",
    answer: challenged('Digest realm="a\\"b\\\\", nonce="c\\"d", qop="auth"'),
    options: DIGEST,
    expected: "answered",
  },
  {
    name: "a challenge without quotes",
    answer: challenged("Digest realm=a, nonce=b, qop=auth, algorithm=MD5"),
    options: DIGEST,
    expected: "answered",
  },
  {
    name: "a challenge in capitals",
    answer: challenged('DIGEST REALM="a", NONCE="b"'),
    options: DIGEST,
    expected: "answered",
  },
  {
    name: "a challenge after another",
    answer: challenged('Basic realm="x, Digest nonce=y", Digest realm="a", nonce="b"'),
    options: DIGEST,
    expected: "answered",
  },
  {
    name: "a challenge with blanks",
    answer: challenged('Digest  realm = "a" ,  nonce = "b" , , qop = "auth"'),
    options: DIGEST,
    expected: "answered",
  },
  {
    name: "a challenge that protects the body only",
    answer: challenged('Digest realm="a", nonce="b", qop="auth-int"'),
    options: DIGEST,
    expected: "no",
  },
  {
    name: "a challenge of an unknown algorithm",
    answer: challenged('Digest realm="a", nonce="b", algorithm=MD4'),
    options: DIGEST,
    expected: "no",
  },
  { name: "a challenge without a nonce", answer: challenged('Digest realm="a"'), options: DIGEST, expected: "no" },
  { name: "a challenge of another scheme", answer: challenged("Negotiate", "NTLM"), options: DIGEST, expected: "no" },
  {
    name: "a challenge of 50,000 bytes",
    answer: challenged(`Digest realm="${"a".repeat(50_000)}", nonce="b"`),
    options: DIGEST,
    expected: "answered",
  },
  {
    name: "a challenge of commas",
    answer: challenged(`Digest ${",".repeat(50_000)}`),
    options: DIGEST,
    expected: "no",
  },
  {
    name: "a stale nonce for ever",
    answer: (
      _request,
      index,
    ) => [reply(String(index), ['WWW-Authenticate: Digest realm="a", nonce="b", stale=true'], "401 X")],
    options: DIGEST,
    expected: "1",
  },
];

const UPLOADS: readonly Row[] = [
  {
    name: "a second 100",
    answer: ["HTTP/1.1 100 X\r\n\r\nHTTP/1.1 100 X\r\n\r\n", (stream) => stream.readBytes(3), reply("taken")],
    options: { method: "POST", body: "abc", expect100Continue: true },
    expected: "taken",
  },
  {
    name: "a 100 after the final response",
    answer: [`${reply("good")}HTTP/1.1 100 Continue\r\n\r\n`],
    expected: "good",
  },
  {
    name: "a final response in place of a 100",
    answer: [reply("enough")],
    options: { method: "POST", body: "abc", expect100Continue: true },
    expected: "enough",
  },
  {
    name: "a cut head in place of a 100",
    answer: ["HTTP/1.1 100 Con", CLOSE],
    options: { method: "POST", body: "abc", expect100Continue: true },
    expected: /Connection closed/,
  },
  {
    name: "an early answer without an end to an upload",
    answer: [CHUNKED, endless(`3e8\r\n${"a".repeat(1000)}\r\n`.repeat(10))],
    options: { method: "POST", body: new Uint8Array(4_000_000) },
    client: { maxBodySize: 100_000 },
    answersEarly: true,
    expected: /100000|too large|Connection closed/,
  },
];

const ROWS = [...VERSIONS, ...FRAMING, ...ENDLESS, ...CODINGS, ...REDIRECTS, ...CHALLENGES, ...UPLOADS];

const NO_WHOLE_BODY = { expected: /before the end/ };
const MALFORMED = { expected: /Malformed/ };
const BRIEF = { requestTimeout: 0.05 } as const;

/** What Deno's fetch makes of some rows, in place of what they expect; `null` where it lacks the option. */
const BY_FETCH: Readonly<Record<string, Pick<Row, "expected" | "options"> | null>> = {
  "HTTP/1.2": MALFORMED,
  // It says the same of a body that is malformed and of one that is cut off.
  "a size with a line between digits": NO_WHOLE_BODY,
  "a size with a blank in front": NO_WHOLE_BODY,
  "an empty size": NO_WHOLE_BODY,
  "a size with a NUL": NO_WHOLE_BODY,
  "a trailer with a NUL": NO_WHOLE_BODY,
  "a trailer without a colon": NO_WHOLE_BODY,
  "trailers without an end": NO_WHOLE_BODY,
  "a reason without an end": MALFORMED,
  "a field without an end": MALFORMED,
  "fields without an end": MALFORMED,
  // It takes any number of them.
  "interim responses without an end": { expected: /Timeout/, options: BRIEF },
  "zeros of a size without an end": { expected: /Timeout|before the end/, options: BRIEF },
  // It decodes by the first of them.
  "two fields of codings": NO_WHOLE_BODY,
  "gzip with flags of nobody": { expected: "hello" },
  "a coding of an empty body in chunks": NO_WHOLE_BODY,
  "a second 100": null,
  "a final response in place of a 100": null,
  "a cut head in place of a 100": null,
};

for (const row of ROWS) hostileTest(SIMPLE, row);
for (const row of ROWS) if (BY_FETCH[row.name] !== null) hostileTest(FETCH, { ...row, ...BY_FETCH[row.name] });

clientTest("a connection of HTTP/1.0 carries a second request only with keep-alive", async (make) => {
  await using server = new ScriptedServer((_request, index) => [
    `HTTP/1.0 200 OK\r\n${index === 0 ? "Connection: Keep-Alive\r\n" : ""}Content-Length: 1\r\n\r\n${index}`,
  ]);
  using client = make({ maxClients: 1 });
  const texts = [];
  for (let i = 0; i < 3; i++) texts.push((await client.fetch(server.url())).text);
  assertEquals([texts, server.connections], [["0", "1", "2"], 2]);
});

clientTest("a flood of cookies is kept within limits, or the head is refused", async (make) => {
  const cookies = (count: number, size: number): string[] =>
    Array.from({ length: count }, (_, i) => `Set-Cookie: c${i}=${"x".repeat(size)}`);
  await using server = new ScriptedServer((
    _request,
    index,
  ) => [reply("ok", cookies(index === 0 ? 900 : 50, index === 0 ? 20 : 1200))]);
  using client = make();
  const jar = new CookieJar();
  for (let i = 0; i < 2; i++) {
    await client.fetch(server.url(), { cookies: jar }).catch((error) =>
      assertMatch(error.message, /larger than|Malformed/)
    );
  }
  assert([...jar].length <= 950);
});

clientTest("credentials go along no chain that leaves their origin and comes back", async (make) => {
  await using first: ScriptedServer = new ScriptedServer(({ target }) => [
    target === "/" ? moved(away) : reply("home"),
  ]);
  await using second = new ScriptedServer(() => [moved(`http://127.0.0.1:${first.port}/home`)]);
  const away = second.url("/away").replace("//", "//evil:pass@");
  using client = make({ defaults: { authUsername: "me", authPassword: "secret" } });
  const headers = { Cookie: "sid=1", "X-Api-Key": "key" };
  await client.fetch(first.url(), { headers, sensitiveHeaders: ["X-Api-Key"] });
  const seen = [...first.requests, ...second.requests].map(({ target, headers }) => [
    target,
    headers.get("Authorization") !== null && !headers.get("Authorization")?.includes(btoa("evil:pass")),
    headers.get("Cookie"),
    headers.get("X-Api-Key"),
  ]);
  assertEquals(seen, [["/", true, "sid=1", "key"], ["/home", false, null, null], ["/away", false, null, null]]);
});

const CERTIFICATES = new URL("../../support/certs/", import.meta.url);
const pem = (name: string) => Deno.readTextFileSync(new URL(name, CERTIFICATES));

/** Responses over TLS whose connection ends without a notice, and what comes of them. */
const UNNOTICED: readonly (readonly [name: string, response: string, expected: string | null])[] = [
  ["a length, whole", reply("hello"), "hello"],
  ["a length, cut off", head("Content-Length: 9") + "hello", null],
  ["chunks, whole", `${CHUNKED}5\r\nhello\r\n${LAST}`, "hello"],
  ["chunks, cut off", `${CHUNKED}5\r\nhello\r\n`, null],
  ["a body until the end", `${head()}hello`, null],
  ["a cut head", "HTTP/1.1 200 OK\r\nContent-", null],
];

for (const [name, response, expected] of UNNOTICED) {
  clientTest(`TLS that ends without close_notify after ${name}`, async (make) => {
    const sslOptions = { cert: pem("server.pem"), key: pem("server_key.pem") };
    await using server = new ScriptedServer(() => [response, HOLD], { sslOptions });
    await using relay = new FaultyProxy(server.port);
    using client = make({ maxClients: 1, defaults: { caCerts: pem("ca.pem") } });
    const { promise: came, resolve } = Promise.withResolvers<void>();
    let size = 0;
    const fetching = client.fetch(`https://localhost:${relay.port}/`, {
      streamingCallback: (chunk) => {
        size += chunk.length;
        if (size >= 5) resolve();
      },
    });
    fetching.catch(() => {}).finally(resolve);
    // Until its bytes have come, the end is that of a head.
    if (response.includes("hello")) await came;
    else await until(() => server.requests.length > 0);
    relay.cut();
    if (expected === null) await assertRejects(() => fetching, HTTPClientError);
    else assertEquals([(await fetching).code, size], [200, expected.length]);
  }, [SIMPLE, FETCH]);
}

test("SimpleAsyncHTTPClient: a proxy that answers nonsense makes no request, and keeps no slot", async () => {
  const answers: readonly Step[][] = [
    ["HTTP/1.1 200 OK\r\n", CLOSE],
    ["HTTP/1.1 101 Switching\r\n\r\n", CLOSE],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", CLOSE],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", CLOSE],
    [new Uint8Array(64), CLOSE],
    [`HTTP/1.1 200 ${"a".repeat(100_000)}`, CLOSE],
    ["HTTP/2 200\r\n\r\n", CLOSE],
    ["HTTP/1.1 599 X\r\n\r\n", CLOSE],
    [endless("HTTP/1.1 100 X\r\n\r\n".repeat(100))],
    [endless("a".repeat(4096))],
    [CLOSE],
  ];
  for (const answer of answers) {
    await using proxy = new ScriptedServer(() => answer);
    await using good = new ScriptedServer(() => [reply("good")]);
    using client = SIMPLE.make({ maxClients: 1 });
    const options = { proxyHost: "127.0.0.1", proxyPort: proxy.port };
    await assertRejects(() => client.fetch("https://a.example/", options), Error);
    assertEquals((await client.fetch(good.url())).text, "good");
  }
});
