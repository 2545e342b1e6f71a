import { assert, assertEquals, assertThrows } from "@std/assert";
import { HTTPInputError } from "../../../src/http/httputil.ts";
import { ChunkedDecoder } from "../../../src/http/_http1/chunked_decoder.ts";
import { ByteBuffer } from "../../../src/internal/byte_buffer.ts";
import { test } from "../../support/test.ts";

const MAX_BODY = 20;
const MAX_TRAILER = 30;

/** Decodes text that comes in pieces of a size; the payload, and what is left of the text behind the body. */
function decode(
  text: string,
  size: number,
  lend = false,
  most = 100,
): { payload: string; rest: string; done: boolean } {
  const decoder = new ChunkedDecoder(MAX_TRAILER);
  const buffer = new ByteBuffer();
  let payload = "";
  for (let at = 0; at < text.length; at += size) {
    buffer.append(new TextEncoder().encode(text.slice(at, at + size)));
    while (!decoder.done && buffer.length > 0) {
      const decoded = decoder.decode(buffer, MAX_BODY, most, lend);
      if (decoded === null) continue;
      assert(decoded.length <= most);
      payload += new TextDecoder().decode(decoded);
      if (lend) buffer.start += decoder.taken;
    }
  }
  return { payload, rest: new TextDecoder().decode(buffer.take(buffer.length)), done: decoder.done };
}

function statusOf(text: string, size: number): number {
  return assertThrows(() => decode(text, size), HTTPInputError).statusCode;
}

test("ChunkedDecoder gives the payload, however the body is cut, and leaves what comes behind it", () => {
  const bodies: [string, string][] = [
    ["0\r\n\r\n", ""],
    ["5\r\nhello\r\n0\r\n\r\n", "hello"],
    ["5\r\nhello\r\n00A\r\n, world.\r\n\r\n0\r\n\r\n", "hello, world.\r\n"],
    ["5;a=b\r\nhello\r\n0 ;c\r\n\r\n", "hello"],
    ["1\r\na\r\n1\r\nb\r\n0\r\nX: y\r\nZ:\r\n\r\n", "ab"],
  ];
  for (const [body, payload] of bodies) {
    for (const size of [1, 2, 3, 7, 100]) {
      for (const lend of [false, true]) {
        for (const most of [1, 4, 100]) {
          assertEquals(
            decode(`${body}GET`, size, lend, most),
            { payload, rest: "GET", done: true },
            `${body} in ${size}`,
          );
        }
      }
    }
  }
});

test("ChunkedDecoder refuses what is malformed", () => {
  const bodies = [
    "\r\n",
    "g\r\n",
    "-1\r\n",
    "+1\r\n",
    "0x1\r\n",
    " 1\r\n",
    "1 2\r\n",
    "1\n",
    "1\rx",
    "1;\n",
    "1;\x00\r\n",
    "1\r\naX\n",
    "1\r\na\n",
    "1\r\na\rX",
    "1\r\nab",
    "0\r\nX\r\n",
    "0\r\n: y\r\n",
    "0\r\nX : y\r\n",
    "0\r\nX: \x00\r\n",
    "0\r\nX: y\n",
    "0\r\nX: y\rz",
    "0\r\n\rx",
    `${"0".repeat(65)}\r\n`,
    `1;${"a".repeat(16385)}\r\n`,
  ];
  for (const body of bodies) {
    for (const size of [1, 100_000]) assertEquals(statusOf(body, size), 400, JSON.stringify(body));
  }
});

test("ChunkedDecoder adds chunks and trailers up to their limits", () => {
  const chunk = "8\r\n12345678\r\n";
  // The CR of a line counts, its LF does not.
  const trailer = (length: number) => `0\r\nX:${"y".repeat(length - "X:\r".length)}\r\n\r\n`;
  for (const size of [1, 100]) {
    assertEquals(decode(`${chunk}${chunk}4\r\n1234\r\n0\r\n\r\n`, size).done, true);
    assertEquals(statusOf(`${chunk}${chunk}5\r\n`, size), 413);
    assertEquals(statusOf("fffffffffffffffff\r\n", size), 413);
    assertEquals(decode(trailer(MAX_TRAILER), size).done, true);
    assertEquals(statusOf(trailer(MAX_TRAILER + 1), size), 431);
  }
});

test("ChunkedDecoder gives pieces of at most so many bytes, and the end with the last of them", () => {
  const decoder = new ChunkedDecoder(MAX_TRAILER);
  const buffer = new ByteBuffer();
  buffer.append(new TextEncoder().encode("5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n"));
  const pieces: [string, boolean][] = [];
  while (!decoder.done) {
    const piece = decoder.decode(buffer, MAX_BODY, 4);
    pieces.push([new TextDecoder().decode(piece ?? new Uint8Array()), decoder.done]);
  }
  assertEquals(pieces, [["hell", false], ["oyou", true]]);
});

test("ChunkedDecoder keeps little more memory than there is payload", () => {
  const decoder = new ChunkedDecoder(MAX_TRAILER);
  const buffer = new ByteBuffer();
  buffer.append(new TextEncoder().encode(`${"0".repeat(40)}1\r\nx\r\n`.repeat(10)));
  const payload = decoder.decode(buffer, MAX_BODY, 1000);
  assertEquals([payload?.length, payload?.buffer.byteLength], [10, 10]);
});
