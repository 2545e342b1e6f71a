import { assertEquals, assertStringIncludes } from "@std/assert";
import { Health } from "../../src/ops/health.ts";
import { Metrics } from "../../src/ops/metrics.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { machinesApp, siteApp } from "../../examples/observability/app.ts";
import { startProgram } from "../support/program.ts";
import { test } from "../support/test.ts";

test("examples/observability counts what its site answers, and tells machines how it is", async () => {
  using metrics = new Metrics();
  using health = new Health();
  await using site = new TestClient(siteApp());
  await using machines = new TestClient(machinesApp(metrics, health));
  assertEquals((await site.get("/")).text, "Hello");
  const { text } = await machines.get("/metrics");
  assertStringIncludes(text, 'http_server_request_duration_seconds_count{method="GET",route="/",code="2xx"} 1');
  assertEquals((await machines.get("/readyz")).json(), { status: "ready", checks: {} });
});

test("examples/observability starts, answers, and ends at the interrupt signal", async () => {
  await using program = await startProgram("examples/observability/main.ts", {
    args: ["--machines-port=0"],
    permissions: ["--allow-env"],
  });
  // A machine that is busy may make it refuse a request.
  let text = "";
  for (let i = 0; i < 50 && text === ""; i++) text = await (await fetch(`${program.address}/`)).text();
  assertEquals(text, "Hello");
  assertEquals(await program.interrupt(), 0);
});
