import { assertEquals } from "@std/assert";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { HTTPHeaders, HTTPServerRequest } from "../../src/http/httputil.ts";
import type { Bytes } from "../../src/internal/bytes.ts";
import { utf8 } from "../../src/util/escape.ts";
import { ContentEncoding, GZipContentEncoding } from "../../src/web/content_encoding.ts";
import type { OutputTransformClass } from "../../src/web/transforms.ts";
import { concat } from "../support/bytes.ts";
import { test } from "../support/test.ts";

const LONG = "spam and eggs ".repeat(200);

interface Sent {
  readonly headers: HTTPHeaders;
  readonly bodies: Bytes[];
}

/** What becomes of a response in the given chunks; the last one ends it. */
function send(
  transformClass: OutputTransformClass,
  accepted: string | null,
  headers: Record<string, string>,
  ...chunks: string[]
): Sent {
  const request = new HTTPServerRequest({
    headers: new HTTPHeaders(accepted === null ? {} : { "Accept-Encoding": accepted }),
  });
  const transform = new transformClass(request);
  const bytes = chunks.map((chunk) => utf8(chunk));
  const last = bytes.length - 1;
  const [status, sent, first] = transform.transformFirstChunk(200, new HTTPHeaders(headers), bytes[0], last === 0);
  assertEquals(status, 200);
  return {
    headers: sent,
    bodies: [first, ...bytes.slice(1).map((chunk, i) => transform.transformChunk(chunk, i + 1 === last))],
  };
}

function joined(bodies: readonly Uint8Array[]): string {
  return bodies.map((body) => new TextDecoder().decode(body)).join("");
}

const HTML = { "Content-Type": "text/html; charset=UTF-8" };

test("GZipContentEncoding compresses a long text and corrects its length", () => {
  const { headers, bodies: [body] } = send(GZipContentEncoding, "gzip", { ...HTML, "Content-Length": "2800" }, LONG);
  assertEquals(gunzipSync(body).toString(), LONG);
  assertEquals(headers.get("Content-Encoding"), "gzip");
  assertEquals(headers.get("Content-Length"), String(body.length));
  assertEquals(headers.get("Vary"), "Accept-Encoding");
});

test("GZipContentEncoding leaves alone what is short, of another type, coded or partial, but says that it varies", () => {
  const cases: [Record<string, string>, string][] = [
    [HTML, "x".repeat(1023)],
    [HTML, ""],
    [{ "Content-Type": "image/png" }, LONG],
    [{ "Content-Type": "textual/html" }, LONG],
    [{}, LONG],
    [{ ...HTML, "Content-Encoding": "br" }, LONG],
    [{ ...HTML, "Content-Range": "bytes 0-2799/9999" }, LONG],
  ];
  for (const [head, text] of cases) {
    const { headers, bodies } = send(GZipContentEncoding, "gzip", { ...head, "Accept-Ranges": "bytes" }, text);
    assertEquals(joined(bodies), text);
    assertEquals(headers.get("Content-Encoding"), head["Content-Encoding"] ?? null);
    assertEquals(headers.get("Vary"), "Accept-Encoding");
    assertEquals(headers.get("Accept-Ranges"), "bytes");
  }
});

test("GZipContentEncoding compresses every type of Tornado's list", () => {
  const types = [
    "text/plain",
    "text/event-stream",
    "application/javascript",
    "application/x-javascript",
    "application/xml",
    "application/atom+xml",
    "application/json; charset=UTF-8",
    "application/xhtml+xml",
    "image/svg+xml",
  ];
  for (const type of types) {
    const { headers } = send(GZipContentEncoding, "gzip", { "Content-Type": type }, LONG);
    assertEquals(headers.get("Content-Encoding"), "gzip", type);
  }
});

test("GZipContentEncoding does nothing for clients that do not want it", () => {
  for (const accepted of [null, "", "br, zstd", "gzip;q=0", "identity"]) {
    const { headers, bodies } = send(GZipContentEncoding, accepted, HTML, LONG);
    assertEquals(joined(bodies), LONG);
    assertEquals(headers.get("Content-Encoding"), null);
    assertEquals(headers.get("Vary"), "Accept-Encoding");
  }
});

test("GZipContentEncoding appends to Vary once", () => {
  const cases = [["Cookie", "Cookie, Accept-Encoding"], ["cookie, accept-encoding", "cookie, accept-encoding"], [
    "*",
    "*",
  ]];
  for (const [before, after] of cases) {
    assertEquals(send(GZipContentEncoding, null, { Vary: before }, "").headers.get("Vary"), after);
  }
});

test("GZipContentEncoding compresses a response in pieces, however short they are", () => {
  const { headers, bodies } = send(
    GZipContentEncoding,
    "gzip",
    { ...HTML, "Content-Length": "6" },
    "one",
    "",
    "two",
    "",
  );
  assertEquals(headers.get("Content-Length"), null);
  assertEquals(gunzipSync(concat(...bodies)).toString(), "onetwo");
});

test("GZipContentEncoding takes back the offer of ranges of what it compresses", () => {
  assertEquals(
    send(GZipContentEncoding, "gzip", { ...HTML, "Accept-Ranges": "bytes" }, LONG).headers.has("Accept-Ranges"),
    false,
  );
});

test("GZipContentEncoding makes the ETag of what it compresses a weak one", () => {
  const etag = (accepted: string, tag: string) =>
    send(GZipContentEncoding, accepted, { ...HTML, Etag: tag }, LONG).headers.get("Etag");
  assertEquals([etag("gzip", '"x"'), etag("gzip", 'W/"x"'), etag("identity", '"x"')], ['W/"x"', 'W/"x"', '"x"']);
});

test("GZipContentEncoding takes its numbers from a subclass", () => {
  class Other extends GZipContentEncoding {
    static override MIN_LENGTH = 3;
    static override GZIP_LEVEL = 1;
    static override CONTENT_TYPES = new Set(["image/x-raw"]);
  }
  assertEquals(send(Other, "gzip", { "Content-Type": "image/x-raw" }, "abc").headers.get("Content-Encoding"), "gzip");
  assertEquals(send(Other, "gzip", { "Content-Type": "image/svg+xml" }, "abc").headers.get("Content-Encoding"), null);
});

test("ContentEncoding takes what the client likes best", () => {
  const decoders: Record<string, (body: Bytes) => Uint8Array> = {
    zstd: zstdDecompressSync,
    br: brotliDecompressSync,
    gzip: gunzipSync,
  };
  const cases = [["gzip, deflate, br, zstd", "zstd"], ["gzip, br", "br"], ["gzip", "gzip"], [
    "br;q=0.1, gzip;q=0.2",
    "gzip",
  ]];
  for (const [accepted, coding] of cases) {
    const { headers, bodies: [body] } = send(ContentEncoding, accepted, { ...HTML, "Content-Length": "2800" }, LONG);
    assertEquals(headers.get("Content-Encoding"), coding);
    assertEquals(headers.get("Content-Length"), String(body.length));
    assertEquals(new TextDecoder().decode(decoders[coding](body)), LONG);
  }
});

test("ContentEncoding sends pieces in gzip, or as they are", () => {
  const coded = send(ContentEncoding, "gzip;q=0.5, deflate, br, zstd", HTML, "one", "two");
  assertEquals(coded.headers.get("Content-Encoding"), "gzip");
  assertEquals(gunzipSync(concat(...coded.bodies)).toString(), "onetwo");
  const plain = send(ContentEncoding, "br, zstd", HTML, "one", "two");
  assertEquals(plain.headers.get("Content-Encoding"), null);
  assertEquals(joined(plain.bodies), "onetwo");
});
