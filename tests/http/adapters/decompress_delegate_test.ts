import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createGunzip, gzipSync } from "node:zlib";
import { DecompressDelegate, type DecompressOptions } from "../../../src/http/_adapters/decompress_delegate.ts";
import { HTTPHeaders, HTTPInputError, HTTPMessageDelegate, RequestStartLine } from "../../../src/http/httputil.ts";
import type { Bytes } from "../../../src/internal/bytes.ts";
import { assertLinear } from "../../support/assert_linear.ts";
import { concat } from "../../support/bytes.ts";
import { settled } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const START = new RequestStartLine("POST", "/", "HTTP/1.1");

class Collected extends HTTPMessageDelegate {
  headers: HTTPHeaders = new HTTPHeaders();
  readonly chunks: Bytes[] = [];
  readonly events: string[] = [];
  hold: (() => Promise<void>) | null = null;

  override headersReceived(_startLine: unknown, headers: HTTPHeaders): void {
    this.headers = headers;
  }

  override dataReceived(chunk: Bytes): void | Promise<void> {
    this.chunks.push(chunk);
    if (this.hold !== null) return this.hold();
  }

  override finish(): void {
    this.events.push("finish");
  }

  override onConnectionClose(): void {
    this.events.push("closed");
  }

  get sizes(): number[] {
    return this.chunks.map((chunk) => chunk.length);
  }

  get text(): string {
    return this.chunks.map((chunk) => new TextDecoder().decode(chunk)).join("");
  }
}

function gzip(data: string | Uint8Array): Bytes {
  return new Uint8Array(gzipSync(data));
}

function start(
  encoding: string | null,
  options?: DecompressOptions,
): { delegate: Collected; adapter: DecompressDelegate } {
  const delegate = new Collected();
  const adapter = new DecompressDelegate(delegate, options);
  adapter.headersReceived(
    START,
    new HTTPHeaders(encoding === null ? {} : { "Content-Encoding": encoding, "X-A": "1" }),
  );
  return { delegate, adapter };
}

test("DecompressDelegate renames the header and inflates, wherever the data is cut", () => {
  const data = gzip("hello ".repeat(100));
  for (const size of [1, 7, data.length]) {
    const { delegate, adapter } = start("gzip");
    for (let at = 0; at < data.length; at += size) adapter.dataReceived(data.slice(at, at + size));
    adapter.finish();
    assertEquals(delegate.text, "hello ".repeat(100));
    assertEquals([...delegate.headers.keys()], ["X-A", "X-Consumed-Content-Encoding"]);
    assertEquals(delegate.events, ["finish"]);
  }
});

test("DecompressDelegate passes bodies without gzip as they are", () => {
  for (const encoding of [null, "identity", "br", "gzip, gzip", "x-gzipp"]) {
    const { delegate, adapter } = start(encoding);
    const chunk = new Uint8Array([1, 2, 3]);
    adapter.dataReceived(chunk);
    adapter.finish();
    assertEquals(delegate.chunks[0] === chunk, true);
    assertEquals(delegate.headers.get("X-Consumed-Content-Encoding"), null);
  }
});

test("DecompressDelegate hands over pieces of at most chunkSize, the last one too", () => {
  for (const length of [0, 1, 999, 1000, 1001, 2000, 12345]) {
    const { delegate, adapter } = start("gzip", { chunkSize: 1000 });
    adapter.dataReceived(gzip(new Uint8Array(length)));
    adapter.finish();
    const full = Array.from({ length: Math.floor(length / 1000) }, () => 1000);
    assertEquals(delegate.sizes, length % 1000 === 0 ? full : [...full, length % 1000]);
  }
});

test("DecompressDelegate inflates no more before its delegate lets go", async () => {
  const { delegate, adapter } = start("gzip", { chunkSize: 1000 });
  const holds: (() => void)[] = [];
  delegate.hold = () => new Promise((resolve) => holds.push(resolve));
  const done = adapter.dataReceived(gzip(new Uint8Array(3000)));
  for (let count = 1; count <= 3; count++) {
    assertEquals(delegate.chunks.length, count);
    holds[count - 1]?.();
    await settled();
  }
  await done;
  adapter.finish();
  assertEquals(delegate.sizes, [1000, 1000, 1000]);
});

test("DecompressDelegate stops a bomb at maxBodySize, which may change meanwhile", async () => {
  let limit = 1500;
  const { delegate, adapter } = start("gzip", { chunkSize: 1000, maxBodySize: () => limit });
  const bomb = gzip(new Uint8Array(100 << 20));
  const error = assertThrows(() => adapter.dataReceived(bomb), HTTPInputError);
  assertEquals([error.statusCode, delegate.sizes], [413, [1000]]);

  limit = 5000;
  const other = start("gzip", { chunkSize: 1000, maxBodySize: () => limit });
  other.delegate.hold = () => Promise.resolve();
  const late = await assertRejects(async () => await other.adapter.dataReceived(bomb), HTTPInputError);
  assertEquals([late.statusCode, other.delegate.sizes.length], [413, 5]);
});

test("DecompressDelegate refuses what is not gzip and what is cut off with 400", () => {
  const data = gzip("hello hello hello");
  const damaged = data.slice();
  damaged[data.length - 5] = (damaged[data.length - 5] ?? 0) ^ 1;
  for (const bad of [new TextEncoder().encode("no gzip at all"), damaged]) {
    const { adapter } = start("gzip");
    assertEquals(assertThrows(() => adapter.dataReceived(bad), HTTPInputError).statusCode, 400);
  }
  for (let length = 1; length < data.length; length++) {
    const { delegate, adapter } = start("gzip");
    adapter.dataReceived(data.slice(0, length));
    assertEquals(assertThrows(() => adapter.finish(), HTTPInputError).statusCode, 400, `${length} bytes`);
    assertEquals(delegate.events, ["closed"]);
  }
});

test("DecompressDelegate takes no byte for an empty body, and passes the loss of the connection on", () => {
  const { delegate, adapter } = start("gzip");
  adapter.finish();
  const lost = start("gzip");
  lost.adapter.onConnectionClose();
  assertEquals([delegate.events, lost.delegate.events], [["finish"], ["closed"]]);
});

test("DecompressDelegate without a synchronous zlib passes the body on at its end, up to maxBodySize", () => {
  const prototype = Object.getPrototypeOf(createGunzip());
  Object.defineProperty(prototype, "_handle", { get: () => null, set: () => {}, configurable: true });
  let cases;
  try {
    cases = [2500, 2499].map((limit) => start("gzip", { chunkSize: 1000, maxBodySize: () => limit }));
  } finally {
    Reflect.deleteProperty(prototype, "_handle");
  }
  const [whole, tooLong] = cases;
  for (const { adapter } of cases) adapter.dataReceived(gzip(new Uint8Array(2500)));
  whole.adapter.finish();
  assertEquals([whole.delegate.sizes, whole.delegate.events], [[1000, 1000, 500], ["finish"]]);
  assertEquals(assertThrows(() => tooLong.adapter.finish(), HTTPInputError).statusCode, 413);
  assertEquals([tooLong.delegate.sizes, tooLong.delegate.events], [[], ["closed"]]);
});

test("DecompressDelegate inflates nothing more once the connection is lost, or a limit was exceeded", () => {
  const lost = start("gzip");
  lost.adapter.dataReceived(gzip("hello").subarray(0, 12));
  lost.adapter.onConnectionClose();
  const tooLong = start("gzip", { maxBodySize: () => 3 });
  assertEquals(assertThrows(() => tooLong.adapter.dataReceived(gzip("hello")), HTTPInputError).statusCode, 413);
  for (const { adapter } of [lost, tooLong]) {
    assertEquals(assertThrows(() => adapter.dataReceived(gzip("hello")), HTTPInputError).statusCode, 400);
  }
});

test("DecompressDelegate takes linear time for many empty members", () => {
  const empty = gzip("");
  const bodyOf = (n: number) => concat(...Array.from({ length: n }, () => empty), gzip("end"));
  assertLinear(bodyOf, (body) => {
    const { delegate, adapter } = start("gzip");
    adapter.dataReceived(body);
    adapter.finish();
    assertEquals(delegate.text, "end");
  }, 30_000);
});

test("DecompressDelegate takes linear time for a body that arrives byte by byte", () => {
  const noise = new Uint8Array(65_536);
  crypto.getRandomValues(noise);
  const bodyOf = (n: number) => gzip(noise.subarray(0, n));
  assertLinear(bodyOf, (body) => {
    const { adapter } = start("gzip");
    for (let at = 0; at < body.length; at++) adapter.dataReceived(body.subarray(at, at + 1));
    adapter.finish();
  }, 10_000);
});
