import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ERROR, INFO, LogRecord, WARNING } from "../../src/util/log.ts";
import { checkLogs, test } from "./test.ts";

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
