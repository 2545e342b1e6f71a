// The grammar of event streams (HTML, 9.2.6), in the cases of the web platform tests.
import { assertEquals } from "@std/assert";
import { EventParser } from "../../src/internal/event_parser.ts";
import { test } from "../support/test.ts";

const encoder = new TextEncoder();

type Row = [what: string, text: string, events: [event: string, data: string, id: string][]];

const ROWS: readonly Row[] = [
  ["line ends of all kinds", "data:a\n\ndata:b\r\n\r\ndata:c\r\rdata:d\r\n\n", [
    ["message", "a", ""],
    ["message", "b", ""],
    ["message", "c", ""],
    ["message", "d", ""],
  ]],
  ["a byte order mark, only at the start", "\ufeffdata:a\n\n\ufeffdata:b\n\ndata:c\n\n", [
    ["message", "a", ""],
    ["message", "c", ""],
  ]],
  ["several lines of data", "data:a\ndata\ndata:\ndata: b\n\n", [["message", "a\n\n\nb", ""]]],
  ["one leading blank", "data:  a\n\ndata:\tb\n\n", [["message", " a", ""], ["message", "\tb", ""]]],
  ["empty data", "data\n\ndata:\n\n", [["message", "", ""], ["message", "", ""]]],
  ["no data, no event", "event:x\nid:1\n\ndata:a\n\n", [["message", "a", "1"]]],
  ["names of events", "event:x\ndata:a\n\ndata:b\n\nevent:\ndata:c\n\n", [
    ["x", "a", ""],
    ["message", "b", ""],
    ["message", "c", ""],
  ]],
  ["identifiers last", "id:1\ndata:a\n\ndata:b\n\nid\ndata:c\n\nid:2\0\ndata:d\n\n", [
    ["message", "a", "1"],
    ["message", "b", "1"],
    ["message", "c", ""],
    ["message", "d", ""],
  ]],
  ["comments and unknown fields", ":data:x\ndata:a\nDATA:b\ndata :c\nfoo\n:\n\n", [["message", "a", ""]]],
  ["an event without an end", "data:a\n\ndata:b\n", [["message", "a", ""]]],
  ["text beyond ASCII", "data:ok…ü€🙂\n\n", [["message", "ok…ü€🙂", ""]]],
];

function parse(pieces: Uint8Array[]): [string, string, string][] {
  const parser = new EventParser();
  return pieces.flatMap((piece) => parser.feed(piece)).map(({ event, data, id }) => [event, data, id]);
}

for (const [what, text, events] of ROWS) {
  test(`EventParser: ${what}`, () => {
    const bytes = encoder.encode(text);
    assertEquals(parse([bytes]), events);
    assertEquals(parse(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))), events, "byte by byte");
    for (let at = 0; at <= bytes.length; at++) assertEquals(parse([bytes.subarray(0, at), bytes.subarray(at)]), events);
  });
}

test("EventParser takes digits for retry, and counts comments", () => {
  const parser = new EventParser();
  parser.feed(encoder.encode("retry:1500\nretry:x\nretry:-1\nretry: 20 0\n:\n: hi\n"));
  assertEquals([parser.retry, parser.comments], [1.5, 2]);
});
