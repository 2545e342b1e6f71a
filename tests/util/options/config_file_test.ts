import { assertEquals, assertThrows } from "@std/assert";
import { ConfigFileError, OptionError, OptionParser } from "../../../src/util/options.ts";
import { readPythonLiterals } from "../../../src/util/_options/python_literals.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

function read(text: string): Record<string, unknown> {
  const { __file__, ...values } = Object.fromEntries(readPythonLiterals(text, "app.conf", "/etc/app.conf"));
  assertEquals(__file__, "/etc/app.conf");
  return values;
}

test("Python files: literals of every kind", () => {
  assertEquals(
    read(`# -*- coding: utf-8 -*-
"""What this is."""
import os, sys
from datetime import (datetime,
    timedelta)
a = 1; b = -2.5e3  # both
c = True
d = None
e = 'it''s' "\\tone\\x41\\u00e9\\101"
f = r'\\d' u"ü" 
g = """two
lines"""
h = [1, 2,
     3,]
i = (1,)
j = ()
k = {'x': 1, "y": [True, {}], 5: "five"}
l = b"\\x00a"
m = n = 0x1f
o: int = 0o17
p = 1_000, 2
q = (4)
r = 60 * 60 * 24 + 1
s = "http://" + e
t = h + [0b11]
u = \\
    7 / 2
v = -7 // 2
w = [ a , m ]
x = - - 1
y = __file__
z: str
`),
    {
      a: 1,
      b: -2500,
      c: true,
      d: null,
      e: "its\toneAéA",
      f: "\\dü",
      g: "two\nlines",
      h: [1, 2, 3],
      i: [1],
      j: [],
      k: { x: 1, y: [true, {}], 5: "five" },
      l: Uint8Array.of(0, 97),
      n: 31,
      m: 31,
      o: 15,
      p: [1000, 2],
      q: 4,
      r: 86_401,
      s: "http://its\toneAéA",
      t: [1, 2, 3, 3],
      u: 3.5,
      v: -4,
      w: [1, 31],
      x: 1,
      y: "/etc/app.conf",
    },
  );
  assertEquals(read(""), {});
  assertEquals(read("a = 1\r\nb = 2\rc = 3"), { a: 1, b: 2, c: 3 });
  assertEquals(read("a = {'__proto__': 1}"), { a: JSON.parse('{"__proto__": 1}') });
});

test("Python files: what would have to be executed is refused with its line, without values", () => {
  const cases: [string, number, string][] = [
    ["import os\n\npath = os.path.join('a', 'b')", 3, '"os.path.join(...)" is a call'],
    ["a = datetime(2013, 4, 28)", 1, '"datetime(...)" is a call'],
    ["a = [\n  1,\n  open('x').read(),\n]", 3, '"open(...)" is a call'],
    ["print('hello')", 1, '"print(...)" is a call'],
    ["a = 'secret'.upper()", 1, "cannot be evaluated"],
    ["a = ('x')('y')", 1, "a call cannot be evaluated"],
    ["a = 'secret %s' % 1", 1, '"%" cannot be evaluated'],
    ["a = 2 ** 8", 1, '"**" cannot be evaluated'],
    ["a = os.sep", 1, '"os.sep" is no literal'],
    ["b = 1\na = c", 2, '"c" is no literal and no name'],
    ["a = f'{b}'", 1, "an f-string is computed"],
    ["a = [x for x in 'abc']", 1, '"x" is no literal'],
    ["a = [1 for x in 'abc']", 1, '"for" was not expected'],
    ["a = 1 if True else 2", 1, '"if" was not expected'],
    ["a = not True", 1, '"not" is no literal'],
    ["a = lambda: 1", 1, '"lambda" is no literal'],
    ["a = 1\n\nif a:\n    b = 2", 3, '"if" begins a statement'],
    ["def f():\n    pass", 1, '"def" begins a statement'],
    ["try:\n    import x\nexcept ImportError:\n    pass", 1, '"try" begins a statement'],
    ["try: a = 1\nfinally: a = 2", 1, '"try" begins a statement'],
    ["a = 1\nelse: a = 2", 2, '"else" begins a statement'],
    ["if = 1", 1, '"if" begins a statement'],
    ["a = if = 1", 1, '"if" begins a statement'],
    ["a = None = 1", 1, '"=" was not expected'],
    ["a = 1\n  b = 2", 2, "an indented line"],
    ["a['x'] = 1", 1, '"a" is no literal'],
    ["options.port = 1", 1, '"options.port" is no literal'],
    ["a = {}\na['x'] = 1", 2, '"[" cannot be evaluated'],
    ["a += 1", 1, '"a += ..." is not a plain assignment'],
    ["a, b = 1, 2", 1, '"a , ..." is not a plain assignment'],
    ["(a) = 1", 1, '"a" is no literal'],
    ["1 = 2", 1, '"=" was not expected'],
    ["a = 'secret' - 1", 1, '"-" stands between values'],
    ["a = -'secret'", 1, '"-" stands before a value'],
    ["a = 1 / 0", 1, "divides by zero"],
    ["a = 9007199254740993", 1, "larger than a number"],
    ["a = 1j", 1, '"j" was not expected'],
    ["a = 010", 1, "it is not Python"],
    ["a = '\\N{BULLET}'", 1, "the escape"],
    ["a = 'secret' b'x'", 1, "text and bytes"],
    ["a = {[1]: 2}", 1, "a key"],
    ["a = {1, 2}", 1, '"," was not expected'],
    ["a = [1, 2", 1, "something is missing"],
    ["a =", 1, "something is missing"],
    ["a = 'secret", 1, "it is not Python"],
    ["a = $x", 1, "it is not Python"],
    ["a = secret'x'", 1, '"secret" is no literal'],
    ["a = ul'secret'", 1, "it is not Python"],
    [`a = ${"[".repeat(101)}`, 1, "nested more than 100 deep"],
    [`a = ${"-".repeat(101)}1`, 1, "nested more than 100 deep"],
    ["@x\ndef f(): pass", 1, '"@" was not expected'],
  ];
  for (const [text, line, message] of cases) {
    const error = assertThrows(() => read(text), ConfigFileError, message, text);
    assertEquals([error.path, error.line], ["app.conf", line], text);
    assertEquals(error.message.startsWith(`Cannot read config file "app.conf", line ${line}: `), true);
    if (!text.includes("secret'x")) assertEquals(error.message.includes("secret"), false, text);
  }
});

test("config files: values are those of the options, texts are parsed, other names are ignored", () => {
  using dir = new TempDir();
  const options = new OptionParser();
  const port = options.define("port", { type: "int" });
  const hosts = options.define("memcache_hosts", { multiple: true });
  const wait = options.define("wait", { type: "timedelta" });
  options.parseConfigFile(
    dir.write("a.conf", "port = 80\nother = [1]\nmemcache_hosts = ['a:1', 'b:2']\nwait = '1m'\n"),
  );
  assertEquals([port.value, hosts.value, wait.value], [80, ["a:1", "b:2"], 60]);
  options.parseConfigFile(dir.write("b.py", "port = '81'\nmemcache_hosts = 'a:1,b:2'\nwait = 2.5"));
  assertEquals([port.value, hosts.value, wait.value], [81, ["a:1", "b:2"], 2.5]);
  options.parseConfigFile(dir.write("c.conf", "port = None"));
  assertEquals(port.value, null);
  for (const text of ["port = 80.5", "port = True", "memcache_hosts = 1", "memcache_hosts = [1]", "wait = [1]"]) {
    assertThrows(() => options.parseConfigFile(dir.write("d.conf", text)), OptionError, "Cannot set option", text);
  }
  assertThrows(() => options.parseConfigFile(dir.write("e.conf", Uint8Array.of(0xff))), ConfigFileError, "not UTF-8");
  assertThrows(() => options.parseConfigFile(`${dir.path}/missing.conf`), Deno.errors.NotFound);
});

test("config files: JSON with comments", () => {
  using dir = new TempDir();
  const options = new OptionParser();
  const port = options.define("port", { type: "int" });
  const path = options.define("templatePath");
  const tags = options.define("tags", { multiple: true });
  let parsed = 0;
  options.addParseCallback(() => void parsed++);
  options.parseConfigFile(
    dir.write(
      "app.jsonc",
      `{ // comment, "not": this
  "port": 80, /* nor
  "this": */
  "template_path": "a // b, ]", "other": {},
  "tags": ["a\\"//", "b",
  ], // end
}`,
    ),
    false,
  );
  assertEquals([port.value, path.value, tags.value, parsed], [80, "a // b, ]", ['a"//', "b"], 0]);
  options.parseConfigFile(dir.write("app.json", '{"templatePath": "x"}'));
  assertEquals([path.value, parsed], ["x", 1]);
  const cases: [string, number | null, string][] = [
    ['{"port": 1,\n "secret" 2}', 2, "it is not JSON"],
    ['{"port": 1,\n "secret": }', null, "it is not JSON"],
    ["[1]", null, "it is not a JSON object"],
    ["", null, "it is not JSON"],
  ];
  for (const [text, line, message] of cases) {
    const error = assertThrows(() => options.parseConfigFile(dir.write("w.json", text)), ConfigFileError, message);
    assertEquals([error.line, error.message.includes("secret")], [line, false], text);
  }
});
