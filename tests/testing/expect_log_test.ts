import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ExpectLog, expectLog, settled } from "../../src/testing/mod.ts";
import { appLog, ERROR, getLogger, INFO, type LogRecord, NOTSET, rootLogger, WARNING } from "../../src/util/log.ts";
import { test } from "../support/test.ts";

const LOGGER = "tests.expect_log";

test("ExpectLog drops the records that match from their first character, and lets the others pass", (t) => {
  const logger = getLogger(LOGGER);
  {
    using expected = new ExpectLog(LOGGER, "a+b");
    logger.warning("aab and more");
    logger.warning("aab");
    assertEquals([expected.matched, expected.loggedStack, expected.logger], [2, false, logger]);
  }
  t.expectLog(LOGGER, /^x aab$/);
  using _optional = new ExpectLog(logger, /a+b|y/, { required: false });
  logger.warning("x aab");
  assertEquals(t.logs.map((record) => record.getMessage()), ["x aab"]);
});

test("ExpectLog throws at its end if a record is required and none has come", () => {
  const missing = new ExpectLog(LOGGER, /never/i);
  assertThrows(
    () => missing[Symbol.dispose](),
    Error,
    'Did not get the expected log message: no record of "tests.expect_log" matched /^(?:never)/i',
  );
  new ExpectLog(LOGGER, "never", { required: false })[Symbol.dispose]();
});

test("expectLog() returns the result of its function, or rejects with its error", async () => {
  const logger = getLogger(LOGGER);
  const result = await expectLog(LOGGER, "x", async () => {
    await settled();
    logger.warning("x");
    return 1;
  });
  assertEquals(result, 1);
  await assertRejects(() => expectLog(LOGGER, "x", () => 1), Error, "Did not get the expected log message");
  const fail = () => {
    throw new RangeError("failed");
  };
  await assertRejects(() => expectLog(LOGGER, "x", fail, { level: INFO }), RangeError, "failed");
  assertEquals(logger.level, NOTSET);
});

test("ExpectLog tells whether an error was logged with its stack", () => {
  using expected = new ExpectLog(LOGGER, "");
  getLogger(LOGGER).error("failed", new Error("why"));
  assert(expected.loggedStack);
});

test("ExpectLog with a level lowers that of the logger, and puts it back", () => {
  const logger = getLogger(LOGGER);
  rootLogger.level = WARNING;
  {
    using expected = new ExpectLog(LOGGER, "seen", { level: INFO });
    assertEquals([logger.level, expected.origLevel], [INFO, NOTSET]);
    logger.info("seen");
    assertEquals([expected.matched, expected.deprecatedLevelMatched], [1, 0]);
  }
  assertEquals(logger.level, NOTSET);
  // The test itself logs everything.
  rootLogger.level = NOTSET;
});

test("ExpectLog passes a record of another level on, with a warning", (t) => {
  t.expectLog("tornado.application", /^Got expected log message "late" at unexpected level \(WARNING vs ERROR\)$/);
  t.expectLog(LOGGER, /^late$/);
  using expected = new ExpectLog(LOGGER, "late", { level: WARNING, required: false });
  getLogger(LOGGER).error("late");
  assertEquals(expected.matched, 0);
});

test("ExpectLog counts matches at INFO and below without a level", () => {
  using expected = new ExpectLog(LOGGER, "quiet");
  getLogger(LOGGER).info("quiet");
  assertEquals([expected.matched, expected.deprecatedLevelMatched], [1, 1]);
});

test("ExpectLog sees records below WARNING although no handler would get them", () => {
  const seen: LogRecord[] = [];
  const logger = getLogger("tests.unheard");
  logger.propagate = false;
  logger.level = INFO;
  assertEquals(logger.isEnabledFor(INFO), false);
  {
    using expected = new ExpectLog(logger, "info");
    logger.info("info");
    assertEquals([expected.matched, seen.length], [1, 0]);
  }
  assertEquals(logger.isEnabledFor(INFO), false);
});

test("ExpectLog watches the root logger by an empty name", () => {
  using expected = new ExpectLog("", "root");
  rootLogger.error("root");
  assertEquals([expected.logger === rootLogger, expected.level, appLog.isEnabledFor(ERROR)], [true, null, true]);
});
