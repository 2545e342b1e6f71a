import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { type AddressFamily, type ResolvedAddress, type ResolveOptions, Resolver } from "../../../src/net/netutil.ts";
import { unmapIPv4 } from "../../../src/net/internal.ts";
import { IOStream, SSLIOStream, StreamClosedError } from "../../../src/net/iostream.ts";
import { TCPClient, type TCPConnectOptions } from "../../../src/net/tcpclient.ts";
import { TCPServer } from "../../../src/net/tcpserver.ts";
import { TimeoutError } from "../../../src/util/util.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";
import { freePort } from "../../support/free_port.ts";

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const certificate = (name: string): string => new URL(`../../support/certs/${name}`, import.meta.url).pathname;

/** Tornado's `TestTCPServer`: the streams of its connections, in order. */
class QueueServer extends TCPServer {
  #streams: IOStream[] = [];
  #waiting: ((stream: IOStream) => void)[] = [];

  override handleStream(stream: IOStream): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#streams.push(stream);
    else waiting(stream);
  }

  next(): Promise<IOStream> {
    const stream = this.#streams.shift();
    return stream === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(stream);
  }
}

/** A resolver that gives what the test says, and records what it is asked. */
class FixedResolver extends Resolver {
  readonly asked: [host: string, port: number, family: AddressFamily | null][] = [];
  closed = false;
  readonly #hosts: readonly string[];

  constructor(hosts: readonly string[]) {
    super();
    this.#hosts = hosts;
  }

  override resolve(host: string, port: number, options: ResolveOptions = {}): Promise<ResolvedAddress[]> {
    this.asked.push([host, port, options.family ?? null]);
    return Promise.resolve(this.#hosts.map((hostname): ResolvedAddress => {
      if (hostname.startsWith("/")) return ["unix", { transport: "unix", path: hostname }];
      return [hostname.includes(":") ? "ipv6" : "ipv4", { transport: "tcp", hostname, port }];
    }));
  }

  override close(): void {
    this.closed = true;
  }
}

/** Sends "hello" over a connection to a server on an address, or on all of both IP versions for `null`. */
async function connectTo(
  address: string | null,
  host: string,
  options: TCPConnectOptions = {},
  resolver: Resolver | null = null,
): Promise<Deno.NetAddr> {
  await using server = new QueueServer();
  server.listen(0, { address });
  const { port } = server;
  using client = new TCPClient(resolver);
  using stream = await client.connect(host, port, options);
  using peer = await server.next();
  stream.write(encode("hello"));
  assertEquals(decode(await peer.readBytes(5)), "hello");
  const { remoteAddr } = peer.socket;
  if (!("hostname" in remoteAddr)) throw new TypeError("The peer has no IP address");
  return { transport: "tcp", hostname: unmapIPv4(remoteAddr.hostname), port: remoteAddr.port };
}

const DUAL = ["::1", "127.0.0.1"];

test("TCPClient.connect: an IPv4 address (Tornado: test_connect_ipv4_ipv4)", async () => {
  await connectTo("127.0.0.1", "127.0.0.1");
});

test("TCPClient.connect: a name, to a server on IPv4 (test_connect_ipv4_dual)", async () => {
  await connectTo("127.0.0.1", "localhost");
  await connectTo("127.0.0.1", "host", {}, new FixedResolver(DUAL));
});

test("TCPClient.connect: an IPv6 address (test_connect_ipv6_ipv6)", async () => {
  await connectTo("::1", "::1");
});

test("TCPClient.connect: a name of both versions, to a server on IPv6 (test_connect_ipv6_dual)", async () => {
  await connectTo("::1", "host", {}, new FixedResolver(DUAL.toReversed()));
});

test("TCPClient.connect: an IPv4 address, to a server on both (test_connect_unspec_ipv4)", async () => {
  await connectTo(null, "127.0.0.1");
});

test("TCPClient.connect: an IPv6 address, to a server on both (test_connect_unspec_ipv6)", async () => {
  await connectTo(null, "::1");
});

test("TCPClient.connect: a name of both versions, to a server on both (test_connect_unspec_dual)", async () => {
  await connectTo(null, "localhost");
  const address = await connectTo(null, "host", {}, new FixedResolver(DUAL));
  assertEquals(address.hostname, "::1");
});

test("TCPClient.connect rejects with the error of the system, and says where (test_refused_ipv4)", async () => {
  const port = freePort();
  const message = `Cannot connect to 127.0.0.1 port ${port}: Connection refused`;
  const error = await assertRejects(
    () => new TCPClient().connect("127.0.0.1", port),
    Deno.errors.ConnectionRefused,
    message,
  );
  assert("code" in error && error.code === "ECONNREFUSED");
});

test("TCPClient.connect rejects if the source is not of this machine (test_source_ip_fail)", async () => {
  await assertRejects(
    () => connectTo("127.0.0.1", "127.0.0.1", { sourceIp: "8.8.8.8" }),
    Error,
    "from 8.8.8.8",
  );
});

test("TCPClient.connect from a source address (test_source_ip_success)", async () => {
  await connectTo("127.0.0.1", "127.0.0.1", { sourceIp: "127.0.0.1" });
  const address = await connectTo("127.0.0.1", "127.0.0.1", { sourceIp: "127.0.0.7" });
  assertEquals(address.hostname, "127.0.0.7");
});

// Tornado tries port 1, which only an unprivileged user may not use.
test("TCPClient.connect rejects if the source port is in use (test_source_port_fail)", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const source = { sourceIp: "127.0.0.1", sourcePort: taken.addr.port };
  await assertRejects(() => connectTo("127.0.0.1", "127.0.0.1", source), Deno.errors.AddrInUse);
});

test("TCPClient.connect from a source port", async () => {
  const sourcePort = freePort();
  const address = await connectTo("127.0.0.1", "127.0.0.1", { sourcePort });
  assertEquals(address.port, sourcePort);
});

test("TCPClient.connect ends by its timeout while the resolver works (test_connect_timeout)", async () => {
  class SilentResolver extends Resolver {
    override resolve(): Promise<ResolvedAddress[]> {
      return new Promise(() => {});
    }
  }
  const client = new TCPClient(new SilentResolver());
  const message = "Cannot connect to 1.2.3.4 port 12345: not connected after 0.05 seconds";
  await assertRejects(() => client.connect("1.2.3.4", 12345, { timeout: 0.05 }), TimeoutError, message);
  await assertRejects(() => client.connect("1.2.3.4", 12345, { timeout: { milliseconds: 10 } }), TimeoutError);
  await assertRejects(() => client.connect("1.2.3.4", 12345, { timeout: 0 }), TimeoutError, "after 0 seconds");
  await assertRejects(() => client.connect("1.2.3.4", 12345, { timeout: NaN }), TypeError, "timeout, not a number of");
  for (const timeout of ["5", {}, { milliseconds: "5" }]) {
    const args = ["1.2.3.4", 12345, { timeout }];
    await assertRejects(() => Reflect.apply(client.connect, client, args), TypeError, "Unsupported timeout");
  }
});

test("TCPClient passes the family to the resolver, and drops other addresses", async () => {
  const resolver = new FixedResolver(DUAL);
  const address = await connectTo(null, "host", { af: "ipv4" }, resolver);
  assertEquals(address.hostname, "127.0.0.1");
  assertEquals(resolver.asked.map(([host, , family]) => [host, family]), [["host", "ipv4"]]);
  await assertRejects(
    () => new TCPClient(new FixedResolver(["127.0.0.1"])).connect("host", 80, { af: "ipv6" }),
    Error,
    "Cannot connect to host port 80: the host has no ipv6 address",
  );
});

test("TCPClient.connect tries no address of another version than the source", async () => {
  const resolver = new FixedResolver(DUAL);
  await connectTo(null, "host", { sourceIp: "127.0.0.1" }, resolver);
  assertEquals(resolver.asked.map(([, , family]) => family), ["ipv4"]);
  const client = new TCPClient();
  await assertRejects(
    () => client.connect("::1", 80, { af: "ipv6", sourceIp: "127.0.0.1" }),
    TypeError,
    'Cannot connect from "127.0.0.1": it is not an ipv6 address',
  );
  await assertRejects(() => client.connect("::1", 80, { sourceIp: "eth0" }), TypeError, "it is not an IP address");
});

test("TCPClient.connect refuses what cannot be a port or a host before it asks the resolver", async () => {
  const resolver = new FixedResolver(DUAL);
  const client = new TCPClient(resolver);
  for (const port of [-1, 65536, 1.5, NaN]) {
    await assertRejects(
      () => client.connect("host", port),
      RangeError,
      `Cannot connect to host port ${port}: ports are`,
    );
    await assertRejects(() => client.connect("host", 80, { sourcePort: port }), RangeError, "Cannot connect from port");
  }
  await assertRejects(() => client.connect("", 80), TypeError, "the host is empty");
  assertEquals(resolver.asked, []);
});

test("TCPClient.connect takes a Unix socket from the resolver, as an address or as a path", async () => {
  using directory = new TempDir();
  const path = `${directory.path}/socket`;
  using listener = Deno.listen({ transport: "unix", path });
  const pathResolver = { resolve: () => Promise.resolve([["unix", path]]) };
  const resolvers = [new FixedResolver([path]), Object.assign(new FixedResolver([]), pathResolver)];
  for (const resolver of resolvers) {
    for (const options of [{}, { af: "ipv4" }] as const) {
      const accepted = listener.accept();
      using stream = await new TCPClient(resolver).connect("docker", 80, options);
      using peer = new IOStream(await accepted);
      peer.write(encode("hello"));
      assertEquals(decode(await stream.readBytes(5)), "hello");
    }
  }
  const missing = new TCPClient(new FixedResolver([`${path}.missing`]));
  await assertRejects(() => missing.connect("docker", 80), Deno.errors.NotFound, `Cannot connect to ${path}.missing`);
});

test("TCPClient.connect by several addresses rejects with the last error and the others as its cause", async () => {
  const port = freePort();
  const client = new TCPClient(new FixedResolver(["127.0.0.1", "127.0.0.2", "::1"]));
  const error = await assertRejects(() => client.connect("host", port), Deno.errors.ConnectionRefused, "127.0.0.2");
  assert(error.cause instanceof AggregateError);
  const [first, second, ...more] = error.cause.errors.map(String);
  assert(first.includes("127.0.0.1") && second.includes("::1") && more.length === 0);
});

test("TCPClient.connect says which name has no address", async () => {
  const client = new TCPClient();
  for (const options of [{}, { af: "ipv4" }, { sourceIp: "127.0.0.1" }] as const) {
    const connect = () => client.connect("does-not-exist.invalid", 80, options);
    await assertRejects(connect, Error, "Cannot connect to does-not-exist.invalid port 80: ");
  }
  const empty = new TCPClient(new FixedResolver([]));
  await assertRejects(
    () => empty.connect("host", 80),
    Error,
    "Cannot connect to host port 80: the host has no address",
  );
});

test("TCPClient.close closes the resolver that the client made, and no other", () => {
  const saved = Resolver._saveConfiguration();
  try {
    const given = new FixedResolver([]);
    new TCPClient(given).close();
    assertEquals(given.closed, false);
    Resolver.configure(FixedResolver);
    const client = new TCPClient();
    const { resolver } = client;
    client[Symbol.dispose]();
    assertEquals(resolver instanceof FixedResolver && resolver.closed, true);
  } finally {
    Resolver._restoreConfiguration(saved);
  }
});

test("TCPClient passes the limits of streams on", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  const limits = { maxBufferSize: 1000, readChunkSize: 10, maxWriteBufferSize: 20 };
  using stream = await new TCPClient().connect("127.0.0.1", listener.addr.port, limits);
  (await accepted).close();
  const { maxBufferSize, readChunkSize, maxWriteBufferSize } = stream;
  assertEquals({ maxBufferSize, readChunkSize, maxWriteBufferSize }, limits);
});

function tlsServer(): QueueServer {
  const server = new QueueServer({
    sslOptions: { certfile: certificate("server.pem"), keyfile: certificate("server_key.pem"), alpnProtocols: ["x"] },
  });
  server.listen(0, { address: "127.0.0.1" });
  return server;
}

test("TCPClient.connect starts TLS, checks the certificate and offers protocols", async () => {
  await using server = tlsServer();
  const sslOptions = { caCerts: certificate("ca.pem"), alpnProtocols: ["x"] };
  for (const options of [{}, { sourceIp: "127.0.0.1" }, { timeout: 20 }, { validateCert: false }]) {
    using stream = await new TCPClient().connect("localhost", server.port, { ...options, sslOptions });
    assert(stream instanceof SSLIOStream);
    using peer = await server.next();
    stream.write(encode("hello"));
    assertEquals(decode(await peer.readBytes(5)), "hello");
    assertEquals((await stream.socket.handshake()).alpnProtocol, "x");
    const { remoteAddr } = stream.socket;
    assert("port" in remoteAddr && remoteAddr.port === server.port);
  }
});

test("TCPClient.connect by TLS rejects a certificate that is not trusted or for another name", async (t) => {
  t.expectLog("tornado.general", /^SSL Error on /);
  await using server = tlsServer();
  const trusted = { caCerts: certificate("ca.pem") };
  const cases: [TCPConnectOptions & { sslOptions: object }, RegExp][] = [
    [{ sslOptions: {} }, /UnknownIssuer/],
    [{ sslOptions: trusted, serverHostname: "example.com" }, /example\.com/],
    [{ sslOptions: {}, sourceIp: "127.0.0.1" }, /certificate/],
    [{ sslOptions: trusted, serverHostname: "example.com", sourceIp: "127.0.0.1" }, /example\.com/],
  ];
  for (const [options, message] of cases) {
    for (const limits of [{}, { timeout: 20 }]) {
      const error = await assertRejects(
        () => new TCPClient().connect("localhost", server.port, { ...options, ...limits }),
        Deno.errors.InvalidData,
        `Cannot start TLS with ${options.serverHostname ?? "localhost"} port ${server.port}: `,
      );
      assert(message.test(error.message), error.message);
    }
  }
});

test("TCPClient.connect by TLS takes another name, or any certificate, if it is told so", async () => {
  await using server = tlsServer();
  const caCerts = certificate("ca.pem");
  const cases: (TCPConnectOptions & { sslOptions: object })[] = [
    { sslOptions: { caCerts, checkHostname: false }, serverHostname: "example.com" },
    { sslOptions: { caCerts, checkHostname: false }, serverHostname: "example.com", sourceIp: "127.0.0.1" },
    { sslOptions: {}, validateCert: false },
  ];
  for (const options of cases) {
    using stream = await new TCPClient().connect("127.0.0.1", server.port, options);
    using peer = await server.next();
    stream.write(encode("hello"));
    assertEquals(decode(await peer.readBytes(5)), "hello");
  }
});

/** A server that takes only clients with a certificate; it answers with the name in it. */
async function startCertificateServer(): Promise<{ port: number; stop(): Promise<void> }> {
  const { createServer } = await import("node:tls");
  const read = (name: string) => Deno.readTextFileSync(certificate(name));
  const [cert, key, ca] = ["server.pem", "server_key.pem", "client_ca.pem"].map(read);
  const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, (socket) => {
    const { CN } = socket.getPeerCertificate().subject;
    socket.end(`Hello, ${CN}`);
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("The server has no port");
  return { port: address.port, stop: () => new Promise((resolve) => server.close(() => resolve())) };
}

test("TCPClient.connect presents a client certificate", async (t) => {
  t.expectLog("tornado.general", /^Read error: /);
  const { port, stop } = await startCertificateServer();
  const caCerts = certificate("ca.pem");
  const own = { certfile: certificate("client.pem"), keyfile: certificate("client_key.pem") };
  using stream = await new TCPClient().connect("localhost", port, { sslOptions: { caCerts, ...own } });
  assertEquals(decode(await stream.readUntilClose()), "Hello, a client");
  using other = await new TCPClient().connect("localhost", port, { sslOptions: { caCerts } });
  await assertRejects(() => other.readBytes(1), StreamClosedError);
  await stop();
});

for (const transport of ["deno", "auto"] as const) {
  test(`IOStream.startTls presents a client certificate, over a connection of "${transport}"`, async (t) => {
    t.expectLog("tornado.general", /^Read error: /);
    const { port, stop } = await startCertificateServer();
    const [ca, cert, key] = ["ca.pem", "client.pem", "client_key.pem"].map((name) =>
      Deno.readTextFileSync(certificate(name))
    );
    const client = new TCPClient();
    const connect = () => client.connect("127.0.0.1", port, { transport });
    using stream = await (await connect()).startTls(false, { caCerts: [ca], cert, key }, "localhost");
    assertEquals(stream.socket.remoteAddr, { transport: "tcp", hostname: "127.0.0.1", port });
    assertEquals(decode(await stream.readUntilClose()), "Hello, a client");
    using other = await (await connect()).startTls(false, { caCerts: [ca] }, "localhost");
    await assertRejects(() => other.readBytes(1), StreamClosedError);
    await stop();
  });
}

test("IOStream.startTls accepts any certificate if it is told so, and writes much", async () => {
  await using server = tlsServer();
  const plain = await IOStream.connect({ hostname: "127.0.0.1", port: server.port });
  using stream = await plain.startTls(false, { validateCert: false }, "other.example");
  assertEquals(plain.closed(), true);
  plain.close();
  using peer = await server.next();
  const much = new Uint8Array(1_000_000).fill(7);
  const written = stream.write(much);
  assertEquals(await peer.readBytes(much.length), much);
  await written;
  await peer.write(much);
  assertEquals(await stream.readBytes(much.length), much);
  stream.close();
  await assertRejects(() => peer.readBytes(1), StreamClosedError);
});

test("IOStream.startTls by node:tls refuses a certificate and ends by its signal", async (t) => {
  t.expectLog("tornado.general", /SSL Error/);
  await using server = tlsServer();
  const [cert, key] = ["client.pem", "client_key.pem"].map((name) => Deno.readTextFileSync(certificate(name)));
  const plain = await IOStream.connect({ hostname: "127.0.0.1", port: server.port });
  await assertRejects(
    () => plain.startTls(false, { cert, key }, "localhost"),
    Deno.errors.InvalidData,
    "Cannot start TLS with localhost: ",
  );

  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connection = silent.accept();
  const controller = new AbortController();
  const second = await IOStream.connect({ hostname: "127.0.0.1", port: silent.addr.port });
  const starting = second.startTls(false, { validateCert: false }, "localhost", { signal: controller.signal });
  using other = new IOStream(await connection);
  await other.readBytes(1);
  controller.abort(new RangeError("enough"));
  await assertRejects(() => starting, RangeError, "enough");
  await assertRejects(() => other.readBytes(100_000), StreamClosedError);
});

test("SSLIOStream.startTls starts TLS in TLS, as with a proxy that speaks TLS", async () => {
  await using outer = tlsServer();
  await using inner = tlsServer();
  const ca = Deno.readTextFileSync(certificate("ca.pem"));
  const proxied = await new TCPClient().connect("localhost", outer.port, { sslOptions: { caCerts: ca } });
  using near = await outer.next();
  using far = await IOStream.connect({ hostname: "127.0.0.1", port: inner.port });
  pipe(near, far);
  pipe(far, near);
  using stream = await proxied.startTls(false, { caCerts: [ca] }, "localhost");
  using peer = await inner.next();
  await stream.write(encode("hello"));
  assertEquals(decode(await peer.readBytes(5)), "hello");
});

test("TLS works over a Unix socket, from the beginning and later", async () => {
  await using server = tlsServer();
  const ca = Deno.readTextFileSync(certificate("ca.pem"));
  using folder = new TempDir();
  const path = `${folder.path}/socket`;
  using listener = Deno.listen({ transport: "unix", path });
  const starts = [
    async () => {
      const plain = await IOStream.connect({ transport: "unix", path });
      await assertRejects(() => plain.startTls(false), TypeError, "give serverHostname");
      return await plain.startTls(false, { caCerts: [ca] }, "localhost");
    },
    () => new TCPClient(new FixedResolver([path])).connect("localhost", 80, { sslOptions: { caCerts: ca } }),
  ];
  for (const start of starts) {
    const accepted = listener.accept();
    const starting = start();
    using near = new IOStream(await accepted);
    using far = await IOStream.connect({ hostname: "127.0.0.1", port: server.port });
    pipe(near, far);
    pipe(far, near);
    using stream = await starting;
    using peer = await server.next();
    await stream.write(encode("hello"));
    assertEquals(decode(await peer.readBytes(5)), "hello");
  }
});

/** Passes on what comes. */
function pipe(from: IOStream, to: IOStream): void {
  from.consume({
    onData(buffer) {
      if (!to.closed()) to.send(buffer.take(buffer.length));
    },
    onEnd: () => to.close(),
  });
}

test("IOStream.startTls with a signal completes the handshake, or closes the connection", async () => {
  await using server = tlsServer();
  const ca = await Deno.readTextFile(certificate("ca.pem"));
  const { signal } = new AbortController();
  const plain = await IOStream.connect({ hostname: "127.0.0.1", port: server.port });
  using stream = await plain.startTls(false, { caCerts: [ca] }, "localhost", { signal });
  using peer = await server.next();
  peer.write(encode("hello"));
  assertEquals(decode(await stream.readBytes(5)), "hello");

  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = silent.accept();
  const controller = new AbortController();
  const second = await IOStream.connect({ hostname: "127.0.0.1", port: silent.addr.port });
  const starting = second.startTls(false, {}, "localhost", { signal: controller.signal });
  using other = new IOStream(await accepted);
  await other.readBytes(5);
  const reason = new Error("enough");
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => starting), reason);
  await other.readUntilClose();
});
