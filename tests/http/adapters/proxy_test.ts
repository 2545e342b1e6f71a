import { assertEquals, assertThrows } from "@std/assert";
import { ProxyAdapter } from "../../../src/http/_adapters/proxy_adapter.ts";
import { type ProxyHeaders, RequestContext } from "../../../src/http/_adapters/request_context.ts";
import { HTTPHeaders, HTTPMessageDelegate, RequestStartLine } from "../../../src/http/httputil.ts";
import { FakeConnection } from "../../support/fake_connection.ts";
import { test } from "../../support/test.ts";

const ADDRESS: Deno.NetAddr = { transport: "tcp", hostname: "10.0.0.1", port: 5000 };

const XHEADERS: ProxyHeaders = { xheaders: true, forwarded: false };
const FORWARDED: ProxyHeaders = { xheaders: false, forwarded: true };

function seen(headers: Record<string, string>, trusted: string[] = [], believed = XHEADERS): string {
  const context = new RequestContext(ADDRESS, "http", new Set(trusted));
  context.applyHeaders(new HTTPHeaders(headers), believed);
  return `${context.remoteIp} ${context.protocol}`;
}

test("RequestContext takes address and protocol from the socket", () => {
  const context = new RequestContext(ADDRESS, "https");
  assertEquals([context.remoteIp, context.protocol, context.address], ["10.0.0.1", "https", ADDRESS]);
  assertEquals(String(context), "10.0.0.1");
});

test("RequestContext shows an IPv4 client of an IPv6 socket by its IPv4 address", () => {
  const ip = (hostname: string) => new RequestContext({ ...ADDRESS, hostname }, "http").remoteIp;
  assertEquals(ip("::ffff:192.0.2.1"), "192.0.2.1");
  assertEquals(ip("::ffff:c000:201"), "::ffff:c000:201");
  assertEquals(ip("2001:db8::1"), "2001:db8::1");
});

test("RequestContext of a unix socket and of no socket has the address 0.0.0.0", () => {
  const unix = new RequestContext({ transport: "unix", path: "/run/x" }, "http");
  assertEquals([unix.remoteIp, String(unix)], ["0.0.0.0", "/run/x"]);
  assertEquals([new RequestContext(null, "http").remoteIp, String(new RequestContext(null, "http"))], [
    "0.0.0.0",
    "0.0.0.0",
  ]);
});

test("RequestContext.applyHeaders() scans X-Forwarded-For from the right, skipping what is trusted", () => {
  const trusted = ["5.5.5.5", "6.6.6.6"];
  assertEquals(seen({ "X-Forwarded-For": "1.1.1.1,2.2.2.2 , 5.5.5.5,6.6.6.6 " }, trusted), "2.2.2.2 http");
  assertEquals(seen({ "X-Forwarded-For": "5.5.5.5,6.6.6.6" }, trusted), "5.5.5.5 http");
  assertEquals(seen({ "X-Forwarded-For": ",5.5.5.5" }, trusted), "10.0.0.1 http");
  assertEquals(seen({ "X-Forwarded-For": "1.1.1.1," }), "10.0.0.1 http");
  assertEquals(seen({ "X-Forwarded-For": "" }), "10.0.0.1 http");
});

test("RequestContext.applyHeaders() ignores what is no address and no protocol", () => {
  assertEquals(seen({ "X-Real-Ip": "evil\u00e9" }), "10.0.0.1 http");
  assertEquals(seen({ "X-Real-Ip": "1.2.3.4, 5.6.7.8" }), "10.0.0.1 http");
  assertEquals(seen({ "X-Scheme": "" }), "10.0.0.1 http");
  for (const proto of ["ftp", "https,", "https, ftp", "http s"]) {
    assertEquals(seen({ "X-Forwarded-Proto": proto }), "10.0.0.1 http");
  }
});

test("RequestContext.applyHeaders() takes a long list of trusted proxies in its stride", () => {
  const list = Array.from({ length: 20_000 }, () => "5.5.5.5").join();
  assertEquals(seen({ "X-Forwarded-For": `1.2.3.4,${list}` }, ["5.5.5.5"]), "1.2.3.4 http");
});

test("RequestContext.applyHeaders() finds the address with a port, in brackets or quotes, or mapped", () => {
  const cases: [string, string][] = [
    ["203.0.113.7:51008", "203.0.113.7"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["198.51.100.1, [2001:db8::1]:4711", "2001:db8::1"],
    ['"203.0.113.7"', "203.0.113.7"],
    ['"[2001:db8::1]:80"', "2001:db8::1"],
    ["2001:db8::1", "2001:db8::1"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["[::FFFF:203.0.113.7]:80", "203.0.113.7"],
    ["::ffff:cb00:7107", "203.0.113.7"],
    ["[0:0:0:0:0:FFFF:CB00:7107]:80", "203.0.113.7"],
    ["0000:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113", "10.0.0.1"],
    ["::ffff:0:203.0.113.7", "::ffff:0:203.0.113.7"],
    ["203.0.113.7:_hidden", "203.0.113.7"],
    ["203.0.113.7:", "10.0.0.1"],
    ["203.0.113.7:80:80", "10.0.0.1"],
    ["203.0.113.7:123456", "10.0.0.1"],
    ["[203.0.113.7", "10.0.0.1"],
    ["[localhost]:80", "10.0.0.1"],
    ["unknown", "10.0.0.1"],
    // A quote that the client has left open hides nothing.
    ['", 203.0.113.7', "203.0.113.7"],
  ];
  for (const [list, ip] of cases) {
    assertEquals(seen({ "X-Forwarded-For": list }), `${ip} http`, list);
    if (!list.includes(",")) assertEquals(seen({ "X-Real-Ip": list }), `${ip} http`, list);
  }
  assertEquals(seen({ "X-Forwarded-For": "1.1.1.1:1, [::ffff:5.5.5.5]:80" }, ["5.5.5.5"]), "1.1.1.1 http");
});

test("RequestContext.applyHeaders() looks on behind an invalid value", () => {
  assertEquals(seen({ "X-Real-Ip": "unknown", "X-Forwarded-For": "1.2.3.4" }), "1.2.3.4 http");
  assertEquals(seen({ "X-Real-Ip": "1.2.3.4", "X-Forwarded-For": "5.6.7.8" }), "1.2.3.4 http");
  assertEquals(seen({ "X-Scheme": "ftp", "X-Forwarded-Proto": "https" }), "10.0.0.1 https");
});

test("RequestContext.applyHeaders() takes protocols in any case, and those of WebSockets", () => {
  const cases: [string, string][] = [["HTTPS", "https"], ["wss", "https"], ["WS", "http"], ["http, Wss ", "https"]];
  for (const [proto, protocol] of cases) {
    assertEquals(seen({ "X-Forwarded-Proto": proto }), `10.0.0.1 ${protocol}`);
    assertEquals(seen({ "X-Scheme": proto }), `10.0.0.1 ${protocol}`);
  }
});

test("RequestContext.applyHeaders() reads Forwarded if it is trusted, before the others", () => {
  const cases: [string, string][] = [
    ["for=192.0.2.60;proto=https;by=203.0.113.43", "192.0.2.60 https"],
    ['For="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17 http"],
    ["for=192.0.2.43, for=198.51.100.17;PROTO=HTTPS", "198.51.100.17 https"],
    ["for=192.0.2.43;proto=https, for=5.5.5.5;proto=http", "192.0.2.43 https"],
    ["for=5.5.5.5;proto=https", "5.5.5.5 https"],
    ['for=192.0.2.43;host="a,b;c";proto=wss', "192.0.2.43 https"],
    ["for=unknown;proto=https", "10.0.0.1 https"],
    ["for=_hidden, for=5.5.5.5", "10.0.0.1 http"],
    ["proto=https", "10.0.0.1 https"],
    ["nonsense", "10.0.0.1 http"],
    ["", "10.0.0.1 http"],
    // What the client has sent before cannot hide what the proxy adds.
    ['for=", for=192.0.2.43', "192.0.2.43 http"],
    ['for="\\\\", for="192.0.2.43"', "192.0.2.43 http"],
    ['for=1.1.1.1;host="x, for="[2001:db8::1]:1"', "2001:db8::1 http"],
  ];
  const both: ProxyHeaders = { xheaders: true, forwarded: true };
  for (const [list, peer] of cases) {
    assertEquals(seen({ Forwarded: list }, ["5.5.5.5"], FORWARDED), peer, list);
    assertEquals(seen({ Forwarded: list, "X-Real-Ip": "1.2.3.4" }, ["5.5.5.5"], both), peer, list);
    assertEquals(seen({ Forwarded: list }), "10.0.0.1 http", list);
  }
  assertEquals(seen({ "X-Real-Ip": "1.2.3.4" }, [], both), "1.2.3.4 http");
  assertEquals(seen({ "X-Real-Ip": "1.2.3.4" }, [], FORWARDED), "10.0.0.1 http");
});

test("RequestContext has no address where Deno has made one up", () => {
  const gone = new RequestContext({ transport: "tcp", hostname: "0.0.0.0", port: 0 }, "http");
  assertEquals([gone.remoteIp, gone.address, String(gone)], ["", null, ""]);
});

test("RequestContext.restore() goes back to what the socket says", () => {
  const context = new RequestContext(ADDRESS, "http");
  context.applyHeaders(new HTTPHeaders({ "X-Real-Ip": "1.2.3.4", "X-Scheme": "https" }), XHEADERS);
  context.restore();
  assertEquals([context.remoteIp, context.protocol], ["10.0.0.1", "http"]);
});

class Connection extends FakeConnection {
  override readonly context = new RequestContext(ADDRESS, "http");
}

class Looking extends HTTPMessageDelegate {
  readonly seen: string[] = [];
  readonly #connection: Connection;

  constructor(connection: Connection) {
    super();
    this.#connection = connection;
  }

  #look(event: string): void {
    this.seen.push(`${event} ${this.#connection.context.remoteIp}`);
  }

  override headersReceived(): void {
    this.#look("headers");
  }

  override dataReceived(): Promise<void> {
    this.#look("data");
    return Promise.resolve();
  }

  override finish(): void {
    this.#look("finish");
    throw new Error("boom");
  }

  override onConnectionClose(): void {
    this.#look("closed");
  }
}

test("ProxyAdapter applies the headers before its delegate sees them, and restores the context afterwards", async () => {
  const connection = new Connection();
  const delegate = new Looking(connection);
  const adapter = new ProxyAdapter(delegate, connection.context, XHEADERS);
  const headers = new HTTPHeaders({ "X-Real-Ip": "1.2.3.4" });
  adapter.headersReceived(new RequestStartLine("GET", "/", "HTTP/1.1"), headers);
  await adapter.dataReceived(new Uint8Array(1));
  assertThrows(() => adapter.finish(), Error, "boom");
  assertEquals(connection.context.remoteIp, "10.0.0.1");
  adapter.headersReceived(new RequestStartLine("GET", "/", "HTTP/1.1"), headers);
  adapter.onConnectionClose();
  assertEquals(connection.context.remoteIp, "10.0.0.1");
  assertEquals(delegate.seen, [
    "headers 1.2.3.4",
    "data 1.2.3.4",
    "finish 1.2.3.4",
    "headers 1.2.3.4",
    "closed 1.2.3.4",
  ]);
});
