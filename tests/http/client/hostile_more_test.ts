// More servers that break the rules, or use what they allow and nobody expects.
import { assertEquals, assertRejects } from "@std/assert";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { Buffer } from "node:buffer";
import { CookieJar, HTTPClientError } from "../../../src/http/httpclient.ts";
import { CLOSE, HOLD, reply, ScriptedServer, type Step } from "../../support/scripted_server.ts";
import { test } from "../../support/test.ts";
import { clientTest, FETCH, SIMPLE } from "./back_ends.ts";
import { coded, head, hostileTest, moved, type Row } from "./hostile_rows.ts";

const CHUNKED = head("Transfer-Encoding: chunked");
const HELLO = gzipSync("hello");
const ANY = { raiseError: false };
const POST = { method: "POST", body: "abc", ...ANY } as const;

/** A redirect of the first request; the second is answered with what it was. */
function once(answer: string): Row["answer"] {
  return ({ method, target, body }, index) => [index === 0 ? answer : reply(`${method} ${target} ${body}`.trim())];
}

function after(code: number, expected: string): Row {
  return { name: `${code} after a POST`, answer: once(moved("/next", `${code} X`)), options: POST, expected };
}

const ROWS: readonly Row[] = [
  // Framing.
  { name: "equal lengths", answer: [head("Content-Length: 5", "Content-Length: 5"), "hello"], expected: "hello" },
  { name: "a list of equal lengths", answer: [head("Content-Length: 5, 5"), "hello"], expected: /Malformed/ },
  { name: "a length in a fold", answer: [head("Content-Length:\r\n 5"), "hello"], expected: "hello" },
  { name: "a length with a fold", answer: [head("Content-Length: 5\r\n 0"), "hello"], expected: /Malformed/ },
  {
    name: "a coding in a fold",
    answer: [head("X: a\r\n Transfer-Encoding: chunked", "Content-Length: 5"), "hello"],
    expected: "hello",
  },
  { name: "a fold before any field", answer: [head(" X: a", "Content-Length: 2"), "ok"], expected: /Malformed/ },
  { name: "lines that end with LF", answer: ["HTTP/1.1 200 OK\nContent-Length: 2\n\nok"], expected: /Malformed/ },
  { name: "an extension with LF", answer: [CHUNKED, "5;a\nb\r\nhello\r\n0\r\n\r\n"], expected: /Malformed/ },
  { name: "a quoted line end", answer: [CHUNKED, '5;a="\r\n"\r\nhello\r\n0\r\n\r\n'], expected: /Malformed/ },
  { name: "a size that ends with LF", answer: [CHUNKED, "5\nhello\r\n0\r\n\r\n"], expected: /Malformed/ },
  { name: "a size of many zeros", answer: [CHUNKED, `${"0".repeat(60)}5\r\nhello\r\n0\r\n\r\n`], expected: "hello" },
  {
    name: "a cut after the trailers",
    answer: [CHUNKED, "2\r\nok\r\n0\r\nA: b\r\n\r", CLOSE],
    expected: /before the end/,
  },
  { name: "a length in the trailers", answer: [CHUNKED, "2\r\nok\r\n0\r\nContent-Length: 3\r\n\r\n"], expected: "ok" },
  {
    name: "an extension in each of many chunks",
    answer: [CHUNKED, `1;${"x".repeat(100)}\r\na\r\n`.repeat(1000), "0\r\n\r\n"],
    expected: /Malformed/,
  },
  // Statuses.
  { name: "16 interim responses", answer: ["HTTP/1.1 100 Continue\r\n\r\n".repeat(16), reply()], expected: "ok" },
  { name: "status 199", answer: [`HTTP/1.1 199 X\r\n\r\n${reply()}`], expected: "ok" },
  { name: "status 000", answer: ["HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n"], expected: /Malformed/ },
  { name: "status 999", answer: ["HTTP/1.1 999 X\r\nContent-Length: 2\r\n\r\nok"], options: ANY, expected: "ok" },
  {
    name: "an interim response with a length",
    answer: [`HTTP/1.1 102 X\r\nContent-Length: 5\r\n\r\nhello${reply()}`],
    expected: /Malformed/,
  },
  { name: "a 204 in chunks", answer: ["HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"], expected: "" },
  { name: "a 304 with a body", answer: [reply("hello", [], "304 X")], options: ANY, expected: "" },
  { name: "lower case", answer: ["http/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"], expected: /Malformed/ },
  { name: "a tab after the version", answer: ["HTTP/1.1\t200 OK\r\nContent-Length: 0\r\n\r\n"], expected: /Malformed/ },
  { name: "two blanks", answer: ["HTTP/1.1  200 OK\r\nContent-Length: 2\r\n\r\nok"], expected: /Malformed/ },
  { name: "a field without a name", answer: [head(": b", "Content-Length: 2"), "ok"], expected: /Malformed/ },
  // Codings.
  { name: "gzip in gzip, named once", answer: coded("gzip", gzipSync(HELLO)), expected: HELLO.toString() },
  { name: "no coding, named", answer: coded("identity", Buffer.from("hello")), expected: "hello" },
  { name: "a coding in capitals", answer: coded("GZIP", HELLO), expected: "hello" },
  { name: "two frames of zstd", answer: coded("zstd", Buffer.concat([zstd("he"), zstd("llo")])), expected: "hello" },
  { name: "zstd and rubbish", answer: coded("zstd", Buffer.concat([zstd("a"), Buffer.from("b")])), expected: /Cannot/ },
  {
    name: "zstd with a window of 2 GiB",
    answer: coded("zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8, 0x29, 0, 0, 104, 101, 108, 108, 111])),
    expected: /Cannot decode/,
  },
  {
    name: "gzip with a wrong checksum",
    answer: coded("gzip", Buffer.concat([HELLO.subarray(0, -8), Buffer.alloc(4), HELLO.subarray(-4)])),
    expected: /Cannot decode|before the end/,
  },
  { name: "two members of gzip", answer: coded("gzip", Buffer.concat([HELLO, HELLO])), expected: "hellohello" },
  // Redirects.
  after(301, "GET /next"),
  after(302, "GET /next"),
  after(303, "GET /next"),
  after(307, "POST /next abc"),
  after(308, "POST /next abc"),
  after(300, ""),
  after(305, ""),
  { name: "a redirect to nothing", answer: once(moved("")), expected: "GET /" },
  { name: "a redirect to a query", answer: once(moved("?q=1")), expected: "GET /?q=1" },
  { name: "a redirect to a fragment", answer: once(moved("#f")), expected: "GET /" },
  { name: "a redirect with a line end", answer: once(moved("/%0d%0aX: y")), expected: "GET /%0d%0aX:%20y" },
  { name: "a redirect to a WebSocket", answer: [moved("ws://127.0.0.1/")], expected: /neither http nor https/ },
  { name: "two equal targets", answer: once(moved("/a\r\nLocation: /a")), expected: "GET /a" },
  { name: "two targets", answer: once(moved("/a\r\nLocation: /b")), expected: /2 fields say where it leads/ },
  // Retries and authentication.
  {
    name: "a Retry-After beyond all numbers",
    answer: (_request, index) => [index === 0 ? reply("1", [`Retry-After: ${"9".repeat(30)}`], "503 X") : reply("2")],
    options: { retry: { backoff: 0.001 }, ...ANY },
    expected: "1",
  },
  {
    name: "a Retry-After that is none",
    answer: (_request, index) => [index === 0 ? reply("1", ["Retry-After: -5"], "503 X") : reply("2")],
    options: { retry: { backoff: 0.001 }, ...ANY },
    expected: "2",
  },
  {
    name: "challenges without an end",
    answer: (_request, index) => [reply(String(index), ['WWW-Authenticate: Digest realm="a", nonce="b"'], "401 X")],
    options: { authUsername: "a", authPassword: "b", authMode: "digest", ...ANY },
    expected: "1",
  },
  {
    name: "a broken challenge",
    answer: [reply("no", ['WWW-Authenticate: Digest realm="'], "401 X")],
    options: { authUsername: "a", authPassword: "b", authMode: "digest", ...ANY },
    expected: "no",
  },
];

function zstd(text: string): Buffer {
  return zstdCompressSync(text);
}

/** Rows of which Deno's fetch makes something else: what it makes of them, or `null` where it is not known. */
const BY_FETCH: Readonly<Record<string, string | RegExp>> = {
  "a list of equal lengths": "hello",
  "a length in a fold": /Malformed/,
  "a coding in a fold": /Malformed/,
  "lines that end with LF": "ok",
  "an extension with LF": /before the end/,
  "a quoted line end": /before the end/,
  "a size that ends with LF": /before the end/,
  "an extension in each of many chunks": /before the end/,
  // Its decoder leaves the second member out and tells nobody.
  "two members of gzip": "hello",
  // It joins the fields of one name before the client sees them.
  "two equal targets": "GET /a,%20/a",
  "two targets": "GET /a,%20/b",
};

for (const row of ROWS) hostileTest(SIMPLE, row);
for (const row of ROWS) hostileTest(FETCH, { ...row, expected: BY_FETCH[row.name] ?? row.expected });

clientTest("what follows a 204 or a 304 with a length is not the answer to the next request", async (make, backEnd) => {
  const late: Step = (stream) => stream.write(new TextEncoder().encode(reply("smuggled"))).catch(() => {});
  await using server = new ScriptedServer(({ connection }) =>
    connection === 0 ? ["HTTP/1.1 204 X\r\nContent-Length: 88\r\n\r\n", late, HOLD] : [reply("good")]
  );
  using client = make({ maxClients: 1 });
  assertEquals((await client.fetch(server.url())).code, 204);
  if (backEnd !== SIMPLE) return;
  assertEquals((await client.fetch(server.url(), { method: "POST", body: "x" })).text, "good");
  assertEquals(server.connections, 2);
});

clientTest("cookies that break the rules are not kept, and the others are", async (make) => {
  const cookies = [
    "a=b; Expires=Mon, 99-Foo-99 99:99:99; Max-Age=x",
    "=x",
    "__Host-a=1; Path=/x; Secure",
    "__Secure-a=1",
    `long=${"x".repeat(5000)}`,
    "c=1; Domain=com",
    "d=1; Domain=.0.0.1",
    "e=1; Max-Age=-0",
    "f=1; Expires=Thu, 01 Jan 1970 00:00:01 GMT",
    "g=1; Max-Age=99999999999999999999",
    "h=1; SameSite=evil; Partitioned; HttpOnly",
  ];
  await using server = new ScriptedServer(() => [reply("ok", cookies.map((cookie) => `Set-Cookie: ${cookie}`))]);
  using client = make();
  const jar = new CookieJar();
  await client.fetch(server.url(), { cookies: jar });
  assertEquals([...jar].map(({ name }) => name), ["a", "g", "h"]);
});

clientTest("a body of several frames of zstd is decoded whole, wherever its bytes are split", async (make) => {
  // A skippable frame, and frames with and without a body.
  const skipped = Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const body = Buffer.concat([zstd("he"), skipped, zstd(""), zstd("llo"), skipped]);
  const start = `HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: ${body.length}\r\n\r\n`;
  await using server = new ScriptedServer((_request, at) => [
    start,
    new Uint8Array(body.subarray(0, at)),
    new Uint8Array(body.subarray(at)),
  ]);
  using client = make();
  for (let at = 0; at <= body.length; at++) assertEquals((await client.fetch(server.url())).text, "hello");
});

test("SimpleAsyncHTTPClient: a body of too many frames of zstd is an error", async () => {
  const empty = [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0];
  const body = Buffer.from(Array(10_001).fill(empty).flat());
  await using server = new ScriptedServer(() => coded("zstd", body));
  using client = SIMPLE.make();
  const { body: pieces } = await client.stream(server.url());
  await assertRejects(() => Array.fromAsync(pieces), HTTPClientError, "Cannot decode the body: invalid zstd data");
});

test("SimpleAsyncHTTPClient: a body of two members of gzip is decoded whole, also in pieces", async () => {
  const text = "abcdefgh".repeat(20_000);
  const body = Buffer.concat([gzipSync(text, { level: 0 }), gzipSync(text, { level: 0 })]);
  await using server = new ScriptedServer(() => coded("gzip", body));
  using client = SIMPLE.make();
  assertEquals((await client.fetch(server.url())).body.length, 2 * text.length);
  let length = 0;
  for await (const piece of (await client.stream(server.url())).body) length += piece.length;
  assertEquals(length, 2 * text.length);
});

test("SimpleAsyncHTTPClient: what is no member behind or between those of a body in gzip is an error", async () => {
  const behind = [[0], Array<number>(9).fill(0), [0, 1, 2], [0x1e], [0x1f, 0], [...Buffer.from("rubbish")]];
  // A small body is decoded in one go.
  for (const member of [HELLO, gzipSync("abcdefgh".repeat(20_000), { level: 0 })]) {
    for (const rubbish of behind.map((bytes) => Buffer.from(bytes))) {
      for (const body of [Buffer.concat([member, rubbish]), Buffer.concat([member, rubbish, member])]) {
        const start = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`;
        const cut = member.length;
        await using server = new ScriptedServer(() => [
          start,
          new Uint8Array(body.subarray(0, cut)),
          new Uint8Array(body.subarray(cut)),
        ]);
        using client = SIMPLE.make();
        const fetching = () => client.fetch(server.url());
        await assertRejects(fetching, HTTPClientError, "Cannot decode the body: invalid gzip data");
        const { body: pieces } = await client.stream(server.url());
        await assertRejects(
          () => Array.fromAsync(pieces),
          HTTPClientError,
          "Cannot decode the body: invalid gzip data",
        );
      }
    }
  }
});

test("SimpleAsyncHTTPClient: a body in br with rubbish behind it is an error, whole or in pieces", async () => {
  const body = Buffer.concat([brotliCompressSync("hello"), Buffer.from("rubbish")]);
  await using server = new ScriptedServer(() => coded("br", body));
  using client = SIMPLE.make();
  await assertRejects(() => client.fetch(server.url()), HTTPClientError, "Cannot decode the body: invalid br data");
  const { body: pieces } = await client.stream(server.url());
  await assertRejects(() => Array.fromAsync(pieces), HTTPClientError, "Cannot decode the body: invalid br data");
});
