import { assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import { utf8 } from "../../src/util/escape.ts";
import { decodeXsrfToken, encodeXsrfToken, newXsrfToken, xsrfFormField } from "../../src/web/xsrf.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

test("newXsrfToken() makes 16 random bytes", () => {
  using _clock = new FakeClock({ now: 1700000000.5 });
  const first = newXsrfToken();
  assertEquals([first.token.length, first.version, first.timestamp], [16, null, 1700000000.5]);
  assertNotEquals(first.token, newXsrfToken().token);
});

test("encodeXsrfToken() masks version 2 differently each time, and shows version 1", () => {
  const raw = { version: null, token: new Uint8Array(16).map((_, i) => i), timestamp: 1700000000.9 };
  assertEquals(encodeXsrfToken(raw, 1), "000102030405060708090a0b0c0d0e0f");
  const texts = [encodeXsrfToken(raw, 2), encodeXsrfToken(raw, 2)];
  assertNotEquals(texts[0], texts[1]);
  for (const text of texts) {
    assertMatch(text, /^2\|[0-9a-f]{8}\|[0-9a-f]{32}\|1700000000$/);
    assertEquals(decodeXsrfToken(text), { version: 2, token: raw.token, timestamp: 1700000000 });
  }
  for (const version of [0, 3, NaN]) assertThrows(() => encodeXsrfToken(raw, version), RangeError);
});

test("decodeXsrfToken() reads version 1, in hexadecimal or as it is", () => {
  using _clock = new FakeClock({ now: 5 });
  assertEquals(decodeXsrfToken("00ffAB"), { version: 1, token: new Uint8Array([0, 255, 171]), timestamp: 5 });
  for (const text of ["abc", "xyz", "é", "02|a", "2", "0"]) {
    assertEquals(decodeXsrfToken(text), { version: 1, token: utf8(text), timestamp: 5 });
  }
});

test("decodeXsrfToken() unmasks tokens of any length", () => {
  assertEquals(decodeXsrfToken("2|01020304|0000000000|7")?.token, new Uint8Array([1, 2, 3, 4, 1]));
  assertEquals(decodeXsrfToken("2|01020304||7")?.token, new Uint8Array(0));
});

test("decodeXsrfToken() refuses what is malformed or of another version, and says so for debugging", (t) => {
  const malformed = [
    "2|",
    "2|||",
    "2|01020304|00|7|8",
    "2|01020304|00",
    "2|010203|00|7",
    "2|0102030405|00|7",
    "2|0102030g|00|7",
    "2|01020304|0|7",
    "2|01020304|0z|7",
    "2|01020304|00|",
    "2|01020304|00|x",
    "2|01020304|00|-7",
    "2|01020304|00|7e3",
    "2|01020304|00|999999999999999999999",
    "3|01020304|00|7",
    "1|00",
    "12|x",
    `2|${"0".repeat(100_000)}`,
    `9${"9".repeat(100_000)}|`,
  ];
  for (const text of malformed) assertEquals(decodeXsrfToken(text), null, text.slice(0, 50));
  assertEquals(t.logs.length, malformed.length);
  assertEquals(t.logs.every((record) => record.levelname === "DEBUG" && record.getMessage().length < 200), true);
});

test("xsrfFormField() writes Tornado's markup", () => {
  assertEquals(xsrfFormField("2|a|b|1"), '<input type="hidden" name="_xsrf" value="2|a|b|1"/>');
});
