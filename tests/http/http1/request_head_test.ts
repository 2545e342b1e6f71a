import { assertEquals, assertThrows } from "@std/assert";
import { ByteBuffer } from "../../../src/internal/byte_buffer.ts";
import { RequestHeadParser } from "../../../src/http/_http1/request_head.ts";
import { HTTPInputError } from "../../../src/http/httputil.ts";
import { latin1Bytes } from "../../support/bytes.ts";
import { test } from "../../support/test.ts";
import { type Outcome, outcomeOf } from "../../support/request_outcome.ts";

function parse(text: string, maxSize = 65536): RequestHeadParser | null {
  const buffer = new ByteBuffer();
  buffer.append(latin1Bytes(text));
  const parser = new RequestHeadParser();
  return parser.parse(buffer.bytes, buffer.start, buffer.end, maxSize) ? parser : null;
}

function statusOf(text: string, maxSize?: number): number {
  return assertThrows(() => parse(text, maxSize), HTTPInputError).statusCode;
}

test("RequestHeadParser reads the line, the fields and the length of the head", () => {
  const parser = parse("GET /a?b=c HTTP/1.1\r\nHost: x:8888\r\nX-A:  v \t\r\n\r\nbody");
  assertEquals(parser?.method, "GET");
  assertEquals(parser?.target, "/a?b=c");
  assertEquals(parser?.minor, 1);
  assertEquals(parser?.block, "Host: x:8888\r\nX-A:  v \t\r\n");
  assertEquals(parser?.length, "GET /a?b=c HTTP/1.1\r\nHost: x:8888\r\nX-A:  v \t\r\n\r\n".length);
  assertEquals(parser?.fields.contentLength, -1);
});

test("RequestHeadParser can be used again after reset", () => {
  const buffer = new ByteBuffer();
  const parser = new RequestHeadParser();
  buffer.append(
    new TextEncoder().encode("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"),
  );
  assertEquals(parser.parse(buffer.bytes, buffer.start, buffer.end, 1000), true);
  assertEquals([parser.fields.contentLength, parser.fields.close], [5, true]);
  buffer.start = buffer.end;
  buffer.append(new TextEncoder().encode("DELETE /x HTTP/1.0\r\n\r\n"));
  parser.reset();
  assertEquals(parser.parse(buffer.bytes, buffer.start, buffer.end, 1000), true);
  assertEquals([parser.method, parser.minor, parser.block], ["DELETE", 0, ""]);
  assertEquals([parser.fields.contentLength, parser.fields.close], [-1, false]);
});

test("RequestHeadParser ignores one empty line before the request and refuses two", () => {
  assertEquals(parse("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")?.method, "GET");
  assertEquals(statusOf("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  assertEquals(statusOf("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
});

test("RequestHeadParser takes 1000 fields, and answers one more with 431", () => {
  const head = (count: number) => `GET / HTTP/1.1\r\nHost: a\r\n${"a:b\r\n".repeat(count - 1)}\r\n`;
  assertEquals(parse(head(1000))?.minor, 1);
  assertEquals(statusOf(head(1001)), 431);
  // The count restarts with the next head.
  const parser = new RequestHeadParser();
  for (let n = 0; n < 2; n++) {
    const buffer = new ByteBuffer();
    buffer.append(latin1Bytes(head(1000)));
    assertEquals(parser.parse(buffer.bytes, buffer.start, buffer.end, 65536), true);
    parser.reset();
  }
});

test("RequestHeadParser takes no notice of Expect in HTTP/1.0 (RFC 9110, section 10.1.1)", () => {
  const head = (version: string, value: string) => `POST / HTTP/${version}\r\nHost: a\r\nExpect: ${value}\r\n\r\n`;
  assertEquals(parse(head("1.1", "100-continue"))?.fields.expectContinue, true);
  assertEquals(parse(head("1.0", "100-continue"))?.fields.expectContinue, false);
  assertEquals(statusOf(head("1.1", "200-maybe")), 417);
  assertEquals(parse(head("1.0", "200-maybe"))?.fields.expectContinue, false);
});

test("RequestHeadParser says what is wrong by the status", () => {
  const cases: [string, number][] = [
    ["GET / HTTP/2.0\r\n\r\n", 505],
    ["GET / HTTP/0.9\r\n\r\n", 505],
    ["GET / http/1.1\r\n\r\n", 400],
    ["GET /\r\n\r\n", 400],
    ["GET  / HTTP/1.1\r\n\r\n", 400],
    ["GET / HTTP/1.1\n\r\n", 400],
    ["GET / HTTP/1.1x\nHost: a\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\rX\r\n\r\n", 400],
    ["G(T / HTTP/1.1\r\n\r\n", 400],
    [`${"A".repeat(65)} / HTTP/1.1\r\n\r\n`, 501],
    ["GET /\x7f HTTP/1.1\r\n\r\n", 400],
    ["GET /\xe9 HTTP/1.1\r\n\r\n", 400],
    ["GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET http://:80/ HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ['GET http://a"b/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ["GET http://[::1/ HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET http://a:b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501],
    ["GET / HTTP/1.1\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\n fold\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: pigeons\r\n\r\n", 501],
    ["GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501],
    ["GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n", 400],
    ["GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\n\r\n", 417],
    ["GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, cake\r\n\r\n", 417],
  ];
  for (const [text, status] of cases) assertEquals(statusOf(text), status, JSON.stringify(text));
});

test("RequestHeadParser accepts the forms of a target that RFC 9112 names", () => {
  assertEquals(parse("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")?.target, "*");
  assertEquals(parse("GET HTTP://a:1/b?c HTTP/1.1\r\nHost: a\r\n\r\n")?.target, "HTTP://a:1/b?c");
  assertEquals(parse("GET /a:b@c HTTP/1.1\r\nHost: a\r\n\r\n")?.target, "/a:b@c");
});

test("RequestHeadParser answers a long line with 414 and long fields with 431", () => {
  assertEquals(statusOf(`GET /${"a".repeat(200)}`, 100), 414);
  assertEquals(statusOf(`GET / HTTP/1.1\r\nHost: ${"a".repeat(200)}`, 100), 431);
  assertEquals(statusOf(`GET / HTTP/1.1\r\n${"a:b\r\n".repeat(30)}\r\n`, 100), 431);
});

test("FramingFields accepts the valid forms of Host and Content-Length", () => {
  for (
    const host of ["", "a", "a.b:80", "a:", "[::1]", "[::1]:80", "[v1.a:b]", "a_b", "%41b", "a,b", "a~1.!$&'()*+;="]
  ) {
    assertEquals(parse(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)?.method, "GET", host);
  }
  for (
    const host of [
      "a b",
      "a/b",
      "a@b",
      "a?b",
      "%zz",
      "%4",
      "[::1",
      "[]",
      "[zz]",
      "[v1]",
      "[::1]x",
      "a:b",
      "a:1:2",
      "\xe9",
    ]
  ) {
    assertEquals(statusOf(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`), 400, host);
  }
  const length = (value: string) =>
    parse(`GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ${value}\r\n\r\n`)?.fields.contentLength;
  assertEquals(length("0005"), 5);
  assertEquals(length("5\r\ncontent-length: 5"), 5);
  assertEquals(length("18446744073709551621"), Number.MAX_SAFE_INTEGER);
  assertEquals(length("0".repeat(30) + "7"), 7);
});

test("FramingFields reads Connection as a list over all its lines", () => {
  const fields = (lines: string) => parse(`GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`)?.fields;
  assertEquals(fields("Connection: foo, Close\r\n")?.close, true);
  assertEquals(fields("Connection: foo\r\nconnection:\tclose\t\r\n")?.close, true);
  assertEquals(fields("Connection: xclose, closed\r\n")?.close, false);
  assertEquals(fields("Connection: keep-alive , close\r\n")?.keepAlive, true);
  assertEquals(fields("Connection: ,\r\n")?.keepAlive, false);
});

test("FramingFields reads Expect as a list over all its lines", () => {
  const expects = (lines: string) => parse(`GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`)?.fields.expectContinue;
  assertEquals(expects("Expect: 100-Continue\r\n"), true);
  assertEquals(expects("Expect: 100-continue , 100-continue\r\nexpect: ,100-continue\r\n"), true);
  assertEquals(expects("Expect:\r\n"), false);
  assertEquals(expects("Expect: , \r\n"), false);
});

test("RequestHeadParser and ChunkedDecoder give the same outcome wherever the bytes are split", () => {
  const texts = [
    'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a="b"\r\nhello\r\n0\r\nX: y\r\n\r\n',
    "\r\nPUT /x HTTP/1.0\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\nwxyz",
    "GET / HTTP/1.1\r\nHost: a\r\nBad Header: 1\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello",
    `GET /${"a".repeat(300)} HTTP/1.1\r\n\r\n`,
  ];
  for (const text of texts) {
    const bytes = new TextEncoder().encode(text);
    const whole: Outcome = outcomeOf([bytes]);
    for (let at = 1; at < bytes.length; at++) {
      assertEquals(outcomeOf([bytes.subarray(0, at), bytes.subarray(at)]), whole, `${JSON.stringify(text)} at ${at}`);
    }
    assertEquals(outcomeOf(Array.from(bytes, (byte) => Uint8Array.of(byte))), whole);
  }
});
