// What an upstream learns of the client, at the edge and behind other proxies.
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { HTTPHeaders, HTTPServerRequest } from "../../src/http/httputil.ts";
import { hasPassed, type Peer, requestFields } from "../../src/proxy/_forward/fields.ts";
import { settingsOf } from "../../src/proxy/_forward/settings.ts";
import { Upstreams } from "../../src/proxy/mod.ts";
import { proxied } from "../support/proxied.ts";
import { RawClient } from "../support/raw_client.ts";
import { reply, ScriptedServer } from "../support/scripted_server.ts";
import { test } from "../support/test.ts";

interface Asked {
  readonly lines?: readonly string[];
  readonly ip?: string;
  readonly host?: string;
  readonly trusted?: boolean;
  readonly version?: string;
}

/** What a request from an address, with these fields, becomes. */
function sent({ lines = [], ip = "192.0.2.7", host = "a.example", trusted = false, version = "HTTP/1.1" }: Asked) {
  const headers = HTTPHeaders.parse([`Host: ${host}`, ...lines].join("\r\n"));
  const request = new HTTPServerRequest({ method: "GET", uri: "/", version, headers });
  request.remoteIp = ip;
  const peer: Peer = { ip: ip === "" ? null : ip, isTrusted: trusted };
  return requestFields(request, peer, "edge").passed;
}

test("ProxyHandler: names a client with an address of IPv6 in brackets and quotes", () => {
  const headers = sent({ ip: "2001:db8::1", host: "[2001:db8::2]:8443" });
  assertEquals(headers.get("X-Forwarded-For"), "2001:db8::1");
  assertEquals(headers.get("X-Forwarded-Host"), "[2001:db8::2]:8443");
  assertEquals(headers.get("X-Forwarded-Port"), "8443");
  assertEquals(headers.get("Forwarded"), 'for="[2001:db8::1]";host="[2001:db8::2]:8443";proto=http');
  assertEquals(sent({ host: "[::1]" }).get("X-Forwarded-Port"), "80");
});

test("ProxyHandler: keeps the Host and says what it has to say, whatever Connection names", () => {
  for (const trusted of [false, true]) {
    const named = "Connection: host, via, forwarded, x-forwarded-for, x-own";
    const headers = sent({ lines: [named, "X-Own: 1", "Via: 1.1 other", "X-Other: 2"], trusted });
    assertEquals(headers.getList("Host"), ["a.example"]);
    assertEquals([headers.get("X-Own"), headers.get("X-Other")], [null, "2"]);
    assertEquals(headers.get("Via"), "1.1 edge");
    assertEquals(headers.get("X-Forwarded-For"), "192.0.2.7");
  }
});

test("ProxyHandler: says nothing of a Host that the client has not named", () => {
  const headers = sent({ host: "", version: "HTTP/1.0" });
  assertEquals(headers.get("Forwarded"), "for=192.0.2.7;proto=http");
  assertEquals([headers.get("X-Forwarded-Host"), headers.get("X-Forwarded-Port")], [null, "80"]);
  assertEquals(headers.get("Via"), "1.0 edge");
});

test("ProxyHandler: appends to lists of trusted proxies in any spelling", () => {
  const rows = [
    ["for=192.0.2.43", "for=192.0.2.43"],
    ['for="[2001:db8:cafe::17]:4711"', 'for="[2001:db8:cafe::17]:4711"'],
    ["For=_hidden;By=_SEVKISEK", "For=_hidden;By=_SEVKISEK"],
    ["for=unknown, for=_x.y-z", "for=unknown, for=_x.y-z"],
    ['for="a, b";host="x\\"y"', 'for="a, b";host="x\\"y"'],
    ["for=192.0.2.43;;proto=https", "for=192.0.2.43;;proto=https"],
    ["for=a\r\nForwarded: for=b", "for=a,for=b"],
  ] as const;
  const own = 'for=192.0.2.7;host="a.example";proto=http';
  for (const [given, kept] of rows) {
    const headers = sent({ lines: [`Forwarded: ${given}`], trusted: true });
    assertEquals(headers.get("Forwarded"), `${kept}, ${own}`);
  }
  assertEquals(sent({ trusted: true }).get("Forwarded"), own);
  assertEquals(sent({ lines: ["Forwarded: "], trusted: true }).get("Forwarded"), own);
});

test("ProxyHandler: appends to no Forwarded that would take its own word into a quoted text", () => {
  const own = 'for=192.0.2.7;host="a.example";proto=http';
  for (const given of ['for="192.0.2.43', 'for=a, for="b\\"', '"', 'for="a";host="b']) {
    assertEquals(sent({ lines: [`Forwarded: ${given}`], trusted: true }).get("Forwarded"), own, given);
  }
});

test("ProxyHandler: appends to X-Forwarded-For of trusted proxies, and keeps what else they say", () => {
  const lines = [
    "X-Forwarded-For: 192.0.2.43:4711, [2001:db8::1]:80",
    "X-Forwarded-For: unknown",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Host: hub.example",
    "X-Forwarded-Port: 8443",
    "X-Forwarded-Prefix: /hub",
    "X-Real-Ip: 192.0.2.43",
    "X-Scheme: https",
  ];
  const headers = sent({ lines, trusted: true });
  const { "X-Forwarded-For": list, Forwarded: _, Host: __, Via: ___, ...others } = Object.fromEntries(
    headers.entries(),
  );
  assertEquals(list, "192.0.2.43:4711, [2001:db8::1]:80,unknown, 192.0.2.7");
  assertEquals(others, {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "hub.example",
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Prefix": "/hub",
    "X-Real-Ip": "192.0.2.43",
    "X-Scheme": "https",
  });
});

test("ProxyHandler: a proxy on a Unix socket has no address to append", () => {
  const headers = sent({ lines: ["X-Forwarded-For: 192.0.2.43"], ip: "", trusted: true });
  assertEquals(headers.get("X-Forwarded-For"), "192.0.2.43, unknown");
  assertMatch(headers.get("Forwarded") ?? "", /^for=unknown;/);
});

test("ProxyHandler: fields that only look like its own are dropped, also of trusted proxies", () => {
  const lines = [
    "X_Forwarded_For: 1.1.1.1",
    "X-Forwarded_Proto: https",
    "X_Real_Ip: 1.1.1.1",
    "Forwarded_: x",
    "_Via: y",
  ];
  for (const trusted of [false, true]) {
    const names = [...sent({ lines, trusted }).keys()].filter((name) => name.includes("_"));
    assertEquals(names, ["Forwarded_", "_via"], String(trusted));
  }
});

test("ProxyHandler: finds its name in Via, and no other", () => {
  const rows: [string, boolean][] = [
    ["1.1 edge", true],
    ["1.0 a, HTTP/1.1 edge", true],
    ["1.1 a,1.1 edge,1.1 b", true],
    ["1.1\tedge (comment)", true],
    ["1.1 edge2", false],
    ["1.1 edge:80", false],
    ["1.1 a (edge)", false],
    ["edge", false],
    ["1.1", false],
    ["", false],
    [",,,", false],
  ];
  for (const [via, expected] of rows) assertEquals(hasPassed(new HTTPHeaders({ Via: via }), "edge"), expected, via);
});

test("ProxyHandler: Max-Forwards counts for OPTIONS, and for nothing else that is passed on", async (t) => {
  t.expectLog("tornado.access", /^405 TRACE/);
  await using upstream = new ScriptedServer(() => [reply("")]);
  await using proxy = proxied([upstream]);
  const ask = async (method: string, target: string, value: string) => {
    const before = upstream.requests.length;
    const answer = await RawClient.exchange(
      proxy.port,
      `${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nMax-Forwards: ${value}\r\n\r\n`,
    );
    const request = upstream.requests[before];
    return [answer.slice(9, 12), request?.headers.get("Max-Forwards") ?? null];
  };
  assertEquals(await ask("GET", "/", "0"), ["200", "0"]);
  assertEquals(await ask("OPTIONS", "*", "0"), ["204", null]);
  assertEquals(await ask("OPTIONS", "*", "7"), ["200", "6"]);
  assertEquals(await ask("OPTIONS", "/", "007"), ["200", "6"]);
  assertEquals(await ask("OPTIONS", "/", "-1"), ["200", "-1"]);
  assertEquals(await ask("OPTIONS", "/", "1e3"), ["200", "1e3"]);
  assertEquals(await ask("TRACE", "/", "0"), ["405", null]);
  assertEquals(await ask("TRACE", "/", "5"), ["405", null]);
});

test("ProxyHandler: refuses options that are not what they should be", () => {
  using upstreams = new Upstreams();
  for (const wrong of [{ via: "" }, { via: "a b" }, { via: "a\r\nX: y" }, { via: "a, 1.1 b" }]) {
    assertThrows(() => settingsOf({ upstreams, ...wrong }), TypeError, "The name of a proxy");
  }
  for (const wrong of [["localhost"], ["10.0.0.0/8"], ["127.0.0.1 "], ["127.1"], [""], "127.0.0.1"]) {
    assertThrows(() => settingsOf({ upstreams, trustedDownstream: wrong }), TypeError, "trustedDownstream takes");
  }
  for (
    const wrong of [{ maxBodySize: -1 }, { maxBodySize: NaN }, { streamCloseDelay: -1 }, { streamCloseDelay: NaN }]
  ) {
    assertThrows(() => settingsOf({ upstreams, ...wrong }), RangeError);
  }
});

test("ProxyHandler: finds a trusted proxy in any spelling of its address", () => {
  using upstreams = new Upstreams();
  const given = ["10.0.0.1", "::FFFF:10.0.0.2", "2001:DB8:0::0:1", "0:0:0:0:0:0:0:1", "fe80::1%eth0", "unix"];
  const { trustedDownstream } = settingsOf({ upstreams, trustedDownstream: given });
  assertEquals([...trustedDownstream], ["10.0.0.1", "10.0.0.2", "2001:db8::1", "::1", "fe80::1", "unix"]);
});
