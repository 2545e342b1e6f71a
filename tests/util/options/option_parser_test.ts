import { assertEquals, assertRejects, assertStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { options as programOptions } from "../../../src/util/options.ts";
import { HelpRequested, OptionError, OptionParser } from "../../../src/util/options.ts";
import { projectRoot } from "../../../tools/project.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

test("the command line ends at the first argument without a dash, or after --", () => {
  const options = new OptionParser();
  options.define("a", { defaultValue: 0 });
  assertEquals(options.parseCommandLine(["-a=1", "---a=2", "x", "--a=3"]), ["x", "--a=3"]);
  assertEquals(options.a, 2);
  assertEquals(options.parseCommandLine(["--a=4", "--", "--a=5"]), ["--a=5"]);
  assertEquals(options.a, 4);
  assertEquals(options.parseCommandLine([]), []);
  assertEquals(options.parseCommandLine(["--a=1=2".slice(0, 5)]), []);
});

test("the value is everything behind the first equals sign", () => {
  const options = new OptionParser();
  const url = options.define("url");
  options.parseCommandLine(["--url=a=b\nc"]);
  assertEquals(url.value, "a=b\nc");
  options.parseCommandLine(["--url="]);
  assertEquals(url.value, "");
});

test("only a boolean option may stand without a value, and --no is true", () => {
  const options = new OptionParser();
  const debug = options.define("debug", { defaultValue: false });
  options.define("port", { type: "int" });
  for (const [text, value] of [["", true], ["=no", true], ["=F", false], ["=0", false], ["=False", false]] as const) {
    options.parseCommandLine([`--debug${text}`]);
    assertEquals(debug.value, value, text);
  }
  assertThrows(() => options.parseCommandLine(["--port"]), OptionError, 'Option "port" requires a value');
});

test("an unknown option prints the help and is an error", () => {
  let printed = "";
  const options = new OptionParser({ program: "shop", print: (text) => void (printed += text) });
  assertThrows(() => options.parseCommandLine(["--log-fle=x"]), OptionError, '"log-fle"');
  assertEquals(
    printed,
    "Usage: shop [OPTIONS]\n\nOptions:\n\n  --help                           show this help information\n\n",
  );
});

test("options defined in camelCase have dashes on the command line, and a name is taken in both forms", () => {
  const options = new OptionParser({ print: () => {} });
  const path = options.define("templatePath");
  options.parseCommandLine(["--template-path=a"]);
  assertEquals([path.value, options.template_path, options.templatePath], ["a", "a", "a"]);
  options.parseCommandLine(["--templatePath=b"]);
  assertEquals(path.value, "b");
  assertEquals(Object.keys(options.asDict()), ["help", "templatePath"]);
  assertThrows(() => options.define("template_path"), OptionError, "already defined");
  options.define("other_path");
  assertThrows(() => options.define("otherPath"), OptionError, "already defined");
  // As in Tornado, which knows no camelCase.
  assertThrows(() => options.parseCommandLine(["--otherPath=b"]), OptionError, "Unrecognized");
});

test("a property that is no option is an error, but a parser can be awaited and printed", async () => {
  const options = new OptionParser();
  assertThrows(() => options.prot, OptionError, 'Unrecognized option "prot"');
  assertThrows(() => options.prot = 1, OptionError, 'Unrecognized option "prot"');
  assertStrictEquals(await Promise.resolve(options), options);
  assertStringIncludes(Deno.inspect(options), "OptionParser");
  JSON.stringify(options);
  options.define("then", { defaultValue: "later" });
  assertEquals(options.then, "later");
});

test("integers are Python's, as far as JavaScript counts", () => {
  const options = new OptionParser();
  const n = options.define("n", { type: "int" });
  for (const [text, value] of [["7", 7], [" +7\n", 7], ["-0", 0], ["1_000", 1000], ["007", 7]] as const) {
    n.parse(text);
    assertStrictEquals(n.value, value, text);
  }
  for (const text of ["", "1.0", "1e3", "0x10", "1__0", "_1", "9007199254740993", "Infinity", "1,2", "١"]) {
    assertThrows(() => n.parse(text), OptionError, "expected an integer", text);
  }
});

test("numbers are Python's", () => {
  const x = new OptionParser().define("x", { type: "float" });
  for (const [text, value] of [["1e3", 1000], ["1_0.5", 10.5], [".5", 0.5], ["5.", 5], ["-Inf", -Infinity]] as const) {
    x.parse(text);
    assertStrictEquals(x.value, value, text);
  }
  x.parse("NaN");
  assertEquals(x.value, NaN);
  for (const text of ["", "0x10", "1e", ".", "1,5", "1 2"]) assertThrows(() => x.parse(text), OptionError, "a number");
});

test("ranges are inclusive, and bounded", () => {
  const ports = new OptionParser().define("ports", { type: "int", multiple: true });
  for (const [text, value] of [["5:3", []], ["5:", [5]], ["3:5,1", [3, 4, 5, 1]], ["-1:1", [-1, 0, 1]]] as const) {
    ports.parse(text);
    assertEquals<readonly number[]>(ports.value, value, text);
  }
  for (const text of ["", ":5", "1:2:3", "1,"]) assertThrows(() => ports.parse(text), OptionError, "an integer");
  for (const text of ["0:1000000000", "1:1000000,1:1", "1:400000,1:400000,1:400000"]) {
    assertThrows(() => ports.parse(text), OptionError, "at most 1000000 values");
  }
});

test("lists of other types have no ranges", () => {
  const options = new OptionParser();
  const hosts = options.define("hosts", { multiple: true });
  const flags = options.define("flags", { type: "boolean", multiple: true });
  hosts.parse("a:1,b:2,");
  flags.parse("true,0");
  assertEquals([hosts.value, flags.value], [["a:1", "b:2", ""], [true, false]]);
});

test("dates are those of Tornado's formats, in local time", () => {
  const date = new OptionParser().define("date", { type: "datetime" });
  for (
    const [text, ...fields] of [
      ["Sun Apr 28 05:16:07 2013", 2013, 3, 28, 5, 16, 7],
      ["2013-04-28 05:16:07", 2013, 3, 28, 5, 16, 7],
      ["2013-4-8T5:6", 2013, 3, 8, 5, 6],
      ["20130428 05:16", 2013, 3, 28, 5, 16],
      ["2013-04-28", 2013, 3, 28],
      ["20130428", 2013, 3, 28],
      ["05:16:07", 1900, 0, 1, 5, 16, 7],
      ["5:16", 1900, 0, 1, 5, 16],
    ] as const
  ) {
    date.parse(text);
    const [year, month, day, hour = 0, minute = 0, second = 0] = fields;
    assertEquals(date.value, new Date(year, month, day, hour, minute, second), text);
  }
  date.parse("0099-01-01");
  assertEquals(date.value?.getFullYear(), 99);
  for (const text of ["", "2013-02-30", "2013-13-01", "0000-01-01", "2013-04-28T05:16:07", "12:00:60", "today"]) {
    assertThrows(() => date.parse(text), OptionError, "expected a date or time", text);
  }
});

test("lengths of time are seconds, and the parts are added", () => {
  const time = new OptionParser().define("time", { type: "timedelta" });
  const cases: [string, number][] = [
    ["45", 45],
    ["1h 30m", 5400],
    ["1.5d", 129_600],
    ["2 days 1min 1 sec", 172_861],
    ["-1ms", -0.001],
    ["0.1us", 0],
    ["1e3 us", 0.001],
    ["1w", 604_800],
    ["", 0],
  ];
  for (const [text, value] of cases) {
    time.parse(text);
    assertEquals(time.value, value, text);
  }
  for (const text of ["1.5d2ms", "1 year", "h", "1h,", "1e12 w", "1H"]) {
    assertThrows(() => time.parse(text), OptionError, "expected a length of time", text);
  }
});

test("choices are checked wherever a value comes from", () => {
  const options = new OptionParser();
  const level = options.define("level", { choices: ["low", "high"], defaultValue: "low" });
  const ports = options.define("ports", { type: "int", multiple: true, choices: [80, 443] });
  level.parse("high");
  ports.parse("80,443");
  assertThrows(() => level.parse("mid"), OptionError, 'expected one of low, high, got "mid"');
  assertThrows(() => ports.parse("80,81"), OptionError, "a list, each item one of 80, 443");
  assertThrows(() => options.parseConfigDict({ level: "mid" }), OptionError, "one of low, high");
  assertThrows(() => options.level = 1, OptionError, "one of low, high");
  assertEquals([level.value, ports.value], ["high", [80, 443]]);
  assertStringIncludes(options.formatHelp(), "(one of low, high) (default low)");
});

test("a required option must have a value at the end of a final parse", () => {
  const options = new OptionParser({ print: () => {} });
  const key = options.define("api_key", { type: "string", required: true });
  const nodes = options.define("nodes", { multiple: true, required: true });
  let parsed = 0;
  options.addParseCallback(() => void parsed++);
  assertThrows(() => key.value, OptionError, 'Option "api_key" is required and has no value');
  assertThrows(() => options.parseCommandLine([]), OptionError, "required options: --api-key, --nodes");
  assertThrows(() => options.parseCommandLine(["--help"]), HelpRequested);
  options.parseCommandLine(["--api-key=x"], false);
  assertEquals(options.asDict(), { help: true, api_key: "x" });
  options.parseConfigDict({ nodes: [] });
  assertEquals([key.value, nodes.value, parsed], ["x", [], 1]);
});

test("a secret shows neither in the help nor in errors", () => {
  const options = new OptionParser();
  const token = options.define("token", { type: "int", defaultValue: 4711, secret: true });
  options.define("card", {
    secret: true,
    type: (text): number => {
      throw new Error(`no card: ${text}`);
    },
  });
  for (const fault of [() => token.parse("hunter2"), () => options.token = "hunter2", () => options.card]) {
    try {
      fault();
    } catch (error) {
      assertEquals(Deno.inspect(error).includes("hunter2"), false);
    }
  }
  const error = assertThrows(() => options.parseCommandLine(["--card=hunter2"]), OptionError);
  assertEquals([Deno.inspect(error).includes("hunter2"), error.cause], [false, undefined]);
  assertStringIncludes(options.formatHelp(), "(default (secret))");
});

test("the error of a function that parses is the cause", () => {
  const options = new OptionParser();
  const cause = new RangeError("not a colour: mauve");
  options.define("colour", {
    type: (): string => {
      throw cause;
    },
  });
  const error = assertThrows(() => options.parseCommandLine(["--colour=mauve"]), OptionError, "not a colour: mauve");
  assertStrictEquals(error.cause, cause);
});

test("a default value that is not of the type is refused", () => {
  const options = new OptionParser();
  const wrong: { type: "int"; defaultValue: unknown }[] = [
    { type: "int", defaultValue: "1" },
    { type: "int", defaultValue: 1.5 },
    { type: "int", defaultValue: [1] },
  ];
  for (const settings of wrong) {
    // deno-lint-ignore no-explicit-any -- the compiler refuses it, and programs in JavaScript have no compiler
    assertThrows(() => options.define("x", settings as any), OptionError, "Cannot define option");
  }
  assertThrows(() => options.define("x", { choices: ["a"], defaultValue: String("b") }), OptionError, "one of a");
});

test("the recipe for --config: a file overrides what stands before it, and later flags override the file", () => {
  using dir = new TempDir();
  const path = dir.write("app.conf", "port = 1\nname = 'file'\n");
  const options = new OptionParser();
  const port = options.define("port", { defaultValue: 0 });
  const name = options.define("name", { defaultValue: "" });
  options.define("config", { type: "string", callback: (path) => path && options.parseConfigFile(path, false) });
  options.parseCommandLine(["--port=2", "--name=flag", `--config=${path}`, "--port=3"]);
  assertEquals([port.value, name.value], [3, "file"]);
});

test("the environment is read by prefix", () => {
  const options = new OptionParser();
  const port = options.define("port", { type: "int", defaultValue: 1 });
  const name = options.define("serverName", { defaultValue: "x" });
  const debug = options.define("debug", { defaultValue: false });
  const tags = options.define("tags", { multiple: true, defaultValue: ["a"] });
  const set = { TWISTER_T_PORT: "2", TWISTER_T_SERVER_NAME: "", TWISTER_T_DEBUG: "", TWISTER_T_TAGS: "b,c" };
  for (const [variable, text] of Object.entries(set)) Deno.env.set(variable, text);
  try {
    options.parseEnvironment("TWISTER_T");
    assertEquals([port.value, name.value, debug.value, tags.value], [2, "", false, ["b", "c"]]);
    Deno.env.set("TWISTER_T_PORT", "80a");
    assertThrows(() => options.parseEnvironment("TWISTER_T_"), OptionError, 'option "port": expected an integer');
  } finally {
    for (const variable of Object.keys(set)) Deno.env.delete(variable);
  }
});

test("the program's options are those of logging, and importing reads nothing", async () => {
  assertEquals([...programOptions], [
    "help",
    "logging",
    "log_to_stderr",
    "log_file_prefix",
    "log_file_max_size",
    "log_file_num_backups",
    "log_rotate_when",
    "log_rotate_interval",
    "log_rotate_mode",
  ]);
  using dir = new TempDir();
  const program = dir.write(
    "main.ts",
    `import { define, HelpRequested, options, parseCommandLine } from "${projectRoot}src/util/options.ts";
define("port", { defaultValue: 80 });
try {
  options.parseEnvironment("APP", false);
  console.log(parseCommandLine(), options.port, options.logFileMaxSize);
} catch (error) {
  if (!(error instanceof HelpRequested)) throw error;
  Deno.exit(error.exitCode);
}
`,
  );
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--allow-env=APP_*", program, ...args],
      env: { NO_COLOR: "1", APP_PORT: "81" },
    }).output();
    return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
  };
  assertEquals((await run("--logging=none", "x")).out, '[ "x" ] 81 100000000\n');
  const help = await run("--help");
  assertEquals([help.code, help.out], [0, ""]);
  assertStringIncludes(help.err, "Usage: main.ts [OPTIONS]");
  assertStringIncludes(help.err, `${program} options:`);
  const wrong = await run("--prt=1");
  assertEquals(wrong.code, 1);
  assertStringIncludes(wrong.err, 'OptionError: Unrecognized command line option: "prt"');
});

test("a module can set what a file of literals cannot", async () => {
  using dir = new TempDir();
  const module = dir.write(
    "config.ts",
    "export const port = '81';\nexport const formatTask = (name: string): string => name.toUpperCase();\n" +
      "export default { tags: ['a'] };\n",
  );
  const options = new OptionParser();
  const port = options.define("port", { type: "int" });
  const tags = options.define("tags", { multiple: true });
  const format = options.define("format_task", {
    type: (_text): (name: string) => string => {
      throw new TypeError("it is a function, which only a config module can set");
    },
  });
  let parsed = 0;
  options.addParseCallback(() => void parsed++);
  await options.loadConfigModule(`file://${module}`);
  assertEquals([port.value, tags.value, format.value?.("a"), parsed], [81, ["a"], "A", 1]);
  await assertRejects(() => options.loadConfigModule("./config.ts"), TypeError);
  assertThrows(() => options.parseConfigFile(module), OptionError, "loadConfigModule");
});
