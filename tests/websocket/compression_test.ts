import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type WebSocketCompressionOptions,
  websocketConnect,
  WebSocketError,
  WebSocketHandler,
} from "../../src/websocket/mod.ts";
import { test } from "../support/test.ts";
import { EchoHandler, RawClient, serve, urlOf } from "./server_support.ts";
import { concat, frame, hex, utf8 } from "./support.ts";

/** An echo with these options. */
function compressing(options: WebSocketCompressionOptions | null): typeof EchoHandler {
  return class extends EchoHandler {
    override getCompressionOptions(): WebSocketCompressionOptions | null {
      return options;
    }
  };
}

const MESSAGES = [
  "",
  "short",
  "a longer message, which is worth compressing, which is worth compressing, which is worth compressing",
  "ü€🙂".repeat(5000),
  new Uint8Array(100_000),
  Uint8Array.from({ length: 3000 }, (_, i) => i * i),
];

const OPTIONS: readonly WebSocketCompressionOptions[] = [
  {},
  { threshold: 0 },
  { threshold: 1_000_000 },
  { compressionLevel: 0 },
  { compressionLevel: 9, memLevel: 1 },
  { serverNoContextTakeover: true },
  { clientNoContextTakeover: true, serverNoContextTakeover: true },
  { serverMaxWindowBits: 8, clientMaxWindowBits: 8, threshold: 0 },
  { serverMaxWindowBits: 9, clientMaxWindowBits: 12 },
];
for (const server of OPTIONS) {
  test(`a server with ${JSON.stringify(server)} and clients with all options understand each other`, async () => {
    await using listening = serve([["/", compressing(server)]]);
    for (const compressionOptions of [...OPTIONS, null]) {
      await using client = await websocketConnect(urlOf(listening), { compressionOptions });
      const agreed = client.headers.get("Sec-WebSocket-Extensions");
      assertEquals(agreed?.startsWith("permessage-deflate") ?? null, compressionOptions === null ? null : true);
      for (const message of [...MESSAGES, ...MESSAGES]) {
        client.writeMessage(message);
        assertEquals(await client.readMessage(), message);
      }
    }
  });
}

test("WebSocketHandler does not compress unless getCompressionOptions() says how", async () => {
  await using server = serve([["/", EchoHandler]]);
  await using client = await websocketConnect(urlOf(server), { compressionOptions: {} });
  assertEquals(client.headers.has("Sec-WebSocket-Extensions"), false);
  client.writeMessage("a".repeat(1000));
  assertEquals(await client.readMessage(), "a".repeat(1000));
});

test("WebSocketHandler compresses from the threshold on", async () => {
  await using server = serve([["/", compressing({ threshold: 10 })]]);
  using client = await RawClient.open(server, "/", { "Sec-WebSocket-Extensions": "permessage-deflate" });
  client.send(
    frame(1, "123456789"),
    frame(1, "1234567890"),
    frame(2, hex("00".repeat(9))),
    frame(2, hex("00".repeat(10))),
  );
  const firsts: number[] = [];
  for (let n = 0; n < 4; n++) {
    const [first, length] = await client.stream.readBytes(2);
    firsts.push(first);
    await client.stream.readBytes(length);
  }
  assertEquals(firsts, [0x81, 0xc1, 0x82, 0xc2]);
});

test("WebSocketHandler saves bytes with context takeover", async () => {
  const sizes: number[] = [];
  for (const serverNoContextTakeover of [false, true]) {
    await using server = serve([["/", compressing({ serverNoContextTakeover })]]);
    using client = await RawClient.open(server, "/", { "Sec-WebSocket-Extensions": "permessage-deflate" });
    const message = JSON.stringify({ type: "update", user: "someone", values: [1, 22, 333, 4444, 55555, 666666] });
    client.send(...Array.from({ length: 20 }, () => frame(1, message)), frame(8));
    sizes.push((await client.stream.readUntilClose()).length);
  }
  assert(sizes[0] < sizes[1] / 4, sizes.join(" and "));
});

test("WebSocketHandler answers 500 if its compression options are wrong", async (t) => {
  await using server = serve([["/", compressing({ memLevel: 12 })]]);
  t.expectLog("tornado.application", /Uncaught exception/);
  await assertRejects(() => websocketConnect(urlOf(server), { compressionOptions: {} }), WebSocketError, "500");
});

test("WebSocketHandler closes a deflate bomb with 1009, and goes on for others", async () => {
  await using server = serve([["/", compressing({})]], { websocketMaxMessageSize: 100_000 });
  const { Deflater, deflateSettings } = await import("../../src/internal/deflater.ts");
  const bomb = concat(new Deflater(deflateSettings(9, 8, 15), false).deflate(new Uint8Array(50_000_000)));
  assert(bomb.length < 100_000);
  await using other = await websocketConnect(urlOf(server), { compressionOptions: {} });
  using client = await RawClient.open(server, "/", { "Sec-WebSocket-Extensions": "permessage-deflate" });
  client.send(frame(2, bomb, { rsv: 4 }));
  assertEquals(await client.rest(), [{ close: 1009, reason: "message too big after decompression" }]);
  other.writeMessage("still here, still here, still here, still here, still here, still here");
  assertEquals((await other.readMessage())?.length, 70);
});

test("many connections with context takeover share the compressors", async () => {
  await using server = serve([["/", compressing({ threshold: 0 })]]);
  const clients = await Promise.all(
    Array.from({ length: 90 }, () => websocketConnect(urlOf(server), { compressionOptions: { threshold: 0 } })),
  );
  for (let round = 0; round < 3; round++) {
    for (const [n, client] of clients.entries()) client.writeMessage(`message ${round} for client ${n}`);
    for (const [n, client] of clients.entries()) {
      assertEquals(await client.readMessage(), `message ${round} for client ${n}`);
    }
  }
  for (const client of clients) await client[Symbol.asyncDispose]();
});

test("a subclass may compress for some clients only", async () => {
  class Choosy extends WebSocketHandler {
    override getCompressionOptions(): WebSocketCompressionOptions | null {
      return this.getQueryArgument("compress", "") === "yes" ? {} : null;
    }
    override onMessage(): void {}
  }
  await using server = serve([["/", Choosy]]);
  for (const [query, expected] of [["", false], ["?compress=yes", true]] as const) {
    await using client = await websocketConnect(`${urlOf(server)}${query}`, { compressionOptions: {} });
    assertEquals(client.headers.has("Sec-WebSocket-Extensions"), expected);
    assertEquals(utf8("a").length, 1);
  }
});
