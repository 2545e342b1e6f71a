import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  type ConsoleHandler,
  defineLoggingOptions,
  enablePrettyLogging,
  FileHandler,
  INFO,
  LogFormatter,
  Logger,
  type LoggingOptionParser,
  type LoggingOptionSettings,
  LogRecord,
  RotatingFileHandler,
  TimedRotatingFileHandler,
  WARNING,
} from "../../src/util/log.ts";
import { RolloverSchedule } from "../../src/util/_log/rollover_schedule.ts";
import { test } from "../support/test.ts";

/** A folder that is removed at the end of the block. */
class TempFolder implements Disposable {
  readonly path: string = Deno.makeTempDirSync();

  file(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Name and text of each file, in the order of names. */
  get files(): [string, string][] {
    return [...Deno.readDirSync(this.path)].map(({ name }) => name).sort()
      .map((name) => [name, Deno.readTextFileSync(this.file(name))]);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

const plain = new LogFormatter({ fmt: "%(message)s", color: false });

function record(msg: string): LogRecord {
  return new LogRecord("a", INFO, { msg });
}

test("FileHandler appends lines as UTF-8 and stops after close", () => {
  using folder = new TempFolder();
  const path = folder.file("app.log");
  Deno.writeTextFileSync(path, "before\n");
  const handler = new FileHandler(path, { formatter: plain, level: WARNING });
  handler.handle(record("é\nzwei"));
  handler.close();
  handler.close();
  handler.handle(record("late"));
  assertEquals(handler.level, WARNING);
  assertEquals(folder.files, [["app.log", "before\né\n    zwei\n"]]);
});

test("FileHandler writes Tornado's lines without colours", () => {
  using folder = new TempFolder();
  const handler = new FileHandler(folder.file("app.log"));
  const logger = new Logger("a");
  logger.addHandler(handler);
  logger.error("hello");
  handler.close();
  assertMatch(folder.files[0]?.[1] ?? "", /^\[E \d{6} \d\d:\d\d:\d\d log_files_test:\d+\] hello\n$/);
});

test("FileHandler throws when it is made for a file that cannot be opened", () => {
  using folder = new TempFolder();
  assertThrows(() => new FileHandler(folder.file("no/such/folder")), Deno.errors.NotFound);
});

test("RotatingFileHandler begins a new file before the limit is reached, and keeps so many old ones", () => {
  using folder = new TempFolder();
  const handler = new RotatingFileHandler(folder.file("app.log"), { formatter: plain, maxBytes: 10, backupCount: 2 });
  for (const msg of ["1111", "2222", "333", "a line longer than the limit", "5", "6"]) handler.handle(record(msg));
  handler.close();
  // 1111\n and 2222\n together would be 10 bytes, which reaches the limit.
  assertEquals(folder.files, [["app.log", "5\n6\n"], ["app.log.1", "a line longer than the limit\n"], [
    "app.log.2",
    "2222\n333\n",
  ]]);
});

test("RotatingFileHandler counts what the file already has", () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("app.log"), "12345678\n");
  const handler = new RotatingFileHandler(folder.file("app.log"), { formatter: plain, maxBytes: 10, backupCount: 1 });
  handler.handle(record("x"));
  handler.close();
  assertEquals(folder.files, [["app.log", "x\n"], ["app.log.1", "12345678\n"]]);
});

test("RotatingFileHandler never changes the file where a limit is 0, or for what is no regular file", () => {
  using folder = new TempFolder();
  for (const options of [{ maxBytes: 0, backupCount: 3 }, { maxBytes: 4, backupCount: 0 }]) {
    const handler = new RotatingFileHandler(folder.file("app.log"), { formatter: plain, ...options });
    for (const msg of ["1", "2", "3"]) handler.handle(record(msg));
    handler.close();
  }
  assertEquals(folder.files, [["app.log", "1\n2\n3\n1\n2\n3\n"]]);
  const device = new RotatingFileHandler("/dev/null", { formatter: plain, maxBytes: 1, backupCount: 1 });
  device.handle(record("gone"));
  device.handle(record("gone"));
  device.close();
});

test("RotatingFileHandler writes on and reports it when the file cannot be renamed", () => {
  using folder = new TempFolder();
  Deno.mkdirSync(folder.file("app.log.1"));
  Deno.writeTextFileSync(folder.file("app.log.1/x"), "");
  const handler = new RotatingFileHandler(folder.file("app.log"), { formatter: plain, maxBytes: 4, backupCount: 1 });
  handler.handle(record("1"));
  assertThrows(() => handler.handle(record("2")));
  handler.close();
  assertEquals(Deno.readTextFileSync(folder.file("app.log")), "1\n2\n");
});

test("TimedRotatingFileHandler begins a new file when the interval is over, and removes the oldest", () => {
  using folder = new TempFolder();
  const path = folder.file("app.log");
  let now = new Date(2026, 10, 20, 6, 0, 0).getTime() / 1000;
  const handler = new TimedRotatingFileHandler(path, { formatter: plain, when: "h", backupCount: 2, now: () => now });
  handler.handle(record("6"));
  now += 3599;
  handler.handle(record("6 too"));
  for (const msg of ["7", "8", "9"]) {
    now += msg === "7" ? 1 : 3600;
    handler.handle(record(msg));
  }
  handler.close();
  assertEquals(folder.files, [
    ["app.log", "9\n"],
    ["app.log.2026-11-20_07", "7\n"],
    ["app.log.2026-11-20_08", "8\n"],
  ]);
});

test("TimedRotatingFileHandler counts from the last change of the file, and keeps a file whose new name is taken", () => {
  using folder = new TempFolder();
  const path = folder.file("app.log");
  const yesterday = new Date(2026, 10, 19, 12);
  Deno.writeTextFileSync(path, "old\n");
  Deno.utimeSync(path, yesterday, yesterday);
  Deno.writeTextFileSync(folder.file("app.log.2026-11-19"), "taken\n");
  let now = new Date(2026, 10, 20, 6).getTime() / 1000;
  const handler = new TimedRotatingFileHandler(path, { formatter: plain, when: "midnight", now: () => now });
  handler.handle(record("20"));
  now += 86_400;
  handler.handle(record("21"));
  handler.close();
  assertEquals(folder.files, [
    ["app.log", "21\n"],
    ["app.log.2026-11-19", "taken\n"],
    ["app.log.2026-11-20", "old\n20\n"],
  ]);
});

test("TimedRotatingFileHandler removes no file that only looks like its own", () => {
  using folder = new TempFolder();
  const names = ["app.log.2026-11-20_00-00-0x", "app.log.2026-11-20", "app.log.1", "app.log2.2026-11-20_00-00-00", "x"];
  for (const name of names) Deno.writeTextFileSync(folder.file(name), "");
  let now = 1_000_000_000;
  const handler = new TimedRotatingFileHandler(folder.file("app.log"), { when: "S", backupCount: 1, now: () => now });
  for (let i = 0; i < 3; i++) {
    handler.handle(record("m"));
    now += 5;
  }
  handler.close();
  const left = folder.files.map(([name]) => name);
  assertEquals(left.length, names.length + 2);
  assert(names.every((name) => left.includes(name)));
});

test("TimedRotatingFileHandler works on a file in the current folder", () => {
  const path = `twister-${crypto.randomUUID()}.log`;
  const folder = Deno.cwd();
  using temporary = new TempFolder();
  Deno.chdir(temporary.path);
  try {
    let now = 1_000_000_000;
    const handler = new TimedRotatingFileHandler(path, { when: "M", backupCount: 1, now: () => now });
    for (let i = 0; i < 4; i++) {
      handler.handle(record("m"));
      now += 60;
    }
    handler.close();
  } finally {
    Deno.chdir(folder);
  }
  assertEquals(temporary.files.length, 2);
});

test("RolloverSchedule refuses units and intervals that do not exist", () => {
  for (const when of ["", "W", "W7", "week", "X", "W00"]) {
    assertThrows(() => new RolloverSchedule(when, 1), RangeError, when);
  }
  for (const interval of [0, -1, NaN]) assertThrows(() => new RolloverSchedule("S", interval), RangeError, "interval");
});

test("RolloverSchedule finds the end of the interval", () => {
  const at = (...date: [number, number, number, number?, number?]) => new Date(...date).getTime() / 1000;
  assertEquals(new RolloverSchedule("S", 5).next(100), 105);
  assertEquals(new RolloverSchedule("d", 2).next(100), 100 + 2 * 86_400);
  assertEquals(new RolloverSchedule("midnight", 1).next(at(2026, 10, 20, 6, 26)), at(2026, 10, 21));
  assertEquals(new RolloverSchedule("MIDNIGHT", 3).next(at(2026, 10, 20)), at(2026, 10, 23));
  // 20 November 2026 is a Friday, number 4: that file is over when Friday is.
  assertEquals(
    [0, 1, 2, 3, 4, 5, 6].map((day) => new RolloverSchedule(`W${day}`, 1).next(at(2026, 10, 20, 6))),
    [24, 25, 26, 27, 21, 22, 23].map((day) => at(2026, 10, day)),
  );
  assertEquals(new RolloverSchedule("W4", 2).next(at(2026, 10, 20, 6)), at(2026, 10, 28));
});

test("RolloverSchedule names a file by the time it began", () => {
  const end = new Date(2026, 10, 20, 6, 26, 19).getTime() / 1000;
  assertEquals(new RolloverSchedule("S", 20).suffix(end), "2026-11-20_06-25-59");
  assertEquals(new RolloverSchedule("M", 1).suffix(end), "2026-11-20_06-25");
  const midnight = new Date(2026, 10, 20).getTime() / 1000;
  assertEquals(new RolloverSchedule("midnight", 1).suffix(midnight), "2026-11-19");
  assertEquals(new RolloverSchedule("W3", 1).suffix(midnight), "2026-11-13");
});

test("enablePrettyLogging leaves logging alone for none", () => {
  const logger = new Logger("a");
  enablePrettyLogging({ logging: "None" }, logger);
  enablePrettyLogging({ logging: null }, logger);
  assertEquals([logger.level, logger.handlers.length], [0, 0]);
});

test("enablePrettyLogging adds the console only where nothing else is, or where it is asked to", () => {
  using folder = new TempFolder();
  const kinds = (logger: Logger) => logger.handlers.map((handler) => handler.constructor.name);
  const logFilePrefix = folder.file("app.log");
  const cases: [Parameters<typeof enablePrettyLogging>[0], string[]][] = [
    [{}, ["ConsoleHandler"]],
    [{ logToStderr: false }, []],
    [{ logFilePrefix }, ["RotatingFileHandler"]],
    [{ logFilePrefix, logToStderr: true }, ["RotatingFileHandler", "ConsoleHandler"]],
    [{ logFilePrefix, logRotateMode: "time" }, ["TimedRotatingFileHandler"]],
  ];
  for (const [options, expected] of cases) {
    const logger = new Logger("a");
    enablePrettyLogging(options, logger);
    assertEquals(kinds(logger), expected);
    enablePrettyLogging({}, logger);
    assertEquals(kinds(logger), expected.length === 0 ? ["ConsoleHandler"] : expected);
    assertEquals(logger.level, INFO);
    for (const handler of logger.handlers) handler.close?.();
  }
});

test("enablePrettyLogging refuses levels and rotation modes that do not exist", () => {
  assertThrows(() => enablePrettyLogging({ logging: "loud" }, new Logger("a")), RangeError, "loud");
  assertThrows(
    () => enablePrettyLogging({ logFilePrefix: "/nowhere/x", logRotateMode: "wrong_mode" }, new Logger("a")),
    RangeError,
    'The value of log_rotate_mode option should be "size" or "time", not "wrong_mode"',
  );
});

test("enablePrettyLogging passes the rotation options on", () => {
  using folder = new TempFolder();
  const logger = new Logger("a");
  enablePrettyLogging({ logFilePrefix: folder.file("app.log"), logFileMaxSize: 60, logFileNumBackups: 1 }, logger);
  for (let i = 0; i < 5; i++) logger.info("thirty characters or a few more %d", i);
  for (const handler of logger.handlers) handler.close?.();
  assertEquals(folder.files.map(([name]) => name), ["app.log", "app.log.1"]);
});

test("defineLoggingOptions sets up logging from the parsed values", () => {
  using folder = new TempFolder();
  const callbacks: (() => void)[] = [];
  const names: string[] = [];
  const parser: LoggingOptionParser = {
    logging: "none",
    logFilePrefix: folder.file("app.log"),
    define: (name: string, _settings: LoggingOptionSettings) => void names.push(name),
    addParseCallback: (callback: () => void) => void callbacks.push(callback),
  };
  defineLoggingOptions(parser);
  assertEquals(names.length, 8);
  callbacks.forEach((callback) => callback());
  assertEquals(folder.files, []);
});

test("ConsoleHandler chooses the console method by level", () => {
  const calls: [string, unknown[]][] = [];
  const methods = ["debug", "info", "warn", "error"] as const;
  const originals = methods.map((method) => console[method]);
  methods.forEach((method) => console[method] = (...args: unknown[]) => void calls.push([method, args]));
  try {
    for (const logToStderr of [null, true]) {
      const logger = new Logger("a");
      enablePrettyLogging({ logging: "debug", logToStderr }, logger);
      for (const level of [10, 20, 30, 40, 50]) logger.log(level, "%s", "100%d");
    }
  } finally {
    methods.forEach((method, i) => console[method] = originals[i] ?? console.log);
  }
  assertEquals(calls.map(([method]) => method), [
    ...["debug", "info", "warn", "error", "error"],
    ...["warn", "warn", "warn", "error", "error"],
  ]);
  for (const [, args] of calls) {
    assertEquals(args[0], "%s");
    assertMatch(String(args[1]), /\] 100%d$/);
  }
});

test("ConsoleHandler.level is what a logger goes by", () => {
  const logger = new Logger("a");
  enablePrettyLogging({}, logger);
  // The type says what enablePrettyLogging adds; it is only read here.
  const handler: Pick<ConsoleHandler, "level"> | undefined = logger.handlers.find((one): one is ConsoleHandler =>
    "level" in one
  );
  assertEquals(handler?.level, 0);
});
