import { assert, assertEquals, assertMatch, assertStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  accessLog,
  appLog,
  CRITICAL,
  DEBUG,
  ERROR,
  genLog,
  getLevelName,
  getLevelNumber,
  getLogger,
  INFO,
  LogFormatter,
  Logger,
  type LogHandler,
  LogRecord,
  NOTSET,
  rootLogger,
  WARNING,
} from "../../src/util/log.ts";
import { test } from "../support/test.ts";

/** A handler that keeps what it gets. */
class ListHandler implements LogHandler {
  readonly records: LogRecord[] = [];
  readonly level: number;

  constructor(level: number = NOTSET) {
    this.level = level;
  }

  handle(record: LogRecord): void {
    this.records.push(record);
  }

  get messages(): string[] {
    return this.records.map((record) => record.getMessage());
  }
}

/** What the console got as errors while `fn` ran. */
function consoleErrors(fn: () => void): string[] {
  const lines: string[] = [];
  const original = console.error;
  console.error = (...args: unknown[]) => void lines.push(args.map(String).join(" "));
  try {
    fn();
  } finally {
    console.error = original;
  }
  return lines;
}

test("getLogger builds the tree by the dots of the names", () => {
  assertStrictEquals(getLogger("tornado.access"), accessLog);
  assertStrictEquals(accessLog.parent, getLogger("tornado"));
  assertStrictEquals(getLogger("tornado").parent, rootLogger);
  assertStrictEquals(getLogger(), rootLogger);
  assertStrictEquals(getLogger("root"), rootLogger);
  assertEquals([accessLog, appLog, genLog].map((logger) => logger.name), [
    "tornado.access",
    "tornado.application",
    "tornado.general",
  ]);
});

test("getLevelName and getLevelNumber know Python's levels", () => {
  assertEquals([10, 20, 30, 40, 50, 0, 25].map(getLevelName), [
    "DEBUG",
    "INFO",
    "WARNING",
    "ERROR",
    "CRITICAL",
    "NOTSET",
    "Level 25",
  ]);
  assertEquals(["debug", "Info", "WARNING", "warn", "error", "critical", "fatal"].map(getLevelNumber), [
    DEBUG,
    INFO,
    WARNING,
    WARNING,
    ERROR,
    CRITICAL,
    CRITICAL,
  ]);
  assertThrows(() => getLevelNumber("loud"), RangeError, '"loud"');
});

test("Logger hands a record to its handlers and to those above", () => {
  const parent = new Logger("a");
  const child = new Logger("a.b", { parent });
  const above = new ListHandler();
  const own = new ListHandler();
  parent.addHandler(above);
  child.addHandler(own);
  child.addHandler(own);
  child.info("one");
  child.propagate = false;
  child.info("two");
  child.propagate = true;
  child.removeHandler(own);
  child.info("three");
  assertEquals(own.messages, ["one", "two"]);
  assertEquals(above.messages, ["one", "three"]);
  assertEquals(above.records[0]?.name, "a.b");
});

test("Logger methods log at their levels", () => {
  const logger = new Logger("a");
  const list = new ListHandler();
  logger.addHandler(list);
  logger.debug("m");
  logger.info("m");
  logger.warning("m");
  logger.error("m");
  logger.exception("m");
  logger.critical("m");
  logger.log(25, "m");
  assertEquals(list.records.map((record) => record.levelno), [10, 20, 30, 40, 40, 50, 25]);
  assertEquals(list.records.at(-1)?.levelname, "Level 25");
});

test("Logger.level counts for the loggers below that have none", () => {
  const parent = new Logger("a");
  const child = new Logger("a.b", { parent });
  const list = new ListHandler();
  parent.addHandler(list);
  assert(child.isEnabledFor(DEBUG));
  parent.level = ERROR;
  assertEquals(child.getEffectiveLevel(), ERROR);
  assert(!child.isEnabledFor(WARNING));
  child.warning("no");
  child.level = INFO;
  assert(child.isEnabledFor(INFO));
  assert(!child.isEnabledFor(DEBUG));
  child.info("yes");
  assertEquals(list.messages, ["yes"]);
});

test("LogHandler.level drops what is below it", () => {
  const logger = new Logger("a");
  const list = new ListHandler(ERROR);
  logger.addHandler(list);
  logger.warning("no");
  logger.error("yes");
  assertEquals(list.messages, ["yes"]);
});

test("Logger.isEnabledFor is false where no handler would take the record", () => {
  const parent = new Logger("a");
  const quiet = new Logger("a.b", { parent, lastResort: false });
  const normal = new Logger("a.c", { parent });
  assertEquals([INFO, WARNING].map((level) => normal.isEnabledFor(level)), [false, true]);
  assertEquals([INFO, CRITICAL].map((level) => quiet.isEnabledFor(level)), [false, false]);
  const list = new ListHandler();
  parent.addHandler(list);
  assert(quiet.isEnabledFor(DEBUG));
  quiet.propagate = false;
  assert(!quiet.isEnabledFor(CRITICAL));
  parent.removeHandler(list);
  assert(!normal.hasHandlers());
});

test("Logger filters drop records of their own logger only", () => {
  const parent = new Logger("a");
  const child = new Logger("a.b", { parent });
  const list = new ListHandler();
  const filter = { filter: (record: LogRecord) => !record.getMessage().includes("secret") };
  parent.addHandler(list);
  parent.addFilter(filter);
  parent.info("secret 1");
  child.info("secret 2");
  parent.info("open");
  parent.removeFilter(filter);
  parent.info("secret 3");
  assertEquals(list.messages, ["secret 2", "open", "secret 3"]);
});

test("Logger survives handlers and filters that throw", () => {
  const logger = new Logger("a");
  const list = new ListHandler();
  logger.addHandler({
    handle: () => {
      throw new Error("disk full");
    },
  });
  logger.addHandler(list);
  logger.addFilter({
    filter: () => {
      throw new Error("bad filter");
    },
  });
  const errors = consoleErrors(() => logger.info("still here"));
  assertEquals(list.messages, ["still here"]);
  assertEquals(errors.length, 2);
  assertStringIncludes(errors[0] ?? "", 'Cannot log a record of "a": its filter failed');
  assertStringIncludes(errors[1] ?? "", "disk full");
});

test("Logger survives handlers that take themselves away, or log themselves", () => {
  const logger = new Logger("a");
  const list = new ListHandler();
  const once: LogHandler = {
    handle: () => {
      logger.removeHandler(once);
      logger.info("inner");
    },
  };
  logger.addHandler(once);
  logger.addHandler(list);
  logger.info("outer");
  assertEquals(list.messages, ["inner", "outer"]);
});

test("LogRecord takes an Error that no conversion asks for as excInfo", () => {
  const error = new Error("boom");
  const of = (msg: unknown, ...args: unknown[]) => {
    const record = new LogRecord("a", ERROR, { msg, args });
    return [record.getMessage(), record.excInfo];
  };
  assertEquals(of("failed", error), ["failed", error]);
  assertEquals(of("failed %s", "x", error), ["failed x", error]);
  assertEquals(of("failed: %s", error), ["failed: Error: boom", null]);
  assertEquals(of("failed", "no error"), ["failed no error", null]);
  assertEquals(of("100%, sure", error), ["100%, sure", error]);
  assertEquals(of(error), ["Error: boom", null]);
  assertEquals(of(undefined), ["undefined", null]);
});

test("Logger.exception always logs the error with its stack", () => {
  const logger = new Logger("a");
  const list = new ListHandler();
  logger.addHandler(list);
  const error = new Error("boom");
  logger.exception("GET /?%s=%d", error);
  logger.exception("%s failed", "it", error);
  logger.exception("thrown", "a string");
  assertEquals(list.messages, ["GET /?%s=%d", "it failed", "thrown a string"]);
  assertEquals(list.records.map((record) => record.excInfo), [error, error, null]);
});

test("LogRecord.created is in seconds", () => {
  const before = Date.now() / 1000;
  const { created } = new LogRecord("a", INFO, { msg: "m" });
  assert(created >= before && created <= Date.now() / 1000);
});

test("LogFormatter indents all lines but the first by four spaces", () => {
  const formatter = new LogFormatter({ fmt: "%(levelname)1.1s %(message)s", color: false });
  const record = new LogRecord("a", WARNING, { msg: "one\ntwo\n\nthree" });
  assertEquals(formatter.format(record), "W one\n    two\n    \n    three");
});

test("LogFormatter adds the stack and cause of an error, indented", () => {
  const formatter = new LogFormatter({ fmt: "%(message)s", color: false });
  const error = new TypeError("outer", { cause: new RangeError("inner") });
  const lines = formatter.format(new LogRecord("a", ERROR, { msg: "failed", args: [error] })).split("\n");
  assertEquals(lines[0], "failed");
  assertEquals(lines[1], "    TypeError: outer");
  assert(lines.slice(1).every((line) => line.startsWith("    ")));
  assertStringIncludes(lines.join("\n"), "log_test.ts");
  assertStringIncludes(lines.join("\n"), "RangeError: inner");
});

test("LogFormatter folds the frames of Twister in a stack with others, unless the record wants all", () => {
  const formatter = new LogFormatter({ fmt: "%(message)s", color: false });
  const ours = (name: string) => `    at ${name} (${new URL(`../../src/web/${name}.ts`, import.meta.url)}:1:2)`;
  const text = (frames: string[], allFrames?: boolean, cause?: Error) => {
    const error = new Error("boom", cause === undefined ? {} : { cause });
    error.stack = ["Error: boom", ...frames].join("\n");
    const options = allFrames === undefined ? {} : { allFrames };
    const record = new LogRecord("a", ERROR, { msg: "failed", excInfo: error, ...options });
    return formatter.format(record).split("\n").slice(2).map((line) => line.slice(4));
  };
  const app = "    at Page.get (file:///app/src/web/page.ts:3:4)";
  const deno = "    at ext:core/01_core.js:5:6";
  const frames = [ours("cookies"), app, ours("a"), ours("b"), ours("c"), deno];
  const folded = ["    ... 1 frame of Twister", app, "    ... 3 frames of Twister", deno];
  assertEquals(text(frames), folded);
  assertEquals(text(frames, false), folded);
  assertEquals(text(frames, true), frames);
  assertEquals(text([ours("a"), deno, "    at async node:internal:1:1"]), [
    ours("a"),
    deno,
    "    at async node:internal:1:1",
  ]);
  const cause = new Error("inner");
  cause.stack = ["Error: inner", ours("d"), app].join("\n");
  const inner = text(frames, false, cause).slice(-3, -1).map((line) => line.trim());
  assertEquals(inner, ["... 1 frame of Twister", app.trim()]);
});

test("LogFormatter lets no text from a peer pass for a line of its own", () => {
  const formatter = new LogFormatter({ color: false });
  const hostile = "GET /\r\n[I 261120 06:26:19 web:1] forged\r\x1b[2J\x00\x7f\x9b\u2028\u2029\x85\b\tend";
  for (const args of [[hostile], [new Error(hostile)]]) {
    const text = formatter.format(
      new LogRecord("a\r\nb", WARNING, { msg: args[0] instanceof Error ? "x" : "%s", args }),
    );
    assertEquals(text.match(/[^\t\n\x20-\x7e]/), null);
    for (const line of text.split("\n").slice(1)) assert(line.startsWith("    "), line);
  }
  const plain = new LogFormatter({ fmt: "%(message)s", color: false });
  assertEquals(
    plain.format(new LogRecord("a", WARNING, { msg: hostile })),
    "GET /\\r\n    [I 261120 06:26:19 web:1] forged\\r\\x1b[2J\\x00\\x7f\\x9b\\u2028\\u2029\\x85\\x08\tend",
  );
});

test("LogFormatter names the module and line of the call", () => {
  const formatter = new LogFormatter({ fmt: "%(module)s:%(lineno)d %(filename)s %(message)s", color: false });
  const logger = new Logger("a");
  const lines: string[] = [];
  const deep = (depth: number, record: LogRecord): string =>
    depth === 0 ? formatter.format(record) : deep(depth - 1, record);
  logger.addHandler({ handle: (record) => void lines.push(deep(12, record)) });
  const here = Number(/log_test\.ts:(\d+):/.exec(new Error().stack ?? "")?.[1]);
  logger.info("a");
  logger.log(INFO, "b");
  [1].forEach(() => logger.exception("c"));
  assertEquals(lines, [1, 2, 3].map((n) => `log_test:${here + n} log_test.ts ${"abc"[n - 1]}`));
});

test("LogFormatter names the place of calls that the logger or the engine makes", () => {
  const formatter = new LogFormatter({ fmt: "%(module)s:%(lineno)d", color: false });
  const logger = new Logger("a");
  const lines: string[] = [];
  logger.addHandler({ handle: (record) => void lines.push(formatter.format(record)) });
  const here = Number(/log_test\.ts:(\d+):/.exec(new Error().stack ?? "")?.[1]);
  logger.handle(new LogRecord("a", WARNING, { msg: "m" }));
  [1].forEach(logger.warning, logger);
  assertEquals(lines, [1, 2].map((n) => `log_test:${here + n}`));
});

test("LogRecord.module asks for no more frames than those below the logger", () => {
  const logger = new Logger("a");
  const modules: string[] = [];
  logger.addHandler({ handle: (record) => void modules.push(record.module) });
  const { captureStackTrace } = Error;
  const asked: number[] = [];
  // Deno looks up the place of each frame in the source, which costs more than all the rest of a line.
  Error.captureStackTrace = (holder, fn) => {
    asked.push(Error.stackTraceLimit);
    captureStackTrace(holder, fn);
  };
  try {
    logger.error("m");
  } finally {
    Error.captureStackTrace = captureStackTrace;
  }
  assertEquals([modules, asked], [["log_test"], [2]]);
});

test("LogRecord.module is ? when the call that logged is over", () => {
  const logger = new Logger("a");
  const list = new ListHandler();
  logger.addHandler(list);
  logger.info("m");
  const [record] = list.records;
  assertEquals([record?.module, record?.lineno], ["?", 0]);
});

test("LogFormatter puts colours where they are asked for", () => {
  const record = (level: number) => new LogRecord("a", level, { msg: "m" });
  const fmt = "%(color)s%(levelname)s%(end_color)s %(message)s";
  const always = new LogFormatter({ fmt, color: "always" });
  assertEquals(
    [DEBUG, INFO, WARNING, ERROR, CRITICAL, 25].map((level) => always.format(record(level))),
    [
      "\x1b[34mDEBUG\x1b[0m m",
      "\x1b[32mINFO\x1b[0m m",
      "\x1b[33mWARNING\x1b[0m m",
      "\x1b[31mERROR\x1b[0m m",
      "\x1b[35mCRITICAL\x1b[0m m",
      "Level 25 m",
    ],
  );
  assertEquals(new LogFormatter({ fmt, color: false }).format(record(INFO)), "INFO m");
  assertEquals(
    new LogFormatter({ fmt, color: "always", colors: { [INFO]: 6 } }).format(record(INFO)),
    "\x1b[36mINFO\x1b[0m m",
  );
});

test("LogFormatter has Python's fields, widths and date conversions", () => {
  const created = new Date(2026, 10, 20, 6, 26, 19, 250).getTime() / 1000;
  const record = new LogRecord("shop", WARNING, { msg: "m", created });
  const format = (fmt: string, datefmt?: string) =>
    new LogFormatter({ fmt, color: false, ...datefmt === undefined ? {} : { datefmt } }).format(record);
  assertEquals(
    format("%(name)s %(levelno)d %(levelname)-9s|%(levelname)9s|%(levelname).3s"),
    "shop 30 WARNING  |  WARNING|WAR",
  );
  assertEquals(format("%(created)f %(msecs)d"), `${created.toFixed(6)} 250`);
  assertEquals(format("%(process)d"), String(Deno.pid));
  assertEquals(format("100%% %(nothing)s %x"), "100% %(nothing)s %x");
  assertEquals(format("%(asctime)s"), "261120 06:26:19");
  assertEquals(
    format("%(asctime)s", "%Y-%m-%d %I:%M:%S.%f %p %a %A %b %B %j %% %q"),
    "2026-11-20 06:26:19.250000 AM Fri Friday Nov November 324 % %q",
  );
  assertMatch(format("%(asctime)s", "%z"), /^[+-]\d{4}$/);
});

test("log prints nothing but warnings of the application where nothing is set up, and needs no permission", async () => {
  const url = new URL("../../src/util/log.ts", import.meta.url);
  const program = `import { accessLog, appLog, enablePrettyLogging, genLog } from "${url}";
    accessLog.info("no"); accessLog.error("no"); appLog.info("no");
    appLog.warning("100%% %d", 1); genLog.error("failed");
    enablePrettyLogging();
    accessLog.info("%d %s", 200, "GET /"); accessLog.debug("no"); genLog.warning("100%% sure");
    enablePrettyLogging({ logging: "debug" });
    accessLog.debug("once");`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const output = child.output();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  const { code, stdout, stderr } = await output;
  const time = String.raw`\d{6} \d\d:\d\d:\d\d [^ ]+:\d+`;
  assertMatch(new TextDecoder().decode(stderr), new RegExp(`^100% 1\nfailed\n\\[W ${time}\\] 100%% sure\n$`));
  assertMatch(new TextDecoder().decode(stdout), new RegExp(`^\\[I ${time}\\] 200 GET /\n\\[D ${time}\\] once\n$`));
  assertEquals(code, 0);
});

test("test() sees every record of the tree, and fails on one that was not announced", (t) => {
  t.expectLog("tornado.general", /^announced \d$/);
  genLog.warning("announced %d", 1);
  accessLog.debug("any level");
  assertEquals(t.logs.map((record) => [record.name, record.levelno]), [["tornado.general", WARNING], [
    "tornado.access",
    DEBUG,
  ]]);
});
