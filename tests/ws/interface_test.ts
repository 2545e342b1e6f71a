// What the documentation and the types of `ws` say about its classes, beyond what is sent and received.
import { assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { CloseEvent, ErrorEvent, Event, MessageEvent, WebSocket } from "../../src/ws/mod.ts";
import { test } from "../support/test.ts";
import { start } from "./support.ts";

test("WebSocket: the states are constants of the class and its prototype", () => {
  ["CONNECTING", "OPEN", "CLOSING", "CLOSED"].forEach((name, value) => {
    for (const holder of [WebSocket, WebSocket.prototype]) {
      assertEquals(Object.getOwnPropertyDescriptor(holder, name), {
        value,
        enumerable: true,
        writable: false,
        configurable: false,
      });
    }
  });
});

test("WebSocket and its events: attributes are enumerable accessors of the prototype", () => {
  for (
    const [prototype, ...names] of [
      [WebSocket.prototype, "binaryType", "bufferedAmount", "extensions", "isPaused", "protocol", "readyState", "url"],
      [WebSocket.prototype, "onopen", "onmessage", "onerror", "onclose"],
      [Event.prototype, "target", "type"],
      [MessageEvent.prototype, "data"],
      [CloseEvent.prototype, "code", "reason", "wasClean"],
      [ErrorEvent.prototype, "error", "message"],
    ] as const
  ) {
    for (const name of names) {
      const { get, enumerable, configurable } = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
      assertEquals([typeof get, enumerable, configurable], ["function", true, true], name);
    }
  }
});

test("Event and its subclasses are made of a type and options, with defaults", () => {
  const event = new Event("foo");
  assertEquals([event.type, event.target], ["foo", null] as unknown);
  const closed = new CloseEvent("foo");
  assertEquals([closed.type, closed.code, closed.reason, closed.wasClean], ["foo", 0, "", false]);
  const { code, reason, wasClean } = new CloseEvent("close", { code: 1000, reason: "r", wasClean: true });
  assertEquals([code, reason, wasClean], [1000, "r", true]);
  const error = new Error("e");
  assertEquals(new ErrorEvent("error", { error, message: "m" }).error, error);
  assertEquals([new ErrorEvent("error").error, new ErrorEvent("error").message], [null, ""] as unknown);
  assertEquals([new MessageEvent("m", { data: "" }).data, new MessageEvent("m").data], ["", null]);
});

test("WebSocket: what is no subprotocol is a SyntaxError", () => {
  for (const protocols of [null, "", ["a", "a"], "a,b", [""]]) {
    assertThrows(() => new WebSocket("ws://127.0.0.1:9/", protocols), SyntaxError);
  }
});

test("WebSocket.bufferedAmount counts messages, and neither the handshake nor heads of frames", async () => {
  await using server = await start("server");
  const connected = once(server.wss, "connection");
  const client = new WebSocket(server.url, { perMessageDeflate: false });
  const [socket] = await connected as [WebSocket];
  assertEquals(socket.bufferedAmount, 0);
  socket.send("four");
  socket.send(new Uint8Array(6));
  assertEquals(socket.bufferedAmount, 10);
  socket.close();
  assertEquals(socket.bufferedAmount, 10);
  socket.send("späť");
  assertEquals(socket.bufferedAmount, 16);
  await once(client, "close");
  assertEquals(socket.bufferedAmount, 6);
});

test("WebSocket.send() without data sends an empty binary message", async () => {
  await using server = await start("server");
  const connected = once(server.wss, "connection");
  const client = new WebSocket(server.url);
  const [socket] = await connected as [WebSocket];
  await once(client, "open");
  Reflect.apply(client.send, client, []);
  assertEquals(await once(socket, "message"), [Buffer.alloc(0), true]);
  client.terminate();
  await once(client, "close");
});

test("WebSocket.terminate() lets go what was sent before, the answer to the handshake included", async () => {
  await using server = await start("server");
  server.wss.on("connection", (socket) => {
    socket.send("try another server");
    socket.terminate();
  });
  const client = new WebSocket(server.url);
  const seen: string[] = [];
  client.on("open", () => seen.push("open"));
  client.on("message", (data) => seen.push(String(data)));
  const [code] = await once(client, "close");
  assertEquals([...seen, code], ["open", "try another server", 1006]);
});

test("WebSocket.terminate() reports to those whose message waits for a Blob, while the state is CLOSING", async () => {
  await using server = await start("server");
  const client = new WebSocket(server.url);
  await once(client, "open");
  const seen: unknown[] = [];
  const report = (error?: Error) => seen.push([client.readyState, error?.message]);
  client.send(new Blob(["foo"]), report);
  client.send("bar", report);
  client.terminate();
  await once(client, "close");
  assertEquals(seen, Array(2).fill([WebSocket.CLOSING, "The socket was closed while the blob was being read"]));
});

test("WebSocket: errors of frames have the words and the code of ws", async () => {
  for (
    const [bytes, code, message] of [
      [[0x85, 0x00], "WS_ERR_INVALID_OPCODE", "invalid opcode 5"],
      [[0x80, 0x80, 0, 0, 0, 0], "WS_ERR_INVALID_OPCODE", "invalid opcode 0"],
      [[0x81, 0x00], "WS_ERR_EXPECTED_MASK", "MASK must be set"],
      [[0xa1, 0x80], "WS_ERR_UNEXPECTED_RSV_2_3", "RSV2 and RSV3 must be clear"],
      [[0xc1, 0x80], "WS_ERR_UNEXPECTED_RSV_1", "RSV1 must be clear"],
      [[0x09, 0x80], "WS_ERR_EXPECTED_FIN", "FIN must be set"],
      [[0x89, 0xfe], "WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH", "invalid payload length 126"],
      [[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed], "WS_ERR_INVALID_CLOSE_CODE", "invalid status code 1005"],
      [[0x81, 0x81, 0, 0, 0, 0, 0xff], "WS_ERR_INVALID_UTF8", "invalid UTF-8 sequence"],
    ] as const
  ) {
    await using server = await start("server");
    const connected = once(server.wss, "connection");
    const client = new WebSocket(server.url);
    const [socket] = await connected as [WebSocket];
    const failed = once(socket, "error");
    await once(client, "open");
    client._socket?.write(new Uint8Array(bytes));
    const [error] = await failed as [Error & { code: string }];
    assertEquals([error.code, error.message], [code, `Invalid WebSocket frame: ${message}`]);
    await once(client, "close");
  }
});
