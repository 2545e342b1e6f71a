import { assertEquals } from "@std/assert";
import { HTTPRequest } from "../../../src/http/httpclient.ts";
import { Connector } from "../../../src/http/_client/connector.ts";
import { settle } from "../../../src/http/_client/settled_request.ts";
import { handleBinding } from "../../../src/net/_transport/handle_binding.ts";
import { HandleTransport } from "../../../src/net/_transport/handle_transport.ts";
import { reply, ScriptedServer } from "../../support/scripted_server.ts";
import { test } from "../../support/test.ts";
import { SIMPLE } from "./back_ends.ts";

test("Connector: connections are on stream handles, but for bodies of any length, which need less memory on Deno's own", async () => {
  await using server = new ScriptedServer(() => [reply()]);
  const { url, settings } = settle(new HTTPRequest(server.url()), {});
  const limits = { resolver: null, hostnameMapping: null, maxBufferSize: 1 << 20, maxHeaderSize: 1 << 16 };
  const connector = new Connector(limits);
  for (const isStreamed of [false, true]) {
    const { signal } = new AbortController();
    using stream = await connector.connect({ url, settings, proxy: null, isStreamed }, signal);
    assertEquals(stream.socket instanceof HandleTransport, !isStreamed && handleBinding() !== null);
  }
  connector.close();
});

test("SimpleAsyncHTTPClient: fetch() and stream() of one origin share a connection", async () => {
  await using server = new ScriptedServer(() => [reply("hello")]);
  using client = SIMPLE.make();
  const read = async () =>
    new TextDecoder().decode((await Array.fromAsync((await client.stream(server.url())).body))[0]);
  assertEquals(await read(), "hello");
  assertEquals((await client.fetch(server.url())).text, "hello");
  assertEquals((await client.fetch(server.url(), { method: "PUT", body: ["a", "b"] })).text, "hello");
  assertEquals(await read(), "hello");
  assertEquals([server.connections, server.requests[2]?.body], [1, "ab"]);
});
