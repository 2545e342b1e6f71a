import { assertEquals } from "@std/assert";
import { latin1Bytes } from "../support/bytes.ts";
import { outcomeOf } from "../support/request_outcome.ts";
import { fuzzSeed, fuzzTimes, mutateText } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

const SEEDS = [
  "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "GET /a/b?c=d&e=%20 HTTP/1.1\r\nHost: localhost:8888\r\nAccept: */*\r\nUser-Agent: x/1.0\r\nCookie: a=b; c=d\r\n\r\n",
  "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
  "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n06\r\n world\r\n0\r\nX-T: v\r\n\r\n",
  "PUT http://localhost/x HTTP/1.0\r\nConnection: keep-alive, foo\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n",
  "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\nX: \xe9\t y\r\n\r\n",
];
const PIECES = [
  "\r\n",
  "\n",
  "\r",
  " ",
  "\t",
  ":",
  ",",
  ";",
  "\0",
  "\x7f",
  "\x80",
  "0",
  "ffffffff",
  "chunked",
  "Content-Length: 4\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Host: b\r\n",
  "HTTP/1.1",
  "GET ",
  "\r\n\r\n",
  "a".repeat(80),
  "#",
  "%",
  "-1",
  "close",
];

test("HTTP/1 parsers turn any bytes into a request, a documented error or a wait, however they are split", () => {
  const random = new Random(fuzzSeed());
  const counts: Record<string, number> = {};
  for (let round = fuzzTimes(20_000); round > 0; round--) {
    const text = mutateText(random, random.pick(SEEDS), { pieces: PIECES, others: SEEDS, most: 4 });
    const bytes = latin1Bytes(text);
    const whole = outcomeOf([bytes]);
    counts[whole.kind] = (counts[whole.kind] ?? 0) + 1;
    const first = random.below(bytes.length);
    const second = first + random.below(bytes.length - first);
    const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
    assertEquals(outcomeOf(pieces), whole, JSON.stringify(text));
    if (round % 50 === 0) {
      assertEquals(outcomeOf(Array.from(bytes, (byte) => Uint8Array.of(byte))), whole, JSON.stringify(text));
    }
  }
  // The mutations must reach every kind of outcome, or they prove nothing.
  assertEquals(Object.keys(counts).sort(), ["error", "more", "request"]);
});
