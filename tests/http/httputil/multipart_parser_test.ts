import { assertEquals, assertThrows } from "@std/assert";
import {
  type HTTPFile,
  HTTPInputError,
  MultipartParser,
  ParseMultipartConfig,
  parseMultipartFormData,
} from "../../../src/http/httputil.ts";
import type { Bytes } from "../../../src/internal/bytes.ts";
import { utf8 } from "../../../src/util/escape.ts";
import { assertLinear } from "../../support/assert_linear.ts";
import { latin1Bytes } from "../../support/bytes.ts";
import { Random } from "../../support/random.ts";
import { test } from "../../support/test.ts";

interface Part {
  readonly name: string;
  readonly filename: string | null;
  readonly contentType: string | null;
  readonly content: string;
}

const decoder = new TextDecoder("latin1");

/** The parts of a body that comes in pieces of the given sizes, the last size again and again. */
function parse(
  body: string | Bytes,
  sizes: readonly number[] = [Infinity],
  config = new ParseMultipartConfig(),
): Part[] {
  const parser = new MultipartParser(utf8("1234"), { config });
  const parts: Part[] = [];
  let open: { part: Omit<Part, "content">; content: string } | null = null;
  const data = utf8(body);
  for (let at = 0, i = 0; at < data.length; i++) {
    const size = sizes[Math.min(i, sizes.length - 1)];
    for (const event of parser.feed(data.slice(at, at + size))) {
      if (event.type === "part") {
        const { name, filename, contentType } = event.part;
        assertEquals(open, null);
        open = { part: { name, filename, contentType: filename === null ? null : contentType }, content: "" };
      } else if (event.type === "data") {
        assertEquals(event.chunk.length > 0, true);
        if (open === null) throw new Error("data without a part");
        open.content += decoder.decode(event.chunk);
      } else {
        if (open === null) throw new Error("an end without a part");
        parts.push({ ...open.part, content: open.content });
        open = null;
      }
    }
    at += size;
  }
  parser.finish();
  assertEquals(open, null);
  return parts;
}

const FORM = "--1234\r\n" +
  'Content-Disposition: form-data; name="files"; filename="ab.txt"\r\nContent-Type: text/x\r\n\r\nFoo\r\n' +
  '--1234\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' +
  '--1234\r\nContent-Disposition: form-data; name="b"\r\n\r\n' +
  '--1234\r\nContent-Disposition: form-data; name=c; filename=""\r\n\r\n\r\n--123\r\n--1234x\r\n--1234\r-\r\n\r\n' +
  "--1234\r\nContent-Disposition: form-data; name=d; filename=e\r\n\r\n\r\r\r\n\r\r\n\r\n" +
  "--1234--\r\nepilogue --1234--";

const PARTS: Part[] = [
  { name: "files", filename: "ab.txt", contentType: "text/x", content: "Foo" },
  { name: "a", filename: null, contentType: null, content: "" },
  { name: "b", filename: null, contentType: null, content: "" },
  { name: "c", filename: null, contentType: null, content: "\r\n--123\r\n--1234x\r\n--1234\r-\r\n" },
  { name: "d", filename: "e", contentType: "application/unknown", content: "\r\r\r\n\r\r\n" },
];

test("MultipartParser finds the parts, wherever the body is cut", () => {
  assertEquals(parse(FORM), PARTS);
  for (let size = 1; size < 100; size++) assertEquals(parse(FORM, [size]), PARTS, `pieces of ${size}`);
  for (let first = 1; first < FORM.length; first++) {
    assertEquals(parse(FORM, [first, Infinity]), PARTS, `cut at ${first}`);
  }
});

test("MultipartParser gives content on as it comes", () => {
  const parser = new MultipartParser(utf8("B"));
  const feed = (text: string) =>
    [...parser.feed(utf8(text))].map((event) => event.type === "data" ? decoder.decode(event.chunk) : event.type);
  assertEquals(feed('--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n'), ["part"]);
  assertEquals(feed("one"), ["one"]);
  assertEquals(feed("two\r"), ["two"]);
  assertEquals(feed("three\r\n--"), ["\rthree"]);
  assertEquals(feed("four"), ["\r\n--four"]);
  assertEquals(feed("\r\n--B"), []);
  assertEquals(feed("-"), []);
  assertEquals(feed("-"), ["end"]);
  assertEquals(feed("anything"), []);
  parser.finish();
});

test("MultipartParser accepts a form without parts", () => {
  assertEquals(parse("--1234--"), []);
  assertEquals(parse("--1234--\r\n", [1]), []);
  assertEquals(parse("\r\n--1234--  ", [1]), []);
});

const MALFORMED: [body: string, message: string][] = [
  ["", "no final boundary"],
  ["--1234", "no final boundary"],
  ["--1234-", "no final boundary"],
  ["--1234\r\n", "no final boundary"],
  ["x", "does not start with its boundary"],
  ["\r\n\r\n--1234--", "does not start with its boundary"],
  ["preamble\r\n--1234--", "does not start with its boundary"],
  ["--1235--", "does not start with its boundary"],
  ["--1234xy", "does not end with a line end"],
  ["--1234 \n", "does not end with a line end"],
  ["--1234 ", "no final boundary"],
  ["\r", "no final boundary"],
  ["--1234\r\nContent-Disposition: form-data\r\n\r\nx\r\n--1234--", "has no name"],
  ["--1234\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--1234--", "is not form-data"],
  ["--1234\r\n\r\n\r\nx\r\n--1234--", "is not form-data"],
  ["--1234\r\nbroken\r\n\r\nx\r\n--1234--", "header"],
  ['--1234\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n', "no final boundary"],
  ['--1234\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--1234', "no final boundary"],
  ['--1234\r\nContent-Disposition: form-data; name="a"\r\n\r\nx--1234--', "no final boundary"],
];

test("MultipartParser refuses malformed bodies, wherever they are cut", () => {
  for (const [body, message] of MALFORMED) {
    for (const sizes of [[Infinity], [1], [7]]) assertThrows(() => parse(body, sizes), HTTPInputError, message, body);
  }
});

test("MultipartParser keeps to its limits", () => {
  const config = new ParseMultipartConfig({ maxParts: 2, maxPartHeaderSize: 60 });
  const part = (name: string) => `--1234\r\nContent-Disposition: form-data; name=${name}\r\n\r\nx\r\n`;
  const most = "n".repeat(60 - "Content-Disposition: form-data; name=".length);
  for (const sizes of [[Infinity], [1]]) {
    assertEquals(parse(part("a") + part(most) + "--1234--", sizes, config).length, 2);
    assertThrows(() => parse(part("a").repeat(3) + "--1234--", sizes, config), HTTPInputError, "more than 2 parts");
    assertThrows(() => parse(part(`${most}n`) + "--1234--", sizes, config), HTTPInputError, "longer than 60 bytes");
    assertThrows(() => parse(`--1234\r\n${"x".repeat(1000)}`, sizes, config), HTTPInputError, "longer than 60 bytes");
  }
  const disabled = new ParseMultipartConfig({ enabled: false });
  assertThrows(() => parse(FORM, [1], disabled), HTTPInputError, "disabled");
});

test("MultipartParser.of() takes the boundary from the type", () => {
  for (const type of ["multipart/form-data; boundary=1234", 'multipart/form-data; charset=x; boundary="1234"']) {
    const parser = MultipartParser.of(type);
    assertEquals([...parser.feed(utf8(FORM))].filter((event) => event.type === "part").length, 5);
  }
  const bad = [
    "multipart/form-data",
    "multipart/form-data; boundary=",
    'multipart/form-data; boundary=""',
    "text/plain",
  ];
  for (const type of bad) assertThrows(() => MultipartParser.of(type), HTTPInputError, "multipart", type);
  assertThrows(() => new MultipartParser(utf8("a\r\nb")), HTTPInputError);
});

/** What the parser of whole bodies finds, in the order of names. */
function parseWhole(body: Bytes): Part[] {
  const args: Record<string, Bytes[]> = {};
  const files: Record<string, HTTPFile[]> = {};
  parseMultipartFormData(utf8("1234"), body, args, files);
  const parts: Part[] = [];
  for (const [name, values] of Object.entries(args)) {
    for (const value of values) parts.push({ name, filename: null, contentType: null, content: decoder.decode(value) });
  }
  for (const [name, values] of Object.entries(files)) {
    for (const { filename, contentType, body } of values) {
      parts.push({ name, filename, contentType, content: decoder.decode(body) });
    }
  }
  return parts;
}

function sorted(parts: readonly Part[]): string[] {
  return parts.map((part) => JSON.stringify(part)).sort();
}

test("MultipartParser finds what parseMultipartFormData() finds, in bodies of any content and any pieces", () => {
  const random = new Random(7);
  const contents = ["\r", "\n", "-", "--", "1", "12", "123", "\r\n", "\r\n-", "\r\n--", "\r\n--123", "x", "\xff", "\0"];
  for (let round = 0; round < 500; round++) {
    const parts = Array.from({ length: random.below(6) }, (_, i) => {
      const file = random.pick(["", `; filename="f${i}"`, '; filename=""']);
      const type = random.pick(["", "\r\nContent-Type: text/y"]);
      const content = random.text(contents, 30);
      return `--1234\r\nContent-Disposition: form-data; name="n${i}"${file}${type}\r\n\r\n${content}\r\n`;
    });
    const body = latin1Bytes(`${parts.join("")}--1234--\r\n`);
    // One takes `--1234` for a delimiter wherever it stands, the other at the beginning of a line.
    if (parts.some((part) => /[^\n]--1234/.test(part.replace("--1234", "")))) continue;
    const sizes = Array.from({ length: 40 }, () => 1 + random.below(40));
    assertEquals(sorted(parse(body, sizes)), sorted(parseWhole(body)), `round ${round}`);
  }
});

test("MultipartParser takes linear time for content made to hurt it", () => {
  const head = '--1234\r\nContent-Disposition: form-data; name="a"\r\n\r\n';
  for (const unit of ["\r", "\r\n", "\r\n--", "\r\n--123", "\r\n--1234x", "\r\n--1234-x", "-"]) {
    assertLinear((n) => unit.repeat(n), (content) => {
      const [part] = parse(`${head}${content}\r\n--1234--`, [65536]);
      assertEquals(part.content.length, content.length);
    });
  }
});
