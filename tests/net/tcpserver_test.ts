import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { TICK } from "../../src/internal/clock.ts";
import { IOStream, SSLIOStream, StreamClosedError } from "../../src/net/iostream.ts";
import { bindSockets, bindUnixSocket } from "../../src/net/netutil.ts";
import { DEFAULT_SSL_HANDSHAKE_TIMEOUT, TCPServer, type TCPServerOptions } from "../../src/net/tcpserver.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { test, type TestContext } from "../support/test.ts";
import { until } from "../support/turns.ts";

const certs = new URL("../support/certs/", import.meta.url);
const sslOptions = { certfile: new URL("server.pem", certs), keyfile: new URL("server_key.pem", certs) };
const caCerts = [await Deno.readTextFile(new URL("ca.pem", certs))];
const local = { address: "127.0.0.1" };
const newline = new Uint8Array([10]);

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Answers one line with itself and the address, then closes. */
class EchoServer extends TCPServer {
  readonly streams: IOStream[] = [];
  readonly addresses_: Deno.Addr[] = [];

  override async handleStream(stream: IOStream, address: Deno.Addr): Promise<void> {
    this.streams.push(stream);
    this.addresses_.push(address);
    await stream.write(await stream.readUntil(newline));
    stream.close();
  }
}

async function echo(stream: IOStream, text: string): Promise<string> {
  await stream.write(encode(text + "\n"));
  const answer = new TextDecoder().decode(await stream.readUntilClose());
  stream.close();
  return answer.trimEnd();
}

function connect(server: TCPServer): Promise<IOStream> {
  return IOStream.connect({ hostname: "127.0.0.1", port: server.port });
}

/** Resolves when a record whose message matches was logged. */
async function logged(t: TestContext, pattern: RegExp): Promise<void> {
  await until(() => t.logs.some((record) => pattern.test(record.getMessage())));
}

test("TCPServer serves maxConnections at once, and the next client when one has left", async (t) => {
  await using server = new EchoServer({ maxConnections: 2 });
  server.listen(0, local);
  const [first, second] = [await connect(server), await connect(server)];
  await until(() => server.streams.length === 2);
  const third = await connect(server);
  await logged(t, /^Accepting no more connections until one of 2 closes: maxConnections is reached$/);
  assertEquals(server.streams.length, 2);
  assertEquals(await echo(first, "first"), "first");
  assertEquals(await echo(third, "third"), "third");
  assertEquals(await echo(second, "second"), "second");
  assertEquals(server.streams.length, 3);
  t.expectLog("tornado.general", /^Accepting no more connections/);
});

test("TCPServer stops while it waits for a connection to close", async (t) => {
  await using server = new EchoServer({ maxConnections: 1 });
  server.listen(0, local);
  using _client = await connect(server);
  await logged(t, /^Accepting no more connections/);
  t.expectLog("tornado.general", /^Accepting no more connections/);
  await server[Symbol.asyncDispose]();
  server.streams[0]?.close();
  await logged(t, /handleStream/);
  t.expectLog("tornado.application", /^Exception in callback handleStream/);
});

test("TCPServer counts TLS connections as well, those whose handshake fails only while it lasts", async (t) => {
  await using server = new EchoServer({ sslOptions, maxConnections: 1 });
  server.listen(0, local);
  const failing = await connect(server);
  await failing.write(encode("no TLS\n"));
  await logged(t, /^SSL Error/);
  t.expectLog("tornado.general", /^SSL Error/);
  failing.close();
  for (let i = 0; i < 2; i++) {
    const stream = await SSLIOStream.connect({ hostname: "localhost", port: server.port, caCerts });
    assertEquals(await echo(stream, "hello"), "hello");
  }
  if (t.logs.some((record) => /^Accepting/.test(record.getMessage()))) t.expectLog("tornado.general", /^Accepting/);
});

test("TCPServer refuses a maxConnections below 1, and derives one from the limit of descriptors", () => {
  for (const maxConnections of [0, -1, NaN]) assertThrows(() => new TCPServer({ maxConnections }), RangeError);
  assertEquals(new TCPServer({ maxConnections: 7 }).maxConnections, 7);
  const limit = Number(new TextDecoder().decode(
    new Deno.Command("sh", { args: ["-c", "ulimit -n"] }).outputSync().stdout,
  ));
  const { maxConnections } = new TCPServer();
  if (Deno.build.os === "linux") assert(maxConnections >= 1 && maxConnections < limit);
  else assertEquals(maxConnections, Infinity);
});

test("TCPServer.listen serves connections, each with the address of its client", async () => {
  await using server = new EchoServer();
  server.listen(0, local);
  assertEquals(server.addresses, [{ transport: "tcp", hostname: "127.0.0.1", port: server.port }]);
  const clients = await Promise.all([1, 2, 3].map(() => connect(server)));
  const ports = clients.map((client) => "port" in client.socket.localAddr ? client.socket.localAddr.port : null);
  assertEquals(await Promise.all(clients.map((client, i) => echo(client, `line ${i}`))), [
    "line 0",
    "line 1",
    "line 2",
  ]);
  assertEquals(new Set(server.addresses_.map((address) => "port" in address ? address.port : null)), new Set(ports));
});

test("TCPServer.listen may be called for several ports", async () => {
  await using server = new EchoServer();
  server.listen(0, local);
  server.listen(0, local);
  assertEquals(server.addresses.length, 2);
  for (const address of server.addresses) {
    const port = "port" in address ? address.port : 0;
    assertEquals(await echo(await IOStream.connect({ hostname: "127.0.0.1", port }), "x"), "x");
  }
});

test("TCPServer passes its buffer options to each stream", async () => {
  await using server = new EchoServer({ maxBufferSize: 5000, readChunkSize: 1000 });
  assertEquals([server.maxBufferSize, server.readChunkSize], [5000, 1000]);
  server.listen(0, local);
  await echo(await connect(server), "x");
  assertEquals([server.streams[0]?.maxBufferSize, server.streams[0]?.readChunkSize], [5000, 1000]);
  const plain = new TCPServer();
  assertEquals([plain.maxBufferSize, plain.readChunkSize, plain.sslOptions], [null, null, null]);
  assertEquals([plain.sslHandshakeTimeout, DEFAULT_SSL_HANDSHAKE_TIMEOUT], [60, 60]);
});

test("TCPServer.addSockets takes listeners over, and accepts none twice", async () => {
  await using server = new EchoServer();
  const listeners = [...bindSockets(0, local), ...bindSockets(0, local)];
  server.addSockets([...listeners, ...listeners]);
  assertEquals(server.addresses, listeners.map((listener) => listener.addr));
  for (const { addr } of listeners) {
    assertEquals(await echo(await IOStream.connect({ hostname: "127.0.0.1", port: addr.port }), "x"), "x");
  }
  server.stop();
  await settled();
  for (const listener of listeners) await assertRejects(() => listener.accept(), Deno.errors.BadResource);
});

test("TCPServer.bind listens without accepting before start", async () => {
  await using server = new EchoServer();
  server.bind(0, local);
  const client = await connect(server);
  const answer = echo(client, "early");
  await settled();
  assertEquals(server.streams.length, 0);
  server.start();
  server.start();
  assertEquals(await answer, "early");
  assertEquals(server.addresses.length, 1);
});

test("TCPServer.stop stops listening, leaves streams open and may be repeated", async () => {
  await using server = new EchoServer();
  server.listen(0, local);
  const port = server.port;
  const client = await connect(server);
  await client.write(encode("half"));
  await until(() => server.streams.length > 0);
  server.bind(0, local);
  server.stop();
  server.stop();
  assertEquals(server.addresses, []);
  assertThrows(() => server.port, Error, "does not listen");
  await settled();
  await assertRejects(() => IOStream.connect({ hostname: "127.0.0.1", port }), Deno.errors.ConnectionRefused);
  assertEquals(await echo(client, " a line"), "half a line");
  server.listen(0, local);
  assertEquals(await echo(await connect(server), "again"), "again");
});

test("TCPServer.drain serves what has connected, frees the port, and waits for the last connection", async () => {
  await using server = new EchoServer();
  server.listen(0, local);
  const client = await connect(server);
  const drained = server.drain(10);
  assertEquals(await echo(client, "hello"), "hello");
  assertEquals(await drained, true);
  assertEquals(server.addresses, []);
});

test("TCPServer.drain returns false when the time is up, and leaves the connection open", async () => {
  await using server = new EchoServer();
  server.listen(0, local);
  const client = await connect(server);
  assertEquals(await server.drain(0.05), false);
  assertEquals(await echo(client, "still there"), "still there");
});

test("TCPServer.handleStream that throws or rejects is logged, its stream closed, and the others served", async (t) => {
  t.expectLog("tornado.application", /^Error in connection callback$/);
  t.expectLog("tornado.application", /^Exception in callback handleStream$/);
  let calls = 0;
  class Failing extends EchoServer {
    override handleStream(stream: IOStream, address: Deno.Addr): Promise<void> {
      if (++calls === 1) throw new Error("at once");
      if (calls === 2) return Promise.reject(new RangeError("later"));
      return super.handleStream(stream, address);
    }
  }
  await using server = new Failing();
  server.listen(0, local);
  for (let i = 0; i < 2; i++) {
    const client = await connect(server);
    assertEquals((await client.readUntilClose()).length, 0);
    client.close();
  }
  assertEquals(await echo(await connect(server), "third"), "third");
});

test("TCPServer.handleStream has to be overridden", async (t) => {
  t.expectLog("tornado.application", /^Error in connection callback$/);
  await using server = new TCPServer();
  server.listen(0, local);
  const client = await connect(server);
  await client.readUntilClose();
  client.close();
  const record = t.logs[0];
  assert(record?.excInfo instanceof Error && record.excInfo.message.includes("does not override handleStream"));
});

test("TCPServer.handleStream that reads from a client which has gone away is logged as Tornado does", async (t) => {
  t.expectLog("tornado.application", /^Exception in callback handleStream$/);
  await using server = new EchoServer();
  server.listen(0, local);
  (await connect(server)).close();
  await logged(t, /handleStream/);
  assertInstanceOf(t.logs[0]?.excInfo, StreamClosedError);
});

test("TCPServer.addSocket serves Unix sockets", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/echo.sock`;
  {
    await using server = new EchoServer();
    server.addSocket(bindUnixSocket(path));
    assertThrows(() => server.port, Error, "does not listen");
    assertEquals(server.addresses, [{ transport: "unix", path }]);
    assertEquals(await echo(await IOStream.connect({ transport: "unix", path }), "local"), "local");
    assertEquals(server.addresses_[0]?.transport, "unix");
  }
  assertThrows(() => Deno.lstatSync(path), Deno.errors.NotFound);
  await Deno.remove(directory);
});

test("TCPServer.port is that of the first TCP socket", async () => {
  const directory = await Deno.makeTempDir();
  await using server = new EchoServer();
  server.addSocket(bindUnixSocket(`${directory}/first.sock`));
  const [listener] = bindSockets(0, local);
  assert(listener);
  server.addSocket(listener);
  server.listen(0, local);
  assertEquals(server.port, listener.addr.port);
  await server[Symbol.asyncDispose]();
  await Deno.remove(directory);
});

function connectTls(server: TCPServer): Promise<SSLIOStream> {
  return SSLIOStream.connect({ hostname: "localhost", port: server.port, caCerts });
}

async function tlsServer(options: TCPServerOptions = {}): Promise<EchoServer> {
  const server = new EchoServer({ sslOptions, ...options });
  server.listen(0, local);
  return await Promise.resolve(server);
}

test("TCPServer with sslOptions serves TLS streams", async () => {
  await using server = await tlsServer();
  assertEquals(Object.keys(server.sslOptions ?? {}), ["cert", "key"]);
  assertEquals(await echo(await connectTls(server), "secret"), "secret");
  assertInstanceOf(server.streams[0], SSLIOStream);
});

test("TCPServer with sslOptions takes a TLS listener of the program's own, and refuses a plain one", async (t) => {
  t.expectLog("tornado.application", /^Error in connection callback$/);
  await using server = new EchoServer({ sslOptions });
  const { cert = "", key = "" } = server.sslOptions ?? {};
  server.addSocket(Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key }));
  assertEquals(await echo(await connectTls(server), "secret"), "secret");
  server.stop();
  server.addSockets(bindSockets(0, local));
  const client = await connect(server);
  assertEquals((await client.readUntilClose()).length, 0);
  client.close();
});

test("TCPServer refuses sslOptions it cannot work with before it listens", () => {
  assertThrows(() => new TCPServer({ sslOptions: {} }), TypeError, "no certfile");
  assertThrows(() => new TCPServer({ sslOptions: { ...sslOptions, certReqs: "required" } }), Error, "certReqs");
});

test("TCPServer closes connections whose TLS handshake fails, with one log line each, and serves the others", async (t) => {
  t.expectLog("tornado.general", /^SSL Error on 127\.0\.0\.1 port \d+: /);
  await using server = await tlsServer();
  // Not TLS at all.
  const plain = await connect(server);
  await plain.write(encode("GET / HTTP/1.1\r\n\r\n"));
  await plain.readUntilClose();
  plain.close();
  // A client that does not trust the certificate.
  await assertRejects(() => SSLIOStream.connect({ hostname: "localhost", port: server.port }), Deno.errors.InvalidData);
  await logged(t, /UnknownCA/);
  assertEquals(t.logs.filter((record) => record.levelname === "WARNING").length, 2);
  assertEquals(await echo(await connectTls(server), "fine"), "fine");
  assertEquals(server.streams.length, 1);
});

test("TCPServer takes no offence at clients that leave before or in the TLS handshake", async (t) => {
  await using server = await tlsServer();
  (await connect(server)).close();
  await logged(t, /unexpected end of file/);
  const client = await connect(server);
  await client.write(new Uint8Array([22, 3, 1, 2, 0, 1]));
  client.close();
  await until(() => t.logs.length === 2);
  assertEquals(t.logs.map((record) => record.levelname), ["INFO", "INFO"]);
  assertEquals(await echo(await connectTls(server), "fine"), "fine");
});

test("TCPServer gives up TLS handshakes that stall, while others are served", async (t) => {
  t.expectLog("tornado.general", /^SSL handshake with 127\.0\.0\.1 port \d+ timed out after 5 s$/);
  using clock = new FakeClock();
  await using server = await tlsServer({ sslHandshakeTimeout: 5 });
  const stalled = await Promise.all([1, 2, 3].map(() => connect(server)));
  for (const client of stalled) await client.write(new Uint8Array([22, 3, 1, 2, 0, 1]));
  await until(() => clock.wheel.size === 3);
  assertEquals(await echo(await connectTls(server), "meanwhile"), "meanwhile");
  clock.advance(4.9);
  await settled();
  assertEquals([clock.wheel.size, t.logs.length], [3, 0]);
  clock.advance(0.1 + 2 * TICK);
  await until(() => t.logs.length === 3);
  assertEquals([clock.wheel.size, clock.timers], [0, 0]);
  for (const client of stalled) client.close();
});

test("TCPServer.stop closes connections in their TLS handshake", async (t) => {
  using clock = new FakeClock();
  const server = await tlsServer();
  const client = await connect(server);
  await until(() => clock.wheel.size > 0);
  server.stop();
  await until(() => t.logs.length > 0);
  assertEquals([t.logs[0]?.levelname, clock.wheel.size, server.streams.length], ["INFO", 0, 0]);
  client.close();
});

test("TCPServer.listen passes errors on and keeps what it has", async () => {
  await using server = new EchoServer();
  server.listen(0, local);
  const { port } = server;
  assertThrows(() => server.listen(port, local), Deno.errors.AddrInUse);
  assertThrows(() => server.listen(0, { address: "127.0.0.1", family: "ipv6" }), TypeError);
  assertEquals(await echo(await connect(server), "still here"), "still here");
});
