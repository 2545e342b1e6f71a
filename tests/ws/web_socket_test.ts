import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { createServer as createTcpServer } from "node:net";
import DefaultWebSocket, {
  type CloseEvent,
  type ErrorEvent,
  type MessageEvent,
  WebSocket,
  WebSocketServer,
} from "../../src/ws/mod.ts";
import { test } from "../support/test.ts";
import { close, listen, portOf } from "./node_server.ts";
import { handshake, maskedFrame, RawPeer } from "./raw_peer.ts";
import { connect, end, eventOf, mounts, nextConnection, nextMessage, start, startEcho } from "./support.ts";

/** Both ends of one connection. */
async function pair(mount: "port" | "server" = "port", options = {}, clientOptions = {}) {
  const server = await start(mount, options);
  const connection = nextConnection(server.wss);
  const client = await connect(server.url, undefined, clientOptions);
  const { socket } = await connection;
  return { server, client, socket, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test("WebSocket: states are constants of class and instance", async () => {
  assertEquals([WebSocket.CONNECTING, WebSocket.OPEN, WebSocket.CLOSING, WebSocket.CLOSED], [0, 1, 2, 3]);
  await using ends = await pair();
  const { client } = ends;
  assertEquals([client.CONNECTING, client.OPEN, client.CLOSING, client.CLOSED], [0, 1, 2, 3]);
});

test("WebSocket: default export has the other exports", () => {
  assertStrictEquals(DefaultWebSocket, WebSocket);
  assertStrictEquals(DefaultWebSocket.Server, WebSocketServer);
  assertStrictEquals(DefaultWebSocket.WebSocketServer, WebSocketServer);
  assertStrictEquals(DefaultWebSocket.WebSocket, WebSocket);
});

test("WebSocket: what cannot be an address, subprotocol or version is refused at once", () => {
  assertThrows(() => new WebSocket("nonsense"), SyntaxError, "Invalid URL");
  assertThrows(() => new WebSocket("ftp://localhost"), SyntaxError, "protocol must be one of");
  assertThrows(() => new WebSocket("ws://localhost/#a"), SyntaxError, "fragment");
  assertThrows(() => new WebSocket("ws://localhost", "a b"), SyntaxError, "subprotocol");
  assertThrows(() => new WebSocket("ws://localhost", ["a", "a"]), SyntaxError, "subprotocol");
  assertThrows(() => new WebSocket("ws://localhost", { protocolVersion: 12 }), RangeError, "Unsupported");
});

test("WebSocket: url, protocol and extensions say what was agreed", async () => {
  await using server = await startEcho("port", { perMessageDeflate: true });
  const client = new WebSocket(server.url.replace("ws:", "http:"), { protocols: ["one"] });
  assertEquals([client.readyState, client.url, client.protocol, client.extensions], [0, `${server.url}/`, "", ""]);
  await once(client, "open");
  assertEquals([client.readyState, client.protocol, client.extensions], [1, "one", "permessage-deflate"]);
  await end(client);
  assertEquals(client.readyState, 3);
});

test("WebSocket.send: takes everything that ws takes", async () => {
  await using server = await startEcho("port");
  const client = await connect(server.url);
  const bytes = new Uint8Array([0, 1, 2, 3]);
  const cases: [data: Parameters<WebSocket["send"]>[0], isBinary: boolean, expected: unknown][] = [
    ["text", false, "text"],
    ["", false, ""],
    [12.5, false, "12.5"],
    [bytes, true, Buffer.from(bytes)],
    [bytes.subarray(1, 3), true, Buffer.from([1, 2])],
    [bytes.buffer, true, Buffer.from(bytes)],
    [new DataView(bytes.buffer, 2), true, Buffer.from([2, 3])],
    [new Uint16Array([0x0201]), true, Buffer.from([1, 2])],
    [new Blob(["blob"]), true, Buffer.from("blob")],
    [[bytes, bytes.subarray(2)], true, Buffer.from([0, 1, 2, 3, 2, 3])],
  ];
  for (const [data, isBinary, expected] of cases) {
    client.send(data);
    assertEquals(await nextMessage(client), [expected, isBinary]);
  }
  client.send("as bytes", { binary: true });
  assertEquals(await nextMessage(client), [Buffer.from("as bytes"), true]);
  client.send(Buffer.from("as text"), { binary: false });
  assertEquals(await nextMessage(client), ["as text", false]);
  // @ts-expect-error An object is nothing that can be sent.
  assertThrows(() => client.send({}), TypeError, "neither a string nor bytes");
  await end(client);
});

test("WebSocket.send: order holds around a Blob, control frames and close included", async () => {
  await using ends = await pair();
  const { client, socket } = ends;
  const events: string[] = [];
  socket.on("message", (data) => events.push(String(data)));
  socket.on("ping", (data) => events.push(`ping ${data}`));
  const closed = eventOf(socket, "close");
  client.send("1");
  client.send(new Blob(["2"]), { binary: false });
  client.send("3");
  client.send(new Blob(["4"]), { binary: false });
  client.ping("5");
  assertEquals(client.bufferedAmount >= 4, true);
  client.close(1000, "6");
  assertEquals((await closed).map(String), ["1000", "6"]);
  assertEquals(events, ["1", "2", "3", "4", "ping 5"]);
});

test("WebSocket.send: fragments make one message", async () => {
  await using ends = await pair("port", { perMessageDeflate: true });
  const { client, socket } = ends;
  client.send("one ", { fin: false });
  client.ping();
  client.send("two ", { fin: false });
  client.send("three");
  assertEquals(await nextMessage(socket), ["one two three", false]);
  client.send("next");
  assertEquals(await nextMessage(socket), ["next", false]);
});

test("WebSocket.send: callback comes when the message is out, or with an error when it is too late", async () => {
  await using ends = await pair();
  const { client } = ends;
  const outcomes: unknown[] = [];
  await new Promise<void>((resolve) => {
    client.send("a", (error) => outcomes.push(error ?? null));
    client.send("b", {}, (error) => outcomes.push(error ?? null));
    client.ping("c", undefined, (error) => outcomes.push(error ?? null));
    client.pong((error) => {
      outcomes.push(error ?? null);
      resolve();
    });
  });
  assertEquals(outcomes, [null, null, null, null]);
  await end(client);
  const error = await new Promise<Error | undefined>((resolve) => client.send("late", resolve));
  assertEquals(error?.message, "WebSocket is not open: readyState 3 (CLOSED)");
  assertEquals(client.bufferedAmount, 4);
});

test("WebSocket: nothing can be sent before the handshake is done", async () => {
  await using server = await startEcho("port");
  const client = new WebSocket(server.url);
  for (const call of [() => client.send("x"), () => client.ping(), () => client.pong()]) {
    assertThrows(call, Error, "readyState 0 (CONNECTING)");
  }
  await once(client, "open");
  await end(client);
});

test("WebSocket: ping is answered with its data, unless autoPong is off", async () => {
  await using ends = await pair("port", { autoPong: false });
  const { client, socket } = ends;
  socket.ping("from the server");
  assertEquals(await once(socket, "pong"), [Buffer.from("from the server")]);
  client.ping("not answered");
  assertEquals(await once(socket, "ping"), [Buffer.from("not answered")]);
  const pong = once(client, "pong");
  socket.pong("by hand");
  assertEquals(await pong, [Buffer.from("by hand")]);
  assertThrows(() => client.ping(new Uint8Array(126)), RangeError, "125");
});

test("WebSocket: a peer that asks for pongs without reading them is dropped", async () => {
  await using server = await start("port", { maxPendingAutoPongs: 3 });
  const connection = nextConnection(server.wss);
  using peer = await RawPeer.connect(server.url);
  await peer.head();
  const { socket } = await connection;
  const closed = eventOf(socket, "close");
  await peer.send(Buffer.concat(Array.from({ length: 5 }, () => maskedFrame(0x89, "x"))));
  assertEquals(await closed, [1006, Buffer.alloc(0)]);
});

test("WebSocket.binaryType: says what binary messages come as", async () => {
  await using ends = await pair();
  const { client, socket } = ends;
  const data = new Uint8Array([1, 2, 3]);
  const received: unknown[] = [];
  for (const type of ["nodebuffer", "arraybuffer", "fragments", "blob"] as const) {
    client.binaryType = type;
    assertEquals(client.binaryType, type);
    socket.send(data);
    received.push((await nextMessage(client))[0]);
  }
  const [buffer, arrayBuffer, fragments, blob] = received;
  assertEquals(buffer, Buffer.from(data));
  assertEquals(arrayBuffer instanceof ArrayBuffer && new Uint8Array(arrayBuffer), data);
  assertEquals(fragments, [Buffer.from(data)]);
  assertEquals(blob instanceof Blob && new Uint8Array(await blob.arrayBuffer()), data);
  // @ts-expect-error What is no type is without effect.
  client.binaryType = "text";
  assertEquals(client.binaryType, "blob");
});

test("WebSocket.addEventListener: events are those of a page", async () => {
  await using server = await startEcho("port");
  const client = new WebSocket(server.url);
  const seen: unknown[] = [];
  const onMessage = (event: MessageEvent<WebSocket>) => seen.push([event.type, event.data, event.target === client]);
  client.onopen = (event) => seen.push(["onopen", "target" in event]);
  client.addEventListener("open", () => seen.push(["open"]), { once: true });
  client.addEventListener("message", onMessage);
  client.addEventListener("message", onMessage);
  client.addEventListener("message", { handleEvent: (event) => seen.push(["object", event.data]) });
  await once(client, "open");
  client.send("a");
  await once(client, "message");
  client.removeEventListener("message", onMessage);
  client.send("b");
  await once(client, "message");
  client.addEventListener(
    "close",
    (event: CloseEvent<WebSocket>) => seen.push([event.code, event.reason, event.wasClean]),
  );
  client.close(4000, "done");
  await eventOf(client, "close");
  assertEquals(seen, [
    ["onopen", true],
    ["open"],
    ["message", "a", true],
    ["object", "a"],
    ["object", "b"],
    [4000, "done", true],
  ]);
});

test("WebSocket: on properties replace what was set, and null removes it", async () => {
  await using ends = await pair();
  const { client, socket } = ends;
  const seen: string[] = [];
  assertEquals(client.onmessage, null);
  const second = () => void seen.push("second");
  client.onmessage = () => seen.push("first");
  client.onmessage = second;
  assertStrictEquals(client.onmessage, second);
  client.addEventListener("message", second);
  client.removeEventListener("message", second);
  socket.send("x");
  await once(client, "message");
  client.onmessage = null;
  socket.send("x");
  await once(client, "message");
  assertEquals(seen, ["second"]);
});

test("WebSocket.onerror: tells of a failure, close follows", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  const seen: unknown[] = [];
  client.onerror = (event: ErrorEvent<WebSocket>) => seen.push(event.error.message === event.message);
  client.onclose = (event) => seen.push([event.code, event.wasClean]);
  await eventOf(client, "close");
  assertEquals(seen, [true, [1006, false]]);
});

for (const mount of mounts) {
  test(`WebSocket.close (${mount}): code and reason arrive, 1005 stands for none`, async () => {
    for (
      const [args, expected] of [
        [[], ["1005", ""]],
        [[1000], ["1000", ""]],
        [[3999, "Grüße"], ["3999", "Grüße"]],
        [[4999, Buffer.from("bytes")], ["4999", "bytes"]],
      ] as [Parameters<WebSocket["close"]>, string[]][]
    ) {
      await using ends = await pair(mount);
      const closed = [eventOf(ends.client, "close"), eventOf(ends.socket, "close")];
      ends.socket.close(...args);
      assertEquals(ends.socket.readyState, WebSocket.CLOSING);
      for (const one of closed) assertEquals((await one).map(String), expected);
      assert(ends.client.closedCleanly && ends.socket.closedCleanly);
    }
  });

  test(`WebSocket.terminate (${mount}): drops the connection, 1006 on both sides`, async () => {
    await using ends = await pair(mount);
    const { client, socket } = ends;
    const closed = [eventOf(client, "close"), eventOf(socket, "close")];
    let told = false;
    socket.on("close", () => told = true);
    socket.terminate();
    assertEquals([socket.readyState, told], [WebSocket.CLOSING, false]);
    for (const one of closed) assertEquals(await one, [1006, Buffer.alloc(0)]);
    assertEquals(socket.readyState, WebSocket.CLOSED);
  });

  test(`WebSocket.pause (${mount}): nothing is handed over until resume, nor lost at the end`, async () => {
    await using ends = await pair(mount);
    const { client, socket } = ends;
    const seen: string[] = [];
    socket.on("message", (data) => {
      seen.push(String(data));
      if (seen.length === 1) socket.pause();
    });
    for (const text of ["1", "2", "3"]) client.send(text);
    await once(socket, "message");
    assertEquals([seen, socket.isPaused], [["1"], true]);
    const third = once(socket, "message");
    socket.resume();
    await third;
    const closed = eventOf(socket, "close");
    while (seen.length < 3) await once(socket, "message");
    assertEquals([seen, socket.isPaused], [["1", "2", "3"], false]);
    client.close();
    await closed;
  });

  test(`WebSocket (${mount}): what breaks the protocol is an error and closes with its code`, async () => {
    const cases: [frames: Uint8Array, code: string, status: number][] = [
      [new Uint8Array([0x81, 0x01, 0x61]), "WS_ERR_EXPECTED_MASK", 1002],
      [maskedFrame(0xc1, "a"), "WS_ERR_UNEXPECTED_RSV_1", 1002],
      [maskedFrame(0xa1, "a"), "WS_ERR_UNEXPECTED_RSV_2_3", 1002],
      [maskedFrame(0x83, "a"), "WS_ERR_INVALID_OPCODE", 1002],
      [maskedFrame(0x80, "a"), "WS_ERR_INVALID_OPCODE", 1002],
      [maskedFrame(0x09, "a"), "WS_ERR_EXPECTED_FIN", 1002],
      [maskedFrame(0x81, new Uint8Array([0xff])), "WS_ERR_INVALID_UTF8", 1007],
      [maskedFrame(0x88, new Uint8Array([3])), "WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH", 1002],
      [maskedFrame(0x88, new Uint8Array([3, 0xec])), "WS_ERR_INVALID_CLOSE_CODE", 1002],
    ];
    await using server = await start(mount);
    for (const [frames, code, status] of cases) {
      const connection = nextConnection(server.wss);
      using peer = await RawPeer.connect(server.url);
      await peer.head();
      const { socket } = await connection;
      const errors: unknown[] = [];
      socket.on("error", (error) => errors.push("code" in error ? error.code : error));
      const closed = eventOf(socket, "close");
      await peer.send(Buffer.concat([frames, maskedFrame(0x81, "ignored")]));
      assertEquals(await peer.take(4), new Uint8Array([0x88, 2, status >> 8, status & 0xff]), code);
      peer[Symbol.dispose]();
      assertEquals([await closed, errors], [[1006, Buffer.alloc(0)], [code]]);
    }
  });

  test(`WebSocket (${mount}): an error that nobody listens for does not end the process`, async () => {
    await using server = await start(mount);
    const connection = nextConnection(server.wss);
    using peer = await RawPeer.connect(server.url);
    await peer.head();
    const { socket } = await connection;
    const closed = new Promise((resolve) => socket.on("close", resolve));
    await peer.send(maskedFrame(0x83, ""));
    await peer.take(4);
    peer[Symbol.dispose]();
    assertEquals(await closed, 1006);
  });

  test(`WebSocket (${mount}): a peer that does not answer a Close frame is dropped after closeTimeout`, async () => {
    await using server = await start(mount, { closeTimeout: 50 });
    const connection = nextConnection(server.wss);
    using peer = await RawPeer.connect(server.url);
    await peer.head();
    const { socket } = await connection;
    socket.close(1001);
    assertEquals(await eventOf(socket, "close"), [1006, Buffer.alloc(0)]);
    assertEquals(await peer.rest(), new Uint8Array([0x88, 2, 3, 0xe9]));
  });
}

test("WebSocket.close: what may not be sent is refused, and the connection stays open", async () => {
  await using ends = await pair();
  const { client, socket } = ends;
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5]) {
    assertThrows(() => client.close(code), TypeError, "valid error code");
  }
  assertThrows(() => client.close(1000, "x".repeat(124)), RangeError, "123 bytes");
  client.send("still open");
  assertEquals(await nextMessage(socket), ["still open", false]);
});

test("WebSocket.close: while connecting it is an error", async () => {
  await using server = await start("port");
  for (const method of ["close", "terminate"] as const) {
    const client = new WebSocket(server.url);
    client[method]();
    assertEquals(client.readyState, WebSocket.CLOSING);
    const [error] = await once(client, "error");
    assertEquals(error.message, "WebSocket was closed before the connection was established");
    assertEquals(client.readyState, WebSocket.CLOSED);
  }
});

test("WebSocket: messages before the end arrive although the receiver is paused", async () => {
  await using ends = await pair();
  const { client, socket } = ends;
  const seen: string[] = [];
  socket.on("message", (data) => seen.push(String(data)));
  socket.pause();
  const sent = new Promise<void>((resolve) => client.send("last words", () => resolve()));
  await sent;
  client.terminate();
  await eventOf(socket, "close");
  assertEquals(seen, ["last words"]);
});

test("WebSocket: handshakeTimeout ends the wait", async () => {
  const silent = createTcpServer((socket) => socket.on("error", () => {}).resume());
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const client = new WebSocket(`ws://127.0.0.1:${portOf(silent.address())}`, {
    handshakeTimeout: 20,
  });
  const [error] = await once(client, "error");
  assertEquals(error.message, "Opening handshake has timed out");
  const closed = eventOf(silent, "close");
  silent.close();
  await closed;
});

test("WebSocket: answers that are no handshake are refused", async () => {
  const accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  const cases: [lines: string[], message: string][] = [
    [["Upgrade: foo", accept], "Invalid Upgrade header"],
    [["Upgrade: websocket", accept], "Invalid Sec-WebSocket-Accept header"],
  ];
  for (const [lines, message] of cases) {
    const http = createServer();
    http.on("upgrade", (_request, socket) => {
      socket.on("error", () => {});
      socket.end(["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", ...lines, "", ""].join("\r\n"));
    });
    const [error] = await once(new WebSocket(`ws://127.0.0.1:${await listen(http)}`), "error");
    assertEquals(String(error), `Error: ${message}`);
    await close(http);
  }
});

test("WebSocket: subprotocols and extensions that were not asked for are refused", async () => {
  const cases: [header: string, protocols: string[], deflate: boolean, message: string][] = [
    ["Sec-WebSocket-Protocol: a", [], true, "Server sent a subprotocol but none was requested"],
    ["Sec-WebSocket-Protocol: b", ["a"], true, "Server sent an invalid subprotocol"],
    [
      "Sec-WebSocket-Extensions: permessage-deflate",
      [],
      false,
      "Server sent a Sec-WebSocket-Extensions header but no extension was requested",
    ],
    ["Sec-WebSocket-Extensions: other", [], true, "Server indicated an extension that was not requested"],
    ["Sec-WebSocket-Extensions: permessage-deflate; x", [], true, "Invalid Sec-WebSocket-Extensions header"],
  ];
  for (const [header, protocols, perMessageDeflate, message] of cases) {
    await using server = await start("server", { handleProtocols: () => false });
    server.wss.on("headers", (lines) => lines.push(header));
    const [error] = await once(new WebSocket(server.url, protocols, { perMessageDeflate }), "error");
    assertEquals(String(error), `Error: ${message}`);
  }
});

/** Sends clients from its first path to `target`. */
function redirector(target: () => string) {
  return createServer((_request, response: ServerResponse) => response.writeHead(302, { location: target() }).end());
}

test("WebSocket: followRedirects goes on, and takes no secrets to another server", async () => {
  const seen: unknown[] = [];
  await using server = await start("server");
  server.wss.on("connection", (_socket, { url, headers: { authorization, cookie, host } }) => {
    seen.push([url, authorization, cookie, host]);
  });
  const other = redirector(() => `${server.url}/elsewhere`);
  const url = `ws://user:secret@127.0.0.1:${await listen(other)}/`;
  const headers = { Cookie: "a=b", Authorization: "Bearer x", Host: "front.example" };

  const [refusal] = await once(new WebSocket(url, { headers }), "error");
  assertEquals(String(refusal), "Error: Unexpected server response: 302");

  const client = await connect(url, { headers, followRedirects: true });
  assertEquals(client.url, `${server.url}/elsewhere`);
  await end(client);

  const watching = new WebSocket(url, { headers, followRedirects: true });
  const redirects: string[] = [];
  watching.on("redirect", (to) => redirects.push(to));
  await once(watching, "open");
  await end(watching);
  assertEquals(redirects, [`${server.url}/elsewhere`]);
  assertEquals(seen, [
    ["/elsewhere", undefined, undefined, new URL(server.url).host],
    ["/elsewhere", "Bearer x", "a=b", "front.example"],
  ]);
  await close(other);
});

test("WebSocket: maxRedirects ends a circle", async () => {
  const url: string[] = [];
  const circle = redirector(() => url[0] ?? "");
  url.push(`ws://127.0.0.1:${await listen(circle)}/`);
  const [error] = await once(new WebSocket(url[0] ?? "", { followRedirects: true, maxRedirects: 3 }), "error");
  assertEquals(String(error), "Error: Maximum redirects exceeded");
  await close(circle);
});

test("WebSocket: finishRequest may change the request", async () => {
  await using server = await start("server");
  const connection = nextConnection(server.wss);
  const client = await connect(server.url, {
    finishRequest: (request) => {
      request.setHeader("X-Late", "yes");
      request.end();
    },
  });
  const { request } = await connection;
  assertEquals(request.headers["x-late"], "yes");
  await end(client);
});

test("WebSocket: credentials of the address become the header Authorization", async () => {
  await using server = await start("port");
  const connection = nextConnection(server.wss);
  const client = await connect(server.url.replace("ws://", "ws://us%20er:p%40ss@"));
  const { request } = await connection;
  assertEquals(request.headers.authorization, `Basic ${btoa("us er:p@ss")}`);
  await end(client);
});

test("WebSocket: ws+unix connects to a socket file", async () => {
  const folder = await Deno.makeTempDir();
  const http = createServer();
  const wss = new WebSocketServer({ server: http });
  wss.on("connection", (socket, request) => socket.send(request.url ?? ""));
  http.listen(`${folder}/socket`);
  await once(http, "listening");
  const client = new WebSocket(`ws+unix:${folder}/socket:/path?query`);
  assertEquals(await nextMessage(client), ["/path?query", false]);
  await end(client);
  await close(http);
  await Deno.remove(folder, { recursive: true });
});

test("WebSocket: compressed messages are smaller on the wire, and short or refused ones are not", async () => {
  await using server = await start("port", { perMessageDeflate: { serverNoContextTakeover: true, threshold: 100 } });
  const connection = nextConnection(server.wss);
  using peer = await RawPeer.connect(
    server.url,
    handshake({ "Sec-WebSocket-Extensions": "permessage-deflate" }),
  );
  await peer.head();
  const { socket } = await connection;
  socket.send("x".repeat(1000));
  const [first, length] = await peer.take(2);
  assertEquals(first, 0xc1);
  assert(length !== undefined && length < 30);
  await peer.take(length);
  socket.send("short");
  assertEquals((await peer.take(7))[0], 0x81);
  socket.send("y".repeat(120), { compress: false });
  assertEquals(await peer.take(2), new Uint8Array([0x81, 120]));
});
