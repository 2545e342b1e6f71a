// allowAddress is asked before each connection: for the host of a URL, of a redirect, and of a proxy.
import { assertEquals, assertRejects } from "@std/assert";
import { AsyncHTTPClient, HTTPClientError, isPublicAddress } from "../../../src/http/httpclient.ts";
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

test("allowAddress: an address of IPv4 within IPv6 is asked for as one of IPv4", async () => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = new AsyncHTTPClient({ forceInstance: true });
  const asked: string[] = [];
  const allowAddress = (address: string) => {
    asked.push(address);
    return false;
  };
  for (const host of ["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]"]) {
    await assertRejects(() => client.fetch(`http://${host}:${server.port}/`, { allowAddress }), HTTPClientError);
  }
  assertEquals(asked, ["127.0.0.1", "127.0.0.1", "127.0.0.1"]);
  assertEquals(server.connections, 0);
});

const PUBLIC = ["1.1.1.1", "9.9.9.9", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0"]
  .concat(["198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2001:4860:4860::8888"])
  .concat(["2003::1", "::ffff:9.9.9.9", "3ffe::1"]);
const SPECIAL = ["0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254"]
  .concat(["169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1"])
  .concat(["192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1"])
  .concat(["240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe"])
  .concat(["64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1"])
  .concat(["4000::1", "fc00::1", "fd00::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"])
  .concat(["", "localhost", "/run/a.sock", "1.1.1", "1.1.1.1.1", "[::1]"]);

test("isPublicAddress: takes the addresses of hosts on the Internet only", () => {
  assertEquals(PUBLIC.filter((address) => !isPublicAddress(address)), []);
  assertEquals(SPECIAL.filter(isPublicAddress), []);
});
