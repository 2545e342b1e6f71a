import { assertEquals, assertThrows } from "@std/assert";
import {
  type Bytes,
  type HTTPFile,
  HTTPInputError,
  ParseBodyConfig,
  ParseMultipartConfig,
  type ParseMultipartConfigOptions,
  parseMultipartFormData,
  setParseBodyConfig,
} from "../../../src/http/httputil.ts";
import { assertLinear } from "../../support/assert_linear.ts";
import { latin1, latin1Bytes } from "../../support/bytes.ts";
import { test } from "../../support/test.ts";

interface Form {
  args: Record<string, string[]>;
  files: Record<string, [string, string, string][]>;
}

function parse(body: string, boundary = "1234", config?: ParseMultipartConfigOptions): Form {
  const args: Record<string, Bytes[]> = {};
  const files: Record<string, HTTPFile[]> = {};
  const options = config === undefined ? {} : { config: new ParseMultipartConfig(config) };
  parseMultipartFormData(latin1Bytes(boundary), latin1Bytes(body), args, files, options);
  const texts = Object.entries(args).map(([name, values]) => [name, values.map(latin1)]);
  const fileTexts = Object.entries(files).map(([name, list]) => {
    return [name, list.map((file) => [file.filename, latin1(file.body), file.contentType])];
  });
  return { args: Object.fromEntries(texts), files: Object.fromEntries(fileTexts) };
}

function refuses(body: string, message: string, boundary = "1234", config?: ParseMultipartConfigOptions): void {
  const error = assertThrows(() => parse(body, boundary, config), HTTPInputError, message);
  assertEquals(error.statusCode, 400);
}

/** A part with boundary 1234. */
function part(disposition: string, value: string, more = ""): string {
  return `--1234\r\nContent-Disposition: ${disposition}\r\n${more}\r\n${value}\r\n`;
}

const field = (name: string, value: string): string => part(`form-data; name="${name}"`, value);
const END = "--1234--\r\n";

test("parseMultipartFormData() tells files from arguments by a file name that is not empty", () => {
  const form = parse(
    field("a", "1") + part('form-data; name="f"; filename="ab.txt"', "Foo", "Content-Type: text/plain\r\n") +
      part('form-data; name="f"; filename="x"', "\u0000\u00ff") + part('form-data; name="a"; filename=""', "2") +
      part("form-data; name=b", "") + END,
  );
  assertEquals(form.args, { a: ["1", "2"], b: [""] });
  assertEquals(form.files, { f: [["ab.txt", "Foo", "text/plain"], ["x", "\u0000\u00ff", "application/unknown"]] });
});

test("parseMultipartFormData() hands out views on the body", () => {
  const body = latin1Bytes(field("a", "12") + END);
  const args: Record<string, Bytes[]> = {};
  parseMultipartFormData(latin1Bytes("1234"), body, args, {});
  assertEquals(args["a"]?.[0]?.buffer === body.buffer, true);
});

test("parseMultipartFormData() takes a boundary in quotes", () => {
  assertEquals(parse(field("a", "1") + END, '"1234"').args, { a: ["1"] });
});

test("parseMultipartFormData() keeps line ends and boundary-like lines of a value", () => {
  for (const value of ["a\r\nb\r\n", "\r\n", "--123", "--1234x\r\n", "\r\n--1234 x\r\ny", "a\nb", "\r\n\r\n", "-"]) {
    assertEquals(parse(field("a", value) + field("b", "x") + END).args, { a: [value], b: ["x"] });
  }
});

test("parseMultipartFormData() decodes names and file names as UTF-8, and plain form loses to the extended one", () => {
  const utf8 = (text: string) => latin1(new TextEncoder().encode(text));
  const form = parse(
    part(utf8('form-data; name="\u00e9"; filename="\u65e5.txt"'), "1") +
      part("form-data; name=g; filename=plain; filename*=UTF-8''%E6%97%A5.txt", "2") +
      part('form-data; name="h"; filename="a;b\\"c.txt"', "3") + END,
  );
  assertEquals(form.files, {
    "\u00e9": [["\u65e5.txt", "1", "application/unknown"]],
    g: [["\u65e5.txt", "2", "application/unknown"]],
    h: [['a;b"c.txt', "3", "application/unknown"]],
  });
});

test("parseMultipartFormData() reads part headers in any case and order, folded too", () => {
  const form = parse(
    "--1234\r\ncontent-type: image/png\r\nX-Other: 1\r\nCONTENT-DISPOSITION:form-data;\r\n name=f;\r\n\tfilename=x\r\n\r\nv\r\n" +
      END,
  );
  assertEquals(form.files, { f: [["x", "v", "image/png"]] });
});

test("parseMultipartFormData() ends at the first final delimiter, and ignores what follows", () => {
  assertEquals(parse(field("a", "1") + "--1234--junk").args, { a: ["1"] });
  assertEquals(parse(field("a", "1") + `--1234--\r\n${field("b", "2")}`).args, { a: ["1"] });
  assertEquals(parse(field("a", "1") + END + END).args, { a: ["1"] });
  assertEquals(parse("--1234--").args, {});
  assertEquals(parse(field("a", `--1234--\r\n`) + END).args, { a: [""] });
});

test("parseMultipartFormData() takes a delimiter for one only at the beginning of a line, and only a whole one", () => {
  assertEquals(parse(field("a", "x--1234\r\ny") + field("b", "--1234x") + END).args, {
    a: ["x--1234\r\ny"],
    b: ["--1234x"],
  });
  assertEquals(parse(field("a", "Foo--1234--") + END).args, { a: ["Foo--1234--"] });
  refuses("--1234\r\n--1234--", "no final boundary");
  refuses(field("a", "--1234") + field("b", "x") + END, "colon");
  refuses(field("a", "1\r\n--1234\r\n2") + END, "no final boundary");
});

test("parseMultipartFormData() takes any name for a name", () => {
  const args: Record<string, Bytes[]> = {};
  const body = latin1Bytes(field("__proto__", "1") + field("constructor", "2") + field("__proto__", "3") + END);
  parseMultipartFormData(latin1Bytes("1234"), body, args, {});
  assertEquals(Object.getPrototypeOf(args), Object.prototype);
  assertEquals(Object.entries(args).map(([name, values]) => [name, values.map(latin1)]), [
    ["__proto__", ["1", "3"]],
    ["constructor", ["2"]],
  ]);
});

test("parseMultipartFormData() refuses what Tornado refuses", () => {
  refuses("", "no final boundary");
  refuses(field("a", "1"), "no final boundary");
  refuses("--1234\r\n\r\nFoo\r\n--1234--", "no final boundary");
  refuses("--1234\r\nContent-Disposition: form-data; name=a\r\n--1234--", "no final boundary");
  refuses("--1234 x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--1234--", "does not end with a line end");
  refuses(part('invalid; name="a"', "1") + END, "not form-data");
  refuses(part('form-datax; name="a"', "1") + END, "not form-data");
  refuses("--1234\r\nX: y\r\n\r\n1\r\n" + END, "not form-data");
  refuses("--1234\r\nContent-Disposition: form-data; name=a\r\n\r\nFoo--1234--", "no final boundary");
  refuses("--1234\r\nContent-Disposition: form-data; name=a\r\n\r\nFoo\n--1234--", "no final boundary");
  refuses(part("form-data", "1") + END, "no name");
  refuses(part('form-data; name=""', "1") + END, "no name");
  refuses(part('form-data; filename="x"', "1") + END, "no name");
});

test("parseMultipartFormData() refuses headers with controls, broken UTF-8, illegal names or no colon", () => {
  refuses(part('form-data; name="a\u0000"', "1") + END, "Invalid header value");
  refuses(part('form-data; name="a\rb"', "1") + END, "Invalid header value");
  refuses(part('form-data; name="a\u007f"', "1") + END, "Invalid header value");
  refuses(part('form-data; name="\u00e9"', "1") + END, "not UTF-8");
  refuses(part("form-data; name=a", "1", "X Y: 1\r\n") + END, "Invalid header name");
  refuses(part("form-data; name=a", "1", "X\r\n") + END, "colon");
  refuses("--1234\r\n Content-Disposition: form-data; name=a\r\n\r\n1\r\n" + END, "whitespace");
  refuses(
    "--1234\r\n\u00ef\u00bb\u00bfContent-Disposition: form-data; name=a\r\n\r\n1\r\n" + END,
    "Invalid header name",
  );
});

test("parseMultipartFormData() refuses data before the first boundary, which other readers skip", () => {
  refuses("preamble\r\n" + field("a", "1") + END, "does not start with its boundary");
  refuses("Content-Disposition: form-data; name=a\r\n\r\n1\r\n" + END, "does not start with its boundary");
  refuses("\r\n\r\n" + field("a", "1") + END, "does not start with its boundary");
  refuses("\n" + field("a", "1") + END, "does not start with its boundary");
  refuses("\r\n", "no final boundary");
});

test("parseMultipartFormData() takes one line end before the first boundary, which belongs to it", () => {
  assertEquals(parse("\r\n" + field("a", "1") + END).args, { a: ["1"] });
  assertEquals(parse("\r\n" + END).args, {});
});

test("parseMultipartFormData() takes blanks behind a boundary", () => {
  const padded = (padding: string) =>
    field("a", "1").replace("--1234", `--1234${padding}`) + field("b", "2").replace("--1234", `--1234${padding}`) + END;
  for (const padding of [" ", "\t", " \t ", " ".repeat(256)]) {
    assertEquals(parse(padded(padding)).args, { a: ["1"], b: ["2"] });
  }
  refuses(padded(" ".repeat(257)), "does not end with a line end");
  refuses(padded(" -"), "does not end with a line end");
  assertEquals(parse(field("a", "1") + `${END}  \r\n`).args, { a: ["1"] });
});

test("parseMultipartFormData() takes a disposition in any case", () => {
  const form = parse(part('FORM-Data; Name="a"', "1") + part('Form-data; NAME="f"; FileName="x"', "2") + END);
  assertEquals(form, { args: { a: ["1"] }, files: { f: [["x", "2", "application/unknown"]] } });
});

test("parseMultipartFormData() undoes the three escapes of browsers in names, and no others", () => {
  const names = parse(part('form-data; name="a%22%0D%0Ab%0d%2522%41 50%"', "1") + END).args;
  assertEquals(names, { 'a"\r\nb%0d%2522%41 50%': ["1"] });
  const { files } = parse(part('form-data; name="f"; filename="say %22hi%22 50%.txt"', "1") + END);
  assertEquals(files.f?.[0]?.[0], 'say "hi" 50%.txt');
  const extended = parse(part("form-data; name=f; filename*=UTF-8''a%2522b%22", "1") + END).files;
  assertEquals(extended.f?.[0]?.[0], 'a%22b"');
});

test("parseMultipartFormData() adds nothing when it refuses", () => {
  const args: Record<string, Bytes[]> = {};
  const body = latin1Bytes(field("a", "1") + part("form-data", "2") + END);
  assertThrows(() => parseMultipartFormData(latin1Bytes("1234"), body, args, {}), HTTPInputError);
  assertEquals(args, {});
});

test("ParseMultipartConfig.maxParts admits that many parts, not one less", () => {
  const body = (count: number) => field("a", "1").repeat(count) + END;
  assertEquals(parse(body(100)).args["a"]?.length, 100);
  refuses(body(101), "more than 100 parts");
  assertEquals(parse(body(3), "1234", { maxParts: 3 }).args["a"]?.length, 3);
  refuses(body(3), "more than 2 parts", "1234", { maxParts: 2 });
  refuses(body(1), "more than 0 parts", "1234", { maxParts: 0 });
  assertEquals(parse(END, "1234", { maxParts: 0 }).args, {});
  assertEquals(parse(field("a", "1") + END + "--1234\r\n".repeat(200)).args["a"]?.length, 1);
});

test("ParseMultipartConfig.maxPartHeaderSize admits headers of that length, not one more", () => {
  const header = (length: number) => {
    const start = "Content-Disposition: form-data; name=a; x=";
    return `--1234\r\n${start}${"y".repeat(length - start.length)}\r\n\r\n1\r\n${END}`;
  };
  assertEquals(parse(header(10240)).args, { a: ["1"] });
  refuses(header(10241), "longer than 10240 bytes");
  assertEquals(parse(header(100), "1234", { maxPartHeaderSize: 100 }).args, { a: ["1"] });
  refuses(header(101), "longer than 100 bytes", "1234", { maxPartHeaderSize: 100 });
});

test("ParseMultipartConfig.enabled false refuses every body", () => {
  refuses(field("a", "1") + END, "disabled", "1234", { enabled: false });
});

test("setParseBodyConfig() holds for bodies without a configuration of their own", () => {
  try {
    setParseBodyConfig(new ParseBodyConfig({ multipart: new ParseMultipartConfig({ maxParts: 1 }) }));
    refuses(field("a", "1") + field("b", "2") + END, "more than 1 parts");
    assertEquals(parse(field("a", "1") + field("b", "2") + END, "1234", {}).args, { a: ["1"], b: ["2"] });
  } finally {
    setParseBodyConfig(new ParseBodyConfig());
  }
  assertEquals(parse(field("a", "1") + field("b", "2") + END).args, { a: ["1"], b: ["2"] });
});

test("parseMultipartFormData() takes time linear in the body", () => {
  const open = "--1234\r\nContent-Disposition: form-data; name=a\r\n\r\n";
  const attempt = (make: (n: number) => string, boundary: string) =>
    assertLinear(make, (body) => {
      try {
        parse(body, boundary, { maxParts: 1e9, maxPartHeaderSize: 1e9 });
      } catch (error) {
        if (!(error instanceof HTTPInputError)) throw error;
      }
    });
  const dashes = (n: number) => "-".repeat(n);
  attempt(dashes, "-".repeat(10_000));
  attempt(dashes, "-".repeat(10_000) + "a");
  attempt(dashes, "a" + "-".repeat(10_000));
  attempt((n) => ("-".repeat(5_000) + "a").repeat(n / 5_000), "-".repeat(4_999) + "b");
  attempt((n) => open + "\r".repeat(n), "1234");
  attempt((n) => "--1234\r\n" + "\r\n".repeat(n / 2), "1234");
  attempt((n) => "--1234\r\n" + "a: b\r\n".repeat(n / 10) + "\r\n1\r\n" + END, "1234");
  attempt((n) => "--1234\r\n" + "a: b\r\n" + " c\r\n".repeat(n / 10) + "\r\n1\r\n" + END, "1234");
  attempt((n) => "--1234\r\n".repeat(n / 8) + END, "1234");
  attempt((n) => END.repeat(n / 10), "1234");
  attempt((n) => part(`form-data; ${'a=";"; '.repeat(n / 20)}name=a`, "1") + END, "1234");
});

test("parseMultipartFormData() refuses a part with more than 100 header fields", () => {
  const fields = (count: number) => Array.from({ length: count }, (_, i) => `X-${i}: 1\r\n`).join("");
  const form = (count: number) => `${part('form-data; name="a"', "1", fields(count))}--1234--`;
  assertEquals(parse(form(99)).args, { a: ["1"] });
  refuses(form(100), "more than 100 header fields");
});
