import { assertEquals } from "@std/assert";
import { type Bytes, type HTTPFile, HTTPInputError, parseMultipartFormData } from "../../../src/http/httputil.ts";
import { latin1, latin1Bytes } from "../../support/bytes.ts";
import { Random } from "../../support/random.ts";
import { test } from "../../support/test.ts";

const SEEDS = [
  '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B--\r\n',
  '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name="f"; ' +
  'filename="x.txt"\r\nContent-Type: text/plain\r\n\r\nFoo\r\nBar\r\n--B--\r\n',
  "--B\r\nContent-Disposition: form-data; name=g; filename*=UTF-8''%E2%82%AC; filename*0=a\r\n\r\n\r\n--B--",
  "--B\r\nX-A: 1\r\n folded\r\ncontent-disposition: form-data;name=\u00c3\u00a9\r\n\r\n--B \r\n--B\r\n--B--epilogue",
];
const PIECES = [
  "--B",
  "--B\r\n",
  "--B--",
  "\r\n",
  "\r",
  "\n",
  "\r\n\r\n",
  '"',
  ";",
  "=",
  "\\",
  "*",
  "'",
  "%",
  ":",
  " ",
  "\t",
  "\u0000",
  "\u00ff",
  "name=",
  "-",
  "Content-Disposition: form-data; name=b",
];

/** The rules of the module's documentation once more, by way of strings and without a thought for speed. */
function reference(text: string): string[] | null {
  const start = /^(?:\r\n)?--B/.exec(text)?.[0];
  if (start === undefined) return null;
  const values: string[] = [];
  let rest = text.slice(start.length);
  while (!rest.startsWith("--")) {
    rest = rest.replace(/^[ \t]+/, "");
    const headEnd = rest.indexOf("\r\n\r\n", 2);
    if (!rest.startsWith("\r\n") || headEnd === -1 || headEnd > 10_242 || values.length === 100) return null;
    // The line end of the empty line is also that of a delimiter which follows immediately.
    const content = rest.slice(headEnd + 2);
    const end = content.search(/\r\n--B(?:--|[ \t]*\r\n)/);
    if (end === -1) return null;
    values.push(content.slice(2, Math.max(2, end)));
    rest = content.slice(end + "\r\n--B".length);
  }
  return values;
}

test("parseMultipartFormData() meets 60,000 mutated bodies with a form or an HTTPInputError", () => {
  const random = new Random(20_000);
  let accepted = 0;
  for (let round = 0; round < 60_000; round++) {
    let text = SEEDS[random.below(SEEDS.length)] ?? "";
    for (let changes = 1 + random.below(3); changes > 0; changes--) {
      const at = random.below(text.length + 1);
      const piece = random.below(4) === 0
        ? String.fromCharCode(random.below(256))
        : PIECES[random.below(PIECES.length)] ?? "";
      text = text.slice(0, at) + piece + text.slice(at + random.below(3) * random.below(8));
    }
    const args: Record<string, Bytes[]> = Object.create(null);
    const files: Record<string, HTTPFile[]> = Object.create(null);
    try {
      parseMultipartFormData(latin1Bytes("B"), latin1Bytes(text), args, files);
    } catch (error) {
      if (!(error instanceof HTTPInputError)) {
        throw new Error(`refused the wrong way: ${JSON.stringify(text)}`, { cause: error });
      }
      assertEquals([Object.keys(args), Object.keys(files)], [[], []]);
      continue;
    }
    accepted++;
    const values = [...Object.values(args).flat(), ...Object.values(files).flat().map((file) => file.body)].map(latin1);
    assertEquals(values.sort(), reference(text)?.sort(), JSON.stringify(text));
  }
  // A fuzzer that is refused at the door finds nothing.
  assertEquals(accepted > 5_000, true, `only ${accepted} accepted`);
});
