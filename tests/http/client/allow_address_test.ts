// allowAddress is asked before each connection: for the host of a URL, of a redirect, and of a proxy.
import { assertEquals, assertRejects } from "@std/assert";
import { AsyncHTTPClient, HTTPClientError } from "../../../src/http/httpclient.ts";
import { type ResolvedAddress, Resolver } from "../../../src/net/netutil.ts";
import { reply, ScriptedServer } from "../../support/scripted_server.ts";
import { test } from "../../support/test.ts";

/** Gives one address after the other, as a server does whose owner means harm. */
class RebindingResolver extends Resolver {
  readonly #addresses: string[];

  constructor(addresses: readonly string[]) {
    super();
    this.#addresses = [...addresses];
  }

  override resolve(_host: string, port: number): Promise<ResolvedAddress[]> {
    const hostname = this.#addresses.shift() ?? "127.0.0.1";
    return Promise.resolve([["ipv4", { transport: "tcp", hostname, port }]]);
  }
}

test("allowAddress: refuses hosts by their addresses, in every spelling", async () => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = new AsyncHTTPClient({ forceInstance: true, maxClients: 1 });
  const asked: string[] = [];
  const allowAddress = (address: string) => {
    asked.push(address);
    return false;
  };
  for (const host of ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1"]) {
    const url = `http://${host}:${server.port}/`;
    await assertRejects(() => client.fetch(url, { allowAddress }), HTTPClientError, "no address is allowed", host);
  }
  assertEquals(server.connections, 0);
  assertEquals(asked.every((address) => address === "127.0.0.1" || address === "::1"), true);
  assertEquals((await client.fetch(server.url(), { allowAddress: () => true })).text, "ok");
});

test("allowAddress: an address that was allowed is the one that is connected to", async () => {
  await using server = new ScriptedServer(() => [reply()]);
  const resolver = new RebindingResolver(["127.0.0.1", "127.0.0.2"]);
  using client = new AsyncHTTPClient({ forceInstance: true, resolver, idleTimeout: 0 });
  const allowAddress = (address: string) => address === "127.0.0.1";
  const url = `http://a.example:${server.port}/`;
  assertEquals((await client.fetch(url, { allowAddress })).text, "ok");
  await assertRejects(() => client.fetch(url, { allowAddress }), HTTPClientError, "no address is allowed");
  assertEquals(server.connections, 1);
});

test("allowAddress: is asked on every hop, and for the proxy", async () => {
  await using server: ScriptedServer = new ScriptedServer(({ target }) =>
    target === "/"
      ? [`HTTP/1.1 302 Found\r\nLocation: http://b.example:${server.port}/next\r\nContent-Length: 0\r\n\r\n`]
      : [reply()]
  );
  const resolver = new RebindingResolver(["127.0.0.1", "10.0.0.1"]);
  using client = new AsyncHTTPClient({ forceInstance: true, resolver });
  const allowAddress = (address: string) => address.startsWith("127.");
  const url = `http://a.example:${server.port}/`;
  await assertRejects(() => client.fetch(url, { allowAddress }), HTTPClientError, "connect to b.example");
  assertEquals(server.requests.length, 1);
  const proxy = { proxyHost: "127.0.0.1", proxyPort: server.port, allowAddress: () => false };
  await assertRejects(() => client.fetch("http://a.example/", proxy), HTTPClientError, "no address is allowed");
});
