// Tornado's own tests of its options (tornado/test/options_test.py), one by one.
import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigFileError, HelpRequested, OptionError, OptionParser } from "../../../src/util/options.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

const CONFIG = "port=443\nusername='李康'\n\nfoo_bar='a'\n\nmy_path = __file__\n";

/** A parser that prints its help nowhere. */
function quietParser(): OptionParser {
  return new OptionParser({ print: () => {} });
}

function sampleOptions(): OptionParser {
  const options = new OptionParser();
  options.define("a", { defaultValue: 1 });
  options.define("b", { defaultValue: 2 });
  return options;
}

test("Tornado test_parse_command_line", () => {
  const options = new OptionParser();
  const port = options.define("port", { defaultValue: 80 });
  options.parseCommandLine(["--port=443"]);
  assertEquals([options.port, port.value], [443, 443]);
});

test("Tornado test_parse_config_file", () => {
  using dir = new TempDir();
  const options = new OptionParser();
  options.define("port", { defaultValue: 80 });
  options.define("username", { defaultValue: "foo" });
  options.define("my_path");
  const path = dir.write("options_test.cfg", CONFIG);
  options.parseConfigFile(path);
  assertEquals([options.port, options.username, options.my_path], [443, "李康", path]);
});

test("Tornado test_parse_callbacks", () => {
  const options = new OptionParser();
  let called = 0;
  options.addParseCallback(() => void called++);
  options.parseCommandLine([], false);
  assertEquals(called, 0);
  options.parseCommandLine([]);
  assertEquals(called, 1);
  options.parseCommandLine([]);
  assertEquals(called, 2);
});

test("Tornado test_help, with an exception for SystemExit", () => {
  let printed = "";
  const options = new OptionParser({ print: (text) => void (printed += text) });
  const { exitCode } = assertThrows(() => options.parseCommandLine(["--help"]), HelpRequested);
  assertEquals(exitCode, 0);
  assertStringIncludes(printed, "Usage:");
});

test("Tornado test_subcommand", () => {
  const base = new OptionParser();
  base.define("verbose", { defaultValue: false });
  const sub = quietParser();
  sub.define("foo", { type: "string" });
  const rest = base.parseCommandLine(["--verbose", "subcommand", "--foo=bar"]);
  assertEquals(rest, ["subcommand", "--foo=bar"]);
  assertEquals(base.verbose, true);
  assertEquals(sub.parseCommandLine(rest.slice(1)), []);
  assertEquals(sub.foo, "bar");
  assertThrows(() => sub.parseCommandLine(["--verbose"]), OptionError, 'Unrecognized command line option: "verbose"');
});

test("Tornado test_setattr", () => {
  const options = new OptionParser();
  options.define("foo", { defaultValue: 1, type: "int" });
  options.foo = 2;
  assertEquals(options.foo, 2);
});

test("Tornado test_setattr_type_check", () => {
  const options = new OptionParser();
  options.define("foo", { defaultValue: 1, type: "int" });
  assertThrows(() => options.foo = "2", OptionError, 'Cannot set option "foo": expected an integer, got "2"');
  assertEquals(options.foo, 1);
});

test("Tornado test_setattr_with_callback", () => {
  const values: number[] = [];
  const options = new OptionParser();
  options.define("foo", { defaultValue: 1, type: "int", callback: (value) => void values.push(value) });
  options.foo = 2;
  assertEquals(values, [2]);
});

test("Tornado test_iter", () => {
  assertEquals(new Set(sampleOptions()), new Set(["a", "b", "help"]));
});

test("Tornado test_getitem", () => {
  assertEquals(sampleOptions()["a"], 1);
});

test("Tornado test_setitem", () => {
  const options = new OptionParser();
  options.define("foo", { defaultValue: 1, type: "int" });
  options["foo"] = 2;
  assertEquals(options["foo"], 2);
});

test("Tornado test_items", () => {
  const options = sampleOptions();
  assertEquals(options.items().sort(), [["a", 1], ["b", 2], ["help", options.help]]);
});

test("Tornado test_as_dict", () => {
  const options = sampleOptions();
  assertEquals(options.asDict(), { a: 1, b: 2, help: options.help });
});

test("Tornado test_group_dict", () => {
  const options = new OptionParser();
  options.define("a", { defaultValue: 1 });
  options.define("b", { group: "b_group", defaultValue: 2 });
  assertEquals(options.groups(), new Set(["b_group", "", import.meta.filename ?? "?"]));
  assertEquals(options.groupDict("b_group"), { b: 2 });
  assertEquals(options.groupDict("nonexistent"), {});
  assertEquals(options.groupDict(""), options.asDict());
});

test("Tornado test_mock_patch, with override() for mockable()", () => {
  const options = new OptionParser();
  const foo = options.define("foo", { defaultValue: 1 });
  options.parseCommandLine(["--foo=2"]);
  assertEquals(options.foo, 2);
  {
    using _three = foo.override(3);
    assertEquals(options.foo, 3);
  }
  assertEquals(options.foo, 2);
  {
    using _four = foo.override(4);
    assertEquals(options.foo, 4);
    options.foo = 5;
    assertEquals(options.foo, 5);
    {
      using _six = foo.override(6);
      assertEquals(options.foo, 6);
    }
    assertEquals(options.foo, 5);
  }
  assertEquals(options.foo, 2);
});

class Email {
  readonly value: string;

  constructor(value: string) {
    if (!value.includes("@")) throw new RangeError(`Not an address: ${value}`);
    this.value = value;
  }
}

function typedOptions(): OptionParser {
  const options = new OptionParser();
  options.define("str", { type: "string" });
  options.define("basestring", { type: String });
  options.define("int", { type: "int" });
  options.define("float", { type: "float" });
  options.define("datetime", { type: "datetime" });
  options.define("timedelta", { type: "timedelta" });
  options.define("email", { type: (text) => new Email(text) });
  options.define("list-of-int", { type: "int", multiple: true });
  return options;
}

function checkTypedOptions(options: OptionParser): void {
  assertEquals(options.str, "asdf");
  assertEquals(options.basestring, "qwer");
  assertEquals(options.int, 42);
  assertEquals(options.float, 1.5);
  assertEquals(options.datetime, new Date(2013, 3, 28, 5, 16));
  assertEquals(options.timedelta, 45);
  const { email } = options;
  assertEquals(email instanceof Email ? email.value : email, "tornado@web.com");
  assertEquals(options.list_of_int, [1, 2, 3]);
}

test("Tornado test_types", () => {
  const options = typedOptions();
  options.parseCommandLine([
    "--str=asdf",
    "--basestring=qwer",
    "--int=42",
    "--float=1.5",
    "--datetime=2013-04-28 05:16",
    "--timedelta=45s",
    "--email=tornado@web.com",
    "--list-of-int=1,2,3",
  ]);
  checkTypedOptions(options);
});

test("Tornado test_types_with_conf_file: texts are parsed, and the file with calls is refused with the line", () => {
  using dir = new TempDir();
  const options = typedOptions();
  options.parseConfigFile(dir.write(
    "options_test_types_str.cfg",
    "str = 'asdf'\nbasestring = 'qwer'\nint = 42\nfloat = 1.5\ndatetime = '2013-04-28 05:16'\ntimedelta = '45s'\n" +
      "email = 'tornado@web.com'\nlist_of_int = '1,2,3'\n",
  ));
  checkTypedOptions(options);
  const calls = dir.write(
    "options_test_types.cfg",
    "from datetime import datetime, timedelta\nfrom tornado.test.options_test import Email\n\nstr = 'asdf'\n" +
      "datetime = datetime(2013, 4, 28, 5, 16)\n",
  );
  const error = assertThrows(() => typedOptions().parseConfigFile(calls), ConfigFileError, '"datetime(...)" is a call');
  assertEquals([error.path, error.line], [calls, 5]);
  // What the calls make can come from a module.
  const values = { datetime: new Date(2013, 3, 28, 5, 16), timedelta: 45, email: new Email("tornado@web.com") };
  const objects = typedOptions();
  objects.parseConfigDict({ str: "asdf", basestring: "qwer", int: 42, float: 1.5, list_of_int: [1, 2, 3], ...values });
  checkTypedOptions(objects);
});

test("Tornado test_multiple_string", () => {
  const options = new OptionParser();
  options.define("foo", { type: "string", multiple: true });
  options.parseCommandLine(["--foo=a,b,c"]);
  assertEquals(options.foo, ["a", "b", "c"]);
});

test("Tornado test_multiple_int", () => {
  const options = new OptionParser();
  options.define("foo", { type: "int", multiple: true });
  options.parseCommandLine(["--foo=1,3,5:7"]);
  assertEquals(options.foo, [1, 3, 5, 6, 7]);
});

test("Tornado test_error_redefine", () => {
  const options = new OptionParser();
  options.define("foo");
  const { message } = assertThrows(() => options.define("foo"), OptionError);
  assertMatch(message, /Option.*foo.*already defined in .*tornado_test\.ts/);
});

test("Tornado test_error_redefine_underscore", () => {
  for (const a of ["foo-bar", "foo_bar"]) {
    for (const b of ["foo-bar", "foo_bar"]) {
      const options = new OptionParser();
      options.define(a);
      assertMatch(assertThrows(() => options.define(b), OptionError).message, /Option.*foo.bar.*already defined/);
    }
  }
});

test("Tornado test_dash_underscore_cli", () => {
  for (const defined of ["foo-bar", "foo_bar"]) {
    for (const flag of ["--foo-bar=a", "--foo_bar=a"]) {
      const options = new OptionParser();
      options.define(defined);
      options.parseCommandLine([flag]);
      assertEquals([options.foo_bar, options["foo-bar"], options["foo_bar"], options.fooBar], ["a", "a", "a", "a"]);
    }
  }
});

test("Tornado test_dash_underscore_file", () => {
  using dir = new TempDir();
  const path = dir.write("options_test.cfg", CONFIG);
  for (const defined of ["foo-bar", "foo_bar"]) {
    const options = new OptionParser();
    options.define(defined);
    options.parseConfigFile(path);
    assertEquals(options.foo_bar, "a");
  }
});

test("Tornado test_dash_underscore_introspection", () => {
  const options = new OptionParser();
  options.define("with-dash", { group: "g" });
  options.define("with_underscore", { group: "g" });
  const all = ["help", "with-dash", "with_underscore"];
  assertEquals([...options].sort(), all);
  assertEquals(options.items().map(([name]) => name).sort(), all);
  assertEquals(Object.keys(options.asDict()).sort(), all);
  assertEquals(Object.keys(options.groupDict("g")).sort(), ["with-dash", "with_underscore"]);
  let help = "";
  options.printHelp({
    writeSync: (bytes) => {
      help += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  });
  assertStringIncludes(help, "--with-dash");
  assertStringIncludes(help, "--with-underscore");
});
