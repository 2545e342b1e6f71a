import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ByteBuffer } from "../../../src/internal/byte_buffer.ts";
import { CHUNKED, UNTIL_CLOSE } from "../../../src/http/_http1/framing.ts";
import { ResponseHeadParser } from "../../../src/http/_http1/response_head.ts";
import { HTTPInputError } from "../../../src/http/httputil.ts";
import { readResponseHead } from "../../../src/http/internal.ts";
import { StreamClosedError } from "../../../src/net/iostream.ts";
import { latin1, latin1Bytes } from "../../support/bytes.ts";
import { PAIRS } from "../../support/stream_pairs.ts";
import { test } from "../../support/test.ts";

const MAX = 65536;

function parse(text: string, maxSize = MAX): ResponseHeadParser | null {
  return parsePieces([text], maxSize);
}

function parsePieces(pieces: Iterable<string>, maxSize = MAX): ResponseHeadParser | null {
  const buffer = new ByteBuffer();
  const parser = new ResponseHeadParser();
  for (const piece of pieces) {
    buffer.append(latin1Bytes(piece));
    if (parser.parse(buffer.bytes, buffer.start, buffer.end, maxSize)) return parser;
  }
  return null;
}

/** All that a parser tells, or the message of its error, as one value. */
function outcome(pieces: Iterable<string>, maxSize = MAX): unknown {
  try {
    const head = parsePieces(pieces, maxSize);
    if (head === null) return "more";
    const { code, reason, minor, length, keepAlive } = head;
    return {
      code,
      reason,
      minor,
      length,
      keepAlive,
      body: head.bodyLength(false),
      headers: [...head.headers().getAll()],
    };
  } catch (error) {
    if (error instanceof HTTPInputError) return error.message;
    throw error;
  }
}

function lengthOf(fields: string, isHead = false, status = "200 OK", version = "1.1"): number | undefined {
  return parse(`HTTP/${version} ${status}\r\n${fields}\r\n`)?.bodyLength(isHead);
}

test("ResponseHeadParser reads the status line, the fields and the length of the head", () => {
  const text = "HTTP/1.1 404 Not  Found\xe9\r\nServer: x\r\nX-A:  v \t\r\nx-a: w\r\n\r\n";
  const head = parse(`${text}body`);
  assertEquals([head?.code, head?.reason, head?.minor, head?.length], [404, "Not  Found\xe9", 1, text.length]);
  assertEquals(head?.startLine.toString(), "HTTP/1.1 404 Not  Found\xe9");
  assertEquals([...head?.headers().getAll() ?? []], [["Server", "x"], ["X-A", "v"], ["X-A", "w"]]);
});

test("ResponseHeadParser takes an empty reason, with and without the space before it", () => {
  assertEquals(parse("HTTP/1.1 200 \r\n\r\n")?.reason, "");
  assertEquals(parse("HTTP/1.0 200\r\n\r\n")?.reason, "");
  assertEquals(parse("HTTP/1.0 200\r\n\r\n")?.startLine.version, "HTTP/1.0");
});

test("ResponseHeadParser refuses what is malformed", () => {
  for (
    const text of [
      "\r\nHTTP/1.1 200 OK\r\n\r\n",
      "http/1.1 200 OK\r\n\r\n",
      "HTTP/2.0 200 OK\r\n\r\n",
      "HTTP/1.x 200 OK\r\n\r\n",
      "HTTP/1.1  200 OK\r\n\r\n",
      "HTTP/1.1 20 OK\r\n\r\n",
      "HTTP/1.1 2000 OK\r\n\r\n",
      "HTTP/1.1 099 OK\r\n\r\n",
      "HTTP/1.1 +20 OK\r\n\r\n",
      "HTTP/1.1 200\tOK\r\n\r\n",
      "HTTP/1.1 200 O\x00K\r\n\r\n",
      "HTTP/1.1 200 OK\n\r\n",
      "HTTP/1.1 200 OK\rX\r\n\r\n",
      "HTTP/1.1 200\n\r\n",
      "HTTP/1.1 200 OK\r\n fold: first\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX : y\r\n\r\n",
      "HTTP/1.1 200 OK\r\n: y\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: \x7f\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: y\n\r\n",
      "HTTP/1.1 200 OK\r\nX: y\r\n\rz",
      "SSH-2.0-OpenSSH_9.2\r\n",
    ]
  ) {
    assertThrows(() => parse(text), HTTPInputError, "", JSON.stringify(text));
  }
});

test("ResponseHeadParser joins folded values, also for the fields that frame the message", () => {
  const head = parse(
    "HTTP/1.1 200 OK\r\nX-A:\r\n  one\r\n\ttwo\r\nContent-Length:\r\n 12\r\nConnection: a,\r\n close\r\n\r\n",
  );
  assertEquals(head?.headers().get("X-A")?.replace(/\s+/g, " "), "one two");
  assertEquals([head?.bodyLength(false), head?.keepAlive], [12, false]);
  assertThrows(() => lengthOf("Content-Length: 1\r\n 2\r\n"), HTTPInputError);
});

test("ResponseHeadParser holds a head to its limit", () => {
  const text = "HTTP/1.1 200 OK\r\nX: y\r\n\r\n";
  assertEquals(parse(text, text.length)?.code, 200);
  assertThrows(() => parse(text, text.length - 1), HTTPInputError, "larger than 24 bytes");
  assertThrows(() => parse(`HTTP/1.1 200 ${"a".repeat(100)}`, 50), HTTPInputError, "larger than 50 bytes");
  assertEquals(parse(`HTTP/1.1 200 ${"a".repeat(30)}`, 50), null);
});

test("ResponseHeadParser tells where the body ends", () => {
  assertEquals(lengthOf("Content-Length: 42\r\n"), 42);
  assertEquals(lengthOf("Content-Length: 42\r\nContent-Length: 42\r\n"), 42);
  assertEquals(lengthOf("Transfer-Encoding: Chunked\r\n"), CHUNKED);
  assertEquals(lengthOf(""), UNTIL_CLOSE);
  assertEquals(lengthOf("Content-Length: 42\r\n", true), 0);
  for (const status of ["204 No Content", "304 Not Modified", "101 Switching Protocols"]) {
    assertEquals(lengthOf("Content-Length: 42\r\nTransfer-Encoding: chunked\r\n", false, status), 0);
  }
  for (
    const fields of [
      "Content-Length: 1\r\nContent-Length: 2\r\n",
      "Content-Length: 1, 1\r\n",
      "Content-Length: -1\r\n",
      "Content-Length:\r\n",
      "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: gzip, chunked\r\n",
      "Transfer-Encoding: identity\r\n",
    ]
  ) {
    assertThrows(() => lengthOf(fields), HTTPInputError, "", fields);
  }
  assertThrows(() => lengthOf("Transfer-Encoding: chunked\r\n", false, "200 OK", "1.0"), HTTPInputError);
});

test("ResponseHeadParser tells whether the connection stays open", () => {
  const keepAlive = (version: string, connection: string) =>
    parse(`HTTP/${version} 200 OK\r\nConnection: ${connection}\r\n\r\n`)?.keepAlive;
  assertEquals([keepAlive("1.1", ""), keepAlive("1.1", "x, CLOSE"), keepAlive("1.1", "keep-alive")], [
    true,
    false,
    true,
  ]);
  assertEquals([keepAlive("1.0", ""), keepAlive("1.0", "Keep-Alive"), keepAlive("1.0", "close")], [false, true, false]);
});

test("ResponseHeadParser gives the same outcome wherever the bytes are split", () => {
  for (
    const text of [
      "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length:  12 \r\nX-A: 1\r\n 2\r\n\r\nbody",
      "HTTP/1.0 301\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: a,\r\n\tclose\r\n\r\n",
      "HTTP/1.1 2x0 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: a\rb",
    ]
  ) {
    const whole = outcome([text]);
    for (let at = 0; at <= text.length; at++) {
      assertEquals(outcome([text.slice(0, at), text.slice(at)]), whole, `split at ${at}`);
    }
    assertEquals(outcome(text), whole);
  }
});

test("ResponseHeadParser can be used again, and skips a bounded number of interim responses", () => {
  const buffer = new ByteBuffer();
  buffer.append(latin1Bytes("HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\nHTTP/1.1 101 Go\r\n\r\n"));
  const parser = new ResponseHeadParser();
  assertEquals(parser.parse(buffer.bytes, buffer.start, buffer.end, MAX), true);
  assertEquals(parser.skipInterim(), true);
  buffer.start += parser.length;
  assertEquals(parser.parse(buffer.bytes, buffer.start, buffer.end, MAX), true);
  assertEquals([parser.skipInterim(), parser.code, parser.keepAlive], [false, 101, true]);

  const interim = parse("HTTP/1.1 103 Early Hints\r\n\r\n");
  assertThrows(() => {
    for (let n = 0; n < 100; n++) interim?.skipInterim();
  }, HTTPInputError);
});

test("readResponseHead() leaves what follows the head in the stream", async () => {
  using pair = await PAIRS.tcp();
  const reading = readResponseHead(pair.near, MAX);
  pair.far.send("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nX-A: b\r\n\r\nbody");
  const head = await reading;
  assertEquals([head.code, head.headers().get("X-A")], [200, "b"]);
  assertEquals(latin1(await pair.near.readBytes(4)), "body");
});

test("readResponseHead() rejects what is malformed, and leaves the stream open", async () => {
  using pair = await PAIRS.tcp();
  pair.far.send("HTTP/1.1 200 OK\nX: y\n\n");
  await assertRejects(() => readResponseHead(pair.near, MAX), HTTPInputError);
  assertEquals(pair.near.closed(), false);
});

test("readResponseHead() rejects when the stream closes before the head is complete", async () => {
  using pair = await PAIRS.tcp();
  pair.far.send("HTTP/1.1 200 OK\r\n");
  pair.far.closeWhenWritten();
  await assertRejects(() => readResponseHead(pair.near, MAX), StreamClosedError);
});
