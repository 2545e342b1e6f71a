import { assertEquals } from "@std/assert";
import { utf8 } from "../../src/util/escape.ts";
import { GzipStream } from "../../src/web/_transforms/gzip_stream.ts";
import { askPython } from "../support/python.ts";
import { test } from "../support/test.ts";

test("GzipStream can be read by Python", async () => {
  const stream = new GzipStream(6);
  const zipped = ["one ", "two ", "three"].map((text, i) => stream.piece(utf8(text), i === 2).slice().toBase64());
  const program = "import sys, json, gzip, base64; " +
    "print(json.dumps(gzip.decompress(b''.join(map(base64.b64decode, json.load(sys.stdin)))).decode()))";
  assertEquals(await askPython(["-c", program], zipped), "one two three");
});
