import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { ERROR, INFO, LogRecord, WARNING } from "../../src/util/log.ts";
import { checkLogs, test, within } from "./test.ts";
import { until } from "./turns.ts";

const record = (name: string, level: number, msg: string) => new LogRecord(name, level, { msg });

test("checkLogs accepts announced warnings and anything below", () => {
  const logs = [record("a", WARNING, "one"), record("a", ERROR, "one more"), record("b", INFO, "free")];
  checkLogs(logs, [{ logger: "a", pattern: /^one/g }]);
  checkLogs(logs, [{ logger: "a", pattern: /one/y }, { logger: "b", pattern: /free/ }]);
});

test("checkLogs names what was not announced and what did not come", () => {
  const error = assertThrows(() =>
    checkLogs([record("a", WARNING, "one"), record("b", WARNING, "one")], [
      { logger: "a", pattern: /two/ },
      { logger: "b", pattern: /one/ },
    ])
  );
  assertStringIncludes(String(error), "not announced: WARNING a: one");
  assertStringIncludes(String(error), "did not come: a /two/");
  assertEquals(String(error).includes("WARNING b"), false);
});

test("a test that hangs is named", async () => {
  const never = new Promise<void>(() => {});
  await assertRejects(() => within(0.01, never), Error, "The test has not ended after 0.01 s");
  assertEquals(await within(1, Promise.resolve("in time")), "in time");
  assertEquals(await within(1, "now"), "now");
});

test("until() waits for the condition, and gives up with its text", async () => {
  let turns = 0;
  await until(() => ++turns === 3);
  await assertRejects(() => until(() => turns < 0, 0.01), Error, "turns < 0");
});
