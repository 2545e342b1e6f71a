import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { type ResolvedAddress, Resolver } from "../../../src/net/netutil.ts";
import { IOStream } from "../../../src/net/iostream.ts";
import { TCPClient, type TCPConnectOptions } from "../../../src/net/tcpclient.ts";
import { TCPServer } from "../../../src/net/tcpserver.ts";
import { TimeoutError } from "../../../src/util/util.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/turns.ts";

const certificate = (name: string): string => new URL(`../../support/certs/${name}`, import.meta.url).pathname;

/** The number of open files and sockets of this process. */
function descriptors(): number {
  return Array.from(Deno.readDirSync("/proc/self/fd")).length;
}

/** Runs something that leaves no descriptor open. */
async function leavingNone(run: () => Promise<void>): Promise<void> {
  const before = descriptors();
  await run();
  await until(() => descriptors() <= before);
}

class FixedResolver extends Resolver {
  readonly #hosts: readonly string[];

  constructor(hosts: readonly string[]) {
    super();
    this.#hosts = hosts;
  }

  override resolve(_host: string, port: number): Promise<ResolvedAddress[]> {
    return Promise.resolve(this.#hosts.map((hostname): ResolvedAddress => {
      if (hostname.startsWith("/")) return ["unix", { transport: "unix", path: hostname }];
      return ["ipv4", { transport: "tcp", hostname, port }];
    }));
  }
}

/** A listener whose queue is full, so that the system answers nobody who connects. */
class BlackHole implements Disposable {
  readonly #listener: Deno.Listener;
  readonly #clients: Deno.Conn[] = [];

  private constructor(listener: Deno.Listener) {
    this.#listener = listener;
  }

  static async tcp(): Promise<BlackHole> {
    const hole = new BlackHole(Deno.listen({ hostname: "0.0.0.0", port: 0, tcpBacklog: 1 }));
    // Those that fit into the queue are connected without anybody who accepts them.
    for (let full = false; !full;) {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(), 200);
      const options = { hostname: "127.0.0.1", port: hole.port, signal: controller.signal };
      await Deno.connect(options).then((client) => hole.#clients.push(client), () => full = true);
      clearTimeout(timer);
    }
    return hole;
  }

  get port(): number {
    const { addr } = this.#listener;
    return "port" in addr ? addr.port : 0;
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.close();
    this.#listener.close();
  }
}

const PLAIN: [string, TCPConnectOptions][] = [
  ["by Deno.connect", {}],
  ["by Deno.connect with TLS", { sslOptions: {} }],
  ["by node:net", { sourceIp: "127.0.0.1" }],
  ["by node:tls", { sslOptions: {}, validateCert: false }],
];

for (const [way, options] of PLAIN) {
  test(`TCPClient.connect ${way} closes its sockets if it ends while they connect`, async () => {
    using hole = await BlackHole.tcp();
    // One attempt, and several at the same time.
    for (const hosts of [["127.0.0.1"], ["127.0.0.1", "127.0.0.2"]]) {
      const client = new TCPClient(new FixedResolver(hosts));
      await leavingNone(async () => {
        const limits = { ...options, timeout: 0.6 };
        await assertRejects(() => client.connect("host", hole.port, limits), TimeoutError, "not connected after 0.6 s");
      });
      await leavingNone(async () => {
        const before = descriptors();
        const controller = new AbortController();
        const connecting = client.connect("host", hole.port, { ...options, signal: controller.signal });
        await until(() => descriptors() >= before + hosts.length);
        const reason = new Error("enough");
        controller.abort(reason);
        assertStrictEquals(await assertRejects(() => connecting), reason);
      });
    }
  });
}

for (const [way, options] of PLAIN.filter(([, { sslOptions }]) => sslOptions !== undefined)) {
  test(`TCPClient.connect ${way} closes the connection if it ends during the TLS handshake`, async () => {
    await leavingNone(async () => {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      for (const limit of ["timeout", "signal"]) {
        const controller = new AbortController();
        const limits = limit === "timeout" ? { timeout: 0.3 } : { signal: controller.signal };
        const accepted = listener.accept();
        const connecting = new TCPClient().connect("127.0.0.1", listener.addr.port, { ...options, ...limits });
        connecting.catch(() => {});
        using silent = new IOStream(await accepted);
        // The client has said its first words and waits for an answer.
        await silent.readBytes(100);
        if (limit === "signal") controller.abort();
        await assertRejects(() => connecting, limit === "signal" ? DOMException : TimeoutError);
        await silent.readUntilClose();
      }
    });
  });
}

test("TCPClient.connect begins nothing when the resolver answers after the end", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const resolving = Promise.withResolvers<ResolvedAddress[]>();
  class SlowResolver extends Resolver {
    override resolve(): Promise<ResolvedAddress[]> {
      return resolving.promise;
    }
  }
  await leavingNone(async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const connecting = new TCPClient(new SlowResolver()).connect("host", listener.addr.port, { signal });
    controller.abort();
    await assertRejects(() => connecting, DOMException);
    resolving.resolve([["ipv4", listener.addr]]);
  });
});

test("TCPClient.connect to a Unix socket whose queue is full ends by its signal", async () => {
  using directory = new TempDir();
  const path = directory.path + "/socket";
  using listener = Deno.listen({ transport: "unix", path });
  const controller = new AbortController();
  const client = new TCPClient(new FixedResolver([path]));
  // Clients that nobody accepts; the last one has to wait, if the queue of the system has an end.
  const connecting = Array.from({ length: 100 }, () => client.connect("host", 80, { signal: controller.signal }));
  await Promise.race([...connecting, Promise.resolve()]);
  controller.abort();
  for (const result of await Promise.allSettled(connecting)) {
    if (result.status === "fulfilled") result.value.close();
  }
  assert(listener.addr.transport === "unix");
});

test("TCPClient.connect to 1,000 dead addresses at a time ends within its time and leaves nothing", async () => {
  using hole = await BlackHole.tcp();
  const client = new TCPClient(new FixedResolver(["127.0.0.1"]));
  await leavingNone(async () => {
    const connecting = Array.from({ length: 1000 }, () => client.connect("host", hole.port, { timeout: 1 }));
    for (const result of await Promise.allSettled(connecting)) {
      assert(result.status === "rejected" && result.reason instanceof TimeoutError);
    }
  });
});

/** Counts the connections that are open. */
class Counter extends TCPServer {
  open = 0;

  override async handleStream(stream: IOStream): Promise<void> {
    this.open++;
    await stream.readUntilClose();
    this.open--;
  }
}

/** A signal that is aborted when a step of the connecting begins or ends to listen to it, the nth from 0. */
class FaultySignal {
  readonly signal: AbortSignal;
  /** How often somebody began or ended to listen. */
  steps = 0;

  constructor(abortAt: number) {
    const controller = new AbortController();
    const { signal } = controller;
    const { addEventListener, removeEventListener } = signal;
    const step = () => {
      if (this.steps++ === abortAt) controller.abort();
    };
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      addEventListener.apply(signal, args);
      step();
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      removeEventListener.apply(signal, args);
      step();
    };
    this.signal = signal;
  }
}

const trusted = { caCerts: certificate("ca.pem") };
const WAYS: [string, boolean, TCPConnectOptions][] = [
  ["by Deno.connect", false, {}],
  ["by Deno.connect with a resolver", false, { af: "ipv4" }],
  ["by Deno.connect with TLS", true, { sslOptions: trusted }],
  ["by node:net", false, { sourceIp: "127.0.0.1" }],
  ["by node:tls", true, { sslOptions: trusted, sourceIp: "127.0.0.1" }],
];

for (const [way, tls, options] of WAYS) {
  test(`TCPClient.connect ${way} leaves no socket, whenever it is aborted`, async (t) => {
    const sslOptions = { certfile: certificate("server.pem"), keyfile: certificate("server_key.pem") };
    await using server = new Counter(tls ? { sslOptions } : {});
    server.listen(0, { address: "127.0.0.1" });
    for (const hosts of [["127.0.0.1"], ["127.0.0.1", "127.0.0.1"]]) {
      const client = new TCPClient(new FixedResolver(hosts));
      (await client.connect("localhost", server.port, options)).close();
      await until(() => server.open === 0);
      let steps = 0;
      let aborted = 0;
      await leavingNone(async () => {
        for (let abortAt = 0; abortAt <= steps; abortAt++) {
          const fault = new FaultySignal(abortAt);
          const connecting = client.connect("localhost", server.port, { ...options, signal: fault.signal });
          const [result] = await Promise.allSettled([connecting]);
          if (result.status === "fulfilled") result.value.close();
          else aborted++;
          steps = fault.steps;
        }
        await until(() => server.open === 0);
      });
      assert(aborted >= 3, `aborted at ${aborted} steps`);
    }
    assertEquals(t.logs.filter(({ levelname }) => levelname === "ERROR"), []);
    // Some handshakes end halfway.
    if (tls) t.expectLog("tornado.general", /^SSL Error on /);
  });
}

test("TCPClient.connect closes the connection if TLS cannot begin", async () => {
  await using server = new Counter();
  server.listen(0, { address: "127.0.0.1" });
  const pem = "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n";
  const key = "-----BEGIN PRIVATE KEY-----\nbm90aGluZw==\n-----END PRIVATE KEY-----\n";
  await leavingNone(async () => {
    for (const sslOptions of [{ caCerts: pem }, { cert: pem, key }]) {
      for (const limits of [{}, { timeout: 10 }]) {
        await assertRejects(() => new TCPClient().connect("127.0.0.1", server.port, { sslOptions, ...limits }), Error);
      }
    }
    await until(() => server.open === 0);
  });
});
