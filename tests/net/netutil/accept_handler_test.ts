import { assert, assertEquals } from "@std/assert";
import { addAcceptHandler, bindSockets } from "../../../src/net/netutil.ts";
import { FakeClock, settled } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

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
  const module = new URL("../../../src/net/netutil.ts", import.meta.url);
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    file,
    `import { addAcceptHandler, bindSockets } from "${module}";
    const [listener] = bindSockets(0, { address: "127.0.0.1" });
    const open = [];
    addAcceptHandler(listener, (connection) => {
      if (open.push(connection) < 20) return;
      console.log("all");
      Deno.exit();
    });
    console.log(listener.addr.port);
    const files = [];
    try {
      for (;;) files.push(Deno.openSync("/dev/null"));
    } catch { /* no more */ }
    for (let i = 0; i < 3; i++) files.pop().close();
    Deno.stdin.readable.getReader().read().then(() => {
      for (const file of files) file.close();
    });
    `,
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
