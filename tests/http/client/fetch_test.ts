// What is different about the client on Deno's fetch: HTTP/2, SOCKS, and the options that it refuses.
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { once } from "node:events";
import http2 from "node:http2";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { FetchAsyncHTTPClient } from "../../../src/http/fetch_httpclient.ts";
import {
  AsyncHTTPClient,
  type AsyncHTTPClientOptions,
  HTTPClientError,
  type HTTPRequestOptions,
  HTTPStreamClosedError,
} from "../../../src/http/httpclient.ts";
import { Resolver } from "../../../src/net/netutil.ts";
import { CLOSE, reply, ScriptedServer } from "../../support/scripted_server.ts";
import { test } from "../../support/test.ts";
import { FETCH } from "./back_ends.ts";

const POST = { method: "POST", body: "abc" } as const;

/** Options of a request that Deno's fetch has nothing for, and what the refusal names. */
const REFUSED: Readonly<Record<string, HTTPRequestOptions>> = {
  "validateCert: false": { validateCert: false },
  "allowAddress": { allowAddress: () => true },
  "allowIpv6: false": { allowIpv6: false },
  "decompressResponse: false": { decompressResponse: false },
  "sslOptions.checkHostname: false": { sslOptions: { checkHostname: false } },
  "sslOptions.alpnProtocols": { sslOptions: { alpnProtocols: ["h2"] } },
  "stallTimeout with a body": { ...POST, stallTimeout: 1 },
  "expect100Continue": { ...POST, expect100Continue: true },
  "connectTimeout": { connectTimeout: 1 },
  "proxyUsername with https": { proxyHost: "127.0.0.1", proxyPort: 1, proxyUsername: "me", sslOptions: {} },
  "Content-Length with a body in pieces": { method: "PUT", body: ["a"], headers: { "Content-Length": "1" } },
};

for (const [name, options] of Object.entries(REFUSED)) {
  test(`FetchAsyncHTTPClient: refuses ${name}, and sends nothing`, async () => {
    await using server = new ScriptedServer(() => [reply()]);
    using client = FETCH.make();
    const url = name.endsWith("https") ? server.url().replace("http", "https") : server.url();
    await assertRejects(() => client.fetch(url, options), TypeError, `cannot honour ${name}`);
    assertEquals(server.connections, 0);
  });
}

test("FetchAsyncHTTPClient: refuses the options of a client that Deno's fetch has nothing for", () => {
  const refused: Readonly<Record<string, AsyncHTTPClientOptions>> = {
    "resolver": { resolver: Resolver.create() },
    "hostnameMapping": { hostnameMapping: {} },
    "maxBufferSize": { maxBufferSize: 1000 },
    "maxHeaderSize": { maxHeaderSize: 1000 },
    "connectTimeout": { defaults: { connectTimeout: 1 } },
  };
  for (const [name, options] of Object.entries(refused)) {
    assertThrows(() => FETCH.make(options), TypeError, `cannot honour ${name}`);
  }
});

test("FetchAsyncHTTPClient: refuses connectTimeout among the defaults of a client that shares its engine", async () => {
  using _first = new FetchAsyncHTTPClient();
  using client = new FetchAsyncHTTPClient({ defaults: { connectTimeout: 1 } });
  for (const method of ["fetch", "stream"] as const) {
    await assertRejects(() => client[method]("http://127.0.0.1:1/"), TypeError, "cannot honour connectTimeout");
  }
});

test("FetchAsyncHTTPClient: is what AsyncHTTPClient stands for, by configure()", async () => {
  await using server = new ScriptedServer(() => [reply()]);
  AsyncHTTPClient.configure(FetchAsyncHTTPClient);
  try {
    using client = new AsyncHTTPClient({ forceInstance: true });
    await client.fetch(server.url());
    await assertRejects(() => client.fetch(server.url(), { connectTimeout: 1 }), TypeError, "FetchAsyncHTTPClient");
  } finally {
    AsyncHTTPClient.configure(null);
  }
  assertEquals(server.requests.map(({ headers }) => headers.get("User-Agent")?.startsWith("Twister/")), [true]);
});

test("FetchAsyncHTTPClient: of 300 POSTs to a server that hangs up, none is sent twice", async () => {
  const used = new Set<number>();
  await using server = new ScriptedServer(({ connection }) => {
    if (used.has(connection)) return [CLOSE];
    used.add(connection);
    return [reply()];
  });
  using client = FETCH.make();
  for (let i = 0; i < 300; i++) {
    const post = () => client.fetch(server.url(`/${i}`), { method: "POST", body: `${i}` });
    await post().catch((error) => assertEquals(error instanceof HTTPStreamClosedError, true));
    // The connections of GETs are kept, but not for POSTs.
    await client.fetch(server.url("/get"));
  }
  const posts = server.requests.filter(({ method }) => method === "POST").map(({ target }) => target);
  assertEquals(posts, Array.from({ length: 300 }, (_, i) => `/${i}`));
});

test("FetchAsyncHTTPClient: a connection that cannot be made is an HTTPClientError", async () => {
  using client = FETCH.make();
  const [port] = [(await freePort()).port];
  await assertRejects(() => client.fetch(`http://127.0.0.1:${port}/`), HTTPClientError, "Cannot connect");
  await assertRejects(() => client.fetch("http://name.invalid/"), HTTPClientError, "Cannot connect");
});

test("FetchAsyncHTTPClient: speaks HTTP/2 with a server that has it", async () => {
  const certs = new URL("../../support/certs/", import.meta.url);
  const [cert, key] = ["server.pem", "server_key.pem"].map((name) => Deno.readTextFileSync(new URL(name, certs)));
  if (cert === undefined || key === undefined) throw new Error("unreachable");
  const server = http2.createSecureServer({ cert, key, allowHTTP1: true }, (request, response) => {
    response.setHeader("Set-Cookie", ["a=1", "b=2"]);
    response.end(`${request.httpVersion} ${request.method} ${request.headers[":authority"]}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = addressOf(server.address());
  try {
    using client = FETCH.make({ defaults: { caCerts: new URL("ca.pem", certs).pathname } });
    const [first, second] = await Promise.all([1, 2].map(() => client.fetch(`https://localhost:${port}/`)));
    assertEquals([first?.text, second?.text], [`2.0 GET localhost:${port}`, `2.0 GET localhost:${port}`]);
    assertEquals([first?.reason, first?.headers.getList("Set-Cookie")], ["OK", ["a=1", "b=2"]]);
    const posted = await client.fetch(`https://localhost:${port}/`, { method: "POST", body: ["a", "b"] });
    assertEquals(posted.text, `2.0 POST localhost:${port}`);
  } finally {
    server.close();
  }
});

/** A proxy of SOCKS 5 (RFC 1928), which notes what it was asked for, and by whom (RFC 1929). */
class SocksProxy implements AsyncDisposable {
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => this.#serve(socket).catch(() => socket.destroy()));
  }

  static async start(): Promise<SocksProxy> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new SocksProxy(server);
  }

  get port(): number {
    return addressOf(this.#server.address()).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(socket: Socket): Promise<void> {
    this.#keep(socket);
    const [greeting] = await once(socket, "data");
    const asksName = greeting.subarray(2).includes(2);
    socket.write(new Uint8Array([5, asksName ? 2 : 0]));
    if (asksName) {
      const [credentials] = await once(socket, "data");
      this.asked.push(credentials.subarray(1).toString());
      socket.write(new Uint8Array([1, 0]));
    }
    const [request] = await once(socket, "data");
    const isName = request[3] === 3;
    const end = isName ? 5 + request[4] : 8;
    const host = isName ? request.subarray(5, end).toString() : request.subarray(4, end).join(".");
    const port = request[end] * 256 + request[end + 1];
    this.asked.push(`${host}:${port}`);
    const server = connect(port, "127.0.0.1");
    this.#keep(server);
    await once(server, "connect");
    socket.write(new Uint8Array([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
    socket.pipe(server);
    server.pipe(socket);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

function addressOf(address: string | AddressInfo | null): AddressInfo {
  if (address === null || typeof address === "string") throw new Error(`no address: ${address}`);
  return address;
}

async function freePort(): Promise<AddressInfo> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = addressOf(server.address());
  server.close();
  await once(server, "close");
  return address;
}

test("FetchAsyncHTTPClient: goes through a SOCKS proxy, and through one of http", async () => {
  await using server = new ScriptedServer(() => [reply("through")]);
  await using proxy = await SocksProxy.start();
  using client = FETCH.make();
  for (const scheme of ["socks5", "socks5h"]) {
    const options = { proxyHost: `${scheme}://127.0.0.1`, proxyPort: proxy.port };
    assertEquals((await client.fetch(server.url(), options)).text, "through");
  }
  assertEquals(proxy.asked.splice(0), [`127.0.0.1:${server.port}`, `127.0.0.1:${server.port}`]);
  const options = { proxyHost: "127.0.0.1", proxyPort: server.port, proxyUsername: "me", proxyPassword: "secret" };
  assertEquals((await client.fetch("http://a.example/x", options)).text, "through");
  const certs = new URL("../../support/certs/", import.meta.url);
  const [certfile, keyfile, ca] = ["server.pem", "server_key.pem", "ca.pem"].map((name) => new URL(name, certs));
  if (certfile === undefined || keyfile === undefined || ca === undefined) throw new Error("unreachable");
  await using secret = new ScriptedServer(() => [reply("secret")], { sslOptions: { certfile, keyfile } });
  const socks = { ...options, proxyHost: "socks5://127.0.0.1", proxyPort: proxy.port, caCerts: ca.pathname };
  assertEquals((await client.fetch(secret.url(), socks)).text, "secret");
  assertEquals(proxy.asked, ["\x02me\x06secret", `127.0.0.1:${secret.port}`]);
  assertEquals(secret.requests.map(({ headers }) => headers.get("Proxy-Authorization")), [null]);
  const { target, headers } = server.requests.at(-1) ?? { target: "", headers: null };
  assertEquals([target, headers?.get("Proxy-Authorization")], ["http://a.example/x", `Basic ${btoa("me:secret")}`]);
});

test("SimpleAsyncHTTPClient: refuses a proxy that is not one of http", async () => {
  using client = new AsyncHTTPClient({ forceInstance: true });
  const options = { proxyHost: "socks5://127.0.0.1", proxyPort: 1080 };
  await assertRejects(() => client.fetch("http://a.example/", options), TypeError, "FetchAsyncHTTPClient");
});
