import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { IOStream } from "../../src/net/iostream.ts";
import { bindUnixSocket, type ResolvedAddress, Resolver } from "../../src/net/netutil.ts";
import { HTTPServer } from "../../src/http/httpserver.ts";
import { Application } from "../../src/web/mod.ts";
import { websocketConnect, WebSocketError, WebSocketHandler } from "../../src/websocket/mod.ts";
import { WebSocket } from "../../src/ws/mod.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

/** Accepts a connection and never answers. */
async function acceptSilently(listener: Deno.Listener): Promise<IOStream> {
  const stream = new IOStream(await listener.accept());
  await stream.readBytes(50);
  return stream;
}

for (const scheme of ["ws", "wss"]) {
  test(`websocketConnect closes the connection of ${scheme} when connectTimeout is over`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = acceptSilently(listener);
    const connecting = websocketConnect(`${scheme}://127.0.0.1:${listener.addr.port}/`, { connectTimeout: 0.3 });
    await assertRejects(() => connecting, WebSocketError, "Cannot connect: not open after 0.3 seconds");
    using peer = await accepted;
    await peer.readUntilClose();
  });

  test(`websocketConnect closes the connection of ${scheme} when its signal is aborted`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = acceptSilently(listener);
    const controller = new AbortController();
    const { signal } = controller;
    const connecting = websocketConnect(`${scheme}://127.0.0.1:${listener.addr.port}/`, { signal });
    connecting.catch(() => {});
    using peer = await accepted;
    const reason = new Error("enough");
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => connecting), reason);
    await peer.readUntilClose();
    await assertRejects(() => websocketConnect("ws://127.0.0.1:1/", { signal }), Error, "enough");
  });

  test(`WebSocket.terminate() of ws closes the connection of ${scheme} that is not open`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = acceptSilently(listener);
    const websocket = new WebSocket(`${scheme}://127.0.0.1:${listener.addr.port}/`);
    const failed = new Promise<Error>((resolve) => websocket.once("error", resolve));
    using peer = await accepted;
    websocket.terminate();
    assert((await failed).message.includes("before the connection was established"));
    await peer.readUntilClose();
  });
}

test("websocketConnect connects to the address that its resolver gives", async () => {
  using directory = new TempDir();
  const path = `${directory.path}/socket`;
  class Echo extends WebSocketHandler {
    override onMessage(message: string | Uint8Array): void {
      this.writeMessage(String(message));
    }
  }
  class ToSocket extends Resolver {
    override resolve(): Promise<ResolvedAddress[]> {
      return Promise.resolve([["unix", { transport: "unix", path }]]);
    }
  }
  await using server = new HTTPServer(new Application([["/", Echo]]));
  server.addSocket(bindUnixSocket(path));
  const resolver = new ToSocket();
  await using connection = await websocketConnect("ws://docker/", { resolver });
  assertEquals(connection.tcpClient.resolver, resolver);
  connection.writeMessage("hello");
  assertEquals(await connection.readMessage(), "hello");
});
