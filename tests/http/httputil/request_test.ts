import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type HTTPConnection,
  HTTPFile,
  HTTPHeaders,
  HTTPInputError,
  type HTTPRequestContext,
  HTTPServerRequest,
  RequestStartLine,
} from "../../../src/http/httputil.ts";
import { latin1, latin1Bytes } from "../../support/bytes.ts";
import { settled } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

/** A connection that only knows its peer. */
function connectionOf(context: HTTPRequestContext | null): HTTPConnection {
  const nothing = () => {};
  const nothingLater = () => Promise.resolve();
  return {
    context,
    writeHeaders: nothingLater,
    write: nothingLater,
    finish: nothing,
    abort: nothing,
    respond: nothing,
    drained: nothingLater,
    setCloseCallback: nothing,
    setMaxBodySize: nothing,
    setBodyTimeout: nothing,
    maxBodySize: Infinity,
    freesWritten: false,
    detach() {
      throw new Error("no stream");
    },
    upgrade: nothing,
  };
}

function texts(record: Record<string, Uint8Array[]>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(record).map(([name, values]) => [name, values.map(latin1)]));
}

function formRequest(body: string, uri = "/", more: Record<string, string> = {}): HTTPServerRequest {
  const headers = new HTTPHeaders({ "Content-Type": "application/x-www-form-urlencoded", ...more });
  return new HTTPServerRequest({ method: "POST", uri, headers, body: latin1Bytes(body) });
}

test("HTTPServerRequest() has defaults for everything", () => {
  const request = new HTTPServerRequest();
  const { method, uri, version, path, query, host, hostName, remoteIp, protocol } = request;
  assertEquals([method, uri, version, path, query], ["GET", "/", "HTTP/1.0", "/", ""]);
  assertEquals([host, hostName, remoteIp, protocol], ["127.0.0.1", "127.0.0.1", "", "http"]);
  assertEquals([request.body.length, request.headers.size, request.cookies.size], [0, 0, 0]);
  assertEquals([request.connection, request.serverConnection], [null, null]);
  assertEquals([texts(request.arguments), request.files["f"]], [{}, undefined]);
});

test("HTTPServerRequest() takes a start line before single fields, and the peer from the connection", () => {
  const context: HTTPRequestContext = { remoteIp: "10.0.0.1", protocol: "https", address: null };
  const connection = connectionOf(context);
  const serverConnection = {};
  const startLine = new RequestStartLine("PUT", "/a?b", "HTTP/1.1");
  const request = new HTTPServerRequest({ method: "GET", startLine, connection, serverConnection, host: "H:1" });
  assertEquals([request.method, request.uri, request.version], ["PUT", "/a?b", "HTTP/1.1"]);
  assertEquals([request.connection, request.serverConnection], [connection, serverConnection]);
  assertEquals(request.fullUrl(), "https://H:1/a?b");
  context.remoteIp = "other";
  context.protocol = "other";
  assertEquals([request.remoteIp, request.protocol], ["10.0.0.1", "https"]);
});

test("HTTPServerRequest.host is that of an absolute-form target, then of the header", () => {
  const headers = new HTTPHeaders({ Host: "Header:1" });
  const hostOf = (uri: string, host?: string) => {
    const request = new HTTPServerRequest({ uri, headers, ...(host === undefined ? {} : { host }) });
    return [request.host, request.hostName, request.path, request.fullUrl()];
  };
  assertEquals(hostOf("/x"), ["Header:1", "header", "/x", "http://Header:1/x"]);
  assertEquals(hostOf("http://Target:2/x?"), ["Target:2", "target", "/x", "http://Target:2/x?"]);
  assertEquals(hostOf("http://Target?y"), ["Target", "target", "/", "http://Target/?y"]);
  assertEquals(hostOf("http:///x"), ["Header:1", "header", "/x", "http://Header:1/x"]);
  assertEquals(hostOf("http://a|b/x"), ["Header:1", "header", "/x", "http://Header:1/x"]);
  assertEquals(hostOf("http://Target/x", "given"), ["given", "given", "/x", "http://given/x"]);
  assertEquals(hostOf("*"), ["Header:1", "header", "*", "http://Header:1*"]);
});

test("HTTPServerRequest.path and query are taken literally", () => {
  const request = new HTTPServerRequest({ uri: "/a/../%62;c?d?e#f" });
  assertEquals([request.query, request.path], ["d?e#f", "/a/../%62;c"]);
});

test("HTTPServerRequest.arguments are bytes, with names that are text, and no prototype", () => {
  const request = new HTTPServerRequest({ uri: "/?a=1&a=%ff&%C3%A9=+&b&__proto__=x&hasOwnProperty=y" });
  assertEquals(Object.getPrototypeOf(request.arguments), null);
  assertEquals(Object.entries(texts(request.queryArguments)), [
    ["a", ["1", "\u00ff"]],
    ["\u00e9", [" "]],
    ["b", [""]],
    ["__proto__", ["x"]],
    ["hasOwnProperty", ["y"]],
  ]);
  assertEquals(request.arguments, request.queryArguments);
});

test("HTTPServerRequest.arguments and queryArguments do not share lists", () => {
  const request = new HTTPServerRequest({ uri: "/?a=1" });
  request.arguments["a"]?.push(latin1Bytes("2"));
  request.arguments["b"] = [];
  assertEquals(texts(request.queryArguments), { a: ["1"] });
  assertEquals(texts(request.arguments), { a: ["1", "2"], b: [] });
});

test("HTTPServerRequest.parseBody() adds body arguments after those of the query, whenever they are asked for", () => {
  for (const early of [true, false]) {
    const request = formRequest("a=2&c=3", "/?a=1&b=0");
    if (early) assertEquals(texts(request.arguments), { a: ["1"], b: ["0"] });
    request.parseBody();
    assertEquals(texts(request.arguments), { a: ["1", "2"], b: ["0"], c: ["3"] });
    assertEquals(texts(request.bodyArguments), { a: ["2"], c: ["3"] });
    assertEquals(texts(request.queryArguments), { a: ["1"], b: ["0"] });
    request.arguments["c"]?.push(latin1Bytes("4"));
    assertEquals(texts(request.bodyArguments), { a: ["2"], c: ["3"] });
  }
});

test("HTTPServerRequest.parseBody() takes a body that was set later", () => {
  const request = formRequest("");
  request.body = latin1Bytes("a=1");
  request.parseBody();
  assertEquals(texts(request.bodyArguments), { a: ["1"] });
});

test("HTTPServerRequest.parseBody() fills files", () => {
  const body = '--1\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nv\r\n--1--';
  const headers = new HTTPHeaders({ "Content-Type": "multipart/form-data; boundary=1" });
  const files = { g: [new HTTPFile({ filename: "y", body: new Uint8Array(0), contentType: "t/t" })] };
  const request = new HTTPServerRequest({ method: "POST", headers, body: latin1Bytes(body), files });
  request.parseBody();
  assertEquals(Object.keys(request.files), ["g", "f"]);
  assertEquals(request.files["f"]?.map((file) => file.filename), ["x"]);
});

test("HTTPServerRequest.parseBody() refuses malformed and encoded forms, in any method that has a body", () => {
  const multipart = { "Content-Type": "multipart/form-data" };
  assertThrows(() => formRequest("x", "/", multipart).parseBody(), HTTPInputError, "boundary not found");
  assertThrows(() => formRequest("a=1", "/", { "Content-Encoding": "gzip" }).parseBody(), HTTPInputError, "gzip");
  assertThrows(() => formRequest("", "/", multipart).parseBody(), HTTPInputError);
  const get = formRequest("x", "/", multipart);
  get.method = "GET";
  assertThrows(() => get.parseBody(), HTTPInputError);
});

test("HTTPServerRequest() refuses a query of more arguments than the configuration allows", () => {
  const uri = (count: number) => `/?${Array(count).fill("a=1").join("&")}`;
  assertEquals(new HTTPServerRequest({ uri: uri(1000) }).arguments["a"]?.length, 1000);
  assertThrows(() => new HTTPServerRequest({ uri: uri(1001) }), HTTPInputError, "query has more than 1000 arguments");
  assertThrows(() => new HTTPServerRequest({ uri: `/?${"&".repeat(1000)}` }), HTTPInputError);
  assertEquals(new HTTPServerRequest({ uri: `/${"&".repeat(2000)}` }).query, "");
});

test("HTTPServerRequest.parseBody() adds to arguments that were asked for before", () => {
  const request = formRequest("a=2&b=3", "/?a=1");
  assertEquals(texts(request.arguments), { a: ["1"] });
  assertEquals(texts(request.bodyArguments), {});
  request.parseBody();
  assertEquals(texts(request.arguments), { a: ["1", "2"], b: ["3"] });
  assertEquals(texts(request.bodyArguments), { a: ["2"], b: ["3"] });
});

test("HTTPServerRequest.parseBody() leaves a GET alone that labels no body", () => {
  const request = formRequest("", "/", { "Content-Type": "multipart/form-data" });
  request.method = "GET";
  request.parseBody();
  assertEquals(texts(request.arguments), {});
});

test("HTTPServerRequest.requestTime() counts seconds from the start", async () => {
  const request = new HTTPServerRequest();
  const first = request.requestTime();
  await settled();
  const second = request.requestTime();
  assert(first >= 0 && second >= first);
  // Milliseconds or an absolute time would be beyond that.
  assert(second < 60);
});

test("HTTPServerRequest.getSslCertificate() asks the engine, which may not know", () => {
  const context: HTTPRequestContext = { remoteIp: "", protocol: "https", address: null };
  const request = new HTTPServerRequest({ connection: connectionOf(context) });
  assertEquals(request.getSslCertificate(), null);
  context.getPeerCertificate = (binaryForm) => binaryForm ? new Uint8Array([1]) : { subject: "x" };
  assertEquals(request.getSslCertificate(), { subject: "x" });
  assertEquals(request.getSslCertificate(true), new Uint8Array([1]));
  assertEquals(new HTTPServerRequest({ connection: connectionOf(null) }).getSslCertificate(), null);
  assertEquals(new HTTPServerRequest().getSslCertificate(), null);
});

test("HTTPServerRequest.toString() is the line that Tornado logs, and stays one line", () => {
  const context: HTTPRequestContext = { remoteIp: "127.0.0.1", protocol: "http", address: null };
  const headers = new HTTPHeaders({ Host: "h", Cookie: "secret=1" });
  const startLine = new RequestStartLine("GET", "/x", "HTTP/1.1");
  const request = new HTTPServerRequest({ startLine, headers, connection: connectionOf(context) });
  assertEquals(
    String(request),
    "HTTPServerRequest(protocol='http', host='h', method='GET', uri='/x', version='HTTP/1.1', remote_ip='127.0.0.1')",
  );
  const odd = new HTTPServerRequest({ uri: "/\u00a0\u00e9\\'\r\n\t\u0000", host: "it's", method: `'"` });
  assertEquals(
    String(odd),
    `HTTPServerRequest(protocol='http', host="it's", method='\\'"', uri="/\\xa0\u00e9\\\\'\\r\\n\\t\\x00", ` +
      "version='HTTP/1.0', remote_ip='')",
  );
});
