// A client that sends as fast as it can, one of several ways: PORT KIND
import { deflateRawSync } from "node:zlib";

const [port = "", kind = ""] = Deno.args;
const PIECE = 256 * 1024;
const BOMB = 1024 * 1024;

const text = (value: string) => new TextEncoder().encode(value);
const HANDSHAKE =
  "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n" +
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

/** A frame with a mask of zeros, and a payload of less than 64 KiB. */
function frame(first: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255];
  return Uint8Array.of(first, ...size, 0, 0, 0, 0, ...payload);
}

/** Some bytes to begin with, and those that follow again and again. */
function script(): [begin: Uint8Array[], again: Uint8Array] {
  switch (kind) {
    case "pipelined GETs":
      return [[], text("GET /busy HTTP/1.1\r\nHost: h\r\n\r\n")];
    case "upload":
      return [
        [text("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000000\r\n\r\n")],
        new Uint8Array(PIECE),
      ];
    case "1-byte texts":
      return [[text(HANDSHAKE)], frame(0x81, text("x"))];
    case "empty fragments":
      return [[text(HANDSHAKE), frame(0x01, text("x"))], frame(0x00, new Uint8Array())];
    case "pings":
      return [[text(HANDSHAKE)], frame(0x89, new Uint8Array())];
    case "pongs":
      return [[text(HANDSHAKE)], frame(0x8a, new Uint8Array())];
    case "messages in fragments":
      return [
        [text(HANDSHAKE)],
        Uint8Array.of(...frame(0x01, text("x")), ...frame(0x00, text("y")), ...frame(0x80, text("z"))),
      ];
    case "compressed texts":
      return [[text(HANDSHAKE)], frame(0xc1, Uint8Array.of(0xaa, 0x00))];
    case "1-byte chunks":
      return [
        [text("POST /upload HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")],
        text("1\r\nx\r\n"),
      ];
    case "pipelined 404s":
      return [[], text("HEAD /nowhere?a=b HTTP/1.1\r\nHost: h\r\nCookie: a=b; c=d\r\n\r\n")];
    case "deflate bombs":
      // Without the four bytes that end a flush.
      return [[text(HANDSHAKE)], frame(0xc1, deflateRawSync(new Uint8Array(BOMB), { finishFlush: 2 }).subarray(0, -4))];
    default:
      throw new Error(`Cannot flood with ${kind}`);
  }
}

const [begin, again] = script();
const isWebSocket = begin.length > 0 && kind !== "upload" && kind !== "1-byte chunks";
const pieces = new Uint8Array(again.length * Math.ceil(PIECE / again.length));
for (let at = 0; at < pieces.length; at += again.length) pieces.set(again, at);

const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
for (const [i, bytes] of begin.entries()) {
  await connection.write(bytes);
  if (i === 0 && isWebSocket) await connection.read(new Uint8Array(4096));
}
const reading = connection.readable.pipeTo(new WritableStream());
reading.catch(() => {});
for (let at = 0;;) at = (at + await connection.write(pieces.subarray(at))) % pieces.length;
