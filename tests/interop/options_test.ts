/** tornado.options of Debian's python3-tornado as the judge of our command lines, config files and help. */
import { assertEquals, assertThrows } from "@std/assert";
import { ConfigFileError, HelpRequested, OptionError, OptionParser } from "../../src/util/options.ts";
import { projectRoot } from "../../tools/project.ts";
import { fuzzSeed, fuzzTimes } from "../support/fuzz.ts";
import { askPython } from "../support/python.ts";
import { Random } from "../support/random.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { type Program, type ProgramOption, PROGRAMS } from "./options_programs.ts";

type Definitions = Program["definitions"];

interface Case {
  readonly definitions: Definitions;
  readonly args: readonly string[];
}

/** What became of a command line, or of a config file. */
type Answer = { rest?: readonly string[]; values: Record<string, unknown> } | { error: string } | { help: true };

interface Answers {
  readonly answers: readonly Answer[];
  readonly help: readonly string[];
  readonly config: readonly Answer[];
}

const ORACLE = [`${projectRoot}tests/interop/options_oracle.py`];

function parserOf(definitions: Definitions): OptionParser {
  const options = new OptionParser({ program: "main.py", print: () => {} });
  for (const [name, { defaultValue, multiple = false, ...settings }] of definitions) {
    if (defaultValue === undefined) options.define(name, { ...settings, multiple });
    else options.define(name, { ...settings, multiple, ...Object({ defaultValue }) });
  }
  return options;
}

/** A value as the oracle writes it: JSON has no dates, no NaN and no infinity. */
function plain(value: unknown, type: ProgramOption["type"]): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item, type));
  if (value instanceof Date) {
    const two = (number: number) => String(number).padStart(2, "0");
    return `${String(value.getFullYear()).padStart(4, "0")}-${two(value.getMonth() + 1)}-${two(value.getDate())} ` +
      [value.getHours(), value.getMinutes(), value.getSeconds()].map(two).join(":");
  }
  if (typeof value !== "number") return value;
  if (type === "timedelta") return Math.round(value * 1_000_000);
  return Number.isFinite(value) ? value : String(value).toLowerCase().replace("infinity", "inf");
}

function valuesOf(options: OptionParser, definitions: Definitions): Record<string, unknown> {
  return Object.fromEntries(definitions.map(([name, { type }]) => [name, plain(options.get(name), type)]));
}

function answer({ definitions, args }: Case): Answer {
  const options = parserOf(definitions);
  try {
    const rest = options.parseCommandLine(args);
    return { rest, values: valuesOf(options, definitions) };
  } catch (error) {
    if (error instanceof HelpRequested) return { help: true };
    if (!(error instanceof OptionError)) throw error;
    return { error: error.message };
  }
}

/** Leaves of a refusal what both sides must agree on: its kind, and the name of an option. */
function comparable(answer: Answer): Answer {
  if (!("error" in answer)) return answer;
  const known = /^(Unrecognized command line option:|Option) ['"](.*)['"](| requires a value)$/s.exec(answer.error);
  // Both sides escape names in their own way.
  return { error: known === null ? "bad value" : known[1] + known[3] };
}

const TYPES = ["string", "int", "float", "boolean", "datetime", "timedelta"] as const;

/** Every type, alone and, but for the booleans of which Tornado makes integers, as a list. */
const DEFINITIONS: Definitions = [
  ...TYPES.map((type) => [type, { type }] as const),
  ...TYPES.filter((type) => type !== "boolean").map((type) => [`list_of-${type}`, { type, multiple: true }] as const),
  ["with-dash", { type: "string", defaultValue: "a" }],
  ["with_underscore", { type: "int", defaultValue: 7 }],
  ["camelCase", { type: "boolean", defaultValue: true }],
];

const NAMES = [
  ...DEFINITIONS.flatMap(([name]) => [name, name, name.replaceAll("_", "-"), name.replaceAll("-", "_")]),
  ...["help", "unknown", "", "INT", "str", "withDash", "h", "int ", "é"],
];

const VALUES = [
  ...["", "0", "1", "-1", "+7", " 8 ", "007", "1_000", "1__0", "0x10", "12345678", "1.5", ".5", "5.", "1e3", "-1E-2"],
  ...[
    "inf",
    "-Infinity",
    "nan",
    "1.e1",
    "e5",
    "1:4",
    "4:1",
    "1:",
    ":1",
    "-2:2",
    "1:2:3",
    "1,3,5:7",
    ",",
    "1,,2",
    "a,b",
  ],
  ...[
    "true",
    "false",
    "False",
    "f",
    "F",
    "t",
    "no",
    "yes",
    "off",
    "None",
    "a=b",
    "=",
    "-",
    "--",
    "--int=3",
    "é",
    "a b",
  ],
  ...["2013-04-28 05:16", "2013-04-28 05:16:07", "2013-4-8T5:6", "20130428 05:16", "20130428", "2013-04-28", "5:16"],
  ...[
    "05:16:07",
    "Sun Apr 28 05:16:07 2013",
    "sun APR 8 5:6:7 2013",
    "2013-02-29",
    "2012-02-29",
    "2013-13-01",
    "24:00",
  ],
  ...["0000-01-01", "0001-01-01", "9999-12-31", "12:60", "12:00:60", "2013-04-28T05:16:07", "2013111", "201311"],
  ...[
    "45",
    "45s",
    "1h 30m",
    "1.5d2ms",
    "2 days",
    "1min 1 sec",
    "1w",
    "-3h",
    "1 year",
    "1e2ms",
    "100us",
    "1h,2h",
    "1 h",
  ],
  ...["1d 2h 3m 4s 5ms 6us", "h", "1hours", "2 Hours", "0.000001", "1e9d", "1e10d", "\t1\n", "1.5", "\u00a01"],
];

const PIECES = [..." 0123456789:,.-+eE_=hmsdwT", "ms", "us", "min", "\n", "\t", "inf", "true"];

function randomCase(random: Random): Case {
  const args = Array.from({ length: random.below(4) + 1 }, () => {
    if (random.below(12) === 0) return random.pick(["", "-", "--", "word", "a=b", "---", "=", "é"]);
    const value = random.below(3) === 0 ? random.text(PIECES, 6) : random.pick(VALUES);
    const equals = random.below(8) === 0 ? "" : `=${value}`;
    return `${random.pick(["--", "--", "--", "-", "---"])}${random.pick(NAMES)}${equals}`;
  });
  return { definitions: DEFINITIONS, args };
}

/** Numbers of more digits than JavaScript counts, and ranges of more values than one text may have. */
function isBeyondLimits({ args }: Case): boolean {
  return args.some((arg) => /\d{7}/.test(arg.replaceAll("_", "")) && /int/.test(arg) && arg.includes(":")) ||
    args.some((arg) => /\d{16}/.test(arg.replaceAll("_", "")));
}

test("command lines: the values and the refusals are Tornado's", async () => {
  const random = new Random(fuzzSeed());
  const cases = Array.from({ length: fuzzTimes(10_000) }, () => randomCase(random)).filter((it) => !isBeyondLimits(it));
  const { answers } = await askPython<Answers>(ORACLE, { cases });
  const differences = cases.map((one, index) => ({
    args: one.args,
    ours: comparable(answer(one)),
    tornado: comparable(answers[index] ?? { error: "no answer" }),
  })).filter(({ ours, tornado }) => Deno.inspect(ours, { depth: 9 }) !== Deno.inspect(tornado, { depth: 9 }));
  assertEquals(differences.slice(0, 5), []);
});

test("programs: command lines, config files and help are Tornado's, and calls are refused with their line", async () => {
  using dir = new TempDir();
  const programs = Object.entries(PROGRAMS);
  assertEquals(programs.length, 50);
  const paths = programs.map(([name, { config }]) => dir.write(`${name.replaceAll(" ", "_")}.conf`, config));
  const readable = programs.map(([, program], index) => ({ ...program, path: paths[index] ?? "" }))
    .filter(({ refused }) => refused === undefined);
  // The default values of other types are shown as Python writes them.
  const shown = programs.map(([, { definitions }]) => ({
    definitions: definitions.filter(([, { type, multiple }]) => (type === "string" || type === "int") && !multiple),
  }));
  const inGroup = (definitions: Definitions): Definitions =>
    definitions.map(([name, settings]) => [name, { ...settings, group: "g" }]);
  const tornado = await askPython<Answers>(ORACLE, {
    cases: programs.map(([, { definitions, args }]) => ({ definitions, args })),
    config: readable.map(({ definitions, path }) => ({ definitions, path })),
    help: shown.map(({ definitions }) => ({ definitions: inGroup(definitions) })),
  });
  for (const [index, [name, program]] of programs.entries()) {
    assertEquals(comparable(answer(program)), comparable(tornado.answers[index] ?? { error: "no answer" }), name);
    if (program.refused === undefined) continue;
    const error = assertThrows(
      () => parserOf(program.definitions).parseConfigFile(paths[index] ?? ""),
      ConfigFileError,
    );
    assertEquals(error.line, program.refused, name);
  }
  for (const [index, { definitions, path }] of readable.entries()) {
    const options = parserOf(definitions);
    options.parseConfigFile(path);
    assertEquals<unknown>({ values: valuesOf(options, definitions) }, tornado.config[index], path);
  }
  for (const [index, { definitions }] of shown.entries()) {
    const help = parserOf(inGroup(definitions)).formatHelp();
    // The first line names the program.
    assertEquals(help.split("\n").slice(1), tornado.help[index]?.split("\n").slice(1));
  }
});
