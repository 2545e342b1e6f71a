import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { EventEmitter, once } from "node:events";
import { createServer, IncomingMessage } from "node:http";
import { type ServerOptions, WebSocket, WebSocketServer } from "../../src/ws/mod.ts";
import { test } from "../support/test.ts";
import { close, listen, portOf } from "./node_server.ts";
import { handshake, maskedFrame, RawPeer } from "./raw_peer.ts";
import { connect, end, eventOf, mounts, nextConnection, nextMessage, start, startEcho } from "./support.ts";

const decoder = new TextDecoder();

for (const mount of mounts) {
  test(`WebSocketServer (${mount}): messages come back as what they were`, async () => {
    await using server = await startEcho(mount);
    const client = await connect(`${server.url}/`);
    client.send("Grüße");
    assertEquals(await nextMessage(client), ["Grüße", false]);
    client.send(new Uint8Array([1, 2, 3]));
    assertEquals(await nextMessage(client), [Buffer.from([1, 2, 3]), true]);
    const large = "x".repeat(1 << 20);
    client.send(large);
    assertEquals(await nextMessage(client), [large, false]);
    await end(client);
  });

  test(`WebSocketServer (${mount}): the request is one of node:http`, async () => {
    await using server = await start(mount);
    const connection = nextConnection(server.wss);
    const client = await connect(`${server.url}/a/b?c=d`, undefined, {
      headers: { cookie: "a=b", "X-Two": ["1", "2"] },
      origin: "http://example.com",
    });
    const { socket, request } = await connection;
    assert(socket instanceof WebSocket && request instanceof IncomingMessage);
    assertEquals([request.method, request.url, request.httpVersion], ["GET", "/a/b?c=d", "1.1"]);
    const { cookie, origin, upgrade } = request.headers;
    assertEquals([cookie, origin, upgrade, request.headers["x-two"]], [
      "a=b",
      "http://example.com",
      "websocket",
      "1, 2",
    ]);
    assert(request.rawHeaders.includes("a=b"));
    assertEquals(request.socket.remoteAddress, "127.0.0.1");
    assertEquals(typeof request.socket.remotePort, "number");
    assertEquals(Object(socket._socket).remoteAddress, "127.0.0.1");
    assertStrictEquals(socket._socket, socket._socket);
    await end(client);
  });

  test(`WebSocketServer (${mount}): messages that come with the handshake wait for the listener`, async () => {
    await using server = await startEcho(mount);
    // The second half of the request and two messages in one piece.
    const request = new TextEncoder().encode(handshake());
    using peer = await RawPeer.connect(server.url, "");
    await peer.send(request.subarray(0, 20));
    await peer.send(Buffer.concat([request.subarray(20), maskedFrame(0x81, "a"), maskedFrame(0x81, "b")]));
    await peer.head();
    assertEquals(await peer.take(6), new Uint8Array([0x81, 1, 0x61, 0x81, 1, 0x62]));
  });

  test(`WebSocketServer (${mount}): clients holds the open connections, close waits for them`, async () => {
    await using server = await start(mount);
    const connection = nextConnection(server.wss);
    const first = await connect(server.url);
    const { socket: socketOfFirst } = await connection;
    const second = await connect(server.url);
    assertEquals(server.wss.clients.size, 2);
    await Promise.all([eventOf(socketOfFirst, "close"), end(first)]);
    assertEquals(server.wss.clients.size, 1);
    let closed = false;
    const over = Promise.withResolvers<void>();
    server.wss.close((error) => {
      assertEquals(error, undefined);
      closed = true;
      over.resolve();
    });
    second.send("still there");
    const [socket] = server.wss.clients;
    assertEquals(await nextMessage(socket ?? second), ["still there", false]);
    assert(!closed);
    await end(second);
    await over.promise;
    const again = Promise.withResolvers<Error | undefined>();
    server.wss.close(again.resolve);
    assertEquals((await again.promise)?.message, "The server is not running");
  });

  test(`WebSocketServer (${mount}): path decides, and refuses with 400`, async () => {
    await using server = await start(mount, { path: "/here" });
    await end(await connect(`${server.url}/here?x=1`));
    const refused = new WebSocket(`${server.url}/there`);
    const closed = eventOf(refused, "close");
    const [error] = await once(refused, "error");
    assertEquals(String(error), "Error: Unexpected server response: 400");
    assertEquals(await closed, [1006, Buffer.alloc(0)]);
  });

  test(`WebSocketServer (${mount}): verifyClient accepts or refuses`, async () => {
    const seen: unknown[] = [];
    await using server = await start(mount, {
      verifyClient: ({ origin, secure, req }) => {
        seen.push(origin, secure, req.url);
        return req.url === "/yes";
      },
    });
    await end(await connect(`${server.url}/yes`, undefined, { origin: "http://a" }));
    assertEquals(seen, ["http://a", false, "/yes"]);
    const [error] = await once(new WebSocket(`${server.url}/no`), "error");
    assertEquals(String(error), "Error: Unexpected server response: 401");
  });

  test(`WebSocketServer (${mount}): who is refused and sends without end is cut off`, async () => {
    await using server = await start(mount, { verifyClient: () => false });
    using peer = await RawPeer.connect(server.url);
    assertEquals((await peer.head()).split("\r\n")[0], "HTTP/1.1 401 Unauthorized");
    const piece = new Uint8Array(1 << 20);
    await assertRejects(async () => {
      for (let sent = 0; sent < 64; sent++) await peer.send(piece);
    });
  });

  test(`WebSocketServer (${mount}): verifyClient with a callback decides later, with status and headers`, async () => {
    await using server = await start(mount, {
      verifyClient: ({ req }, done) =>
        queueMicrotask(() => req.url === "/yes" ? done(true) : done(false, 418, "No coffee", { "X-Why": "teapot" })),
    });
    await end(await connect(`${server.url}/yes`));
    const client = new WebSocket(`${server.url}/no`);
    const [request, response] = await once(client, "unexpected-response");
    assertEquals([response.statusCode, response.headers["x-why"]], [418, "teapot"]);
    const body: Uint8Array[] = [];
    for await (const chunk of response) body.push(chunk);
    assertEquals(decoder.decode(Buffer.concat(body)), "No coffee");
    request.destroy();
    const failed = once(client, "error");
    client.terminate();
    await failed;
  });

  test(`WebSocketServer (${mount}): a client that leaves before verifyClient has decided is no connection`, async () => {
    const asked = Promise.withResolvers<[IncomingMessage, (verified: boolean) => void]>();
    await using server = await start(mount, { verifyClient: ({ req }, done) => asked.resolve([req, done]) });
    server.wss.on("connection", () => assert(false, "there is a connection"));
    const peer = await RawPeer.connect(server.url, handshake());
    const [request, done] = await asked.promise;
    // A socket of node looks for the end only while somebody reads.
    const gone = eventOf(request.socket, mount === "port" ? "close" : "end");
    if (mount === "server") request.socket.resume();
    peer[Symbol.dispose]();
    await gone;
    done(true);
    assertEquals(server.wss.clients.size, 0);
  });

  test(`WebSocketServer (${mount}): handleProtocols chooses, by default the first`, async () => {
    await using server = await start(mount);
    const first = await connect(server.url, ["one", "two"]);
    assertEquals(first.protocol, "one");
    await end(first);
    // As graphql-ws does it.
    server.wss.options.handleProtocols = (protocols, request) => request.url === "/none" ? false : [...protocols][1];
    const second = await connect(server.url, ["one", "two"]);
    assertEquals(second.protocol, "two");
    await end(second);
    const [error] = await once(new WebSocket(`${server.url}/none`, "one"), "error");
    assertEquals(String(error), "Error: Server sent no subprotocol");
  });

  test(`WebSocketServer (${mount}): headers may be changed`, async () => {
    await using server = await start(mount);
    server.wss.on("headers", (headers, request) => headers.push(`X-Path: ${request.url}`));
    const client = new WebSocket(`${server.url}/x`);
    const opened = once(client, "open");
    const [response] = await once(client, "upgrade");
    assertEquals(response.headers["x-path"], "/x");
    await opened;
    await end(client);
  });

  test(`WebSocketServer (${mount}): handshakes that are not valid are refused`, async () => {
    await using server = await start(mount);
    const cases: [request: string, status: string][] = [
      [handshake({}, "POST / HTTP/1.1"), "405"],
      [handshake({}, "GET / HTTP/1.0"), "400"],
      [handshake({ Upgrade: "h2c" }), "400"],
      [handshake({ "Sec-WebSocket-Key": "" }), "400"],
      [handshake({ "Sec-WebSocket-Key": "short" }), "400"],
      [handshake({ "Sec-WebSocket-Version": "12" }), "400"],
      [handshake({ "Sec-WebSocket-Protocol": "a, a" }), "400"],
      [handshake({ "Sec-WebSocket-Protocol": "a b" }), "400"],
    ];
    for (const [request, status] of cases) {
      using peer = await RawPeer.connect(server.url, request);
      assertEquals((await peer.head()).split(" ")[1], status, request);
    }
    assertEquals(server.wss.clients.size, 0);
  });

  test(`WebSocketServer (${mount}): an unknown version is told the known ones`, async () => {
    await using server = await start(mount);
    using peer = await RawPeer.connect(server.url, handshake({ "Sec-WebSocket-Version": "9" }));
    assert((await peer.head()).includes("\r\nSec-WebSocket-Version: 13, 8"));
  });

  test(`WebSocketServer (${mount}): wsClientError gets the socket`, async () => {
    await using server = await start(mount);
    server.wss.on("wsClientError", (error, socket, request) => {
      assert(request instanceof IncomingMessage);
      socket.end(`HTTP/1.1 499 ${error.message}\r\n\r\n`);
    });
    using peer = await RawPeer.connect(server.url, handshake({ "Sec-WebSocket-Key": "" }));
    assertEquals(await peer.head(), "HTTP/1.1 499 Missing or invalid Sec-WebSocket-Key header");
  });

  test(`WebSocketServer (${mount}): WebSocket is the class of the connections`, async () => {
    class Mine extends WebSocket {
      readonly mine: number = 7;
    }
    await using server = await start(mount, { WebSocket: Mine });
    const connection = nextConnection(server.wss);
    const client = await connect(server.url);
    const { socket } = await connection;
    assertEquals(socket instanceof Mine && socket.mine, 7);
    await end(client);
  });

  test(`WebSocketServer (${mount}): a listener that throws costs its own connection only`, async (t) => {
    await using server = await start(mount);
    server.wss.on("connection", (socket, request) => {
      socket.on("message", () => {
        if (request.url === "/bad") throw new Error("oops");
        socket.send("fine");
      });
    });
    t.expectLog("tornado.application", /Uncaught exception in WebSocket listener/);
    const bad = await connect(`${server.url}/bad`);
    const good = await connect(`${server.url}/good`);
    bad.send("x");
    assertEquals(await eventOf(bad, "close"), [1011, Buffer.alloc(0)]);
    good.send("x");
    assertEquals(await nextMessage(good), ["fine", false]);
    await end(good);
  });

  test(`WebSocketServer (${mount}): a connection listener that throws costs its own connection only`, async (t) => {
    await using server = await start(mount);
    server.wss.on("connection", () => {
      throw new Error("oops");
    });
    t.expectLog("tornado.application", /Uncaught exception in WebSocketServer listener/);
    const client = new WebSocket(server.url);
    assertEquals(await eventOf(client, "close"), [1011, Buffer.alloc(0)]);
    assertEquals(server.wss.clients.size, 0);
  });

  const oops = () => {
    throw new Error("oops");
  };
  for (const options of [{ verifyClient: oops }, { handleProtocols: oops }, {}]) {
    const what = Object.keys(options)[0] ?? "headers";
    test(`WebSocketServer (${mount}): ${what} that throws is answered with 500`, async (t) => {
      await using server = await start(mount, options);
      if (what === "headers") server.wss.on("headers", oops);
      t.expectLog("tornado.application", /Uncaught exception in WebSocketServer listener/);
      const [error] = await once(new WebSocket(server.url, ["a"]), "error");
      assertEquals(String(error), "Error: Unexpected server response: 500");
      assertEquals(server.wss.clients.size, 0);
    });
  }

  test(`WebSocketServer (${mount}): maxPayload holds, also for what is compressed`, async () => {
    await using server = await startEcho(mount, { maxPayload: 1000, perMessageDeflate: true });
    for (const data of [new Uint8Array(1001), "x".repeat(100_000)]) {
      const connection = nextConnection(server.wss);
      const client = await connect(server.url);
      const { socket } = await connection;
      const failed = once(socket, "error");
      client.send(data);
      const [error] = await failed;
      assertEquals(error.code, "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH");
      assertEquals((await eventOf(client, "close"))[0], 1009);
    }
  });
}

test("WebSocketServer: wants exactly one of port, server and noServer", () => {
  const wrong: ServerOptions[] = [
    {},
    { port: 0, noServer: true },
    { port: 0, server: createServer() },
    { noServer: true, server: createServer() },
  ];
  for (const options of wrong) assertThrows(() => new WebSocketServer(options), TypeError, "One and only one");
  assertThrows(
    () => new WebSocketServer({ noServer: true, perMessageDeflate: { serverMaxWindowBits: 16 } }),
    RangeError,
    "serverMaxWindowBits",
  );
});

test("WebSocketServer.address: is that of net.Server, and an error without one", async () => {
  const none = new WebSocketServer({ noServer: true });
  assertThrows(() => none.address(), Error, '"noServer" mode');
  const called = Promise.withResolvers<void>();
  await using wss = new WebSocketServer({ port: 0, host: "127.0.0.1" }, called.resolve);
  await called.promise;
  const address = wss.address();
  assertEquals(address, { address: "127.0.0.1", family: "IPv4", port: portOf(address) });
  wss.close();
  assertEquals(wss.address(), null);
});

test("WebSocketServer: port that is taken is an error event", async () => {
  await using running = await start("port");
  const second = new WebSocketServer({ port: portOf(running.wss.address()), host: "127.0.0.1" });
  const [error] = await once(second, "error");
  assertEquals(error.code, "EADDRINUSE");
});

test("WebSocketServer: port answers other requests with 426", async () => {
  await using running = await start("port");
  const response = await fetch(running.url.replace("ws:", "http:"));
  assertEquals([response.status, await response.text()], [426, "Upgrade Required"]);
});

test("WebSocketServer: server's events are passed on until close", async () => {
  const server = Object.assign(new EventEmitter(), { address: () => null });
  const wss = new WebSocketServer({ server });
  const events: unknown[] = [];
  wss.on("listening", () => events.push("listening"));
  wss.on("error", (error) => events.push(error.message));
  server.emit("listening");
  server.emit("error", new Error("broken"));
  assertEquals(events, ["listening", "broken"]);
  const closed = eventOf(wss, "close");
  wss.close();
  await closed;
  assertEquals(["listening", "error", "upgrade"].map((name) => server.listenerCount(name)), [0, 0, 0]);
});

test("WebSocketServer.handleUpgrade: several servers share one of node:http", async () => {
  const http = createServer();
  const servers = { "/a": new WebSocketServer({ noServer: true }), "/b": new WebSocketServer({ noServer: true }) };
  for (const [name, wss] of Object.entries(servers)) wss.on("connection", (socket) => socket.send(`this is ${name}`));
  http.on("upgrade", (request, socket, head) => {
    const wss = request.url === "/a" ? servers["/a"] : servers["/b"];
    wss.handleUpgrade(request, socket, head, (websocket) => wss.emit("connection", websocket, request));
  });
  const url = `ws://127.0.0.1:${await listen(http)}`;
  for (const name of Object.keys(servers)) {
    const client = new WebSocket(url + name);
    assertEquals(await nextMessage(client), [`this is ${name}`, false]);
    await end(client);
  }
  await close(http);
});

test("WebSocketServer.handleUpgrade: a socket becomes one WebSocket only", async () => {
  const http = createServer();
  const wss = new WebSocketServer({ noServer: true });
  const result = Promise.withResolvers<unknown>();
  http.on("upgrade", (request, socket, head) => {
    wss.handleUpgrade(request, socket, head, () => {
      try {
        wss.handleUpgrade(request, socket, head, () => {});
        result.resolve(null);
      } catch (error) {
        result.resolve(error);
      }
    });
  });
  const client = await connect(`ws://127.0.0.1:${await listen(http)}`);
  assert(String(await result.promise).includes("more than once with the same socket"));
  await end(client);
  await close(http);
});

test("WebSocketServer.handleUpgrade: after close the answer is 503", async () => {
  const http = createServer();
  const wss = new WebSocketServer({ noServer: true });
  wss.close();
  await eventOf(wss, "close");
  http.on("upgrade", (request, socket, head) => wss.handleUpgrade(request, socket, head, () => {}));
  const [error] = await once(new WebSocket(`ws://127.0.0.1:${await listen(http)}`), "error");
  assertEquals(String(error), "Error: Unexpected server response: 503");
  await close(http);
});

test("WebSocketServer: without clientTracking close does not wait, and there are no clients", async () => {
  await using server = await startEcho("server", { clientTracking: false });
  const client = await connect(server.url);
  assertEquals(server.wss.clients, undefined);
  const closed = eventOf(server.wss, "close");
  server.wss.close();
  await closed;
  client.send("x");
  assertEquals(await nextMessage(client), ["x", false]);
  await end(client);
});

test("WebSocketServer: compression is what was negotiated", async () => {
  const cases: [ServerOptions["perMessageDeflate"], offer: string, answer: string | null][] = [
    [false, "permessage-deflate", null],
    [true, "permessage-deflate; client_max_window_bits", "permessage-deflate"],
    [
      { serverNoContextTakeover: true, clientMaxWindowBits: 10, serverMaxWindowBits: true },
      "permessage-deflate; client_max_window_bits",
      "permessage-deflate; client_max_window_bits=10; server_no_context_takeover",
    ],
    [true, "unknown, permessage-deflate; server_max_window_bits=9", "permessage-deflate; server_max_window_bits=9"],
    [true, "permessage-deflate; unknown=1", null],
  ];
  for (const [perMessageDeflate = false, offer, answer] of cases) {
    await using server = await start("port", { perMessageDeflate });
    using peer = await RawPeer.connect(server.url, handshake({ "Sec-WebSocket-Extensions": offer }));
    const header = /\r\nSec-WebSocket-Extensions: ([^\r]*)/.exec(await peer.head())?.[1] ?? null;
    assertEquals(header?.split("; ").sort() ?? null, answer?.split("; ").sort() ?? null, offer);
  }
});
