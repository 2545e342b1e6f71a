import { assertEquals, assertThrows } from "@std/assert";
import {
  type Bytes,
  type HTTPFile,
  HTTPHeaders,
  HTTPInputError,
  parseBodyArguments,
  type ParseBodyArgumentsOptions,
  ParseBodyConfig,
  ParseMultipartConfig,
  ParseUrlEncodedConfig,
} from "../../../src/http/httputil.ts";
import { latin1, latin1Bytes } from "../../support/bytes.ts";
import { test } from "../../support/test.ts";

function parse(contentType: string, body: string, options?: ParseBodyArgumentsOptions): Record<string, string[]> {
  const args: Record<string, Bytes[]> = {};
  const files: Record<string, HTTPFile[]> = {};
  parseBodyArguments(contentType, latin1Bytes(body), args, files, options);
  assertEquals(files, {});
  return Object.fromEntries(Object.entries(args).map(([name, values]) => [name, values.map(latin1)]));
}

const URLENCODED = "application/x-www-form-urlencoded";
const FORM = '--1234\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--1234--';

test("parseBodyArguments() reads urlencoded bodies, whatever follows the type", () => {
  for (const type of [URLENCODED, `${URLENCODED}; charset=UTF-8`, `${URLENCODED}x`, URLENCODED.toUpperCase()]) {
    assertEquals(parse(type, "a=1&b=&a=%C3%A9+&c&%zz=%"), {
      a: ["1", "\u00c3\u00a9 "],
      b: [""],
      c: [""],
      "%zz": ["%"],
    });
  }
});

test("parseBodyArguments() adds to what is there", () => {
  const args: Record<string, Bytes[]> = { a: [latin1Bytes("0")] };
  parseBodyArguments(URLENCODED, latin1Bytes("a=1&__proto__=2"), args, {});
  assertEquals(args["a"]?.map(latin1), ["0", "1"]);
  assertEquals(Object.keys(args), ["a", "__proto__"]);
});

test("parseBodyArguments() finds the boundary, in quotes or not", () => {
  for (
    const type of [
      "multipart/form-data; boundary=1234",
      'multipart/form-data; boundary="1234"',
      "multipart/form-data;boundary=1234; charset=x",
      "multipart/form-data; charset=x;\tboundary=1234",
      "multipart/form-data ; boundary=; boundary=1234",
      "multipart/form-data; Boundary=1234",
      "Multipart/Form-Data; BOUNDARY=1234",
    ]
  ) assertEquals(parse(type, FORM), { a: ["1"] }, type);
});

test("parseBodyArguments() refuses multipart types without a boundary, and others that begin alike", () => {
  for (
    const type of [
      "multipart/form-data",
      "multipart/form-data; boundary",
      "multipart/form-data; boundary=",
    ]
  ) {
    assertThrows(() => parse(type, FORM), HTTPInputError, "boundary not found");
  }
  assertThrows(() => parse("multipart/form-dataxyz; boundary=1234", FORM), HTTPInputError, "invalid content type");
});

test("parseBodyArguments() leaves other types alone", () => {
  for (const type of ["", "text/plain", "application/json", "multipart/mixed; boundary=1234", ` ${URLENCODED}`]) {
    assertEquals(parse(type, "a=1"), {});
  }
});

test("parseBodyArguments() refuses a form with Content-Encoding, and no other body", () => {
  const headers = new HTTPHeaders({ "Content-Encoding": "gzip" });
  const message = "Unsupported Content-Encoding: gzip";
  assertThrows(() => parse(URLENCODED, "a=1", { headers }), HTTPInputError, message);
  assertThrows(() => parse("multipart/form-data; boundary=1234", FORM, { headers }), HTTPInputError, message);
  assertEquals(parse("text/plain", "a=1", { headers }), {});
  assertEquals(parse(URLENCODED, "a=1", { headers: new HTTPHeaders() }), { a: ["1"] });
});

test("parseBodyArguments() takes limits for one body", () => {
  const config = new ParseBodyConfig({ multipart: new ParseMultipartConfig({ enabled: false }) });
  assertThrows(() => parse("multipart/form-data; boundary=1234", FORM, { config }), HTTPInputError, "disabled");
  assertEquals(parse(URLENCODED, "a=1", { config }), { a: ["1"] });
});

test("parseBodyArguments() refuses more arguments than maxArguments, and adds none of them", () => {
  assertEquals(parse(URLENCODED, Array(1000).fill("a=1").join("&")).a?.length, 1000);
  const args: Record<string, Bytes[]> = {};
  const many = latin1Bytes("a=1&".repeat(1000));
  assertThrows(() => parseBodyArguments(URLENCODED, many, args, {}), HTTPInputError, "more than 1000 arguments");
  assertEquals(args, {});
  const config = new ParseBodyConfig({ urlencoded: new ParseUrlEncodedConfig({ maxArguments: 2 }) });
  assertEquals(parse(URLENCODED, "a=1&a=2", { config }), { a: ["1", "2"] });
  assertThrows(() => parse(URLENCODED, "a=1&a=2&", { config }), HTTPInputError, "more than 2 arguments");
  assertEquals(parse("text/plain", "&&&", { config }), {});
  assertEquals(new ParseBodyConfig().urlencoded.maxArguments, 1000);
});
