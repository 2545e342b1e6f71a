import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { Dashboard, type News } from "../../examples/dashboard/dashboard.ts";
import { type Figures, type Gauges, History, MAX_HISTORY, Meter } from "../../examples/dashboard/figures.ts";
import { boundedLoad, LoadMaker, MAX_MEMORY, MAX_WORK, NO_LOAD } from "../../examples/dashboard/load.ts";
import { roundTop } from "../../examples/dashboard/page/chart.js";
import { type WebSocketClientConnection, websocketConnect, WebSocketHandshakeError } from "../../src/websocket/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { type Program, startProgram } from "../support/program.ts";
import { test } from "../support/test.ts";

const PROGRAM = "examples/dashboard/main.ts";
const START = 1_700_000_000;

/** Gauges on a clock that stands still; a quarter of the time goes to the processor. */
function fakeGauges(clock: FakeClock): Gauges {
  return {
    time: () => Math.round(clock.now() * 1000),
    monotonic: () => clock.monotonic() * 1000,
    cpu: () => clock.monotonic() * 1000 / 4,
    memory: () => ({ rss: 80_040_000, heapTotal: 20_000_000, heapUsed: 12_500_000, external: 1_250_000 }),
  };
}

test("Meter.read gives rates by the second, however long the period was, and starts over", () => {
  const clock = new FakeClock({ install: false, now: START });
  const meter = new Meter(fakeGauges(clock));
  for (let i = 0; i < 30; i++) meter.addReceived();
  meter.addSent(100);
  meter.addDelay(7.04);
  meter.addDelay(3);
  clock.advance(2);
  const memory = { resident: 80, heap: 12.5, external: 1.3 };
  const first = { time: (START + 2) * 1000, connections: 5, received: 15, sent: 50, ...memory, delay: 7, cpu: 25 };
  assertEquals(meter.read(5), first);
  clock.advance(0.5);
  meter.addSent(1);
  const second = { ...first, time: (START + 2.5) * 1000, connections: 6, received: 0, sent: 2, delay: 0 };
  assertEquals(meter.read(6), second);
  // No time at all has passed.
  assertEquals([meter.read(6).sent, meter.read(6).cpu], [0, 0]);
});

test("History keeps the last figures", () => {
  const clock = new FakeClock({ install: false });
  const meter = new Meter(fakeGauges(clock));
  const history = new History();
  for (let i = 0; i < MAX_HISTORY + 3; i++) history.add(meter.read(i));
  assertEquals(history.all.map(({ connections }) => connections), Array.from({ length: MAX_HISTORY }, (_, i) => i + 3));
});

test("Dashboard tells figures once a second while somebody watches, and runs no timer otherwise", () => {
  using clock = new FakeClock({ now: START });
  const told: News[] = [];
  const dashboard = new Dashboard((news) => told.push(news), fakeGauges(clock));
  clock.advance(5);
  assertEquals([dashboard.running, clock.timers, told], [false, 0, []]);

  dashboard.enter();
  dashboard.enter();
  clock.advance(3);
  assertEquals(told.map(({ figures }) => figures.time), [START + 6, START + 7, START + 8].map((time) => time * 1000));
  assertEquals(told.map(({ figures }) => figures.connections), [2, 2, 2]);
  assertEquals(dashboard.history, told.map(({ figures }) => figures));

  dashboard.leave();
  assertEquals(dashboard.running, true);
  dashboard.leave();
  assertEquals([dashboard.running, clock.timers, dashboard.viewers], [false, 0, 0]);
  clock.advance(100);
  assertEquals(told.length, 3);

  // What passed meanwhile counts for nothing, and the history is still there.
  dashboard.enter();
  clock.advance(1);
  assertEquals(told.length, 4);
  assertEquals([told[3]?.figures.cpu, told[3]?.figures.delay], [25, 0]);
  assertEquals(dashboard.history.length, 4);
  dashboard.leave();
});

test("Dashboard measures how long the event loop stood still", () => {
  using clock = new FakeClock();
  const told: News[] = [];
  const dashboard = new Dashboard((news) => told.push(news), fakeGauges(clock));
  dashboard.enter();
  clock.advance(0.5);
  clock.stall(0.3);
  clock.advance(0.2);
  clock.advance(1);
  assertEquals(told.map(({ figures }) => figures.delay), [280, 0]);
  dashboard.leave();
});

test("Dashboard makes the load that was asked for with the next figures, and ends it with the last viewer", () => {
  using clock = new FakeClock();
  const told: News[] = [];
  const dashboard = new Dashboard((news) => told.push(news), fakeGauges(clock));
  dashboard.enter();
  const idle = clock.timers;
  dashboard.setLoad({ work: 1, memory: 0 });
  dashboard.setLoad({ work: 2, memory: 0 });
  assertEquals([clock.timers, dashboard.load], [idle, { work: 2, memory: 0 }]);
  clock.advance(1);
  assertEquals([clock.timers, told.length, told[0]?.load], [idle + 1, 1, { work: 2, memory: 0 }]);
  dashboard.setLoad(NO_LOAD);
  clock.advance(1);
  assertEquals(clock.timers, idle);

  dashboard.setLoad({ work: 1, memory: 0 });
  clock.advance(1);
  dashboard.leave();
  assertEquals([clock.timers, dashboard.load], [0, NO_LOAD]);
});

test("boundedLoad brings back what is out of bounds", () => {
  assertEquals(boundedLoad({ work: 33.3, memory: 10 }), { work: 33, memory: 10 });
  assertEquals(boundedLoad({ work: -1, memory: -1 }), { work: 0, memory: 0 });
  assertEquals(boundedLoad({ work: Infinity, memory: 1e9 }), { work: MAX_WORK, memory: MAX_MEMORY });
});

test("LoadMaker holds the memory that it was asked for", () => {
  const maker = new LoadMaker();
  const before = Deno.memoryUsage().external;
  maker.make({ work: 0, memory: MAX_MEMORY });
  assert(Deno.memoryUsage().external - before > MAX_MEMORY / 2 * 1e6);
  maker.make(NO_LOAD);
});

test("roundTop: an axis ends at a round number, of which the half is round too", () => {
  const tops = [4, 10, 11, 21, 41, 99.5, 100, 101, 1000, 3999].map((value) => roundTop(value));
  assertEquals(tops, [4, 10, 20, 40, 100, 100, 100, 200, 1000, 4000]);
});

/** A viewer of the program. */
function watch(program: Program): Promise<WebSocketClientConnection> {
  return websocketConnect(`${program.address.replace("http", "ws")}/socket`, { compressionOptions: {} });
}

async function news(connection: WebSocketClientConnection): Promise<News & { history?: Figures[] }> {
  return JSON.parse(String(await connection.readMessage()));
}

async function status(program: Program): Promise<{ running: boolean; viewers: number; latest: Figures | null }> {
  return await (await fetch(`${program.address}/figures`)).json();
}

test("examples/dashboard tells all viewers the same figures, and those who come late the ones before", async () => {
  await using program = await startProgram(PROGRAM);
  assertEquals(await status(program), { running: false, viewers: 0, latest: null });
  await using ann = await watch(program);
  assertStringIncludes(ann.headers.get("Sec-WebSocket-Extensions") ?? "", "permessage-deflate");
  assertEquals((await news(ann)).history, []);
  const { figures: first } = await news(ann);
  assert(first.resident > 1 && first.heap > 0 && first.cpu >= 0 && first.time > Date.now() - 60_000);

  await using ben = await watch(program);
  const history = (await news(ben)).history ?? [];
  assertEquals(history[0], first);
  // Ann may have seen some that Ben found in the history.
  const seen = [first];
  while (seen.length < history.length) seen.push((await news(ann)).figures);
  assertEquals(seen, history);
  for (let i = 0; i < 2; i++) {
    const { figures, load } = await news(ann);
    assertEquals([figures.connections, load], [2, NO_LOAD]);
    assertEquals((await news(ben)).figures, figures);
  }
});

test("examples/dashboard measures only while somebody watches", async () => {
  await using program = await startProgram(PROGRAM);
  const ann = await watch(program);
  await news(ann);
  assertEquals([(await status(program)).running, (await status(program)).viewers], [true, 1]);
  await ann[Symbol.asyncDispose]();
  while ((await status(program)).viewers > 0);
  assertEquals((await status(program)).running, false);
});

test("examples/dashboard counts messages, and shows the load that a viewer has asked for to all", async () => {
  await using program = await startProgram(PROGRAM);
  await using ann = await watch(program);
  await using ben = await watch(program);
  await news(ann);
  await news(ben);
  for (let i = 0; i < 20; i++) ben.writeMessage("ping");
  ben.writeMessage({ work: 1000, memory: 32 });
  for (let pongs = 0; pongs < 20;) if (await ben.readMessage() === "pong") pongs++;
  let received = 0;
  for (;;) {
    const { figures, load } = await news(ann);
    received += figures.received;
    if (load.memory !== 32) continue;
    assertEquals(load, { work: MAX_WORK, memory: 32 });
    assert(figures.external > 30);
    break;
  }
  assert(received > 0);
  ben.writeMessage(NO_LOAD);
  while ((await news(ann)).load.work > 0);
});

test("examples/dashboard closes who sends what no page sends, and refuses strange pages", async () => {
  await using program = await startProgram(PROGRAM);
  const refused: [string | Uint8Array, number, RegExp][] = [
    ["pong", 1008, /Neither a ping nor a load/],
    ["null", 1008, /Neither/],
    [`{"work":"5","memory":1}`, 1008, /Neither/],
    [`{"work":5}`, 1008, /Neither/],
    [new Uint8Array([1]), 1008, /Neither/],
    ["x".repeat(201), 1009, /(?:)/],
  ];
  for (const [message, code, reason] of refused) {
    const connection = await watch(program);
    await news(connection);
    await connection.writeMessage(message);
    await connection.closed;
    assertEquals(connection.closeCode, code);
    assertMatch(connection.closeReason ?? "", reason);
  }
  const flood = await websocketConnect(`${program.address.replace("http", "ws")}/socket`, { onMessageCallback() {} });
  await Promise.allSettled(Array.from({ length: 4002 }, () => flood.writeMessage("ping")));
  await flood.closed;
  assertEquals([flood.closeCode, flood.closeReason], [1008, "Too many messages"]);

  const url = `${program.address.replace("http", "ws")}/socket`;
  const strange = websocketConnect(url, { headers: { Origin: "http://evil.example" } });
  assertEquals((await assertRejects(() => strange, WebSocketHandshakeError)).statusCode, 403);
});

test("examples/dashboard serves its page without inline code", async () => {
  await using program = await startProgram(PROGRAM);
  const page = await fetch(`${program.address}/`);
  assertStringIncludes(page.headers.get("content-security-policy") ?? "", "default-src 'self'");
  const html = await page.text();
  assertStringIncludes(html, '<script type="module" src="/dashboard.js">');
  assertMatch(html, /Twister \d+\.\d+\.\d+ on Deno \d/);
  assertEquals(/<script>|style=|\son\w+=/.test(html), false);
  for (const path of ["/dashboard.js", "/chart.js", "/shared/connection.js"]) {
    const response = await fetch(program.address + path);
    await response.body?.cancel();
    assertEquals(response.headers.get("content-type"), "text/javascript; charset=UTF-8");
  }
});

test("examples/dashboard tells its viewers that it goes, then ends, at the interrupt signal", async () => {
  await using program = await startProgram(PROGRAM);
  const connection = await watch(program);
  await news(connection);
  assertEquals(await program.interrupt(), 0);
  await connection[Symbol.asyncDispose]();
  assertEquals(connection.closeCode, 1001);
});
