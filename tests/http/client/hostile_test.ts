// Servers that break the rules: no wrong result, no hang, and no slot of the client that stays taken.
import { assertEquals, assertRejects } from "@std/assert";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { Buffer } from "node:buffer";
import { AsyncHTTPClient, HTTPClientError, type HTTPRequestOptions } from "../../../src/http/httpclient.ts";
import { CLOSE, HOLD, reply, ScriptedServer, type Step } from "../../support/scripted_server.ts";
import { test } from "../../support/test.ts";
import { BACK_ENDS, FETCH, SIMPLE } from "./back_ends.ts";
import { coded, head, hostileTest, moved, type Row } from "./hostile_rows.ts";

const CODINGS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };

const BOMB = Buffer.alloc(4_000_000);
const SMALL_BOMB = { client: { maxBodySize: 100_000 }, expected: /Decompressed body longer than 100000 bytes/ };

const POST = { method: "POST", body: "abc" } as const;
const UPLOAD = { method: "POST", body: new Uint8Array(8_000_000) } as const;
const BRIEF = { requestTimeout: 0.05 } as const;

/** A body that never ends. */
async function* endless(): AsyncGenerator<string> {
  for (;;) yield await Promise.resolve("x".repeat(65536));
}

const ROWS: readonly Row[] = [
  // Ends.
  { name: "no answer at all", answer: [CLOSE], expected: /Connection closed/ },
  { name: "cut status line", answer: ["HTTP/1.1 20", CLOSE], expected: /Connection closed/ },
  { name: "cut head", answer: ["HTTP/1.1 200 OK\r\nConte", CLOSE], expected: /Connection closed/ },
  { name: "cut body", answer: [head("Content-Length: 10"), "ok", CLOSE], expected: /before the end/ },
  { name: "no body", answer: [head("Content-Length: 10"), CLOSE], expected: /before the end/ },
  { name: "cut chunk", answer: [head("Transfer-Encoding: chunked"), "5\r\nhel", CLOSE], expected: /before the end/ },
  { name: "cut chunk size", answer: [head("Transfer-Encoding: chunked"), "5", CLOSE], expected: /before the end/ },
  {
    name: "no last chunk",
    answer: [head("Transfer-Encoding: chunked"), "5\r\nhello\r\n", CLOSE],
    expected: /before the end/,
  },
  {
    name: "no end of the trailers",
    answer: [head("Transfer-Encoding: chunked"), "5\r\nhello\r\n0\r\nA: b\r\n", CLOSE],
    expected: /before the end/,
  },
  { name: "interim response only", answer: ["HTTP/1.1 100 Continue\r\n\r\n", CLOSE], expected: /Connection closed/ },
  { name: "body until the end", answer: ["HTTP/1.0 200 OK\r\n\r\nhello", CLOSE], expected: "hello" },
  { name: "body of HTTP/1.1 until the end", answer: [head(), "hello", CLOSE], expected: "hello" },
  // Framing.
  {
    name: "both lengths",
    answer: [head("Content-Length: 2", "Transfer-Encoding: chunked"), "0\r\n\r\n"],
    expected: /Malformed/,
  },
  { name: "two lengths", answer: [head("Content-Length: 2", "Content-Length: 3"), "abc"], expected: /Malformed/ },
  { name: "two lengths in one field", answer: [head("Content-Length: 2, 3"), "abc"], expected: /Malformed/ },
  { name: "negative length", answer: [head("Content-Length: -2"), "abc"], expected: /Malformed/ },
  { name: "signed length", answer: [head("Content-Length: +2"), "ok"], expected: /Malformed/ },
  { name: "hexadecimal length", answer: [head("Content-Length: 0x2"), "ok"], expected: /Malformed/ },
  { name: "empty length", answer: [head("Content-Length: "), "ok"], expected: /Malformed/ },
  { name: "length with a blank", answer: [head("Content-Length: 1 2"), "ok"], expected: /Malformed/ },
  {
    name: "length beyond all numbers",
    answer: [head(`Content-Length: ${"9".repeat(30)}`)],
    expected: /Malformed|long/,
  },
  { name: "bad chunk size", answer: [head("Transfer-Encoding: chunked"), "zz\r\n"], expected: /Malformed/ },
  { name: "negative chunk size", answer: [head("Transfer-Encoding: chunked"), "-1\r\n"], expected: /Malformed/ },
  { name: "chunk size with 0x", answer: [head("Transfer-Encoding: chunked"), "0x1\r\na\r\n"], expected: /Malformed/ },
  {
    name: "huge chunk size",
    answer: [head("Transfer-Encoding: chunked"), "fffffffffffffffff\r\n"],
    expected: /larger than/,
  },
  { name: "chunk that runs over", answer: [head("Transfer-Encoding: chunked"), "1\r\nab\r\n"], expected: /Malformed/ },
  {
    name: "endless chunk extension",
    answer: [head("Transfer-Encoding: chunked"), `1;${"a".repeat(200_000)}`],
    expected: /Malformed|larger|long/,
  },
  {
    name: "endless trailers",
    answer: [head("Transfer-Encoding: chunked"), "0\r\n", "A: b\r\n".repeat(50_000)],
    expected: /Malformed|larger|long/,
  },
  { name: "unknown transfer coding", answer: [head("Transfer-Encoding: gzip, chunked"), "0\r\n\r\n"], expected: /./ },
  { name: "chunked twice", answer: [head("Transfer-Encoding: chunked, chunked"), "0\r\n\r\n"], expected: /Malformed/ },
  { name: "coding with a tab", answer: [head("Transfer-Encoding:\tchunked, x"), "0\r\n\r\n"], expected: /Malformed/ },
  {
    name: "coding of HTTP/1.0",
    answer: ["HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", CLOSE],
    expected: /Malformed/,
  },
  // Heads.
  { name: "no HTTP", answer: ["hello\r\n\r\n", CLOSE], expected: /Malformed/ },
  { name: "HTTP/0.9", answer: ["hello", CLOSE], expected: /Malformed|Connection closed/ },
  { name: "HTTP/2", answer: ["HTTP/2 200 OK\r\n\r\n"], expected: /Malformed/ },
  { name: "status of two digits", answer: ["HTTP/1.1 20 OK\r\n\r\n"], expected: /Malformed/ },
  { name: "status of four digits", answer: ["HTTP/1.1 2000 OK\r\n\r\n"], expected: /Malformed/ },
  { name: "status below 100", answer: ["HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n"], expected: /./ },
  { name: "name with a blank", answer: [head("Content-Length : 2"), "ok"], expected: /Malformed/ },
  { name: "name with a control character", answer: [head("A\x01: 2"), "ok"], expected: /Malformed/ },
  { name: "value with a NUL", answer: [head("A: \0", "Content-Length: 2"), "ok"], expected: /Malformed/ },
  { name: "line without a colon", answer: [head("abc", "Content-Length: 2"), "ok"], expected: /Malformed/ },
  { name: "bare CR", answer: [head("A: b\rContent-Length: 5", "Content-Length: 2"), "ok"], expected: /Malformed/ },
  { name: "huge head", answer: [`HTTP/1.1 200 OK\r\nX: ${"a".repeat(100_000)}\r\n\r\n`], expected: /larger than/ },
  { name: "huge status line", answer: [`HTTP/1.1 200 ${"a".repeat(100_000)}`], expected: /larger than/ },
  {
    name: "many fields",
    answer: ["HTTP/1.1 200 OK\r\n", "A: b\r\n".repeat(30_000), "\r\n"],
    expected: /more than 1000/,
  },
  { name: "TLS", answer: [new Uint8Array([21, 3, 1, 0, 2, 2, 70]), CLOSE], expected: /Malformed|Connection closed/ },
  // Interim responses.
  { name: "some interim responses", answer: ["HTTP/1.1 103 Early\r\n\r\n".repeat(3), reply()], expected: "ok" },
  {
    name: "endless interim responses",
    answer: ["HTTP/1.1 103 Early\r\n\r\n".repeat(100), reply()],
    expected: /interim/,
  },
  { name: "100 that nobody asked for", answer: ["HTTP/1.1 100 Continue\r\n\r\n", reply()], expected: "ok" },
  { name: "101 that nobody asked for", answer: ["HTTP/1.1 101 No\r\nUpgrade: x\r\n\r\nxyz", CLOSE], expected: /101/ },
  // Statuses without a body.
  { name: "204 with a body", answer: ["HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello"], expected: "" },
  { name: "304 with a length", answer: ["HTTP/1.1 304 Not\r\nContent-Length: 5\r\n\r\n"], expected: /304/ },
  { name: "HEAD", answer: [head("Content-Length: 5")], options: { method: "HEAD" }, expected: "" },
  { name: "HEAD with a body", answer: [reply("hello")], options: { method: "HEAD" }, expected: "" },
  // Sizes and codings.
  { name: "length over the limit", answer: [head("Content-Length: 1000000000")], expected: /too long/ },
  {
    name: "body until the end over the limit",
    answer: [head(), "x".repeat(3000), CLOSE],
    client: { maxBodySize: 2000 },
    expected: /longer than 2000/,
  },
  {
    name: "chunks over the limit",
    answer: [head("Transfer-Encoding: chunked"), `3e8\r\n${"x".repeat(1000)}\r\n`.repeat(3), "0\r\n\r\n"],
    client: { maxBodySize: 2000 },
    expected: /2000|too large/,
  },
  { name: "gzip bomb", answer: coded("gzip", gzipSync(BOMB)), ...SMALL_BOMB },
  { name: "deflate bomb", answer: coded("deflate", deflateSync(BOMB)), ...SMALL_BOMB },
  { name: "bare deflate bomb", answer: coded("deflate", deflateRawSync(BOMB)), ...SMALL_BOMB },
  { name: "brotli bomb", answer: coded("br", brotliCompressSync(BOMB)), ...SMALL_BOMB },
  { name: "zstd bomb", answer: coded("zstd", zstdCompressSync(BOMB)), ...SMALL_BOMB },
  {
    name: "gzip bomb to a streamingCallback",
    answer: coded("gzip", gzipSync(BOMB)),
    options: { streamingCallback: () => {} },
    ...SMALL_BOMB,
  },
  ...(["gzip", "deflate", "br", "zstd"] as const).map((name): Row => ({
    name: `${name} that is none`,
    answer: coded(name, new TextEncoder().encode("abcdefgh")),
    expected: /Cannot decode the body: invalid/,
  })),
  { name: "gzip cut off", answer: coded("gzip", gzipSync("hello, world"), 20), expected: /Cannot decode the body/ },
  { name: "deflate cut off", answer: coded("deflate", deflateSync("hello, world"), 12), expected: /Cannot decode/ },
  { name: "brotli cut off", answer: coded("br", brotliCompressSync("hello, world"), 9), expected: /Cannot decode/ },
  { name: "zstd cut off", answer: coded("zstd", zstdCompressSync("hello, world"), 12), expected: /Cannot decode/ },
  {
    name: "gzip cut off, to a streamingCallback",
    answer: coded("gzip", gzipSync("hello, world"), 20),
    options: { streamingCallback: () => {} },
    expected: /Cannot decode the body/,
  },
  {
    name: "a chain of codings, which is not decoded (CVE-2026-22036)",
    answer: [reply("abc", ["Content-Encoding: gzip, gzip, gzip, gzip, gzip, gzip"])],
    expected: "abc",
  },
  { name: "coding without a body", answer: [reply("", ["Content-Encoding: gzip"])], expected: "" },
  // Redirects.
  { name: "endless redirects", answer: [moved("/")], expected: /302/ },
  { name: "redirect to a file", answer: [moved("file:///etc/passwd")], expected: /neither http nor https/ },
  { name: "redirect to a script", answer: [moved("javascript:alert(1)")], expected: /neither http nor https/ },
  { name: "redirect to ftp", answer: [moved("ftp://example.com/")], expected: /neither http nor https/ },
  { name: "redirect to no URL", answer: [moved("http://[::1")], expected: /not a URL/ },
  { name: "redirect without a target", answer: ["HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"], expected: /302/ },
  {
    name: "redirect with an endless body",
    answer: (_request, index) =>
      index === 0 ? [`HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n`, "x".repeat(1_000_000), HOLD] : [reply()],
    expected: "ok",
  },
  {
    name: "redirect with a bomb (CVE-2026-21441)",
    answer: (_request, index) => {
      const bomb = gzipSync(BOMB);
      const fields = `Location: /\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}`;
      return index === 0 ? [`HTTP/1.1 302 Found\r\n${fields}\r\n\r\n`, new Uint8Array(bomb)] : [reply()];
    },
    client: { maxBodySize: 10_000 },
    expected: "ok",
  },
  {
    name: "redirect whose body is cut",
    answer: (_request, index) =>
      index === 0 ? ["HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 9\r\n\r\nab", CLOSE] : [reply()],
    expected: "ok",
  },
  // Time.
  { name: "no answer, held", answer: [HOLD], options: BRIEF, expected: /Timeout during request/ },
  { name: "slow head", answer: ["HTTP/1.1 200 OK\r\n", HOLD], options: BRIEF, expected: /Timeout during request/ },
  { name: "slow body", answer: [head("Content-Length: 5"), "ab", HOLD], options: BRIEF, expected: /Timeout during/ },
  {
    name: "stalled body",
    answer: [head("Content-Length: 5"), "ab", HOLD],
    options: { stallTimeout: 0.05 },
    expected: /nothing came or went for 0.05 seconds/,
  },
  {
    name: "interim responses, then nothing",
    answer: ["HTTP/1.1 103 Early\r\n\r\n", HOLD],
    options: { stallTimeout: 0.05 },
    expected: /nothing came or went/,
  },
  {
    name: "a streamingCallback that never ends",
    answer: [reply()],
    options: { ...BRIEF, streamingCallback: () => new Promise<void>(() => {}) },
    expected: /Timeout during request/,
  },
  {
    name: "a streamingCallback that never ends, after decoding",
    answer: coded("gzip", gzipSync("hello")),
    options: { ...BRIEF, streamingCallback: () => new Promise<void>(() => {}) },
    expected: /Timeout during request/,
  },
  // Uploads.
  {
    name: "an early refusal of an upload",
    answer: [reply("", ["Connection: close"], "413 Too Large"), HOLD],
    options: UPLOAD,
    answersEarly: true,
    expected: /413/,
  },
  {
    name: "an early refusal of an endless upload",
    answer: [reply("", [], "413 Too Large"), HOLD],
    options: { method: "POST", body: endless() },
    answersEarly: true,
    expected: /413/,
  },
  {
    name: "an early success of an endless upload",
    answer: [reply("enough"), HOLD],
    options: { method: "PUT", body: endless() },
    answersEarly: true,
    expected: "enough",
  },
  {
    name: "an upload that nobody reads",
    answer: [HOLD],
    options: { ...UPLOAD, ...BRIEF },
    answersEarly: true,
    expected: /Timeout during request/,
  },
  {
    name: "a reset of an upload",
    answer: [(stream) => stream.abort(), CLOSE],
    options: UPLOAD,
    answersEarly: true,
    expected: /Connection closed/,
  },
  {
    name: "a refused expectation",
    answer: [reply("", [], "417 No"), CLOSE],
    options: { ...POST, expect100Continue: true },
    expected: /417/,
  },
  {
    name: "an expectation that is met",
    answer: ["HTTP/1.1 100 Continue\r\n\r\n", (stream) => stream.readBytes(3), reply("taken")],
    options: { ...POST, expect100Continue: true },
    expected: "taken",
  },
  {
    name: "an end in place of a 100",
    answer: [CLOSE],
    options: { ...POST, expect100Continue: true },
    expected: /Connection closed/,
  },
  // Bytes after the response.
  { name: "a second response", answer: [reply("good") + reply("bad")], expected: "good" },
  { name: "rubbish after the response", answer: [`${reply("good")}bad`], expected: "good" },
  { name: "a response longer than its length", answer: [head("Content-Length: 2"), "okHTTP/1.1 200"], expected: "ok" },
];

const NO_WHOLE_BODY = /before the end/;

/** What Deno's fetch makes of some rows, in place of what they expect; `null` where it lacks the option. */
const BY_FETCH: Readonly<Record<string, Pick<Row, "expected" | "options"> | null>> = {
  // It says the same of a body that is malformed and of one that is cut off.
  "bad chunk size": { expected: NO_WHOLE_BODY },
  "negative chunk size": { expected: NO_WHOLE_BODY },
  "chunk size with 0x": { expected: NO_WHOLE_BODY },
  "huge chunk size": { expected: NO_WHOLE_BODY },
  "chunk that runs over": { expected: NO_WHOLE_BODY },
  "endless chunk extension": { expected: NO_WHOLE_BODY },
  "endless trailers": { expected: NO_WHOLE_BODY },
  "gzip that is none": { expected: NO_WHOLE_BODY },
  "br that is none": { expected: NO_WHOLE_BODY },
  "gzip cut off": { expected: NO_WHOLE_BODY },
  "brotli cut off": { expected: NO_WHOLE_BODY },
  "gzip cut off, to a streamingCallback": { expected: NO_WHOLE_BODY, options: { streamingCallback: () => {} } },
  // It takes longer heads and more interim responses.
  "huge head": { expected: /Timeout/, options: BRIEF },
  "huge status line": { expected: /Timeout/, options: BRIEF },
  "many fields": { expected: /Malformed/ },
  "endless interim responses": { expected: "ok" },
  "a refused expectation": null,
  "an expectation that is met": null,
  "an end in place of a 100": null,
};

for (const row of ROWS) hostileTest(SIMPLE, row);
for (const row of ROWS) if (BY_FETCH[row.name] !== null) hostileTest(FETCH, { ...row, ...BY_FETCH[row.name] });

function codedText(coding: string, body: Buffer): string {
  return reply(body.toString("latin1"), [`Content-Encoding: ${coding}`]);
}

/** Responses of every framing, which have the text "hello, world". */
const WHOLE: Readonly<Record<string, string>> = {
  "with a length": reply("hello, world", ["Server: x"]),
  "in chunks": `${head("Transfer-Encoding: chunked")}5\r\nhello\r\n7;a=b\r\n, world\r\n0\r\nA: b\r\n\r\n`,
  "in gzip": codedText("gzip", gzipSync("hello, world")),
  "in br": codedText("br", brotliCompressSync("hello, world")),
  "in zstd": codedText("zstd", zstdCompressSync("hello, world")),
  "after an interim response": `HTTP/1.1 103 Early\r\nA: b\r\n\r\n${reply("hello, world")}`,
};

for (const backEnd of BACK_ENDS) {
  for (const [name, text] of Object.entries(WHOLE)) {
    test(`${backEnd.name}: a response ${name} that is cut at any byte is an error`, async () => {
      await using server = new ScriptedServer((_request, index) => [text.slice(0, index), CLOSE]);
      using client = backEnd.make({ maxClients: 1 });
      for (let at = 0; at < text.length; at++) await assertRejects(() => client.fetch(server.url()), HTTPClientError);
      assertEquals(server.requests.length, text.length);
    });

    test(`${backEnd.name}: a response ${name} after a reset at any byte is an error`, async () => {
      // What a server has not read when it closes makes a reset of the end.
      const cut = (
        _request: unknown,
        index: number,
      ): Step[] => [text.slice(0, index), (stream) => stream.abort(), CLOSE];
      await using server = new ScriptedServer(cut, { answersEarly: true });
      using client = backEnd.make({ maxClients: 1 });
      const options = { method: "POST", body: new Uint8Array(300_000) };
      for (let at = 0; at < text.length; at++) {
        await assertRejects(() => client.fetch(server.url(), options), HTTPClientError);
      }
    });

    test(`${backEnd.name}: a response ${name} may be split at any byte`, async () => {
      await using server = new ScriptedServer((_request, index) => [text.slice(0, index + 1), text.slice(index + 1)]);
      using client = backEnd.make({ maxClients: 1 });
      for (let at = 1; at < text.length; at++) assertEquals((await client.fetch(server.url())).text, "hello, world");
      // Deno's fetch gives a connection up whose response had trailers.
      if (backEnd === SIMPLE) assertEquals(server.connections, 1);
    });
  }

  for (const [coding, compress] of Object.entries(CODINGS)) {
    test(`${backEnd.name}: a body in ${coding} that ends early is an error, at any byte`, async () => {
      const body = new Uint8Array(compress("hello, ".repeat(9) + "world"));
      await using server = new ScriptedServer((_request, index) => coded(coding, body, index + 1));
      using client = backEnd.make({ maxClients: 1 });
      for (let length = 1; length < body.length; length++) {
        await assertRejects(() => client.fetch(server.url()), HTTPClientError);
      }
      assertEquals((await client.fetch(server.url())).text, "hello, ".repeat(9) + "world");
    });
  }
}

test("AsyncHTTPClient: bytes on an idle connection answer no request (GHSA-35p6)", async () => {
  const idle = Promise.withResolvers<void>();
  const sent = Promise.withResolvers<void>();
  await using server = new ScriptedServer(({ connection }) =>
    connection > 0 ? [reply("good")] : [reply("first"), async (stream) => {
      await idle.promise;
      await stream.write(new TextEncoder().encode(reply("smuggled")));
      sent.resolve();
    }, HOLD]
  );
  using client = new AsyncHTTPClient({ forceInstance: true });
  assertEquals((await client.fetch(server.url())).text, "first");
  idle.resolve();
  await sent.promise;
  // The end of the first connection shows that the client has seen the bytes.
  while (server.open > 0) await server.changed();
  assertEquals((await client.fetch(server.url())).text, "good");
  assertEquals(server.connections, 2);
});

test("AsyncHTTPClient: a greeting before the first request is not an answer to the second", async () => {
  await using server = new ScriptedServer(() => [reply("real")], { greeting: reply("greeting") });
  using client = new AsyncHTTPClient({ forceInstance: true });
  const { text } = await client.fetch(server.url());
  assertEquals(["real", "greeting"].includes(text), true);
  assertEquals((await client.fetch(server.url(), { method: "POST", body: "" })).code, 200);
  assertEquals(server.connections, 2);
});

test("AsyncHTTPClient: headers, methods and URLs cannot smuggle lines", async () => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = new AsyncHTTPClient({ forceInstance: true });
  const evil = "a\r\nX-Evil: 1";
  const rows: HTTPRequestOptions[] = [
    { headers: { "X-A": evil } },
    { headers: { [evil]: "a" } },
    { headers: { Host: evil } },
    { userAgent: evil },
    { method: `GET / HTTP/1.1\r\nA: b\r\n`, allowNonstandardMethods: true },
  ];
  for (const options of rows) await assertRejects(() => client.fetch(server.url(), options), Error);
  await client.fetch(`${server.url()}a\r\nX-Evil: 1`);
  assertEquals(server.requests.map(({ headers }) => headers.get("X-Evil")), [null]);
});

test("AsyncHTTPClient: headers cannot change the framing of a request", async () => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = new AsyncHTTPClient({ forceInstance: true });
  await client.fetch(server.url(), { headers: { "Content-Length": "5" } });
  await client.fetch(server.url(), { ...POST, headers: { "Content-Length": "50", "Transfer-Encoding": "chunked" } });
  await client.fetch(server.url(), { method: "POST", body: ["a", "bc"], headers: { "Transfer-Encoding": "gzip" } });
  assertEquals(
    server.requests.map(({ headers, body }) => [headers.get("Content-Length"), headers.get("Transfer-Encoding"), body]),
    [[null, null, ""], ["3", null, "abc"], [null, "chunked", "abc"]],
  );
});
