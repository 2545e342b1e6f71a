// websocketConnect connects as the HTTP client does: through proxies, with its TLS options, and from its requests.
import { assertEquals, assertRejects } from "@std/assert";
import { HTTPClientError, HTTPRequest } from "../../src/http/httpclient.ts";
import { HTTPServer } from "../../src/http/httpserver.ts";
import { Application } from "../../src/web/mod.ts";
import { websocketConnect, type WebSocketConnectOptions, WebSocketHandler } from "../../src/websocket/mod.ts";
import { CLOSE, HOLD, reply, ScriptedServer } from "../support/scripted_server.ts";
import { test } from "../support/test.ts";
import { TunnelServer } from "../support/tunnel_server.ts";

const certs = new URL("../support/certs/", import.meta.url);
const caCerts = Deno.readTextFileSync(new URL("ca.pem", certs));
const sslOptions = { certfile: new URL("server.pem", certs), keyfile: new URL("server_key.pem", certs) };

/** Tells what came with its handshake, and echoes. */
class Echo extends WebSocketHandler {
  override open(): void {
    const names = ["Authorization", "Proxy-Authorization", "X-A"];
    this.writeMessage(names.map((name) => this.request.headers.get(name)));
  }
  override onMessage(message: string | Uint8Array): void {
    this.writeMessage(String(message));
  }
}

function startServer(options: { sslOptions?: typeof sslOptions } = {}): HTTPServer {
  const server = new HTTPServer(new Application([["/", Echo]], { logFunction() {} }), options);
  server.listen(0, { address: "127.0.0.1" });
  return server;
}

for (const scheme of ["ws", "wss"] as const) {
  test(`websocketConnect goes through a proxy with ${scheme}, by a tunnel, and tells the server nothing of it`, async () => {
    await using server = startServer(scheme === "wss" ? { sslOptions } : {});
    await using proxy = new TunnelServer(server.port);
    const options: WebSocketConnectOptions = {
      proxyHost: "127.0.0.1",
      proxyPort: proxy.port,
      proxyUsername: "me",
      proxyPassword: "secret",
      caCerts,
    };
    await using connection = await websocketConnect(`${scheme}://localhost:4444/`, options);
    assertEquals(await connection.readMessage(), "[null,null,null]");
    connection.writeMessage("hello");
    assertEquals(await connection.readMessage(), "hello");
    const credentials = `Proxy-Authorization: Basic ${btoa("me:secret")}\r\n`;
    assertEquals(proxy.heads, [`CONNECT localhost:4444 HTTP/1.1\r\nHost: localhost:4444\r\n${credentials}\r\n`]);
  });
}

test("websocketConnect asks for the port of the scheme where the URL has none", async () => {
  await using proxy = new ScriptedServer(() => [reply("", [], "403 No"), HOLD]);
  const options = { proxyHost: "127.0.0.1", proxyPort: proxy.port };
  for (const url of ["ws://a.example/", "wss://a.example/"]) {
    await assertRejects(() => websocketConnect(url, options), HTTPClientError, "refused a tunnel: 403 No");
  }
  assertEquals(proxy.requests.map(({ target }) => target), ["a.example:80", "a.example:443"]);
});

test("websocketConnect rejects if a proxy hangs up, and if no address is allowed", async () => {
  await using proxy = new ScriptedServer(() => [CLOSE]);
  const options = { proxyHost: "127.0.0.1", proxyPort: proxy.port };
  await assertRejects(() => websocketConnect("ws://a.example/", options), HTTPClientError, "did not answer CONNECT");
  await using server = startServer();
  const allowAddress = (address: string) => address !== "127.0.0.1";
  const url = `ws://127.0.0.1:${server.port}/`;
  await assertRejects(() => websocketConnect(url, { allowAddress }), HTTPClientError, "no address is allowed");
});

test("websocketConnect takes the options of an HTTPRequest, before its own", async () => {
  await using server = startServer({ sslOptions });
  const request = new HTTPRequest(`wss://localhost:${server.port}/`, {
    headers: { "X-A": "b" },
    authUsername: "me",
    authPassword: "secret",
    caCerts,
    connectTimeout: 30,
  });
  await using first = await websocketConnect(request);
  assertEquals(await first.readMessage(), `["Basic ${btoa("me:secret")}",null,"b"]`);
  await using second = await websocketConnect(request, { headers: { "X-A": "c" } });
  assertEquals(await second.readMessage(), `["Basic ${btoa("me:secret")}",null,"c"]`);
});

test("websocketConnect accepts any certificate with validateCert: false, and none that is not known without", async (t) => {
  t.expectLog("tornado.general", /SSL Error/);
  await using server = startServer({ sslOptions });
  const url = `wss://localhost:${server.port}/`;
  await assertRejects(() => websocketConnect(url), Error);
  await using connection = await websocketConnect(url, { validateCert: false });
  assertEquals(await connection.readMessage(), "[null,null,null]");
});
