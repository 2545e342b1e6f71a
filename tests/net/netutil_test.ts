import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import {
  addAcceptHandler,
  bindSockets,
  bindUnixSocket,
  DefaultLoopResolver,
  isValidIp,
  OverrideResolver,
  type ResolvedAddress,
  type ResolveOptions,
  Resolver,
  sslOptionsToContext,
} from "../../src/net/netutil.ts";
import { unmapIPv4 } from "../../src/net/_netutil/ip.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

const certs = new URL("../support/certs/", import.meta.url);

function hasIPv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

/** Whether a connection to `hostname` reaches one of the listeners. */
async function reaches(listeners: Deno.Listener[], hostname: string): Promise<boolean> {
  const [first] = listeners;
  if (first === undefined || !("port" in first.addr)) return false;
  const accepted = listeners.map((listener) => listener.accept().then((conn) => conn.close(), () => {}));
  try {
    using _client = await Deno.connect({ hostname, port: first.addr.port });
    await Promise.race(accepted);
    return true;
  } catch {
    return false;
  } finally {
    for (const listener of listeners) listener.close();
    await Promise.all(accepted);
  }
}

test("bindSockets without an address listens on all interfaces, with both IP versions", async () => {
  for (const address of [null, ""]) {
    for (const hostname of hasIPv6() ? ["127.0.0.1", "::1"] : ["127.0.0.1"]) {
      assert(await reaches(bindSockets(0, { address }), hostname), hostname);
    }
  }
});

test("bindSockets with an address listens there alone", async () => {
  const listeners = bindSockets(0, { address: "127.0.0.1", family: "ipv4", backlog: 5 });
  assertEquals(listeners.map((listener) => listener.addr.hostname), ["127.0.0.1"]);
  assert(await reaches(listeners, "127.0.0.1"));
  assertEquals(await reaches(bindSockets(0, { address: "127.0.0.1" }), "::1"), false);
});

test("bindSockets restricts to a family", async () => {
  assertEquals(await reaches(bindSockets(0, { family: "ipv4" }), "127.0.0.1"), true);
  assertEquals(await reaches(bindSockets(0, { family: "ipv4" }), "::1"), false);
  assertThrows(() => bindSockets(0, { address: "127.0.0.1", family: "ipv6" }), TypeError, "not an ipv6 address");
  if (!hasIPv6()) return;
  assertEquals(await reaches(bindSockets(0, { family: "ipv6" }), "::1"), true);
  assertThrows(() => bindSockets(0, { address: "::1", family: "ipv4" }), TypeError, "not an ipv4 address");
});

test("bindSockets on localhost takes both of its addresses, with one port", () => {
  const listeners = bindSockets(0, { address: "localhost" });
  const addresses = listeners.map((listener) => listener.addr.hostname).sort();
  assertEquals(addresses, hasIPv6() ? ["127.0.0.1", "::1"] : ["127.0.0.1"]);
  assertEquals(new Set(listeners.map((listener) => listener.addr.port)).size, 1);
  for (const listener of listeners) listener.close();
  for (const [family, address] of [["ipv4", "127.0.0.1"], ["ipv6", "::1"]] as const) {
    if (family === "ipv6" && !hasIPv6()) continue;
    const [listener, ...others] = bindSockets(0, { address: "localhost", family });
    assertEquals([listener?.addr.hostname, others.length], [address, 0]);
    listener?.close();
  }
});

test("bindSockets says where it could not listen, keeps the class of the error and leaves nothing open", () => {
  const [listener] = bindSockets(0, { address: "127.0.0.1" });
  assert(listener);
  const port = listener.addr.port;
  const error = assertThrows(() => bindSockets(port, { address: "127.0.0.1" }), Deno.errors.AddrInUse);
  assertStringIncludes(error.message, `Cannot listen on 127.0.0.1, port ${port}: `);
  assertThrows(() => bindSockets(port, { address: "localhost" }), Deno.errors.AddrInUse);
  assertThrows(() => bindSockets(port), Deno.errors.AddrInUse);
  listener.close();
  assertThrows(() => bindSockets(0, { address: "192.0.2.1" }), Deno.errors.AddrNotAvailable);
  assertThrows(() => bindSockets(0, { address: "does-not-exist.invalid" }), Error, "does-not-exist.invalid");
  for (const port of [-1, 65536]) assertThrows(() => bindSockets(port, { address: "127.0.0.1" }), RangeError, "port");
});

test("bindSockets with reusePort is an error where Deno would end the process", () => {
  if ("listenDatagram" in Deno) return;
  assertThrows(() => bindSockets(0, { reusePort: true }), TypeError, "--unstable-net");
});

test("bindSockets with reusePort lets two sockets share a port", async () => {
  const module = new URL("../../src/net/netutil.ts", import.meta.url);
  const code = `
    import { bindSockets } from "${module}";
    const [first] = bindSockets(0, { address: "127.0.0.1", reusePort: true });
    const [second] = bindSockets(first.addr.port, { address: "127.0.0.1", reusePort: true });
    console.log(first.addr.port === second.addr.port);
    first.close();
    second.close();`;
  const args = ["eval", "--unstable-net", code];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
  assertEquals(new TextDecoder().decode(stdout), "true\n");
});

test("bindSockets asks for no more permission than for what it listens on", async () => {
  const module = new URL("../../src/net/netutil.ts", import.meta.url);
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    file,
    `import { bindSockets } from "${module}";
    const address = Deno.args[0] === "all" ? null : Deno.args[0];
    const listeners = bindSockets(0, { address });
    console.log(listeners.map((listener) => listener.addr.hostname).join());
    for (const listener of listeners) listener.close();`,
  );
  const run = async (allow: string, address: string) => {
    const args = ["run", "--no-check", `--allow-net=${allow}`, file, address];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  assertEquals(await run("0.0.0.0", "all"), "0.0.0.0");
  assertEquals(await run("127.0.0.1", "127.0.0.1"), "127.0.0.1");
  const localhost = await run("localhost", "localhost");
  assert(localhost === "127.0.0.1" || localhost === "::1", localhost);
  await Deno.remove(file);
});

test("bindUnixSocket makes the socket for its owner alone, and closing it removes the file", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/a.sock`;
  for (const [mode, expected] of [[undefined, 0o600], [0o666, 0o666]] as const) {
    const listener = bindUnixSocket(path, mode === undefined ? {} : { mode });
    assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, expected);
    const accepted = listener.accept();
    using _client = await Deno.connect({ transport: "unix", path });
    using _server = await accepted;
    listener.close();
    assertThrows(() => Deno.lstatSync(path), Deno.errors.NotFound);
  }
  await Deno.remove(directory);
});

test("bindUnixSocket replaces a socket that was left behind, and refuses to remove anything else", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/a.sock`;
  const crash = `Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} }); Deno.kill(Deno.pid, "SIGKILL");`;
  await new Deno.Command(Deno.execPath(), { args: ["eval", crash] }).output();
  assert(Deno.lstatSync(path).isSocket);
  bindUnixSocket(path).close();
  await Deno.writeTextFile(path, "precious");
  const error = assertThrows(() => bindUnixSocket(path), TypeError, "exists and is not a socket");
  assertStringIncludes(error.message, path);
  assertEquals(await Deno.readTextFile(path), "precious");
  await Deno.remove(path);
  // A link is not followed: what it points to is somebody else's.
  const target = bindUnixSocket(`${directory}/other.sock`);
  await Deno.symlink(`${directory}/other.sock`, path);
  assertThrows(() => bindUnixSocket(path), TypeError, "not a socket");
  target.close();
  await Deno.remove(directory, { recursive: true });
});

/** A listener whose accepts end as the test says. */
class ScriptedListener implements Deno.Listener {
  readonly addr: Deno.Addr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };
  readonly outcomes: (Error | Deno.Conn)[] = [];
  accepts = 0;
  #waiting: PromiseWithResolvers<Deno.Conn> | null = null;
  #closed = false;

  async accept(): Promise<Deno.Conn> {
    this.accepts++;
    if (this.#closed) throw new Deno.errors.BadResource("closed");
    await Promise.resolve();
    const outcome = this.outcomes.shift();
    if (outcome instanceof Error) throw outcome;
    if (outcome !== undefined) return outcome;
    this.#waiting = Promise.withResolvers<Deno.Conn>();
    return await this.#waiting.promise;
  }

  deliver(connection: Deno.Conn): void {
    this.#waiting?.resolve(connection);
  }

  close(): void {
    this.#closed = true;
    this.#waiting?.reject(new Deno.errors.BadResource("closed"));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Deno.Conn> {}

  ref(): void {}

  unref(): void {}
}

/** A connection from `hostname` that only notes whether it was closed. */
function fakeConnection(hostname = "192.0.2.1"): Deno.Conn & { closed: boolean } {
  const remoteAddr: Deno.NetAddr = { transport: "tcp", hostname, port: 5000 };
  const connection = { remoteAddr, closed: false, close: () => void (connection.closed = true) };
  // The rest of a connection is not used.
  return connection as unknown as Deno.Conn & { closed: boolean };
}

test("addAcceptHandler hands over every connection with its address, IPv4 in its own form", async () => {
  const [listener] = bindSockets(0);
  assert(listener);
  const all = Promise.withResolvers<void>();
  const seen: Deno.Addr[] = [];
  addAcceptHandler(listener, (connection, address) => {
    seen.push(address);
    connection.close();
    if (seen.length === 3) all.resolve();
  });
  const clients: Deno.TcpConn[] = [];
  for (let i = 0; i < 3; i++) {
    clients.push(await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }));
  }
  await all.promise;
  assertEquals(seen, clients.map((client) => ({ ...client.localAddr })));
  for (const client of clients) client.close();
  listener.close();
});

test("addAcceptHandler ends when the listener is closed, before or after the handler is removed", async () => {
  for (const first of ["close", "remove"]) {
    const [listener] = bindSockets(0, { address: "127.0.0.1" });
    assert(listener);
    const remove = addAcceptHandler(listener, () => {});
    await settled();
    if (first === "close") listener.close();
    remove();
    remove();
    if (first === "remove") listener.close();
    await settled();
  }
});

test("addAcceptHandler closes what arrives after it was removed", async () => {
  const listener = new ScriptedListener();
  let calls = 0;
  const remove = addAcceptHandler(listener, () => calls++);
  await settled();
  remove();
  const connection = fakeConnection();
  listener.deliver(connection);
  await settled();
  assertEquals([calls, connection.closed, listener.accepts], [0, true, 1]);
});

test("addAcceptHandler logs what the callback throws, closes that connection and goes on", async (t) => {
  t.expectLog("tornado.application", /^Error in connection callback$/);
  const listener = new ScriptedListener();
  const [bad, good] = [fakeConnection(), fakeConnection("::ffff:192.0.2.7")];
  listener.outcomes.push(bad, good);
  const seen: Deno.Addr[] = [];
  addAcceptHandler(listener, (connection, address) => {
    if (connection === bad) throw new Error("on purpose");
    seen.push(address);
  });
  await settled();
  assertEquals([bad.closed, good.closed], [true, false]);
  assertEquals(seen, [{ transport: "tcp", hostname: "192.0.2.7", port: 5000 }]);
  listener.close();
  await settled();
});

test("addAcceptHandler logs an accept error once per burst, pauses and goes on", async (t) => {
  t.expectLog("tornado.general", /^Cannot accept a connection, trying again every 0.2 s: .*Too many open files/);
  using clock = new FakeClock();
  const listener = new ScriptedListener();
  const failure = () => new Error("Too many open files (os error 24)");
  const connection = fakeConnection();
  for (let i = 0; i < 50; i++) listener.outcomes.push(failure());
  listener.outcomes.push(connection, failure());
  let calls = 0;
  const remove = addAcceptHandler(listener, () => calls++);
  await settled();
  assertEquals([listener.accepts, clock.timers], [1, 1]);
  for (let i = 0; i < 49; i++) await clock.advanceAsync(0.2);
  assertEquals([listener.accepts, calls, t.logs.length], [50, 0, 1]);
  // Accepting works again, then fails again soon: the same burst.
  await clock.advanceAsync(0.2);
  assertEquals([calls, t.logs.length], [1, 1]);
  await clock.advanceAsync(60);
  listener.outcomes.push(failure());
  listener.deliver(fakeConnection());
  await settled();
  assertEquals([calls, t.logs.length], [2, 2]);
  // Removed during the pause: no timer is left, and nothing is accepted any more.
  assertEquals(clock.timers, 1);
  remove();
  await settled();
  const accepts = listener.accepts;
  await clock.advanceAsync(10);
  assertEquals([clock.timers, listener.accepts], [0, accepts]);
});

test("addAcceptHandler passes over connections that were aborted in the queue", async () => {
  const listener = new ScriptedListener();
  listener.outcomes.push(new Deno.errors.ConnectionAborted(), new Deno.errors.ConnectionReset(), fakeConnection());
  let calls = 0;
  addAcceptHandler(listener, () => calls++);
  await settled();
  assertEquals([calls, listener.accepts], [1, 4]);
  listener.close();
  await settled();
});

test("addAcceptHandler survives that the process runs out of descriptors", async () => {
  const module = new URL("../../src/net/netutil.ts", import.meta.url);
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    file,
    `import { addAcceptHandler, bindSockets } from "${module}";
    const [listener] = bindSockets(0, { address: "127.0.0.1" });
    const open = [];
    addAcceptHandler(listener, (connection) => open.push(connection));
    console.log(listener.addr.port);
    const files = [];
    try {
      for (;;) files.push(Deno.openSync("/dev/null"));
    } catch { /* no more */ }
    for (let i = 0; i < 3; i++) files.pop().close();
    Deno.stdin.readable.getReader().read().then(() => {
      for (const file of files) file.close();
    });
    while (open.length < 20) await new Promise((resolve) => setTimeout(resolve, 10));
    console.log("all");
    Deno.exit();`,
  );
  const command = `ulimit -n 100; exec "${Deno.execPath()}" run -A --no-check "${file}"`;
  await using child = new Deno.Command("/bin/sh", {
    args: ["-c", command],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let errors = "";
  const full = Promise.withResolvers<void>();
  const ended = child.stderr.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write(text) {
        errors += text;
        if (errors.includes("Cannot accept")) full.resolve();
      },
    }),
  );
  const port = Number((await lines.read()).value);
  const clients: Deno.TcpConn[] = [];
  for (let i = 0; i < 20; i++) clients.push(await Deno.connect({ hostname: "127.0.0.1", port }));
  await full.promise;
  const writer = child.stdin.getWriter();
  await writer.write(new Uint8Array([10]));
  assertEquals((await lines.read()).value, "all\n");
  await writer.close().catch(() => {});
  await lines.cancel();
  await ended;
  assertEquals(errors.match(/Cannot accept a connection/g)?.length, 1);
  for (const client of clients) client.close();
  await Deno.remove(file);
});

test("isValidIp takes IPv4 and IPv6 addresses", () => {
  for (
    const ip of [
      "127.0.0.1",
      "4.4.4.4",
      "0.0.0.0",
      "255.255.255.255",
      "::1",
      "::",
      "2620:0:1cfe:face:b00c::3",
      "2001:DB8::a",
      "1:2:3:4:5:6:7:8",
      "1:2:3:4:5:6:7::",
      "::2:3:4:5:6:7:8",
      "1::8",
      "::ffff:192.0.2.1",
      "64:ff9b::192.0.2.33",
      "1:2:3:4:5:6:1.2.3.4",
      "::1.2.3.4",
      "fe80::1%eth0",
      "fe80::1%1",
      "0000:0000:0000:0000:0000:ffff:0000:0000",
    ]
  ) assert(isValidIp(ip), ip);
});

test("isValidIp refuses all else", () => {
  for (
    const text of [
      "",
      " ",
      "\n",
      "\x00",
      "www.google.com",
      "localhost",
      "4.4.4.4<",
      " 127.0.0.1",
      "127.0.0.1 ",
      "127.0.0.1\n",
      "127.0.0.1:80",
      "[::1]",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.",
      "1.2.3.256",
      "01.2.3.4",
      "1.2.3.0x4",
      "+1.2.3.4",
      "1.2.3.-4",
      "١.2.3.4",
      "::1::",
      ":::",
      ":",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7:8::",
      "::1:2:3:4:5:6:7:8",
      "12345::",
      "g::",
      "1.2.3.4::",
      "::1.2.3.4:5",
      "::1.2.3",
      "1:2:3:4:5:6:7:1.2.3.4",
      ":1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:",
      "::ffff:192.0.2.01",
      "fe80::1%",
      "fe80::1%a b",
      "127.0.0.1%lo",
      "%eth0",
      "1".repeat(1e6),
      ":".repeat(1e6),
      "1:".repeat(1e6),
    ]
  ) assert(!isValidIp(text), JSON.stringify(text.slice(0, 50)));
});

test("unmapIPv4 changes mapped IPv4 addresses only", () => {
  for (const ip of ["::1", "127.0.0.1", "::ffff:1", "::ffff:1.2.3", "::ffff:0:1.2.3.4", "1::ffff:1.2.3.4"]) {
    assertEquals(unmapIPv4(ip), ip);
  }
  assertEquals(unmapIPv4("::ffff:1.2.3.4"), "1.2.3.4");
});

test("DefaultLoopResolver answers addresses without asking, and names by the system", async () => {
  const resolver = new DefaultLoopResolver();
  const address = (hostname: string) => ({ transport: "tcp", hostname, port: 80 });
  assertEquals(await resolver.resolve("192.0.2.1", 80), [["ipv4", address("192.0.2.1")]]);
  assertEquals(await resolver.resolve("2001:db8::1", 80, { family: "ipv6" }), [["ipv6", address("2001:db8::1")]]);
  const localhost = await resolver.resolve("localhost", 80, { family: "ipv4" });
  assertEquals(localhost, [["ipv4", address("127.0.0.1")]]);
  for (const [family, { hostname }] of await resolver.resolve("localhost", 80)) {
    assertEquals(hostname, family === "ipv4" ? "127.0.0.1" : "::1");
  }
  const error = await assertRejects(() => resolver.resolve("does-not-exist.invalid", 80), Error);
  assert("code" in error);
  await assertRejects(() => resolver.resolve("127.0.0.1", 80, { family: "ipv6" }), Error, "not an ipv6");
  resolver.close();
});

test("Resolver.create makes the configured class, with its options", async () => {
  const saved = Resolver._saveConfiguration();
  try {
    assert(Resolver.create() instanceof DefaultLoopResolver);
    Resolver.configure(OverrideResolver, {
      resolver: new DefaultLoopResolver(),
      mapping: { "example.com": "192.0.2.1" },
    });
    const [first] = await Resolver.create().resolve("example.com", 80);
    assertEquals(first?.[1].hostname, "192.0.2.1");
  } finally {
    Resolver._restoreConfiguration(saved);
  }
});

/** Notes what it is asked. */
class EchoResolver extends Resolver {
  readonly asked: unknown[] = [];
  closed = false;

  override resolve(host: string, port: number, options: ResolveOptions = {}): Promise<ResolvedAddress[]> {
    this.asked.push([host, port, options.family ?? null]);
    return Promise.resolve([]);
  }

  override close(): void {
    this.closed = true;
  }
}

test("OverrideResolver takes the most exact entry, and closes what it wraps", async () => {
  const inner = new EchoResolver();
  const resolver = new OverrideResolver(inner, {
    "google.com": "1.2.3.4",
    "foo.com:443": ["5.6.7.8", 1443],
    "foo.com:443:ipv6": ["::1", 6443],
    "foo.com": "9.9.9.9",
    "bar.com:80": "other.com",
    "::1:80": ["::2", 81],
  });
  await resolver.resolve("google.com", 80);
  await resolver.resolve("foo.com", 443, { family: "ipv4" });
  await resolver.resolve("foo.com", 443, { family: "ipv6" });
  await resolver.resolve("foo.com", 80, { family: "ipv6" });
  await resolver.resolve("bar.com", 80);
  await resolver.resolve("bar.com", 81);
  await resolver.resolve("::1", 80);
  await resolver.resolve("constructor", 1);
  await resolver.resolve("__proto__", 1);
  assertEquals(inner.asked, [
    ["1.2.3.4", 80, null],
    ["5.6.7.8", 1443, "ipv4"],
    ["::1", 6443, "ipv6"],
    ["9.9.9.9", 80, "ipv6"],
    ["other.com", 80, null],
    ["bar.com", 81, null],
    ["::2", 81, null],
    ["constructor", 1, null],
    ["__proto__", 1, null],
  ]);
  resolver.close();
  assert(inner.closed);
});

test("sslOptionsToContext reads files by path and URL, takes PEM text, and leaves its own results as they are", async () => {
  const [cert, key, ca] = await Promise.all(
    ["server.pem", "server_key.pem", "ca.pem"].map((name) => Deno.readTextFile(new URL(name, certs))),
  );
  assert(cert && key && ca);
  const expected = { cert, key };
  const path = new URL("server.pem", certs).pathname;
  assertEquals(sslOptionsToContext({ certfile: path, keyfile: new URL("server_key.pem", certs) }, true), expected);
  assertEquals(sslOptionsToContext({ cert, key }, true), expected);
  assertEquals(sslOptionsToContext({ certfile: cert, key: new URL("server_key.pem", certs) }), expected);
  const both = cert + key;
  assertEquals(sslOptionsToContext({ certfile: both }, true), { cert: both, key: both });
  const client = sslOptionsToContext({ caCerts: new URL("ca.pem", certs), alpnProtocols: ["h2"] }, false);
  assertEquals(client, { caCerts: [ca], alpnProtocols: ["h2"] });
  assertEquals(sslOptionsToContext({ caCerts: [ca, new URL("ca.pem", certs).pathname] }), { caCerts: [ca, ca] });
  assertEquals(sslOptionsToContext(client, false), client);
  assertEquals(sslOptionsToContext({}), {});
});

test("sslOptionsToContext refuses what is missing, cannot be read or cannot be done", async () => {
  const certfile = new URL("server.pem", certs);
  const keyfile = new URL("server_key.pem", certs);
  assertThrows(() => sslOptionsToContext({}, true), TypeError, "no certfile");
  assertThrows(() => sslOptionsToContext({ keyfile }, true), TypeError, "no certfile");
  assertThrows(() => sslOptionsToContext({ certfile }, true), TypeError, "keyfile: it holds no PRIVATE KEY");
  assertThrows(() => sslOptionsToContext({ certfile: keyfile }, true), TypeError, "certfile: it holds no CERTIFICATE");
  const missing = assertThrows(() => sslOptionsToContext({ certfile: "/does/not/exist" }), Error, "/does/not/exist");
  assert(missing.cause instanceof Deno.errors.NotFound);
  for (const certReqs of ["required", "optional"] as const) {
    assertThrows(() => sslOptionsToContext({ certfile, keyfile, certReqs }, true), Error, certReqs);
  }
  for (const certReqs of ["none", "optional"] as const) {
    assertThrows(() => sslOptionsToContext({ certReqs }, false), Error, certReqs);
  }
  const key = (await Deno.readTextFile(keyfile)).replaceAll("PRIVATE KEY", "EC PRIVATE KEY");
  assertEquals(sslOptionsToContext({ certfile, key, certReqs: "none" }, true).key, key);
});
