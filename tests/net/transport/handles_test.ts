import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { connectHandle } from "../../../src/net/_transport/connect_handle.ts";
import { handleBinding, isSupported } from "../../../src/net/_transport/handle_binding.ts";
import { HandleTransport } from "../../../src/net/_transport/handle_transport.ts";
import { IOStream, type StreamSocket } from "../../../src/net/iostream.ts";
import { TCPClient } from "../../../src/net/tcpclient.ts";
import { type ListenOptions, TCPServer } from "../../../src/net/tcpserver.ts";
import { projectRoot } from "../../../tools/project.ts";
import { settled } from "../../support/fake_clock.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/turns.ts";

const local = { address: "127.0.0.1" };

/** Echoes what it gets, until the client ends its direction. */
class EchoServer extends TCPServer {
  readonly sockets: StreamSocket[] = [];

  override handleStream(stream: IOStream): void {
    this.sockets.push(stream.socket);
    stream.consume({
      onData(buffer) {
        stream.write(buffer.take(buffer.length));
      },
      onEnd() {},
    });
  }
}

function binding() {
  const handles = handleBinding();
  if (handles === null) throw new Error("This version of Deno has no stream handles that were tested");
  return handles;
}

async function echo(stream: IOStream): Promise<string> {
  await stream.write(new TextEncoder().encode("hello"));
  return new TextDecoder().decode(await stream.readBytes(5));
}

test("isSupported takes the versions from the first one to all patches of the last", () => {
  const yes = ["2.9.0", "2.9.6", "2.9.10", "2.9.99", "2.9.7-rc.1"];
  const no = ["1.46.3", "2.7.14", "2.8.0", "2.8.10", "2.10.0", "2.10.0-rc.1", "2.90.0", "3.0.0"];
  assertEquals(yes.filter((version) => !isSupported(version)), []);
  assertEquals(no.filter(isSupported), []);
});

test("TCPServer.listen takes handles by default, and Deno.listen where it is asked to", async () => {
  for (const transport of ["auto", "handle", "deno", undefined] as const) {
    await using server = new EchoServer();
    const options: ListenOptions = transport === undefined ? local : { ...local, transport };
    server.listen(0, options);
    using stream = await IOStream.connect({ hostname: "127.0.0.1", port: server.port });
    assertEquals(await echo(stream), "hello");
    assertEquals(server.sockets.map((socket) => socket instanceof HandleTransport), [transport !== "deno"]);
  }
});

test("a client that says nothing and ends its direction gets what the server says first", async () => {
  const failures: unknown[] = [];
  class Greeter extends TCPServer {
    override async handleStream(stream: IOStream): Promise<void> {
      try {
        await stream.write("hello");
        stream.close();
      } catch (error) {
        failures.push(error);
      }
    }
  }
  for (const transport of ["handle", "deno"] as const) {
    await using server = new Greeter();
    server.listen(0, { ...local, transport });
    // A handle may or may not know yet that it can write.
    for (let i = 0; i < 300; i++) {
      using client = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
      await client.closeWrite();
      const got = new Uint8Array(6);
      assertEquals([await client.read(got), new TextDecoder().decode(got)], [5, "hello\0"]);
    }
  }
  assertEquals(failures, []);
});

test("TCPServer.listenUnix serves on either transport, removes a stale socket, and its own in the end", async () => {
  using directory = new TempDir();
  const path = `${directory.path}/app.sock`;
  for (const transport of ["handle", "deno", "handle"] as const) {
    await using server = new EchoServer();
    server.listenUnix(path, { transport, mode: 0o640 });
    assertEquals(server.addresses, [{ transport: "unix", path }]);
    assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o640);
    for (let i = 0; i < 300; i++) {
      using stream = await IOStream.connect({ transport: "unix", path });
      assertEquals(await echo(stream), "hello");
    }
    server.stop();
    await until(() => !Array.from(Deno.readDirSync(directory.path)).some(({ name }) => name === "app.sock"));
  }
});

test("TCPServer.listenUnix names the path on which it cannot listen", () => {
  for (const transport of ["handle", "deno"] as const) {
    const server = new TCPServer();
    assertThrows(
      () => server.listenUnix("/missing/folder/socket", { transport }),
      Deno.errors.NotFound,
      "Cannot listen on /missing/folder/socket: ",
    );
  }
});

test("TCPServer.listenUnix serves on a name in the abstract namespace, which has no file", async () => {
  const path = `\0twister-${crypto.randomUUID()}`;
  for (const transport of [undefined, "auto", "deno"] as const) {
    await using server = new EchoServer();
    server.listenUnix(path, transport === undefined ? {} : { transport });
    using stream = await IOStream.connect({ transport: "unix", path });
    assertEquals(await echo(stream), "hello");
  }
  await using server = new EchoServer();
  assertThrows(() => server.listenUnix(path, { transport: "handle" }), TypeError, "abstract namespace");
});

test("a connection between two reads keeps no program running when its server has stopped", async () => {
  using directory = new TempDir();
  const path = `${directory.path}/socket`;
  for (const [when, socket] of [["before", ""], ["after", ""], ["before", path], ["after", path]]) {
    await using process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", "tests/net/transport/forgotten_stream_program.ts", when, socket],
      cwd: projectRoot,
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const output = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const port = Number((await output.read()).value);
    // It stays open until the program has ended.
    using stream = await IOStream.connect(socket === "" ? { port } : { transport: "unix", path: socket });
    await stream.write("line\n");
    assertEquals(await stream.readTextUntil("\n"), "line\n");
    assertEquals((await process.status).code, 0);
    await output.cancel();
  }
});

test("connectHandle fails with the errors of Deno.connect", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { addr } = listener;
  listener.close();
  const refused = await assertRejects(() => connectHandle(addr, null, binding()), Deno.errors.ConnectionRefused);
  assert("code" in refused && refused.code === "ECONNREFUSED");
  const nowhere: Deno.UnixAddr = { transport: "unix", path: "/nowhere/at/all" };
  await assertRejects(() => connectHandle(nowhere, null, binding()), Deno.errors.NotFound);
});

test("connectHandle ends with the reason of its signal", async () => {
  const reason = new Error("enough");
  await assertRejects(
    () => connectHandle({ transport: "tcp", hostname: "127.0.0.1", port: 1 }, AbortSignal.abort(reason), binding()),
    Error,
    "enough",
  );
  const controller = new AbortController();
  // A documentation address, which nothing answers for (RFC 5737).
  const address: Deno.NetAddr = { transport: "tcp", hostname: "192.0.2.1", port: 9 };
  const connecting = connectHandle(address, controller.signal, binding());
  controller.abort(reason);
  await assertRejects(() => connecting, Error, "enough");
});

test("TCPClient.connect connects on handles where it is asked to", async () => {
  await using server = new EchoServer();
  server.listen(0, local);
  using client = new TCPClient();
  for (
    const [host, transport, onHandle] of [
      ["127.0.0.1", "handle", true],
      ["127.0.0.1", "auto", true],
      ["localhost", "handle", true],
      ["localhost", "auto", false],
      ["127.0.0.1", "deno", false],
    ] as const
  ) {
    using stream = await client.connect(host, server.port, { transport, af: "ipv4" });
    assertEquals(await echo(stream), "hello");
    assertEquals(stream.socket instanceof HandleTransport, onHandle, `${host} ${transport}`);
  }
});

test("connections on handles tell their addresses, IPv6 as well", async () => {
  await using server = new EchoServer();
  server.listen(0, { address: "::1", transport: "handle" });
  const at: Deno.NetAddr = { transport: "tcp", hostname: "::1", port: server.port };
  assertEquals(server.addresses, [at]);
  const socket = await connectHandle(at, null, binding());
  assertEquals(socket.remoteAddr, at);
  await until(() => server.sockets.length === 1);
  const [near] = server.sockets;
  assert(near instanceof HandleTransport);
  assertEquals([near.localAddr, near.remoteAddr], [at, socket.localAddr]);
  socket.close();
});

test("a server on handles lives through a flood of connections that are given up", async () => {
  await using server = new EchoServer();
  server.listen(0, { ...local, transport: "handle" });
  const address = { hostname: "127.0.0.1", port: server.port };
  for (let round = 0; round < 20; round++) {
    const clients = await Promise.all(Array.from({ length: 100 }, () => Deno.connect(address)));
    for (const client of clients) client.close();
    await settled();
  }
  using stream = await IOStream.connect(address);
  assertEquals(await echo(stream), "hello");
});

test("TCPServer.listen on handles reports a port in use as Deno.listen does", () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const server = new TCPServer();
  const { port } = taken.addr;
  assertThrows(() => server.listen(port, { ...local, transport: "handle" }), Deno.errors.AddrInUse, String(port));
});

const PROGRAM = `
  import { TCPServer } from "./src/net/tcpserver.ts";
  import { TCPClient } from "./src/net/tcpclient.ts";
  const [transport, host, port] = Deno.args;
  const told = [];
  const attempt = async (what, run) => {
    try {
      (await run())?.close?.();
      told.push(what + " ok");
    } catch (error) {
      told.push(what + " " + error.constructor.name);
    }
  };
  class Server extends TCPServer { handleStream(stream) { stream.close(); } }
  const server = new Server();
  await attempt("listen", () => server.listen(Number(port), { address: host, transport }));
  await attempt("connect", () => new TCPClient().connect(host, Number(port), { transport }));
  await attempt("elsewhere", () => new TCPClient().connect("127.0.0.9", Number(port), { transport }));
  console.log(JSON.stringify(told));
  Deno.exit();
`;

test("handles ask for the permissions of Deno.listen and Deno.connect", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  for (const transport of ["handle", "deno"]) {
    for (
      const [allowed, told] of [
        [`127.0.0.1:${port}`, ["listen ok", "connect ok", "elsewhere NotCapable"]],
        ["127.0.0.1:1", ["listen NotCapable", "connect NotCapable", "elsewhere NotCapable"]],
      ] as const
    ) {
      const args = ["run", "--quiet", "--no-prompt", "--no-check", `--allow-net=${allowed}`, "--ext=ts", "-"];
      const child = new Deno.Command(Deno.execPath(), {
        args: [...args, transport, "127.0.0.1", String(port)],
        cwd: projectRoot,
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(PROGRAM));
      await writer.close();
      const { stdout } = await child.output();
      assertEquals(JSON.parse(new TextDecoder().decode(stdout)), told, `${transport} ${allowed}`);
    }
  }
});

test("a Worker can listen on handles", async () => {
  const source = `
    import { TCPServer } from "${new URL("../../../src/net/tcpserver.ts", import.meta.url)}";
    class Server extends TCPServer {
      handleStream(stream) {
        stream.write(new TextEncoder().encode("hello"));
        stream.close();
      }
    }
    const server = new Server();
    server.listen(0, { address: "127.0.0.1", transport: "handle" });
    self.postMessage(server.port);
  `;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  const { promise, resolve } = Promise.withResolvers<number>();
  worker.onmessage = ({ data }: MessageEvent<number>) => resolve(data);
  using stream = await IOStream.connect({ hostname: "127.0.0.1", port: await promise });
  assertEquals(new TextDecoder().decode(await stream.readUntilClose()), "hello");
  worker.terminate();
  URL.revokeObjectURL(url);
});

/** Counts the reads of a connection that sends all the time, each of which takes a while, and greets all others. */
class FloodedServer extends TCPServer {
  reads = 0;
  readonly flooded: Promise<void>;
  readonly #flooded = Promise.withResolvers<void>();
  flooder: IOStream | null = null;

  constructor() {
    super();
    this.flooded = this.#flooded.promise;
  }

  override handleStream(stream: IOStream): void {
    if (this.flooder !== null) {
      stream.write("hello");
      stream.close();
      return;
    }
    this.flooder = stream;
    stream.consume({
      onData: (buffer) => {
        buffer.take(buffer.length);
        for (const end = performance.now() + 0.5; performance.now() < end;);
        if (++this.reads === 100) this.#flooded.resolve();
      },
      onEnd() {},
    });
  }
}

for (const transport of ["handle", "deno"] as const) {
  test(`a connection over ${transport} that sends all the time leaves others their turns`, async () => {
    await using server = new FloodedServer();
    server.listen(0, { ...local, transport });
    const source = `
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: ${server.port} });
    try {
      for (const bytes = new Uint8Array(1 << 20);;) await connection.write(bytes);
    } catch {
      // The server has closed it: the end of the test.
    }
  `;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(url, { type: "module" });
    await server.flooded;
    const before = server.reads;
    using stream = await IOStream.connect({ hostname: "127.0.0.1", port: server.port });
    await stream.readBytes(5);
    // Deno alone would read 2,000 times before it looks for a new connection.
    assert(server.reads - before < 1000, `${server.reads - before} reads`);
    server.flooder?.close();
    worker.terminate();
    URL.revokeObjectURL(url);
  });
}
