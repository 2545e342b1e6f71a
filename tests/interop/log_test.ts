/** tornado.log of Debian's python3-tornado as the judge of our lines and options. */
import { assertEquals, assertMatch } from "@std/assert";
import { defineLoggingOptions, LogFormatter, type LoggingOptionSettings, LogRecord } from "../../src/util/log.ts";
import { askPython } from "../support/python.ts";
import { test } from "../support/test.ts";

const ORACLE = `
import json, logging, sys
from tornado.log import LogFormatter, define_logging_options
from tornado.options import OptionParser

formatter = LogFormatter(color=False)
lines = []
for case in json.load(sys.stdin):
    record = logging.LogRecord(case["name"], case["level"], "/x/web.py", 2345, case["msg"], tuple(case["args"]), None)
    record.created = case["created"]
    lines.append(formatter.format(record))
options = OptionParser()
define_logging_options(options)
defined = {o.name.replace("-", "_"): [o.default, o.type.__name__, o.metavar] for o in options._options.values() if o.name != "help"}
sys.stdout.write(json.dumps({"lines": lines, "options": defined, "format": LogFormatter.DEFAULT_FORMAT,
    "date": LogFormatter.DEFAULT_DATE_FORMAT, "colors": LogFormatter.DEFAULT_COLORS}))
`;

interface Case {
  readonly name: string;
  readonly level: number;
  readonly msg: string;
  readonly args: readonly (string | number)[];
  readonly created: number;
}

/** What Tornado has. */
interface TornadoLog {
  readonly lines: readonly string[];
  readonly options: unknown;
  readonly format: string;
  readonly date: string;
  readonly colors: unknown;
}

test("LogFormatter and defineLoggingOptions are Tornado's", async () => {
  const cases: Case[] = [
    {
      name: "tornado.access",
      level: 20,
      msg: "%d %s %.2fms",
      args: [200, "GET / (127.0.0.1)", 1.005],
      created: 1795155979,
    },
    { name: "tornado.general", level: 30, msg: "two\nlines\n", args: [], created: 0 },
    { name: "a", level: 40, msg: "100%", args: [], created: 1795155979.75 },
    { name: "a", level: 50, msg: "é日本😀 %r", args: [7], created: 951782399 },
    { name: "a", level: 10, msg: "", args: [], created: 4102444800 },
    { name: "a", level: 25, msg: "between", args: [], created: 1_000_000_000 },
  ];
  const tornado = await askPython<TornadoLog>(["-c", ORACLE], cases);

  const formatter = new LogFormatter({
    fmt: LogFormatter.DEFAULT_FORMAT.replace("%(module)s:%(lineno)d", "web:2345"),
    color: false,
  });
  const lines = cases.map(({ name, level, msg, args, created }) =>
    formatter.format(new LogRecord(name, level, { msg, args, created }))
  );
  assertEquals<unknown>(lines, tornado.lines);
  assertEquals(LogFormatter.DEFAULT_FORMAT, tornado.format);
  assertEquals(LogFormatter.DEFAULT_DATE_FORMAT, tornado.date);
  assertEquals<unknown>(LogFormatter.DEFAULT_COLORS, tornado.colors);

  const types = { string: "str", int: "int", boolean: "bool" };
  const defined: Record<string, unknown> = {};
  defineLoggingOptions({
    define: (name: string, { defaultValue, type, metavar }: LoggingOptionSettings) => {
      defined[name] = [defaultValue, types[type], metavar ?? null];
    },
    addParseCallback: () => {},
  });
  assertEquals<unknown>(defined, tornado.options);
});

test("enablePrettyLogging colours the lines on a terminal only", async () => {
  const program = `import { enablePrettyLogging, genLog } from "${new URL("../../src/util/log.ts", import.meta.url)}";
    enablePrettyLogging(); genLog.warning("on a terminal"); genLog.info("too");`;
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(path, program);
  try {
    const run = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))";
    const command = new Deno.Command("/usr/bin/python3", {
      args: ["-c", run, Deno.execPath(), "run", "--quiet", path],
      env: { NO_COLOR: "" },
      stdin: "null",
    });
    const text = new TextDecoder().decode((await command.output()).stdout);
    // deno-lint-ignore no-control-regex -- the colours are control sequences
    assertMatch(text, /\x1b\[33m\[W \d{6} \d\d:\d\d:\d\d \w+:2\]\x1b\[0m on a terminal/);
    // deno-lint-ignore no-control-regex -- the colours are control sequences
    assertMatch(text, /\x1b\[32m\[I \d{6} \d\d:\d\d:\d\d \w+:2\]\x1b\[0m too/);
    const plain = await new Deno.Command(Deno.execPath(), { args: ["run", "--quiet", path], env: { NO_COLOR: "" } })
      .output();
    assertMatch(new TextDecoder().decode(plain.stderr), /^\[W \d{6} \d\d:\d\d:\d\d \w+:2\] on a terminal\n$/);
  } finally {
    await Deno.remove(path);
  }
});
