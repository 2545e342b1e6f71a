import { assert, assertEquals, assertThrows } from "@std/assert";
import { FakeClock } from "../../../src/testing/mod.ts";
import { StreamLog, type StreamLogEntry, StreamLogs } from "../../../src/web/mod.ts";
import { assertLinear } from "../../support/assert_linear.ts";
import { Random } from "../../support/random.ts";
import { test } from "../../support/test.ts";

/** The texts of a log from a position, gaps as `gap`. */
async function texts(log: StreamLog, after: string | null = null): Promise<string[]> {
  return (await Array.fromAsync(log.read(after))).map(({ event, data }) => event === "gap" ? "gap" : data);
}

test("StreamLog.read() waits for the producer, and ends with it", async () => {
  const log = new StreamLog();
  const reading = texts(log);
  log.append("a");
  await Promise.resolve();
  log.append({ b: 1 }, { event: "json" });
  log.append(new TextEncoder().encode("ü"));
  log.finish();
  log.finish();
  log.fail();
  assertEquals(await reading, ["a", '{"b":1}', "ü", "finished"]);
  assertEquals([log.state, log.length, log.readers], ["finished", 4, 0]);
  assertThrows(() => log.append("late"), Error, "it has finished");
});

test("StreamLog.read() that is given up no longer follows the log", async () => {
  const log = new StreamLog();
  log.append("a");
  for await (const { data } of log.read()) {
    assertEquals([data, log.readers], ["a", 1]);
    break;
  }
  assertEquals(log.readers, 0);
});

test("StreamLog has no more of large entries in memory than it keeps", async () => {
  const url = new URL("../../../src/web/stream_log.ts", import.meta.url).href;
  const code = `import { StreamLog } from ${JSON.stringify(url)};
const log = new StreamLog({ bytes: 2 ** 20 });
for (let i = 0; i < 200; i++) log.append(String(i % 10).repeat(2 ** 20));
console.log(log.length, (await log.read().next()).value.event);`;
  const args = ["eval", "--no-lock", "--v8-flags=--max-old-space-size=80", code];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "null" }).output();
  assertEquals(new TextDecoder().decode(stdout), "200 gap\n");
});

test("StreamLog goes on from every position, tells a gap, and knows the positions of another log", async () => {
  const log = new StreamLog({ size: 2 });
  const ids = ["a", "b", "c"].map((text) => log.append(text));
  log.stop();
  assertEquals(log.signal.aborted, true);
  // Kept are c and the end.
  assertEquals(await texts(log, ids[2]), ["stopped"]);
  assertEquals(await texts(log, ids[1]), ["c", "stopped"]);
  for (const after of [ids[0], null, "", "x", `${"0".repeat(16)}-2`, `${log.epoch}-5`, `${log.epoch}-1e0`]) {
    assertEquals(await texts(log, after), ["gap", "c", "stopped"], String(after));
  }
  assertEquals(await texts(log, `${log.epoch}-4`), []);
  const [gap] = await Array.fromAsync(log.read());
  assertEquals(gap, { id: ids[1], event: "gap", data: JSON.stringify({ next: ids[2] }) });
});

test("StreamLog tells a reader that is too slow of the gap, once, and sends what is left", async () => {
  const log = new StreamLog({ bytes: 1000 });
  const events: StreamLogEntry[] = [];
  const reading = log.read();
  log.append("first");
  events.push((await reading.next()).value ?? { id: "", event: "", data: "" });
  for (let i = 0; i < 100; i++) log.append(`entry ${i}`);
  assert(log.bytes <= 1000, String(log.bytes));
  log.finish();
  for await (const entry of reading) events.push(entry);
  const numbers = events.map(({ id }) => Number(id.split("-")[1]));
  assertEquals(events.map(({ event }) => event).filter((event) => event === "gap").length, 1);
  assertEquals(events.slice(0, 2).map(({ event }) => event), ["message", "gap"]);
  assertEquals(numbers.slice(2), numbers.slice(2).map((_, i) => (numbers[1] ?? 0) + 1 + i));
  assertEquals(events.at(-1)?.data, "finished");
});

test("StreamLog.follow() yields pieces that are cut at any event, and together are the whole", () => {
  const random = new Random(7);
  for (let round = 0; round < 200; round++) {
    const log = new StreamLog({ size: 50 });
    const expected: string[] = [];
    let got = "";
    let woken = 0;
    let reader = log.follow(null, () => woken++);
    for (let i = 0; i < 40; i++) {
      expected.push(`${log.append(`token ${i}`)} token ${i}`);
      if (random.below(3) > 0) got += reader.read(1 + random.below(100));
      if (random.below(5) > 0) continue;
      reader.close();
      const last = [...got.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? null;
      reader = log.follow(last, () => woken++);
    }
    log.finish();
    expected.push(`${log.epoch}-41 finished`);
    while (!reader.atEnd) got += reader.read(100);
    const events = [...got.matchAll(/id: (.*)\ndata: (.*)\n/g)].map(([, id, data]) => `${id} ${data}`);
    assertEquals([events, woken], [expected, 41], `round ${round}`);
  }
});

test("StreamLog drops its oldest entries in linear time", () => {
  assertLinear((n) => n, (n) => {
    const log = new StreamLog({ size: 5000 });
    for (let i = 0; i < n; i++) log.append("x");
  });
});

test("StreamLog refuses limits of nothing, and names with a line end", () => {
  assertThrows(() => new StreamLog({ size: 0 }), RangeError);
  assertThrows(() => new StreamLog({ bytes: NaN }), RangeError);
  assertThrows(() => new StreamLog().append("", { event: "a\nb" }), TypeError);
});

test("StreamLogs keeps a log for its time after the end, whether or not it has readers", async () => {
  using clock = new FakeClock();
  using logs = new StreamLogs({ ttl: 10 });
  const go = Promise.withResolvers<void>();
  const log = logs.start("a", async (log) => {
    await go.promise;
    log.append("x");
  });
  await clock.advance(1000);
  assertEquals(logs.get("a"), log);
  assertThrows(() => logs.start("a", () => {}), Error, 'Cannot start the stream log "a": it is open');
  go.resolve();
  assertEquals(await texts(log), ["x", "finished"]);
  await clock.advance(9);
  assertEquals(logs.get("a"), log);
  await clock.advance(2);
  assertEquals([logs.get("a"), logs.size], [null, 0]);
});

test("StreamLogs: a producer that fails is logged, one that was stopped may throw what it likes", async (t) => {
  t.expectLog("tornado.application", /^The producer of the stream log bad has failed/);
  using logs = new StreamLogs();
  const bad = logs.start("bad", () => {
    throw new Error("no model");
  });
  assertEquals(await texts(bad), ["failed"]);
  const thrown = Promise.withResolvers<unknown>();
  const stopped = logs.start("stopped", async (log) => {
    await new Promise((resolve) => log.signal.addEventListener("abort", resolve));
    try {
      log.append("late");
    } catch (error) {
      thrown.resolve(error);
      throw new Error("anything");
    }
  });
  stopped.stop();
  assertEquals(await texts(stopped), ["stopped"]);
  assertEquals(await thrown.promise, stopped.signal.reason);
});

test("StreamLogs makes room by dropping what ended first, and refuses one open log too many", async () => {
  using logs = new StreamLogs({ maxLogs: 2 });
  const forever = () => new Promise<void>(() => {});
  assertEquals(await texts(logs.start("a", () => {})), ["finished"]);
  logs.start("b", forever);
  logs.start("c", forever);
  assertEquals([logs.get("a"), logs.size], [null, 2]);
  assertThrows(() => logs.start("d", () => {}), Error, "2 logs are open");
  const reading = texts(logs.get("b") ?? new StreamLog());
  logs[Symbol.dispose]();
  assertEquals([await reading, logs.size], [["stopped"], 0]);
});
