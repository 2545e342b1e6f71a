// Which requests are repeated, and when.
import { assertEquals, assertRejects } from "@std/assert";
import { type Attempt, pauseBefore, type RetryOptions } from "../../../src/http/_client/retry.ts";
import { HTTPClientError } from "../../../src/http/httpclient.ts";
import { formatTimestamp, HTTPHeaders } from "../../../src/http/httputil.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { CLOSE, reply, ScriptedServer, type Step } from "../../support/scripted_server.ts";
import { test } from "../../support/test.ts";
import { clientTest } from "./back_ends.ts";

const ATTEMPT: Attempt = { method: "GET", count: 0, code: 503, headers: null, isReplayable: true };

function pause(options: RetryOptions = {}, attempt: Partial<Attempt> = {}, random = 1): number | null {
  return pauseBefore(options, { ...ATTEMPT, ...attempt }, random);
}

test("pauseBefore: doubles, up to maxPause, with full jitter, limit times", () => {
  const counts = [0, 1, 2, 3, 9];
  assertEquals(counts.map((count) => pause({ limit: 10 }, { count })), [0.5, 1, 2, 4, 30]);
  assertEquals(counts.map((count) => pause({}, { count })), [0.5, 1, null, null, null]);
  assertEquals([0, 0.5, 1].map((random) => pause({ backoff: 4 }, {}, random)), [0, 2, 4]);
  assertEquals(pause({ backoff: 4, maxPause: 3 }), 3);
});

test("pauseBefore: for methods and statuses that allow it", () => {
  for (const method of ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]) assertEquals(pause({}, { method }), 0.5);
  for (const method of ["POST", "PATCH", "get"]) assertEquals(pause({}, { method }), null);
  assertEquals(pause({ methods: ["POST"] }, { method: "POST" }), 0.5);
  for (const code of [408, 429, 502, 503, 504, null]) assertEquals(pause({}, { code }), 0.5);
  for (const code of [200, 301, 400, 404, 500, 501]) assertEquals(pause({}, { code }), null);
  assertEquals(pause({ codes: [500] }, { code: 500 }), 0.5);
  assertEquals(pause({}, { isReplayable: false }), null);
});

test("pauseBefore: Retry-After counts, unless it asks for too much", () => {
  using clock = new FakeClock();
  const after = (value: string) => pause({}, { headers: new HTTPHeaders({ "Retry-After": value }) });
  assertEquals(after("7"), 7);
  assertEquals(after("0"), 0);
  assertEquals(after("31"), null);
  assertEquals(after(formatTimestamp(Math.ceil(clock.now()) + 8)), Math.ceil(clock.now()) + 8 - clock.now());
  assertEquals(after(formatTimestamp(clock.now() - 100)), 0);
  for (const value of ["soon", "-1", "1.5", ""]) assertEquals(after(value), 0.5, value);
});

clientTest("a retry follows a status that passes, and a lost connection", async (make) => {
  const answers: Step[][] = [[reply("", ["Retry-After: 0"], "503 Busy")], [CLOSE], [reply("at last")]];
  await using server = new ScriptedServer((_request, index) => answers[index] ?? [reply("more")]);
  using client = make({ maxClients: 1 });
  const retry = { backoff: 0.001 };
  assertEquals((await client.fetch(server.url(), { retry })).text, "at last");
  assertEquals(server.requests.length, 3);
});

clientTest(
  "the last response counts when the retries are used up, and none is made without being asked",
  async (make) => {
    await using server = new ScriptedServer((_request, index) => [reply(`${index}`, ["Retry-After: 0"], "503 Busy")]);
    using client = make();
    const error = await assertRejects(() => client.fetch(server.url(), { retry: { limit: 1 } }), HTTPClientError);
    assertEquals([error.code, error.response?.text, server.requests.length], [503, "1", 2]);
    await assertRejects(() => client.fetch(server.url()), HTTPClientError);
    const post = { method: "POST", body: "a", retry: {} };
    await assertRejects(() => client.fetch(server.url(), post), HTTPClientError);
    assertEquals(server.requests.length, 4);
  },
);

clientTest("a streamed body is not sent by a retry", async (make) => {
  await using server = new ScriptedServer(() => [reply("", ["Retry-After: 0"], "503 Busy")]);
  using client = make();
  const options = { method: "PUT", body: ["a"], retry: {} };
  await assertRejects(() => client.fetch(server.url(), options), HTTPClientError);
  assertEquals(server.requests.length, 1);
});
