import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { bindSockets } from "../../../src/net/netutil.ts";
import { TCPServer } from "../../../src/net/tcpserver.ts";
import { test } from "../../support/test.ts";

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

test("a port that is none is refused on every transport, and by its value", () => {
  for (const port of [-1, 65536, NaN, 8080.5]) {
    const text = `Cannot listen on port ${port}: ports are integers from 0 to 65535`;
    for (const address of ["127.0.0.1", "localhost", null]) {
      assertThrows(() => bindSockets(port, { address }), RangeError, text);
      for (const transport of ["auto", "handle", "deno"] as const) {
        assertThrows(() => new TCPServer().listen(port, { address, transport }), RangeError, text);
      }
    }
  }
});

test("bindSockets with reusePort is an error where Deno would end the process", () => {
  if ("listenDatagram" in Deno) return;
  assertThrows(() => bindSockets(0, { reusePort: true }), TypeError, "--unstable-net");
});

test("bindSockets with reusePort lets two sockets share a port", async () => {
  const module = new URL("../../../src/net/netutil.ts", import.meta.url);
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
  const module = new URL("../../../src/net/netutil.ts", import.meta.url);
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
