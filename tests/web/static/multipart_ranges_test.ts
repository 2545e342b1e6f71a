import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { multipartFrame } from "../../../src/web/_static/multipart_ranges.ts";
import { test } from "../../support/test.ts";

test("multipartFrame() frames each range, and knows the length of the whole", () => {
  const content = "0123456789";
  const ranges = [{ start: 0, end: 2 }, { start: 8, end: 10 }];
  const frame = multipartFrame(ranges, "text/plain", 10);
  const boundary = frame.contentType.replace("multipart/byteranges; boundary=", "");
  assertMatch(boundary, /^[0-9a-f]{32}$/);
  const decoder = new TextDecoder();
  const parts = ranges.map(({ start, end }, i) => decoder.decode(frame.heads[i]) + content.slice(start, end));
  const body = parts.join("") + decoder.decode(frame.end);
  assertEquals(
    body,
    `--${boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01` +
      `\r\n--${boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\r\n89` +
      `\r\n--${boundary}--\r\n`,
  );
  assertEquals(frame.length, body.length);
  assertNotEquals(multipartFrame(ranges, "", 10).contentType, frame.contentType);
});

test("multipartFrame() names no type that is not known", () => {
  const frame = multipartFrame([{ start: 0, end: 1 }, { start: 2, end: 3 }], "", 10);
  assertEquals(new TextDecoder().decode(frame.heads[0]).includes("Content-Type"), false);
});
