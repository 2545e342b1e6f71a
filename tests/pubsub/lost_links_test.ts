// Messages that are lost while the links of two processes are down, one after the other, or while one of them ends.
import { assertEquals, assertThrows } from "@std/assert";
import { MemoryHub, Topics } from "../../src/pubsub/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { CutBroker } from "./cut_broker.ts";
import { Recorder } from "./support.ts";

/** A reader of a topic and a publisher, of which the reader has got one message. */
async function twoProcesses(clock: FakeClock) {
  const hub = new MemoryHub();
  const [here, there] = [new CutBroker(hub), new CutBroker(hub)];
  const reader = new Topics({ broker: here });
  const publisher = new Topics({ broker: there });
  const seen = new Recorder();
  reader.subscribe("t", seen);
  await clock.advanceAsync(5);
  publisher.publish("t", "one");
  await clock.advanceAsync(7);
  assertEquals([seen.received, seen.gaps], [["one"], []]);
  return { here, there, reader, publisher, seen };
}

test("Topics tell of a gap when a publisher has ended while the link of the reader was down", async (t) => {
  using clock = new FakeClock();
  for (const ends of ["closed", "killed"]) {
    const { here, there, reader, publisher, seen } = await twoProcesses(clock);
    await using _reader = reader;
    here.cut();
    publisher.publish("t", "lost");
    if (ends === "killed") there.cut();
    await publisher.close();
    await clock.advanceAsync(3);
    here.mend();
    await clock.advanceAsync(30);
    assertEquals([seen.received, seen.gaps.map(({ missed }) => missed)], [["one"], [null]], ends);
    await clock.advanceAsync(600);
    assertEquals(seen.gaps.length, 1, ends);
  }
  t.expectLog("tornado.general", /^Messages of topic t are missing: their number is not known$/);
});

test("Topics tell of a gap when a publisher says goodbye before it has answered", async (t) => {
  using clock = new FakeClock();
  const { here, reader, publisher, seen } = await twoProcesses(clock);
  await using _reader = reader;
  here.cut();
  publisher.publish("t", "lost");
  await clock.advanceAsync(2);
  here.losesOutbound = true;
  here.mend();
  await clock.advanceAsync(6);
  await publisher.close();
  await clock.advanceAsync(1);
  assertEquals(seen.gaps.map(({ missed }) => missed), [null]);
  t.expectLog("tornado.general", /^Messages of topic t are missing/);
});

test("Topics ask a publisher again whose link was down when it was asked", async (t) => {
  using clock = new FakeClock();
  const { here, reader, publisher, seen } = await twoProcesses(clock);
  await using _reader = reader;
  await using _publisher = publisher;
  here.cut();
  publisher.publish("t", "lost");
  await clock.advanceAsync(2);
  here.losesOutbound = true;
  here.mend();
  await clock.advanceAsync(10);
  assertEquals(seen.gaps, []);
  here.losesOutbound = false;
  await clock.advanceAsync(10);
  assertEquals(seen.gaps.map(({ missed }) => missed), [1]);
  publisher.publish("t", "three");
  await clock.advanceAsync(600);
  assertEquals([seen.received, seen.gaps.length], [["one", "three"], 1]);
  t.expectLog("tornado.general", /^Messages of topic t are missing: 1$/);
});

test("Topics tell of no gap when a process ends that has published nothing to miss", async () => {
  using clock = new FakeClock();
  const { here, there, reader, publisher, seen } = await twoProcesses(clock);
  await using _reader = reader;
  await using _publisher = publisher;
  here.cut();
  await clock.advanceAsync(3);
  here.mend();
  await clock.advanceAsync(1);
  there.cut();
  const late = new Recorder();
  reader.subscribe("late", late);
  await clock.advanceAsync(600);
  assertEquals([seen.gaps, late.gaps], [[], []]);
});

test("Topics ask for many topics with long names in messages that a broker takes", async (t) => {
  using clock = new FakeClock();
  const hub = new MemoryHub();
  const [here, there] = [new CutBroker(hub), new CutBroker(hub)];
  await using reader = new Topics({ broker: here });
  await using publisher = new Topics({ broker: there });
  let longest = 0;
  const publish = here.publish.bind(here);
  here.publish = (topic, data) => {
    longest = Math.max(longest, data.length);
    return publish(topic, data);
  };
  const seen = new Recorder();
  const names = Array.from({ length: 500 }, (_, i) => `${i} `.padEnd(2000, "n"));
  for (const name of names) reader.subscribe(name, seen);
  await clock.advanceAsync(5);
  here.cut();
  for (const name of names) publisher.publish(name, "lost");
  await clock.advanceAsync(2);
  here.mend();
  await clock.advanceAsync(7);
  assertEquals([seen.gaps.length, new Set(seen.gaps.map(({ topic }) => topic)).size, longest < 2 ** 18], [
    500,
    500,
    true,
  ]);
  t.expectLog("tornado.general", /are missing: 1$/);
});

test("Topics refuse names that a broker would not take, or would take for others", () => {
  const topics = new Topics();
  const seen = new Recorder();
  const rows: [name: string, reason: string][] = [
    ["\x01sequences", "names that begin with U+0001 are reserved"],
    ["room \ud800", "half of a surrogate pair"],
    ["n".repeat(16_385), "has 16385 characters: 16384 are allowed"],
  ];
  for (const [name, reason] of rows) {
    assertThrows(() => topics.subscribe(name, seen), TypeError, reason);
    assertThrows(() => topics.publish(name, "x"), TypeError, reason);
  }
  for (const name of ["", "room \u{1f600}", "n".repeat(16_384)]) {
    topics.subscribe(name, seen);
    assertEquals(topics.publish(name, "x"), 1);
  }
});
