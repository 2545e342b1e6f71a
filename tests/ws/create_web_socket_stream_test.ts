import { assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { text } from "node:stream/consumers";
import { createWebSocketStream, WebSocket } from "../../src/ws/mod.ts";
import { test } from "../support/test.ts";
import { maskedFrame, RawPeer } from "./raw_peer.ts";
import { connect, end, eventOf, nextConnection, start } from "./support.ts";

test("createWebSocketStream: carries bytes both ways, and ends in order", async () => {
  await using server = await start("port");
  server.wss.on("connection", (socket) => {
    const stream = createWebSocketStream(socket);
    stream.pipe(stream);
  });
  const client = new WebSocket(server.url);
  const closed = eventOf(client, "close");
  const stream = createWebSocketStream(client, { encoding: "utf8" });
  // Written before the handshake is done.
  stream.write("one, ");
  let received = "";
  for await (const chunk of stream) {
    received += chunk;
    if (received === "one, ") stream.write("two");
    if (received === "one, two") stream.end();
  }
  assertEquals(received, "one, two");
  assertEquals((await closed).map(String), ["1005", ""]);
});

test("createWebSocketStream: a reader that does not read pauses the WebSocket", async () => {
  await using server = await start("port");
  const connection = nextConnection(server.wss);
  const client = await connect(server.url);
  const { socket } = await connection;
  const source = createWebSocketStream(socket);
  const chunks = Array.from({ length: 64 }, (_, i) => Buffer.alloc(16384, i));
  const sink = createWebSocketStream(client, { highWaterMark: 16384 });
  const sent = pipeline(Readable.from(chunks), source);
  // The first message fills the stream's buffer.
  await once(client, "message");
  assertEquals(client.isPaused, true);
  let length = 0;
  for await (const chunk of sink) length += chunk.length;
  await sent;
  assertEquals(length, 64 * 16384);
});

test("createWebSocketStream: in object mode text comes as strings", async () => {
  await using server = await start("port");
  server.wss.on("connection", (socket) => {
    socket.send("text");
    socket.send(new Uint8Array([1]));
    socket.close();
  });
  const received: unknown[] = [];
  const client = new WebSocket(server.url);
  for await (const chunk of createWebSocketStream(client, { readableObjectMode: true })) received.push(chunk);
  assertEquals(received, ["text", Buffer.from([1])]);
});

test("createWebSocketStream: destroy drops the connection", async () => {
  await using server = await start("port");
  const connection = nextConnection(server.wss);
  const client = await connect(server.url);
  const { socket } = await connection;
  const closed = eventOf(socket, "close");
  const stream = createWebSocketStream(client);
  const streamClosed = once(stream, "close");
  stream.destroy();
  await streamClosed;
  assertEquals(await closed, [1006, Buffer.alloc(0)]);
});

test("createWebSocketStream: an error of the WebSocket destroys the stream, after the Close frame", async () => {
  await using server = await start("port");
  const connection = nextConnection(server.wss);
  using peer = await RawPeer.connect(server.url);
  await peer.head();
  const { socket } = await connection;
  const failed = assertRejects(() => text(createWebSocketStream(socket)), RangeError, "UTF-8");
  await peer.send(maskedFrame(0x81, new Uint8Array([0xff])));
  assertEquals(await peer.take(4), new Uint8Array([0x88, 2, 3, 0xef]));
  peer[Symbol.dispose]();
  await failed;
});

test("createWebSocketStream: a write to what is closed is an error", async () => {
  await using server = await start("port");
  const client = await connect(server.url);
  const stream = createWebSocketStream(client);
  stream.resume();
  await end(client);
  const error = await new Promise<Error | null | undefined>((resolve) => {
    stream.on("error", () => {});
    stream.write("x", resolve);
  });
  assertEquals(error instanceof Error, true);
});
