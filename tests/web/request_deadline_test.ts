import { assert, assertEquals, assertThrows } from "@std/assert";
import { FakeClock } from "../../src/testing/mod.ts";
import { AccessLog } from "../../src/ops/telemetry.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { QUIET, site, WAYS } from "../contracts/_http_server/site.ts";
import { RawClient } from "../support/raw_client.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

/** Waits for its signal, and tells the reason. */
class Slow extends RequestHandler {
  static reasons: unknown[] = [];

  override async get(): Promise<void> {
    if (this.getArgument("begin", null) !== null) {
      this.write("begin");
      await this.flush();
    }
    Slow.begun();
    await new Promise<void>((resolve) => this.signal.addEventListener("abort", () => resolve()));
    Slow.reasons.push(this.signal.reason);
    if (this.getArgument("throw", null) !== null) throw this.signal.reason;
  }

  static begun: () => void = () => {};
}

class Patient extends Slow {
  override get requestDeadline(): null {
    return null;
  }
}

class Quick extends RequestHandler {
  override get(): void {
    this.write("quick");
  }
}

for (const way of WAYS) {
  test(`requestDeadline (${way.engine}, ${way.port ? "port" : "memory"}) answers 503 and aborts the signal`, async (t) => {
    t.expectLog("tornado.general", /GET \/slow\?throw=1 .* took longer than 5 s/);
    using clock = new FakeClock();
    await using client = site(way, [["/slow", Slow], ["/quick", Quick]], { ...QUIET, requestDeadline: 5 });
    const begun = new Promise<void>((resolve) => Slow.begun = resolve);
    Slow.reasons = [];
    // What waits for the signal, as the HTTP client does, throws its reason: that is no second fault.
    const slow = client.get("/slow?throw=1", { requestTimeout: 30 });
    await begun;
    assertEquals((await client.get("/quick")).text, "quick");
    clock.advance(6);
    assertEquals((await slow).code, 503);
    const [reason] = Slow.reasons;
    assert(reason instanceof DOMException && reason.name === "TimeoutError");
  });
}

test("requestDeadline breaks a response off that has begun, and a handler may have none", async (t) => {
  t.expectLog("tornado.general", /GET \/slow\?begin=1 .* took longer than 5 s/);
  using clock = new FakeClock();
  const way = { engine: "listen", port: true } as const;
  await using client = site(way, [["/slow", Slow], ["/patient", Patient]], { ...QUIET, requestDeadline: 5 });
  let begun = new Promise<void>((resolve) => Slow.begun = resolve);
  Slow.reasons = [];
  const broken = client.get("/slow?begin=1", { requestTimeout: 30 }).then(() => "whole", () => "broken");
  await begun;
  begun = new Promise<void>((resolve) => Slow.begun = resolve);
  const controller = new AbortController();
  const patient = client.get("/patient", { requestTimeout: 30, signal: controller.signal }).catch(() => "left");
  await begun;
  clock.advance(6);
  assertEquals(await broken, "broken");
  assertEquals(Slow.reasons.length, 1);
  controller.abort();
  assertEquals(await patient, "left");
});

for (const engine of ["listen", "serve"] as const) {
  test(`requestDeadline (${engine}) is the reason for which a response that has begun is broken off`, async (t) => {
    t.expectLog("tornado.general", /GET \/slow\?begin=1 .* took longer than 5 s/);
    using clock = new FakeClock();
    const lines: string[] = [];
    using _log = new AccessLog({ write: (line) => lines.push(line) });
    const app = new Application([["/slow", Slow]], { ...QUIET, requestDeadline: 5 });
    await using server = app.listen(0, { address: "127.0.0.1", engine });
    const begun = new Promise<void>((resolve) => Slow.begun = resolve);
    using client = await RawClient.connect(server.port);
    await client.send("GET /slow?begin=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    await begun;
    await client.until("begin");
    clock.advance(6);
    await client.rest();
    await until(() => lines.length === 1);
    const { status, reason } = JSON.parse(lines[0] ?? "");
    assertEquals([status, reason], [200, "timeout"]);
  });
}

test("requestDeadline must be a number", () => {
  assertThrows(() => new Application([], { requestDeadline: NaN }), TypeError, "requestDeadline");
});
