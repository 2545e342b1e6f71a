import { spawn } from "node:child_process";
import { assertEquals, assertThrows } from "@std/assert";
import { IOStream } from "../../../src/net/iostream.ts";
import { bindTransports } from "../../../src/net/_netutil/bind_transports.ts";
import { listenFds } from "../../../src/net/netutil.ts";
import { TCPServer } from "../../../src/net/tcpserver.ts";
import { HandleListener } from "../../../src/net/_transport/handle_listener.ts";
import { projectRoot } from "../../../tools/project.ts";
import { test } from "../../support/test.ts";

const NAMES = ["LISTEN_PID", "LISTEN_FDS"] as const;

function withEnv<T>(values: Record<string, string>, run: () => T): T {
  const before = NAMES.map((name) => [name, Deno.env.get(name)] as const);
  for (const name of NAMES) Deno.env.delete(name);
  for (const [name, value] of Object.entries(values)) Deno.env.set(name, value);
  try {
    return run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

test("listenFds returns the descriptors that were passed to this process", () => {
  const mine = String(Deno.pid);
  assertEquals(withEnv({}, listenFds), []);
  assertEquals(withEnv({ LISTEN_PID: mine, LISTEN_FDS: "2" }, listenFds), [3, 4]);
  assertEquals(withEnv({ LISTEN_PID: mine, LISTEN_FDS: "0" }, listenFds), []);
  assertEquals(withEnv({ LISTEN_PID: mine }, listenFds), []);
  assertEquals(withEnv({ LISTEN_PID: "1", LISTEN_FDS: "2" }, listenFds), []);
});

test("listenFds refuses what is no number", () => {
  for (const LISTEN_FDS of ["", "x", "-1", "1.5", "99999"]) {
    assertThrows(() => withEnv({ LISTEN_PID: String(Deno.pid), LISTEN_FDS }, listenFds), TypeError, "LISTEN_FDS");
  }
});

test("TCPServer.listen takes over a descriptor that a child process was passed", async () => {
  const [listener] = bindTransports(0, { address: "127.0.0.1", transport: "handle" });
  if (!(listener instanceof HandleListener) || listener.addr.transport !== "tcp") throw new Error("No handles");
  // A shell knows its process id, which is that of the program it turns into.
  const shell = `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"`;
  const program = "tests/support/inherited_socket_server.ts";
  const args = ["run", "--quiet", "--no-prompt", "--no-check", "--allow-env=LISTEN_PID,LISTEN_FDS", program];
  const child = spawn("sh", ["-c", shell, Deno.execPath(), ...args], {
    cwd: projectRoot,
    stdio: ["ignore", "pipe", "inherit", listener.fd],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const { promise: output, resolve } = Promise.withResolvers<string>();
  child.stdout?.once("data", (data: Uint8Array) => resolve(new TextDecoder().decode(data)));
  // This connection waits in the queue that both processes share.
  using stream = await IOStream.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  assertEquals(new TextDecoder().decode(await stream.readUntilClose()), "hello");
  assertEquals(JSON.parse(await output), [listener.addr]);
  child.kill();
  await ended;
  listener.close();
});

test("TCPServer.listen refuses a descriptor that is none, and TLS on one", () => {
  const server = new TCPServer();
  assertThrows(() => server.listen(0, { fd: 9999 }), Deno.errors.BadResource, "Cannot listen on descriptor 9999");
  const cert = Deno.readTextFileSync(new URL("../../support/certs/server.pem", import.meta.url));
  const key = Deno.readTextFileSync(new URL("../../support/certs/server_key.pem", import.meta.url));
  const secure = new TCPServer({ sslOptions: { cert, key } });
  assertThrows(() => secure.listen(0, { fd: 3 }), TypeError, "no TLS");
});
