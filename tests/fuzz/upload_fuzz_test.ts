import { assertEquals } from "@std/assert";
import { HTTPInputError, MultipartParser } from "../../src/http/httputil.ts";
import { Application, RequestHandler, streamRequestBody, UploadForm } from "../../src/web/mod.ts";
import type { Bytes } from "../../src/internal/bytes.ts";
import { latin1Bytes } from "../support/bytes.ts";
import { FakeExchange } from "../support/fake_connection.ts";
import { fuzzSeed, fuzzTimes, mutateText } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

const SEEDS = [
  '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B--\r\n',
  '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name="f"; ' +
  'filename="x.txt"\r\nContent-Type: text/plain\r\n\r\nFoo\r\nBar\r\n--B--\r\n',
  '--B\r\nContent-Disposition: form-data; name="f"; filename="../../x"\r\n\r\n\r\n--B--\r\nepilogue',
  '--B\r\nContent-Disposition: form-data; name="m"\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n--C\r\n' +
  'Content-Disposition: file; filename="y"\r\n\r\nnested\r\n--C--\r\n--B--',
  "--B--",
];
const PIECES = [
  "--B",
  "--B\r\n",
  "\r\n--B\r\n",
  "--B--",
  "\r\n--B--",
  "\r\n",
  "\r",
  "\n",
  "-",
  "\r\n\r\n",
  '"',
  ";",
  "=",
  ":",
  "\0",
  "\xff",
  "filename=z",
  'Content-Disposition: form-data; name="b"\r\n\r\n',
  'Content-Disposition: form-data; name="f"; filename="y"\r\n\r\n',
  "x".repeat(200),
  "Y: ".repeat(4000),
];

function mutate(random: Random): Bytes {
  const seed = random.pick(SEEDS);
  const text = random.below(5) === 0 ? seed : mutateText(random, seed, { pieces: PIECES, others: SEEDS, most: 4 });
  return latin1Bytes(text);
}

/** The bytes in pieces. */
function cut(random: Random, bytes: Bytes): Bytes[] {
  const pieces: Bytes[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = random.pick([1, 2, 5, 30, 1000]);
    pieces.push(bytes.slice(at, at + size));
    at += size;
  }
  return pieces;
}

/** The parts as text, or the error. */
function outcomeOf(pieces: readonly Bytes[]): string {
  const parser = new MultipartParser(Uint8Array.of(0x42));
  let outcome = "";
  try {
    for (const piece of pieces) {
      for (const event of parser.feed(piece)) {
        if (event.type === "part") outcome += `<${event.part.name}|${event.part.filename}|${event.part.contentType}>`;
        else if (event.type === "data") {
          outcome += Array.from(event.chunk, (byte) => String.fromCharCode(byte)).join("");
        } else outcome += "</>";
      }
    }
    parser.finish();
    return outcome;
  } catch (error) {
    if (error instanceof HTTPInputError) return `error: ${error.message}`;
    throw error;
  }
}

test("MultipartParser turns any bytes into parts or a documented error, however they are split", () => {
  const random = new Random(fuzzSeed());
  const counts = { parts: 0, errors: 0 };
  for (let round = fuzzTimes(5000); round > 0; round--) {
    const body = mutate(random);
    const whole = outcomeOf([body]);
    assertEquals(outcomeOf(cut(random, body)), whole, JSON.stringify(new TextDecoder("latin1").decode(body)));
    if (whole.startsWith("error")) counts.errors++;
    else counts.parts++;
  }
  assertEquals(counts.parts > 0 && counts.errors > 0, true);
});

@streamRequestBody
class Upload extends RequestHandler {
  declare form: UploadForm;

  override initialize(kwargs: { directory: string }): void {
    this.form = new UploadForm(this, { ...kwargs, maxPartSize: 50, maxFieldsSize: 40 });
  }
  override dataReceived(chunk: Bytes): Promise<void> {
    return this.form.receive(chunk);
  }
  override post(): void {
    this.form.complete();
    for (const files of Object.values(this.form.files)) for (const file of files) Deno.statSync(file.path);
  }
}

test("UploadForm answers any body with 200, 400 or 413, and leaves no temporary file", async (t) => {
  t.expectLog("tornado.general", /^(?:400|413) POST/);
  using dir = new TempDir();
  const app = new Application([["/", Upload, { directory: dir.path }]], { logFunction() {} });
  const random = new Random(fuzzSeed());
  const headers = { "Content-Type": "multipart/form-data; boundary=B" };
  const counts: Record<string, number> = {};
  // Files take their time.
  for (let round = fuzzTimes(5000) / 10; round > 0; round--) {
    const exchange = new FakeExchange(app, "/", { method: "POST", headers });
    const body = mutate(random);
    const isCut = random.below(5) === 0;
    for (const piece of cut(random, isCut ? body.slice(0, random.below(body.length + 1)) : body)) {
      if (!exchange.connection.finished) await exchange.send(piece);
    }
    if (isCut && !exchange.connection.finished) exchange.delegate.onConnectionClose();
    else if (!exchange.connection.finished) exchange.end();
    const outcome = exchange.connection.finished ? String(exchange.connection.status) : "gone";
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    await until(() => [...Deno.readDirSync(dir.path)].length === 0);
  }
  assertEquals(Object.keys(counts).sort(), ["200", "400", "413", "gone"]);
});
