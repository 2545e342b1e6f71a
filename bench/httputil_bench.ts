/** What a request costs in httputil, beside the libraries that others use: deno bench bench/httputil_bench.ts */
import type { Readable } from "node:stream";
import busboy from "npm:busboy@1.6.0";
import { parse as npmParseCookie } from "npm:cookie@0.7.2";
import { getCookies } from "npm:deno-std@1.4.0/http/cookie.js";
import { parseMediaType } from "npm:deno-std@1.4.0/media_types/parse_media_type.js";
import {
  HTTPHeaders,
  HTTPServerRequest,
  parseCookie,
  parseHeader,
  parseMultipartFormData,
  RequestStartLine,
} from "../src/http/httputil.ts";
import { getTrusted, headersFromBlock, serializeHeaders, setTrusted } from "../src/http/_httputil/headers.ts";

const WRK = "Host: 127.0.0.1:8888\r\n";
const BROWSER = [
  "Host: 127.0.0.1:8888",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "Accept-Language: en-US,en;q=0.5",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "DNT: 1",
  "Connection: keep-alive",
  "Cookie: session=2|1:0|10:1300000000|4:name|8:dmFsdWU=|dde970934c3dca1ee18c2286; _xsrf=2|5d7e9a44|c31c5a7e8b",
  "Upgrade-Insecure-Requests: 1",
  "Sec-Fetch-Dest: document",
  "Sec-Fetch-Mode: navigate",
  "Sec-Fetch-Site: none",
  "Sec-Fetch-User: ?1",
  "Priority: u=0, i",
].join("\r\n") + "\r\n";

// What is assigned here cannot be optimised away.
let sink: unknown;
/** What the last bench made. */
export const lastResult = (): unknown => sink;

const startLine = new RequestStartLine("GET", "/chat/room?id=7&q=x", "HTTP/1.1");

Deno.bench("request object, nothing asked", { group: "request", baseline: true }, () => {
  sink = new HTTPServerRequest({ startLine, headers: headersFromBlock(WRK) });
});
Deno.bench("request object, path", { group: "request" }, () => {
  sink = new HTTPServerRequest({ startLine, headers: headersFromBlock(WRK) }).path;
});
Deno.bench("request object, arguments", { group: "request" }, () => {
  sink = new HTTPServerRequest({ startLine, headers: headersFromBlock(WRK) }).arguments;
});
Deno.bench("request object, cookies of a browser", { group: "request" }, () => {
  sink = new HTTPServerRequest({ startLine, headers: headersFromBlock(BROWSER) }).cookies;
});

Deno.bench("one look into a small block", { group: "read headers", baseline: true }, () => {
  sink = headersFromBlock(WRK).get("If-None-Match");
});
Deno.bench("one look into a browser's block", { group: "read headers" }, () => {
  sink = headersFromBlock(BROWSER).get("If-None-Match");
});
Deno.bench("a browser's block, parsed", { group: "read headers" }, () => {
  sink = headersFromBlock(BROWSER).size;
});
Deno.bench("HTTPHeaders.parse() of a browser's block", { group: "read headers" }, () => {
  sink = HTTPHeaders.parse(BROWSER);
});
const parsed = HTTPHeaders.parse(BROWSER);
Deno.bench("get() from parsed headers", { group: "read headers" }, () => {
  sink = parsed.get("Cookie");
});
Deno.bench("Headers of the platform: construct from the same pairs", { group: "read headers" }, () => {
  sink = new Headers([...parsed.getAll()]);
});

function responseHeaders(): HTTPHeaders {
  const headers = new HTTPHeaders();
  setTrusted(headers, "Server", "Twister/0.2.0");
  setTrusted(headers, "Content-Type", "text/html; charset=UTF-8");
  setTrusted(headers, "Date", "Sun, 27 Jan 2013 18:43:20 GMT");
  setTrusted(headers, "Etag", '"943a702d06f34599aee1f8da8ef9f7296031d699"');
  setTrusted(headers, "Content-Length", "13");
  return headers;
}
Deno.bench("five trusted headers, serialised", { group: "write headers", baseline: true }, () => {
  const headers = responseHeaders();
  if (getTrusted(headers, "Transfer-Encoding") === null) sink = serializeHeaders(headers).length;
});
Deno.bench("five headers by set(), serialised", { group: "write headers" }, () => {
  const headers = new HTTPHeaders();
  headers.set("Server", "Twister/0.2.0");
  headers.set("Content-Type", "text/html; charset=UTF-8");
  headers.set("Date", "Sun, 27 Jan 2013 18:43:20 GMT");
  headers.set("Etag", '"943a702d06f34599aee1f8da8ef9f7296031d699"');
  headers.set("Content-Length", "13");
  sink = serializeHeaders(headers).length;
});

const COOKIES = "session=2|1:0|10:1300000000|4:name; _xsrf=2|5d7e9a44|c31c5a7e8b";
const cookieHeaders = new Headers({ Cookie: COOKIES });
Deno.bench("two cookies: parseCookie()", { group: "cookies", baseline: true }, () => {
  sink = parseCookie(COOKIES);
});
Deno.bench("two cookies: npm's cookie", { group: "cookies" }, () => {
  sink = npmParseCookie(COOKIES);
});
Deno.bench("two cookies: getCookies() of std", { group: "cookies" }, () => {
  sink = getCookies(cookieHeaders);
});

const MEDIA_TYPE = 'multipart/form-data; charset="utf-8"; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW';
Deno.bench("a type with parameters: parseHeader()", { group: "media type", baseline: true }, () => {
  sink = parseHeader(MEDIA_TYPE);
});
Deno.bench("a type with parameters: parseMediaType() of std", { group: "media type" }, () => {
  sink = parseMediaType(MEDIA_TYPE);
});

const boundary = new TextEncoder().encode("----WebKitFormBoundary7MA4YWxkTrZu0gW");
const file = new Uint8Array(1 << 20).map((_, i) => (i * 2654435761) >>> 13);
const body = new Uint8Array(
  await new Blob([
    "------WebKitFormBoundary7MA4YWxkTrZu0gW\r\n",
    'Content-Disposition: form-data; name="f"; filename="x.bin"\r\n\r\n',
    file,
    "\r\n------WebKitFormBoundary7MA4YWxkTrZu0gW--\r\n",
  ]).arrayBuffer(),
);
Deno.bench("a file of 1 MiB: parseMultipartFormData()", { group: "multipart", baseline: true }, () => {
  parseMultipartFormData(boundary, body, {}, {});
});
Deno.bench("a file of 1 MiB: busboy", { group: "multipart" }, async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const type = `multipart/form-data; boundary=${new TextDecoder().decode(boundary)}`;
  const parser = busboy({ headers: { "content-type": type } });
  parser.on("file", (_name: string, stream: Readable) => void stream.resume());
  parser.on("close", () => resolve());
  parser.end(body);
  await promise;
});
const dashes = new Uint8Array(1 << 20).fill(0x2d);
const hostileBoundary = new TextEncoder().encode("a" + "-".repeat(66) + "--");
Deno.bench("parseMultipartFormData(), 1 MiB made to hurt", () => {
  try {
    parseMultipartFormData(hostileBoundary, dashes, {}, {});
  } catch (error) {
    sink = error;
  }
});
