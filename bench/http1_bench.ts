/** What the HTTP/1 parsers and the stream buffers cost: deno bench bench/http1_bench.ts */
import { ByteBuffer } from "../src/internal/byte_buffer.ts";
import { WriteQueue } from "../src/net/_iostream/write_queue.ts";
import { ChunkedDecoder } from "../src/http/_http1/chunked_decoder.ts";
import { RequestHeadParser } from "../src/http/_http1/request_head.ts";

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const WRK = encode("GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\r\n");
const BROWSER = encode(
  "GET /path/to/a/page?with=a&query=b HTTP/1.1\r\nHost: www.example.com\r\nConnection: keep-alive\r\n" +
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n" +
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n" +
    "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\nCookie: session=0123456789abcdef\r\n\r\n",
);

function parseBench(name: string, bytes: Uint8Array): void {
  const buffer = new ByteBuffer();
  buffer.append(bytes);
  const parser = new RequestHeadParser();
  Deno.bench(name, () => {
    parser.parse(buffer.bytes, buffer.start, buffer.end, 65536);
    parser.reset();
  });
}

parseBench("RequestHeadParser, 40 bytes of wrk", WRK);
parseBench(`RequestHeadParser, ${BROWSER.length} bytes of a browser`, BROWSER);

const CHUNKED = encode(`${"400\r\n" + "x".repeat(1024) + "\r\n"}`.repeat(16) + "0\r\n\r\n");
const chunks = new ByteBuffer();
chunks.append(CHUNKED);
Deno.bench("ChunkedDecoder, 16 chunks of 1 KiB", () => {
  const start = chunks.start;
  new ChunkedDecoder(1000).decode(chunks, 1e6, 65536);
  chunks.start = start;
});

const buffer = new ByteBuffer();
const KIB = new Uint8Array(1024);
Deno.bench("ByteBuffer, append and take 1 KiB", () => {
  buffer.append(KIB);
  buffer.take(1024);
});

const needle = encode("\r\n\r\n");
const page = new ByteBuffer();
page.append(new Uint8Array(65536).fill(120));
page.append(needle);
Deno.bench("ByteBuffer.indexOf, 64 KiB", () => void page.indexOf(needle));

const queue = new WriteQueue();
const head =
  "HTTP/1.1 200 OK\r\nServer: TwisterServer/0.2.0\r\nContent-Type: text/html; charset=UTF-8\r\n\r\nHello, world";
Deno.bench("WriteQueue, a small response", () => {
  queue.pushText(head);
  queue.shift();
  queue.recycle();
});
