// Servers that answer a handshake wrongly, or speak wrongly after it: websocketConnect() rejects, or the client closes
// with the code that says why; nothing hangs.
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { IOStream } from "../../src/net/iostream.ts";
import { websocketConnect, WebSocketProtocol13 } from "../../src/websocket/mod.ts";
import { latin1Bytes, latin1Text } from "../../src/internal/utf8.ts";
import { test } from "../support/test.ts";
import { frame, hex } from "./support.ts";

/** Accepts one connection, reads the handshake, answers with bytes, and resolves with all that comes then. */
async function answerOnce(
  listener: Deno.Listener,
  answer: (accept: string) => readonly Uint8Array<ArrayBuffer>[],
): Promise<Uint8Array<ArrayBuffer>> {
  using stream = new IOStream(await listener.accept());
  const request = latin1Text(await stream.readUntil("\r\n\r\n"));
  const key = /^Sec-WebSocket-Key: (.+)\r$/im.exec(request)?.[1] ?? "";
  for (const piece of answer(WebSocketProtocol13.computeAcceptValue(key))) await stream.write(piece);
  return await stream.readUntilClose();
}

/** The code of a masked close frame; `null` if the bytes are none. */
function closeCodeOf([first, second = 0, ...rest]: Uint8Array): number | null {
  if (first !== 0x88 || (second & 0x7f) < 2) return null;
  const [a = 0, b = 0, , , high = 0, low = 0] = rest;
  return ((high ^ a) << 8) | (low ^ b);
}

/** A handshake as it should be, and more fields. */
function accepted(accept: string, ...fields: string[]): string {
  const lines = ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`, ...fields];
  return `HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`;
}

const HANDSHAKES: readonly (readonly [name: string, answer: (accept: string) => string])[] = [
  ["200 with the fields of a 101", (accept) => accepted(accept).replace("101 Switching", "200 OK")],
  ["two different accept values", (accept) => accepted(accept, "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=")],
  ["an accept value in small letters", (accept) => accepted(accept.toLowerCase())],
  ["an accept value with more behind it", (accept) => accepted(`${accept}, ${accept}`)],
  ["an empty accept value", () => accepted("")],
  ["no accept value", (accept) => accepted(accept).replace(/Sec-WebSocket-Accept.*\r\n/, "")],
  ["an Upgrade to two protocols", (accept) => accepted(accept).replace("websocket", "websocket, h2c")],
  ["a field with a NUL", (accept) => accepted(accept, "A: \0")],
  ["a head of 200 KiB", (accept) => accepted(accept, `A: ${"a".repeat(200_000)}`)],
  ["2,000 fields", (accept) => accepted(accept, ..."A: b ".repeat(2000).trim().split(/ (?=A)/))],
  [
    "an extension twice",
    (accept) => accepted(accept, "Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate"),
  ],
  [
    "a parameter of the extension that nobody knows",
    (accept) => accepted(accept, "Sec-WebSocket-Extensions: permessage-deflate; x=1"),
  ],
  [
    "a window of the extension that there is not",
    (accept) => accepted(accept, "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99"),
  ],
  ["two subprotocols", (accept) => accepted(accept, "Sec-WebSocket-Protocol: a, b")],
  ["status 426", () => "HTTP/1.1 426 Upgrade Required\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n"],
  ["401 with a challenge", () => 'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="a"\r\nContent-Length: 0\r\n\r\n'],
  ["half a head", (accept) => accepted(accept).slice(0, 40)],
];

for (const [name, answer] of HANDSHAKES) {
  test(`websocketConnect() refuses a handshake with ${name}`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = answerOnce(listener, (accept) => [latin1Bytes(answer(accept))]);
    const options = { compression: {}, connectTimeout: 1, subprotocols: ["a", "b"] };
    const error = await assertRejects(() => websocketConnect(`ws://127.0.0.1:${listener.addr.port}/`, options), Error);
    assertMatch(error.name, /^WebSocket|Timeout/, `${error.name}: ${error.message}`);
    await serving;
  });
}

/** Bytes after a right handshake, and the code with which the client closes. */
const FRAMES: readonly (readonly [name: string, bytes: Uint8Array<ArrayBuffer>, code: number])[] = [
  ["a masked frame", frame(1, "hi", { key: [1, 2, 3, 4] }), 1002],
  ["an opcode of nobody", frame(3, "", { key: null }), 1002],
  ["a control frame of 126 bytes", frame(9, "a".repeat(126), { key: null }), 1002],
  ["a fragmented ping", frame(9, "", { key: null, fin: false }), 1002],
  ["a continuation of nothing", frame(0, "hi", { key: null }), 1002],
  ["reserved bits", hex("f100"), 1002],
  ["text that is not UTF-8", frame(1, hex("ff"), { key: null }), 1007],
  ["a close frame of one byte", frame(8, hex("03"), { key: null }), 1002],
  ["a close code of nobody", frame(8, hex("03ed"), { key: null }), 1002],
  ["a length of 2^63", hex("827fffffffffffffffff"), 1002],
  ["a length of 1 TiB", hex("827f0000010000000000"), 1009],
  ["a longer form of a short length", hex("827e0001"), 1002],
];

for (const [name, bytes, code] of FRAMES) {
  test(`websocketConnect(): a server that sends ${name} ends the connection with ${code}`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = answerOnce(listener, (accept) => [latin1Bytes(accepted(accept)), bytes]);
    const client = await websocketConnect(`ws://127.0.0.1:${listener.addr.port}/`);
    assertEquals(await client.readMessage(), null);
    await client.closed;
    assertEquals(closeCodeOf(await serving), code);
  });
}
