import { assertEquals } from "@std/assert";
import { once } from "node:events";
import { Application, HTTPError } from "../../src/web/mod.ts";
import { websocketConnect } from "../../src/websocket/mod.ts";
import { WebSocket, WebSocketServer, WebSocketServerHandler } from "../../src/ws/mod.ts";
import { test } from "../support/test.ts";
import { end, eventOf, nextMessage } from "./support.ts";

function echoServer(): WebSocketServer {
  const wss = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  wss.on("connection", (socket, request) => {
    socket.send(`welcome to ${request.url}`);
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  return wss;
}

test("WebSocketServerHandler: a WebSocketServer is a rule of an Application", async (t) => {
  const wss = echoServer();
  const app = new Application([["/echo/(.*)", WebSocketServerHandler, { server: wss }]]);
  await using server = app.listen(0, { address: "127.0.0.1" });
  await using client = await websocketConnect(`ws://127.0.0.1:${server.port}/echo/a?b`, { compressionOptions: {} });
  assertEquals(await client.readMessage(), "welcome to /echo/a?b");
  await client.writeMessage("x".repeat(1000));
  assertEquals(await client.readMessage(), "x".repeat(1000));
  assertEquals(wss.clients.size, 1);
  assertEquals(
    t.logs.filter(({ name }) => name === "tornado.access").map((record) => record.getMessage().split(" ")[0]),
    [
      "101",
    ],
  );
});

test("WebSocketServerHandler: other requests get 426", async (t) => {
  t.expectLog("tornado.access", /^426 GET/);
  const app = new Application([["/", WebSocketServerHandler, { server: echoServer() }]]);
  await using server = app.listen(0, { address: "127.0.0.1" });
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  assertEquals([response.status, response.headers.get("upgrade")], [426, "websocket"]);
  await response.body?.cancel();
});

test("WebSocketServerHandler: prepare of a subclass may refuse", async (t) => {
  class Private extends WebSocketServerHandler {
    override prepare(): void {
      if (this.getArgument("token", "") !== "secret") throw new HTTPError(403);
    }
  }
  const app = new Application([["/", Private, { server: echoServer() }]]);
  await using server = app.listen(0, { address: "127.0.0.1" });
  t.expectLog("tornado.access", /^403 GET/);
  const refused = new WebSocket(`ws://127.0.0.1:${server.port}/`);
  const [error] = await once(refused, "error");
  assertEquals(String(error), "Error: Unexpected server response: 403");
  const client = new WebSocket(`ws://127.0.0.1:${server.port}/?token=secret`);
  assertEquals((await nextMessage(client))[0], "welcome to /?token=secret");
  await end(client);
});

test("WebSocketServerHandler: draining the server closes with 1001", async () => {
  const app = new Application([["/", WebSocketServerHandler, { server: echoServer() }]]);
  await using server = app.listen(0, { address: "127.0.0.1" });
  const client = new WebSocket(`ws://127.0.0.1:${server.port}/`);
  await once(client, "message");
  const closed = eventOf(client, "close");
  assertEquals(await server.drain(1), true);
  assertEquals((await closed)[0], 1001);
});

test("WebSocketServerHandler: closing the server drops the connections", async () => {
  const app = new Application([["/", WebSocketServerHandler, { server: echoServer() }]]);
  const server = app.listen(0, { address: "127.0.0.1" });
  const client = new WebSocket(`ws://127.0.0.1:${server.port}/`);
  await once(client, "message");
  const closed = eventOf(client, "close");
  await server[Symbol.asyncDispose]();
  assertEquals((await closed)[0], 1006);
});
