// The text of events, read by a parser that knows the cases of the web platform tests.
import { assertEquals, assertThrows } from "@std/assert";
import { EventParser } from "../../../src/internal/event_parser.ts";
import { utf8 } from "../../../src/util/escape.ts";
import { eventText, HEARTBEAT, retryText } from "../../../src/web/_event_stream/event_text.ts";
import { Random } from "../../support/random.ts";
import { test } from "../../support/test.ts";

/** What a client makes of a text, in pieces of so many bytes. */
function read(text: string, size = Infinity): unknown[] {
  const parser = new EventParser();
  const bytes = utf8(text);
  const events: unknown[] = [];
  for (let at = 0; at < bytes.length; at += size) events.push(...parser.feed(bytes.subarray(at, at + size)));
  return events;
}

/** What a client gets of a text: every kind of line end is a line feed, and half a character is none. */
function received(data: string): string {
  return data.replace(/\r\n|\r/g, "\n").toWellFormed();
}

test("eventText() keeps every text: empty, with blanks, line ends, colons, NUL, a byte order mark", () => {
  const texts = [
    "",
    " ",
    "  two",
    "\n",
    "\r",
    "\r\n",
    "a\n",
    "\na",
    "a\r\rb",
    ":",
    "data: x",
    "id: 1\n\n",
    "\0",
    "\ufeffa",
    "ü🙂",
  ];
  for (const text of texts) {
    assertEquals(read(eventText(text, {})), [{ event: "message", data: received(text), id: "" }], JSON.stringify(text));
  }
});

test("eventText() makes one event of any text, name and ID, wherever its bytes are cut", () => {
  const random = new Random(15);
  const pieces = [
    "\r",
    "\n",
    "\r\n",
    " ",
    ":",
    "\0",
    "\ufeff",
    "data",
    "id",
    "event:",
    "retry: 1",
    "ü",
    "🙂",
    "\ud83d",
    "x",
  ];
  const text = (most: number) => Array.from({ length: random.below(most) }, () => random.pick(pieces)).join("");
  const name = (most: number) => text(most).replace(/[\r\n\0]/g, "");
  for (let round = 0; round < 2000; round++) {
    const [data, event, id] = [text(20), name(5), name(5)];
    const stream = retryText(1) + HEARTBEAT + eventText(data, { event, id }) + eventText("next", {});
    assertEquals(read(stream, 1 + random.below(9)), [
      { event: received(event) || "message", data: received(data), id: received(id) },
      { event: "message", data: "next", id: received(id) },
    ], JSON.stringify({ data, event, id }));
  }
});

test("eventText() refuses a name or an ID that would end its line, or that clients ignore", () => {
  for (const value of ["a\nb", "a\rdata: x", "a\0"]) {
    assertThrows(() => eventText("", { event: value }), TypeError, "has a line end or a NUL");
    assertThrows(() => eventText("", { id: value }), TypeError, "has a line end or a NUL");
  }
});

test("retryText() has whole milliseconds, as many as browsers count", () => {
  assertEquals([1.2345, 0, 1e9, 1e300, Infinity].map(retryText), [
    "retry: 1235\n\n",
    "retry: 0\n\n",
    ...Array.from({ length: 3 }, () => "retry: 2147483647\n\n"),
  ]);
});
