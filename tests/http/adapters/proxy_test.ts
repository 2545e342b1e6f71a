import { assertEquals, assertThrows } from "@std/assert";
import { ProxyAdapter } from "../../../src/http/_adapters/proxy_adapter.ts";
import { RequestContext } from "../../../src/http/_adapters/request_context.ts";
import { HTTPHeaders, HTTPMessageDelegate, RequestStartLine } from "../../../src/http/httputil.ts";
import { FakeConnection } from "../../support/fake_connection.ts";
import { test } from "../../support/test.ts";

const ADDRESS: Deno.NetAddr = { transport: "tcp", hostname: "10.0.0.1", port: 5000 };

function seen(headers: Record<string, string>, trusted: string[] = []): string {
  const context = new RequestContext(ADDRESS, "http", new Set(trusted));
  context.applyXheaders(new HTTPHeaders(headers));
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

test("applyXheaders() scans X-Forwarded-For from the right, skipping what is trusted", () => {
  const trusted = ["5.5.5.5", "6.6.6.6"];
  assertEquals(seen({ "X-Forwarded-For": "1.1.1.1,2.2.2.2 , 5.5.5.5,6.6.6.6 " }, trusted), "2.2.2.2 http");
  assertEquals(seen({ "X-Forwarded-For": "5.5.5.5,6.6.6.6" }, trusted), "5.5.5.5 http");
  assertEquals(seen({ "X-Forwarded-For": ",5.5.5.5" }, trusted), "10.0.0.1 http");
  assertEquals(seen({ "X-Forwarded-For": "1.1.1.1," }), "10.0.0.1 http");
  assertEquals(seen({ "X-Forwarded-For": "" }), "10.0.0.1 http");
});

test("applyXheaders() ignores what is no address and no protocol", () => {
  assertEquals(seen({ "X-Real-Ip": "evil\u00e9" }), "10.0.0.1 http");
  assertEquals(seen({ "X-Real-Ip": "1.2.3.4 " }), "10.0.0.1 http");
  assertEquals(seen({ "X-Scheme": "" }), "10.0.0.1 http");
  assertEquals(seen({ "X-Forwarded-Proto": "HTTPS" }), "10.0.0.1 http");
});

test("applyXheaders() takes a long list of trusted proxies in its stride", () => {
  const list = Array.from({ length: 20_000 }, () => "5.5.5.5").join();
  assertEquals(seen({ "X-Forwarded-For": `1.2.3.4,${list}` }, ["5.5.5.5"]), "1.2.3.4 http");
});

test("unapplyXheaders() goes back to what the socket says", () => {
  const context = new RequestContext(ADDRESS, "http");
  context.applyXheaders(new HTTPHeaders({ "X-Real-Ip": "1.2.3.4", "X-Scheme": "https" }));
  context.unapplyXheaders();
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
  const adapter = new ProxyAdapter(delegate, connection.context);
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
