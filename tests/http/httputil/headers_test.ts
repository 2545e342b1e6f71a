import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { HeaderNotFoundError, HTTPHeaders, HTTPInputError } from "../../../src/http/httputil.ts";
import {
  getTrusted,
  headersFromBlock,
  headersFromPairs,
  peekTrusted,
  serializeHeaders,
  setTrusted,
} from "../../../src/http/_httputil/headers.ts";
import { assertLinear } from "../../support/assert_linear.ts";
import { test } from "../../support/test.ts";

/** A block of `count` headers with different names. */
function manyHeaders(count: number): string {
  return Array.from({ length: count }, (_, i) => `X-${i}: ${i}\r\n`).join("");
}

test("HTTPHeaders normalises names, whatever their case", () => {
  const headers = new HTTPHeaders();
  headers.add("content-TYPE", "a");
  headers.set("ETAG", "b");
  headers.set("sec-websocket-accept", "c");
  headers.set("x-xsrftoken", "d");
  headers.set("-x--y-", "e");
  const names = ["Content-Type", "Etag", "Sec-Websocket-Accept", "X-Xsrftoken", "-X--Y-"];
  assertEquals([...headers.keys()], names);
  assertEquals([...headers], names);
  assert(headers.has("CONTENT-type"));
  assertEquals(headers.get("eTaG"), "b");
});

test("HTTPHeaders.add() keeps values apart and joins them with a comma without a space", () => {
  const headers = new HTTPHeaders({ "Content-Type": "text/html" });
  headers.add("Set-Cookie", "A=B");
  headers.add("X", "1");
  headers.add("set-cookie", "C=D");
  assertEquals(headers.get("Set-Cookie"), "A=B,C=D");
  headers.add("Set-Cookie", "E=F");
  assertEquals(headers.getItem("Set-Cookie"), "A=B,C=D,E=F");
  assertEquals(headers.getList("set-cookie"), ["A=B", "C=D", "E=F"]);
  assertEquals(headers.size, 3);
  assertEquals([...headers.getAll()], [
    ["Content-Type", "text/html"],
    ["Set-Cookie", "A=B"],
    ["Set-Cookie", "C=D"],
    ["Set-Cookie", "E=F"],
    ["X", "1"],
  ]);
  assertEquals([...headers.entries()][1], ["Set-Cookie", "A=B,C=D,E=F"]);
  assertEquals([...headers.values()], ["text/html", "A=B,C=D,E=F", "1"]);
});

test("HTTPHeaders.getList() returns a list of the caller's own", () => {
  const headers = new HTTPHeaders([["A", "1"], ["A", "2"]]);
  headers.getList("A").push("3");
  assertEquals(headers.getList("A"), ["1", "2"]);
  assertEquals(headers.getList("B"), []);
  assertEquals(headers.getList("no name"), []);
});

test("HTTPHeaders.set() replaces all values in the place of the first", () => {
  const headers = new HTTPHeaders([["A", "1"], ["B", "2"], ["A", "3"]]);
  headers.set("a", "4");
  assertEquals([...headers.getAll()], [["A", "4"], ["B", "2"]]);
});

test("HTTPHeaders.get() and getItem() tell of what is missing", () => {
  const headers = new HTTPHeaders();
  assertEquals(headers.get("A"), null);
  assertEquals(headers.get("A", "x"), "x");
  assertEquals(headers.get("not a name", "x"), "x");
  assertFalse(headers.has("A"));
  const error = assertThrows(() => headers.getItem("a"), HeaderNotFoundError, "a");
  assertEquals(error.header, "a");
  assert(error instanceof RangeError);
});

test("HTTPHeaders.add() and set() refuse names that are no tokens", () => {
  const headers = new HTTPHeaders();
  for (
    const name of ["", " ", "a b", "a:", "a\r\nb", "\u00e9", "a,b", "(a)", "a\u0000", "a\u007f", "a/b", '"a"', "\u0130"]
  ) {
    assertThrows(() => headers.add(name, "v"), HTTPInputError, "Invalid header name");
    assertThrows(() => headers.set(name, "v"), HTTPInputError, "Invalid header name");
  }
  assertEquals(headers.size, 0);
});

test("HTTPHeaders.add() and set() refuse control characters and what latin1 lacks, but not tab or DEL's neighbours", () => {
  const headers = new HTTPHeaders();
  for (let code = 0; code < 0x102; code++) {
    const value = `a${String.fromCharCode(code)}b`;
    const legal = code === 9 || (code >= 0x20 && code !== 0x7f && code <= 0xff);
    if (legal) {
      headers.add("A", value);
      headers.set("B", value);
    } else {
      assertThrows(() => headers.add("A", value), HTTPInputError, "Invalid header value");
      assertThrows(() => headers.set("B", value), HTTPInputError, "Invalid header value");
    }
  }
  assertEquals(headers.getList("A").length, 1 + (0x7f - 0x20) + (0x100 - 0x80));
});

test("HTTPHeaders.add() refuses white space around the value, set() does not", () => {
  const headers = new HTTPHeaders();
  for (const value of [" a", "a ", "\ta", " "]) {
    assertThrows(() => headers.add("A", value), HTTPInputError);
    headers.set("A", value);
  }
  headers.add("B", "");
  assertEquals(headers.get("B"), "");
});

test("HTTPHeaders refuses a value that is no string, whatever it would read as", () => {
  const sneaky: unknown = { toString: () => "a\r\nb" };
  // As a caller without types may do.
  // deno-lint-ignore no-explicit-any
  const headers: any = new HTTPHeaders();
  for (const value of [sneaky, 5, null, undefined, ["a"]]) {
    assertThrows(() => headers.set("A", value), TypeError);
    assertThrows(() => headers.add("A", value), TypeError);
  }
  assertEquals(headers.size, 0);
});

test("HTTPHeaders() takes headers, platform headers, records and pairs", () => {
  const pairs: [string, string][] = [["a", "1"], ["Set-Cookie", "x"], ["set-cookie", "y"]];
  const expected: [string, string][] = [["A", "1"], ["Set-Cookie", "x"], ["Set-Cookie", "y"]];
  const headers = new HTTPHeaders(pairs);
  assertEquals([...headers.getAll()], expected);
  assertEquals([...new HTTPHeaders(new Headers(pairs)).getAll()], expected);
  assertEquals([...new HTTPHeaders(headers.getAll()).getAll()], expected);
  assertEquals([...new HTTPHeaders(headers).getAll()], expected);
  assertEquals([...new HTTPHeaders({ a: "1", b: "2" }).getAll()], [["A", "1"], ["B", "2"]]);
  assertEquals(new Headers([...headers.getAll()]).getSetCookie(), ["x", "y"]);
});

test("HTTPHeaders.copy() is independent, parsed or not", () => {
  const first = HTTPHeaders.parse("A: 1\r\nA: 2\r\nB: 3\r\n");
  const second = first.copy();
  second.add("A", "4");
  second.delete("B");
  assertEquals([...first.getAll()], [["A", "1"], ["A", "2"], ["B", "3"]]);
  assertEquals([...second.getAll()], [["A", "1"], ["A", "2"], ["A", "4"]]);
  const block = headersFromBlock("A: 1\r\n");
  const copy = block.copy();
  copy.set("A", "2");
  assertEquals([block.get("A"), copy.get("A")], ["1", "2"]);
  const many = HTTPHeaders.parse(manyHeaders(40));
  const manyCopy = many.copy();
  manyCopy.delete("X-3");
  manyCopy.set("New", "n");
  assertEquals([many.size, manyCopy.size, many.get("X-3"), many.get("New")], [40, 40, "3", null]);
});

test("HTTPHeaders.delete() removes all values, also when the joined form was never read", () => {
  const headers = new HTTPHeaders([["A", "1"], ["A", "2"], ["B", "3"]]);
  assert(headers.delete("a"));
  assertFalse(headers.delete("a"));
  assertFalse(headers.delete("not a name"));
  assertEquals([...headers.getAll()], [["B", "3"]]);
  headers.add("A", "4");
  assertEquals([...headers.keys()], ["B", "A"]);
});

test("HTTPHeaders.pop(), popitem(), setdefault() and clear() do as Python's mappings", () => {
  const headers = new HTTPHeaders([["A", "1"], ["A", "2"], ["B", "3"], ["C", "4"]]);
  assertEquals(headers.pop("b"), "3");
  assertEquals(headers.pop("b", "x"), "x");
  assertEquals(headers.pop("b", null), null);
  assertThrows(() => headers.pop("b"), HeaderNotFoundError);
  assertEquals(headers.popitem(), ["A", "1,2"]);
  assertEquals(headers.setdefault("c", "x"), "4");
  assertEquals(headers.setdefault("d", "y"), "y");
  assertEquals([...headers.entries()], [["C", "4"], ["D", "y"]]);
  headers.clear();
  assertEquals([headers.size, headers.toString()], [0, ""]);
  assertThrows(() => headers.popitem(), HeaderNotFoundError);
  headers.add("A", "1");
  assertEquals(headers.size, 1);
});

test("HTTPHeaders.update() replaces with all values of the other", () => {
  const headers = new HTTPHeaders([["A", "1"], ["A", "2"], ["B", "3"]]);
  headers.update({ a: "9", C: "5" });
  assertEquals([...headers.getAll()], [["A", "9"], ["B", "3"], ["C", "5"]]);
  const other = new HTTPHeaders([["B", "x"], ["B", "y"]]);
  headers.update(other);
  other.add("B", "z");
  assertEquals(headers.getList("B"), ["x", "y"]);
  headers.update(headers);
  assertEquals(headers.getList("B"), ["x", "y"]);
  assertThrows(() => headers.update({ "a b": "1" }), HTTPInputError);
});

test("HTTPHeaders.equals() compares joined values, in any order", () => {
  const headers = new HTTPHeaders([["A", "1"], ["A", "2"], ["B", "3"]]);
  assert(headers.equals(new HTTPHeaders([["B", "3"], ["a", "1,2"]])));
  assert(headersFromBlock("B: 3\r\na: 1\r\nA: 2\r\n").equals(headers));
  assertFalse(headers.equals(new HTTPHeaders({ A: "1,2" })));
  assertFalse(headers.equals(new HTTPHeaders({ A: "1,2", C: "3" })));
});

test("HTTPHeaders.toString() has one line for each value", () => {
  const headers = HTTPHeaders.parse("Set-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Type: x\r\n");
  assertEquals(headers.toString(), "Set-Cookie: a=1\nSet-Cookie: b=2\nContent-Type: x\n");
  assertEquals(serializeHeaders(headers), "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Type: x\r\n");
  assertEquals(serializeHeaders(new HTTPHeaders()), "");
});

test("HTTPHeaders can be changed while it is iterated over", () => {
  for (const count of [5, 50]) {
    const headers = HTTPHeaders.parse(manyHeaders(count));
    let seen = 0;
    for (const name of headers) {
      headers.delete(name);
      seen++;
    }
    assertEquals([seen, headers.size], [count, 0]);
  }
});

test("HTTPHeaders.parse() joins folded lines and takes LF for a line end", () => {
  const headers = HTTPHeaders.parse("Foo: bar\n baz\nAsdf: qwer\n\tzxcv\nFoo: even\n     more\n     lines\n");
  assertEquals(headers.get("asdf"), "qwer zxcv");
  assertEquals(headers.getList("Foo"), ["bar baz", "even more lines"]);
  assertEquals(HTTPHeaders.parse("A: 1\r\nB: 2").get("B"), "2");
  assertEquals(HTTPHeaders.parse("A: 1\r\n\r\nB: 2\r\n\r\n").size, 2);
  assertEquals(HTTPHeaders.parse("").size, 0);
});

test("HTTPHeaders.parse() takes only CRLF and LF for line ends", () => {
  for (const code of [0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x2028, 0x2029]) {
    assertThrows(() => HTTPHeaders.parse(`Foo: a${String.fromCharCode(code)}Bar: b\r\n`), HTTPInputError);
  }
  assertEquals(HTTPHeaders.parse("Foo: a\u0085Bar: b\r\n").get("Foo"), "a\u0085Bar: b");
});

test("HTTPHeaders.parse() strips space and tab alone", () => {
  assertEquals(HTTPHeaders.parse("A: \t x \t \r\n").get("A"), "x");
  assertEquals(HTTPHeaders.parse("A:\u00a0x\u00a0\r\n").get("A"), "\u00a0x\u00a0");
});

test("HTTPHeaders.parse() refuses malformed lines", () => {
  for (
    const text of [
      " A: 1",
      "A",
      "A\r\nB: 1",
      ": x",
      "A : 1",
      "A B: 1",
      "A: 1\r\r\n",
      "A: \u0000",
      "A: 1\r\n b\u0000",
      "\u00e9: 1",
    ]
  ) {
    assertThrows(() => HTTPHeaders.parse(text), HTTPInputError);
  }
});

test("HTTPHeaders.parseLine() continues what was added last", () => {
  const headers = new HTTPHeaders();
  headers.parseLine("A: 1\r\n");
  headers.parseLine("\r\n");
  headers.add("B", "2");
  headers.parseLine("\t x ");
  assertEquals([...headers.getAll()], [["A", "1"], ["B", "2 x"]]);
  headers.delete("B");
  assertThrows(() => headers.parseLine(" y"), HTTPInputError);
});

test("HTTPHeaders takes time linear in names, values and folds", () => {
  assertLinear(manyHeaders, (text) => {
    const headers = HTTPHeaders.parse(text);
    const names = [...headers.keys()];
    for (const name of names) headers.set(name, "y");
    for (const name of names.slice(1)) headers.delete(name);
    assertEquals([...headers.getAll()], [[names[0], "y"]]);
  }, 32_000);
  assertLinear((n) => "A: b\r\n".repeat(n), (text) => HTTPHeaders.parse(text).get("A"));
  assertLinear((n) => `A: b\r\n${" c\r\n".repeat(n)}`, (text) => HTTPHeaders.parse(text).get("A"));
  assertLinear((n) => "A: b\r\n".repeat(n), (text) => {
    const block = headersFromBlock(text);
    assertEquals(block.get("B"), null);
    block.getList("A");
  });
});

test("HTTPHeaders remembers hostile names within bounds", () => {
  for (let i = 0; i < 5_000; i++) new HTTPHeaders().set(`X-${i}-${"y".repeat(i % 100)}`, "1");
  assertEquals([...new HTTPHeaders({ "content-type": "x" }).keys()], ["Content-Type"]);
});

test("headersFromBlock() finds names in any case without parsing, and parses for the rest", () => {
  const block =
    "Host: h\r\nACCEPT:  a, b \r\nx-_^: 1\r\nContent-length:5\r\nEmpty:\r\nSet-Cookie: a\r\nset-cookie: b\r\n";
  const fresh = () => headersFromBlock(block);
  assertEquals(fresh().get("host"), "h");
  assertEquals(fresh().get("Accept"), "a, b");
  assertEquals(fresh().get("content-LENGTH"), "5");
  assertEquals(fresh().get("empty"), "");
  assertEquals(fresh().get("set-cookie"), "a,b");
  assertEquals(fresh().get("X-_^"), "1");
  assertEquals(fresh().get("X-_~"), null);
  assertEquals(fresh().get("x-\u007f^"), null);
  assertEquals(fresh().get("Hos"), null);
  assertEquals(fresh().get("Host-"), null);
  assertEquals(fresh().size, 6);
  assertEquals([...fresh().keys()], ["Host", "Accept", "X-_^", "Content-Length", "Empty", "Set-Cookie"]);
  assertEquals(getTrusted(fresh(), "Host"), "h");
  assert(fresh().has("Host"));
  const changed = fresh();
  changed.set("Host", "other");
  assertEquals(changed.toString().split("\n")[0], "Host: other");
});

test("HTTPHeaders.get() remembers nothing that a change or another name has made wrong", () => {
  const block = "Host: h\r\nCookie: x\r\nAccept: a\r\nCookie: y\r\n";
  const names = ["Host", "Cookie", "Accept", "Other"];
  const changes: ((headers: HTTPHeaders) => void)[] = [
    (headers) => headers.set("Host", "other"),
    (headers) => headers.add("Accept", "b"),
    (headers) => headers.delete("Host"),
    (headers) => headers.set("Other", "new"),
  ];
  for (const first of names) {
    for (const second of names) {
      for (const change of changes) {
        const headers = headersFromBlock(block);
        const parsed = new HTTPHeaders(headersFromBlock(block).getAll());
        for (const name of [first, first, second, first]) assertEquals(headers.get(name), parsed.get(name), name);
        const copy = headers.copy();
        change(headers);
        change(parsed);
        for (const name of [first, second]) assertEquals(headers.get(name), parsed.get(name), name);
        change(copy);
        for (const name of [first, second]) assertEquals(copy.get(name), parsed.get(name), name);
      }
    }
  }
});

test("peekTrusted() finds what getTrusted() finds, parsed or not", () => {
  const block = "Host: h\r\nACCEPT:  a, b \r\nEmpty:\r\nSet-Cookie: a\r\nset-cookie: b\r\nCookie: x\r\nCOOKIE: y\r\n";
  const headers = headersFromBlock(block);
  for (let round = 0; round < 2; round++) {
    for (const name of ["Host", "Accept", "Empty", "Set-Cookie", "Cookie", "Other", "Hos", "Host-"]) {
      assertEquals(peekTrusted(headers, name), getTrusted(headersFromBlock(block), name), name);
    }
    // Parses the block.
    assertEquals(headers.size, 5);
  }
  headers.set("Host", "other");
  assertEquals(peekTrusted(headers, "Host"), "other");
});

test("headersFromPairs() answers what headersFromBlock() answers", () => {
  const pairs = ["host", "h", "ACCEPT", " a, b ", "x-_^", "1", "empty", "", "set-cookie", "a", "Set-Cookie", "b"];
  const block = "host:h\r\nACCEPT: a, b \r\nx-_^:1\r\nempty:\r\nset-cookie:a\r\nSet-Cookie:b\r\n";
  for (const name of ["Host", "accept", "X-_^", "Empty", "Set-Cookie", "Other", "Hos", "Host-", "x-\u007f^"]) {
    const received = headersFromPairs(pairs);
    // More looks than are made before parsing.
    for (const other of ["", "1", "2", "3", "4", "5"].map((end) => end === "" ? name : `Other-${end}`)) {
      assertEquals(received.get(other), headersFromBlock(block).get(other), other);
      assertEquals(received.get(name), headersFromBlock(block).get(name), name);
    }
    assertEquals(peekTrusted(headersFromPairs(pairs), name), peekTrusted(headersFromBlock(block), name), name);
    assertEquals(headersFromPairs(pairs).copy().getList(name), headersFromBlock(block).getList(name), name);
  }
  assert(headersFromPairs(pairs).equals(headersFromBlock(block)));
  assertEquals([...headersFromPairs(pairs).getAll()], [...headersFromBlock(block).getAll()]);
  assertThrows(() => headersFromPairs(["a b", "1"]).size, HTTPInputError);
  assertEquals(headersFromPairs([]).size, 0);
});

test("headersFromBlock() answers the same however often it is asked", () => {
  const headers = headersFromBlock("A: 1\r\nB: 2\r\n");
  for (let i = 0; i < 10; i++) assertEquals([headers.get("a"), headers.get("B"), headers.get("C")], ["1", "2", null]);
  assertEquals(headersFromBlock("").get("A"), null);
  assertEquals(headersFromBlock("").size, 0);
});

test("headersFromBlock() agrees with parse() on every look", () => {
  const block = manyHeaders(30) + "Repeat: a\r\nrepeat: b\r\nUpper-CASE: x\r\n";
  const parsed = HTTPHeaders.parse(block);
  for (const [name, value] of parsed.entries()) assertEquals(headersFromBlock(block).get(name.toUpperCase()), value);
  assert(headersFromBlock(block).equals(parsed));
});

test("headersFromBlock() hides no illegal name", () => {
  assertThrows(() => headersFromBlock("a b: 1\r\n").size, HTTPInputError);
});

test("setTrusted() replaces, and keeps the order", () => {
  const headers = headersFromBlock("A: 1\r\nB: 2\r\n");
  setTrusted(headers, "A", "3");
  setTrusted(headers, "C", "4");
  assertEquals(serializeHeaders(headers), "A: 3\r\nB: 2\r\nC: 4\r\n");
});
