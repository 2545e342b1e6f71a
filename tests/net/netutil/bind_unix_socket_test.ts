import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { bindUnixSocket } from "../../../src/net/netutil.ts";
import { test } from "../../support/test.ts";

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

test("bindUnixSocket listens on a name in the abstract namespace", async () => {
  const path = `\0twister-${crypto.randomUUID()}`;
  using listener = bindUnixSocket(path);
  const accepted = listener.accept();
  using client = await Deno.connect({ transport: "unix", path });
  using server = await accepted;
  await client.write(new Uint8Array([7]));
  const buffer = new Uint8Array(1);
  await server.read(buffer);
  assertEquals(buffer[0], 7);
  assertThrows(() => bindUnixSocket(path), Deno.errors.AddrInUse);
});
