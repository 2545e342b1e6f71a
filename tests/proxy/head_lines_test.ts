// The fields of a head that go on as text, beside those that are parsed and filtered.
import { assertEquals } from "@std/assert";
import { HTTPHeaders } from "../../src/http/httputil.ts";
import { filterHeaders, headersOfLines } from "../../src/http/internal.ts";
import { headersFromBlock, serializeHeaders } from "../../src/http/_httputil/headers.ts";
import { partHead } from "../../src/proxy/_forward/head_lines.ts";
import { fuzzSeed, fuzzTimes } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

const always = () => true;

function parted(block: string, stay: readonly string[]): [lines: string, others: string] {
  const { lines, others } = partHead(headersFromBlock(block), always, (name) => !stay.includes(name));
  return [lines, serializeHeaders(others)];
}

test("partHead() leaves lines unchanged that are written plainly", () => {
  const block = "Host: a\r\nAccept: text/html, */*\r\nX-Empty: \r\nCookie: a=b; c=d\r\n";
  assertEquals(parted(block, []), [block, ""]);
  assertEquals(parted("", []), ["", ""]);
});

test("partHead() takes single lines out, wherever they are", () => {
  const block = "A: 1\r\nB: 2\r\nC: 3\r\n";
  assertEquals(parted(block, ["A"]), ["B: 2\r\nC: 3\r\n", "A: 1\r\n"]);
  assertEquals(parted(block, ["B"]), ["A: 1\r\nC: 3\r\n", "B: 2\r\n"]);
  assertEquals(parted(block, ["C"]), ["A: 1\r\nB: 2\r\n", "C: 3\r\n"]);
  assertEquals(parted(block, ["A", "C"]), ["B: 2\r\n", "A: 1\r\nC: 3\r\n"]);
  assertEquals(parted(block, ["A", "B", "C"]), ["", block]);
});

test("partHead() normalizes names and blanks that are not written plainly", () => {
  const block = 'user-agent:x\r\nX_Odd:\t y \t\r\nACCEPT: */*\r\nETag: "z"\r\nFine: yes\r\nBlank: \t\r\n';
  const written = 'User-Agent: x\r\nX_odd: y\r\nAccept: */*\r\nEtag: "z"\r\nFine: yes\r\nBlank: \r\n';
  assertEquals(parted(block, []), [written, ""]);
  assertEquals(parted(block, ["X_odd"]), [written.replace("X_odd: y\r\n", ""), "X_odd: y\r\n"]);
});

test("partHead() asks only of names with a first letter that is named", () => {
  const asked: string[] = [];
  const { lines } = partHead(
    headersFromBlock("Te: a\r\nAccept: b\r\nTrailer: c\r\nodd: d\r\n"),
    (letter) => letter === "T".charCodeAt(0),
    (name) => asked.push(name) < 0,
  );
  assertEquals(asked, ["Te", "Trailer", "Odd"]);
  assertEquals(lines, "Accept: b\r\n");
});

test("partHead() goes on with fields that were changed before", () => {
  const headers = headersFromBlock("A: 1\r\nB: 2\r\n");
  headers.set("B", "3");
  headers.add("C", "4");
  const { lines } = partHead(headers, always, (name) => name !== "A");
  assertEquals(lines, "B: 3\r\nC: 4\r\n");
});

test("Headers of lines are sent unchanged, and with what was set later", () => {
  const headers = headersOfLines("A: 1\r\nB: 2\r\nA: 3\r\n");
  assertEquals(serializeHeaders(headers.copy()), "A: 1\r\nB: 2\r\nA: 3\r\n");
  assertEquals(headers.get("A"), "1,3");
  headers.set("B", "4");
  assertEquals(serializeHeaders(headers), "A: 1\r\nA: 3\r\nB: 4\r\n");
});

test("partHead() parts random heads as parsing and filtering does", () => {
  const random = new Random(fuzzSeed(18));
  const names = [
    "Host",
    "host",
    "TE",
    "Te",
    "X-Forwarded-For",
    "x-forwarded-for",
    "Via",
    "Accept",
    "x_y",
    "Connection",
  ];
  const values = ["", "a", "a, b", "\xe4", "keep-alive, te", "1:2"];
  const blanks = ["", " ", "\t", "  "];
  for (let i = fuzzTimes(2000); i > 0; i--) {
    let block = "";
    for (let left = random.below(8); left > 0; left--) {
      block += `${random.pick(names)}:${random.pick(blanks)}${random.pick(values)}${random.pick(blanks)}\r\n`;
    }
    const stay = names.filter(() => random.below(3) === 0);
    const { lines, others } = partHead(headersFromBlock(block), always, (name) => !stay.includes(name));
    for (const [text, passes] of [[lines, true], [serializeHeaders(others), false]] as const) {
      const expected = filterHeaders(headersFromBlock(block), (name) => stay.includes(name) !== passes);
      assertEquals([...headersFromBlock(text).getAll()], [...expected.getAll()]);
      // Each line as this library writes it.
      assertEquals(HTTPHeaders.parse(text).toString().length, text.length - text.split("\r\n").length + 1);
    }
  }
});
