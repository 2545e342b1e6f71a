import { assertEquals } from "@std/assert";
import { groupByTopic, joinMessages, splitMessages } from "../../src/pubsub/_link/joined_messages.ts";
import { test } from "../support/test.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (data: Uint8Array) => new TextDecoder().decode(data);

/** Groups messages that are given as `topic text`, where `+` before a topic says that the history keeps it. */
function grouped(messages: readonly string[], most: number = Infinity): string[] {
  const batch = messages.map((message) => {
    const [topic, text] = message.replace("+", "").split(" ");
    return { topic, data: bytes(text), kept: message.startsWith("+") };
  });
  return groupByTopic(batch, most).map(({ topic, messages }) => `${topic} ${messages.map(textOf).join("")}`);
}

test("groupByTopic() joins the messages of a topic, up to so many bytes", () => {
  assertEquals(grouped(["t a", "u b", "t c", "t d"]), ["t acd", "u b"]);
  assertEquals(grouped(["t a", "u b", "t c", "t d", "u e"], 11), ["t ac", "u be", "t d"]);
  assertEquals(grouped([]), []);
});

test("groupByTopic() leaves what Topics tells of others where it is, and messages for the history alone", () => {
  assertEquals(grouped(["t a", "\x01beat 1", "t b", "\x01beat 2", "t c"]), [
    "t a",
    "\x01beat 1",
    "t b",
    "\x01beat 2",
    "t c",
  ]);
  assertEquals(grouped(["+t a", "+t b", "u c", "u d"]), ["t a", "t b", "u cd"]);
});

test("splitMessages() yields what joinMessages() has joined", () => {
  for (const texts of [["one"], [""], ["one", "", "three"]]) {
    const joined = joinMessages(texts.map(bytes));
    assertEquals(Array.from(splitMessages(joined), textOf), texts);
  }
});
