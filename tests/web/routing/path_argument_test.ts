import { assertEquals } from "@std/assert";
import { urlUnescape, utf8 } from "../../../src/util/escape.ts";
import { decodeGroup } from "../../../src/web/_routing/path_argument.ts";
import { latin1Bytes } from "../../support/bytes.ts";
import { Random } from "../../support/random.ts";
import { test } from "../../support/test.ts";

test("decodeGroup() of plain ASCII is what percent-decoding of its bytes gives", () => {
  const random = new Random(44);
  for (let round = 0; round < 5000; round++) {
    const raw = random.text(["a", "Z", "+", "%", "%41", "%c3", "%C3%A9", "\xe9", "-", "/"], 8);
    const value = decodeGroup(raw);
    const decoded = urlUnescape(latin1Bytes(raw), null, false);
    assertEquals(value === null ? null : utf8(value), decoded, JSON.stringify(raw));
  }
  assertEquals(decodeGroup(undefined), null);
});
