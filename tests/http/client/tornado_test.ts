// The cases of Tornado's httpclient_test.py and simple_httpclient_test.py, by their names, in our own words.
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { gzipSync } from "node:zlib";
import {
  AsyncHTTPClient,
  type AsyncHTTPClientOptions,
  HTTPClientError,
  HTTPRequest,
  type HTTPRequestOptions,
  HTTPResponse,
  HTTPTimeoutError,
  type WriteBody,
} from "../../../src/http/httpclient.ts";
import type { ResolverMapping } from "../../../src/net/netutil.ts";
import { HTTPHeaders } from "../../../src/http/httputil.ts";
import { SimpleAsyncHTTPClient } from "../../../src/http/simple_httpclient.ts";
import { settle } from "../../../src/http/_client/settled_request.ts";
import { bindUnusedPort } from "../../../src/testing/mod.ts";
import { Application, RequestHandler } from "../../../src/web/mod.ts";
import { CLOSE, HOLD, reply, ScriptedServer } from "../../support/scripted_server.ts";
import { test } from "../../support/test.ts";
import { BACK_ENDS, type BackEnd, SIMPLE } from "./back_ends.ts";

class Hello extends RequestHandler {
  override get(): void {
    this.setHeader("Content-Type", "text/plain");
    this.write(`Hello ${this.getArgument("name", "world")}!`);
  }
}
class Post extends RequestHandler {
  override post(): void {
    this.write(`Post arg1: ${this.getArgument("arg1")}, arg2: ${this.getArgument("arg2")}`);
  }
}
class Echo extends RequestHandler {
  override post(): void {
    this.write(this.request.body);
  }
  override put(): void {
    this.write("Put body: ");
    this.write(this.request.body);
  }
  override patch(): void {
    this.write(this.request.body);
  }
}
class Redirect extends RequestHandler {
  override prepare(): void {
    this.write("redirects can have bodies too");
    this.redirect(this.getArgument("url"), { status: Number(this.getArgument("status", "302")) });
  }
}
class Chunks extends RequestHandler {
  override async get(): Promise<void> {
    this.write("asdf");
    await this.flush();
    this.write("qwer");
  }
}
class Countdown extends RequestHandler {
  override get(count: string): void {
    if (Number(count) > 0) this.redirect(`/countdown/${Number(count) - 1}`);
    else this.write("Zero");
  }
}
class EchoHeader extends RequestHandler {
  override get(name: string): void {
    this.write(this.request.headers.get(name) ?? "none");
  }
}
class Methods extends RequestHandler {
  static override readonly SUPPORTED_METHODS = [...RequestHandler.SUPPORTED_METHODS, "OTHER"];
  override prepare(): void {
    this.finish(this.request.method);
  }
}
class SetHeader extends RequestHandler {
  override get(): void {
    this.setHeader(this.getArgument("k"), this.getArgument("v"));
  }
}

const app = () =>
  new Application([
    ["/hello", Hello],
    ["/post", Post],
    ["/echo", Echo],
    ["/redirect", Redirect],
    ["/chunk", Chunks],
    ["/countdown/(\\d+)", Countdown],
    ["/header/(.*)", EchoHeader],
    ["/all_methods", Methods],
    ["/set_header", SetHeader],
  ], { logFunction() {}, compressResponse: true });

interface Site {
  readonly client: AsyncHTTPClient;
  readonly origin: string;
  get(path: string, options?: HTTPRequestOptions & { raiseError?: boolean }): Promise<HTTPResponse>;
}

/** The cases with something that Deno's fetch lacks, or does in its own way; fetch_test.ts has what it does. */
const NOT_BY_FETCH: ReadonlySet<string> = new Set([
  "test_gzip",
  "test_invalid_gzip: what follows the data is an error",
  "test_body_sanity_checks",
  "test_response_times",
  "test_multiple_content_length_accepted: equal ones are refused, too",
  "test_sync_body_producer_chunked, test_sync_body_producer_content_length",
  "test_async_body_producer_chunked, test_async_body_producer_content_length",
  "test_native_body_producer_chunked, test_native_body_producer_content_length",
  "test_100_continue",
  "test_100_continue_early_response",
  "MaxHeaderSizeTest: test_small_headers, test_large_headers",
  "MaxBufferSizeTest: test_large_body",
]);

/** Registers a test with the application on a port, and a client, whose errors are not raised. */
function webTest(name: string, run: (site: Site) => Promise<void>, options: AsyncHTTPClientOptions = {}): void {
  eachBackEnd(name, async (backEnd) => {
    await using server = app().listen(0, { address: "127.0.0.1" });
    using client = backEnd.make(options);
    const origin = `http://127.0.0.1:${server.port}`;
    await run({ client, origin, get: (path, rest) => client.fetch(origin + path, { raiseError: false, ...rest }) });
  });
}

/** The same with the answers of a script. */
function wireTest(
  name: string,
  script: ConstructorParameters<typeof ScriptedServer>[0],
  run: (client: AsyncHTTPClient, server: ScriptedServer) => Promise<unknown>,
  options: AsyncHTTPClientOptions = {},
): void {
  eachBackEnd(name, async (backEnd) => {
    await using server = new ScriptedServer(script);
    using client = backEnd.make(options);
    await run(client, server);
  });
}

function eachBackEnd(name: string, run: (backEnd: BackEnd) => Promise<void>): void {
  for (const backEnd of BACK_ENDS) {
    if (backEnd === SIMPLE || !NOT_BY_FETCH.has(name)) test(`${backEnd.name}: ${name}`, () => run(backEnd));
  }
}

const plain = { "Content-Type": "text/plain" };

webTest("test_hello_world", async ({ get }) => {
  const response = await get("/hello");
  assertEquals([response.code, response.headers.get("Content-Type"), response.text], [
    200,
    "text/plain",
    "Hello world!",
  ]);
  assertEquals(Math.trunc(response.requestTime ?? 9), 0);
  assertEquals((await get("/hello?name=Ben")).text, "Hello Ben!");
});
webTest("test_patch_receives_payload", async ({ get }) => {
  const response = await get("/echo", { method: "PATCH", body: "some patch data" });
  assertEquals([response.code, response.text], [200, "some patch data"]);
});
webTest("test_streaming_callback", async ({ get }) => {
  const chunks: string[] = [];
  const streamingCallback = (chunk: Uint8Array) => void chunks.push(new TextDecoder().decode(chunk));
  const response = await get("/hello", { streamingCallback });
  assertEquals([chunks.join(""), response.body.length], ["Hello world!", 0]);
});
webTest("test_post", async ({ get }) => {
  assertEquals((await get("/post", { method: "POST", body: "arg1=foo&arg2=bar" })).text, "Post arg1: foo, arg2: bar");
});
webTest("test_chunked", async ({ get }) => {
  assertEquals((await get("/chunk")).text, "asdfqwer");
  let text = "";
  await get("/chunk", { streamingCallback: (chunk) => void (text += new TextDecoder().decode(chunk)) });
  assertEquals(text, "asdfqwer");
});
wireTest(
  "test_chunked_close",
  () => ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n1\r\n1\r\n2\r\n0\r\n\r\n", CLOSE],
  async (client, server) => assertEquals((await client.fetch(server.url())).text, "12"),
);
webTest("test_basic_auth, test_basic_auth_explicit_mode, test_basic_auth_unicode", async ({ get }) => {
  const rows = [["Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="], ["josé", "sésame", "am9zw6k6c8Opc2FtZQ=="]];
  for (const [authUsername = "", authPassword = "", expected] of rows) {
    for (const authMode of [null, "basic"] as const) {
      const response = await get("/header/Authorization", { authUsername, authPassword, authMode });
      assertEquals(response.text, `Basic ${expected}`);
    }
  }
  const decomposed = await get("/header/Authorization", { authUsername: "jose\u0301", authPassword: "se\u0301same" });
  assertEquals(decomposed.text, "Basic am9zw6k6c8Opc2FtZQ==");
});
webTest("test_unsupported_auth_mode", async ({ get }) => {
  const options = JSON.parse('{ "authUsername": "Aladdin", "authPassword": "open sesame", "authMode": "asdf" }');
  await assertRejects(() => get("/header/Authorization", options), TypeError, "unsupported authMode asdf");
});
webTest("test_follow_redirect", async ({ get, origin }) => {
  const first = await get("/countdown/2", { followRedirects: false });
  assertEquals([first.code, first.headers.get("Location")?.endsWith("/countdown/1")], [302, true]);
  const last = await get("/countdown/2");
  assertEquals([last.code, last.effectiveUrl, last.text], [200, `${origin}/countdown/0`, "Zero"]);
});
wireTest(
  "test_redirect_without_location",
  () => ["HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n"],
  async (client, server) => assertEquals((await client.fetch(server.url(), { raiseError: false })).code, 301),
);
webTest("test_redirect_put_with_body, test_redirect_put_without_body, test_put_307", async ({ get }) => {
  const url = "/redirect?url=/echo&status=307";
  assertEquals((await get(url, { method: "PUT", body: "hello" })).text, "Put body: hello");
  assertEquals((await get(url, { method: "PUT", allowNonstandardMethods: true })).text, "Put body: ");
});
webTest("test_method_after_redirect", async ({ get }) => {
  for (const status of [301, 302, 303, 307, 308]) {
    const url = `/redirect?url=/all_methods&status=${status}`;
    for (const method of ["GET", "OPTIONS", "PUT", "DELETE", "POST"]) {
      const becomesGet = status === 303 || (status < 303 && method === "POST");
      const { text } = await get(url, { method, allowNonstandardMethods: true });
      assertEquals(text, becomesGet ? "GET" : method, `${status} ${method}`);
    }
    const head = await get(url, { method: "HEAD" });
    assertEquals([head.code, head.text], [200, ""]);
  }
});
webTest("test_credentials_in_url", async ({ client, origin }) => {
  const url = `${origin.replace("http://", "http://me:secret@")}/header/Authorization`;
  assertEquals((await client.fetch(url)).text, `Basic ${btoa("me:secret")}`);
});
webTest("test_body_encoding", async ({ get }) => {
  for (const body of ["\xe9", new Uint8Array([0xe9])]) {
    const response = await get("/echo", { method: "POST", body, headers: plain, userAgent: "foo" });
    assertEquals(response.body, typeof body === "string" ? new Uint8Array([0xc3, 0xa9]) : body);
  }
});
webTest("test_types", async ({ get }) => {
  const response = await get("/hello");
  assertEquals([response.body instanceof Uint8Array, typeof response.code, typeof response.effectiveUrl], [
    true,
    "number",
    "string",
  ]);
  assertEquals(response.headers instanceof HTTPHeaders, true);
});
wireTest("test_gzip", () => [
  `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${gzipSync("asdfqwer").length}\r\n\r\n`,
  new Uint8Array(gzipSync("asdfqwer")),
], async (client, server) => {
  const raw = await client.fetch(server.url(), { decompressResponse: false, headers: { "Accept-Encoding": "gzip" } });
  assertEquals([raw.headers.get("Content-Encoding"), raw.body.length === 8], ["gzip", false]);
  const decoded = await client.fetch(server.url());
  const fields = ["Content-Encoding", "X-Consumed-Content-Encoding"].map((name) => decoded.headers.get(name));
  assertEquals([decoded.text, ...fields], ["asdfqwer", null, "gzip"]);
});
wireTest("test_invalid_gzip: what follows the data is an error", () => {
  const body = Uint8Array.of(...gzipSync("Hello World\n".repeat(9000)), 0);
  return [`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`, body];
}, async (client, server) => {
  await assertRejects(() => client.fetch(server.url()), HTTPClientError, "invalid gzip data");
});
webTest("test_header_callback, test_header_callback_stack_context", async ({ get }) => {
  const lines: string[] = [];
  const order: string[] = [];
  await get("/chunk", {
    headerCallback: (line) => void lines.push(line),
    streamingCallback: (chunk) => void order.push(`${lines.length > 2} ${chunk.length > 0}`),
  });
  assertEquals([lines[0], lines.at(-1), order[0]], ["HTTP/1.1 200 OK\r\n", "\r\n", "true true"]);
  assertEquals(lines.includes("Content-Type: text/html; charset=UTF-8\r\n"), true);
});
test("httpclient: test_configure_defaults", async () => {
  await using server = app().listen(0, { address: "127.0.0.1" });
  AsyncHTTPClient.configure(null, { defaults: { userAgent: "TestDefaultUserAgent" } });
  try {
    using client = new AsyncHTTPClient({ forceInstance: true });
    const response = await client.fetch(`http://127.0.0.1:${server.port}/header/User-Agent`);
    assertEquals(response.text, "TestDefaultUserAgent");
  } finally {
    AsyncHTTPClient.configure(null);
  }
});
webTest("test_header_types", async ({ get }) => {
  assertEquals((await get("/header/User-Agent", { headers: new HTTPHeaders({ "User-Agent": "Foo" }) })).text, "Foo");
});
wireTest(
  "test_multi_line_headers",
  () => ["HTTP/1.1 200 OK\r\nX-XSS-Protection: 1;\r\n\tmode=block\r\nContent-Length: 0\r\n\r\n"],
  async (client, server) => {
    // RFC 9112, section 5.2 lets a client refuse it or make one line of it.
    const outcome = await client.fetch(server.url()).catch((error) => error);
    const value = outcome instanceof HTTPResponse ? outcome.headers.get("X-XSS-Protection") : "1; mode=block";
    assertEquals(value?.replace(/\s+/, " "), "1; mode=block");
  },
);
webTest("test_header_encoding, test_non_ascii_header", async ({ get }) => {
  assertEquals((await get("/header/Foo", { headers: { Foo: "b\xe4r" } })).text, "b\xe4r");
  assertEquals((await get("/set_header?k=foo&v=%C3%A9")).headers.get("Foo"), "\xe9");
});
wireTest(
  "test_304_with_content_length",
  () => ["HTTP/1.1 304 Not Modified\r\nContent-Length: 42\r\n\r\n"],
  async (client, server) => {
    const response = await client.fetch(server.url(), { raiseError: false });
    assertEquals([response.code, response.headers.get("Content-Length"), response.body.length], [304, "42", 0]);
  },
);
webTest(
  "test_future_interface, test_future_http_error, test_future_http_error_no_raise",
  async ({ client, origin }) => {
    assertEquals((await client.fetch(`${origin}/hello`)).text, "Hello world!");
    const error = await assertRejects(() => client.fetch(`${origin}/notfound`), HTTPClientError);
    assertEquals([error.code, error.response?.code], [404, 404]);
    assertEquals((await client.fetch(`${origin}/notfound`, { raiseError: false })).code, 404);
  },
);
webTest("test_reuse_request_from_response", async ({ client, origin }) => {
  const first = await client.fetch(`${origin}/hello`);
  assertEquals(first.request.url, `${origin}/hello`);
  const second = await client.fetch(first.request);
  assertEquals([second.text, second.request === first.request], ["Hello world!", true]);
});
webTest("test_bind_source_ip", async ({ get }) => {
  assertEquals((await get("/hello", { networkInterface: "127.0.0.1" })).code, 200);
  await assertRejects(() => get("/hello", { networkInterface: "not-interface-or-ip" }), Error);
});
webTest("test_all_methods", async ({ get }) => {
  for (const method of ["GET", "DELETE", "OPTIONS"]) assertEquals((await get("/all_methods", { method })).text, method);
  for (const method of ["POST", "PUT", "PATCH"]) {
    assertEquals((await get("/all_methods", { method, body: "" })).text, method);
  }
  assertEquals((await get("/all_methods", { method: "HEAD" })).text, "");
  assertEquals((await get("/all_methods", { method: "OTHER", allowNonstandardMethods: true })).text, "OTHER");
  await assertRejects(() => get("/all_methods", { method: "OTHER" }), TypeError, "unknown method OTHER");
});
webTest("test_body_sanity_checks", async ({ get }) => {
  for (const method of ["POST", "PUT", "PATCH"]) {
    await assertRejects(() => get("/all_methods", { method }), TypeError, "must not be null");
    assertEquals((await get("/all_methods", { method, allowNonstandardMethods: true })).code, 200);
  }
  await assertRejects(() => get("/all_methods", { method: "GET", body: "asdf" }), TypeError, "must be null");
  // A DELETE and an OPTIONS may have a body: a difference from Tornado.
  for (const method of ["DELETE", "OPTIONS"]) {
    assertEquals((await get("/all_methods", { method, body: "a" })).code, 200);
  }
  const get_ = { method: "GET", body: "asdf", allowNonstandardMethods: true };
  assertEquals((await get("/all_methods", get_)).code, 200);
});
webTest("test_response_times", async ({ get }) => {
  const { requestTime, timeInfo } = await get("/hello");
  for (const seconds of [requestTime, ...Object.values(timeInfo)]) {
    assertEquals(seconds !== null && seconds >= 0, true);
  }
  assertEquals(Object.keys(timeInfo), ["redirect", "queue", "connect", "starttransfer", "total"]);
  const { queue = -1, connect = -1, starttransfer = -1, total = -1 } = timeInfo;
  assertEquals([queue, connect, starttransfer, total].toSorted((a, b) => a - b), [
    queue,
    connect,
    starttransfer,
    total,
  ]);
});
webTest("test_zero_timeout", async ({ get }) => {
  for (const options of [{ connectTimeout: 0 }, { requestTimeout: 0 }, { connectTimeout: 0, requestTimeout: 0 }]) {
    assertEquals((await get("/hello", options)).code, 200);
  }
});
// test_request_set and the like are Tornado's: a request's own option counts, then the client's, then the library's.
test("httpclient: test_request_set, test_default_set, test_both_set, test_neither_set, test_defaults_none", () => {
  const settings = (own: HTTPRequestOptions, defaults = {}) =>
    settle(new HTTPRequest("http://example.com/", own), defaults).settings;
  assertEquals(settings({ userAgent: "foo" }).userAgent, "foo");
  assertEquals(settings({}, { networkInterface: "foo" }).networkInterface, "foo");
  assertEquals(settings({ proxyHost: "foo" }, { proxyHost: "bar" }).proxyHost, "foo");
  assertEquals(settings({ proxyHost: null }, { proxyHost: "bar" }).proxyHost, "bar");
  assertEquals(settings({}).authUsername, null);
});
test("httpclient: a response and an error without a connection", () => {
  const request = new HTTPRequest("http://example.com");
  const response = new HTTPResponse(request, 403, { headers: new HTTPHeaders() });
  assertEquals([response.code, response.reason, response.effectiveUrl], [403, "Forbidden", "http://example.com"]);
  assertEquals(new HTTPClientError(403).message, "HTTP 403: Forbidden");
  const error = new HTTPClientError(403, null, response);
  assertEquals([error.message, error.response === response], ["HTTP 403: Forbidden", true]);
});
test("httpclient: HTTPRequestTestCase: test_headers, test_body, test_if_modified_since", () => {
  const request = new HTTPRequest("http://example.com", { headers: { foo: "bar" }, method: "POST", body: "foo" });
  assertEquals([request.headers.get("Foo"), request.body], ["bar", new TextEncoder().encode("foo")]);
  assertEquals([...new HTTPRequest("http://example.com").headers.getAll()], []);
  const since = new HTTPRequest("http://example.com", { ifModifiedSince: new Date(0) });
  assertEquals(settle(since, {}).headers.get("If-Modified-Since"), "Thu, 01 Jan 1970 00:00:00 GMT");
  assertEquals([...since.headers.getAll()], []);
});
test("httpclient: test_singleton", () => {
  const engines: unknown[] = [];
  class Counting extends AsyncHTTPClient {
    static override createEngine(options: AsyncHTTPClientOptions) {
      const engine = AsyncHTTPClient.createEngine(options);
      engines.push(engine);
      return engine;
    }
  }
  using _first = new Counting();
  using _second = new Counting();
  assertEquals(engines.length, 1);
  using _third = new Counting({ forceInstance: true });
  assertEquals(engines.length, 2);
});
webTest("test_redirect_connection_limit", async ({ get }) => {
  assertEquals((await get("/countdown/3", { maxRedirects: 3 })).text, "Zero");
}, { maxClients: 1 });
webTest("test_max_redirects", async ({ get, origin }) => {
  const response = await get("/countdown/5", { maxRedirects: 3 });
  assertEquals([response.code, response.effectiveUrl], [302, `${origin}/countdown/2`]);
  assertStringIncludes(response.headers.get("Location") ?? "", "1");
});
webTest("test_header_reuse", async ({ get }) => {
  const headers = new HTTPHeaders({ "User-Agent": "Foo" });
  for (let i = 0; i < 2; i++) assertEquals((await get("/header/User-Agent", { headers })).text, "Foo");
  assertEquals([...headers.getAll()], [["User-Agent", "Foo"]]);
});
webTest("test_default_user_agent", async ({ get }) => {
  assertStringIncludes((await get("/header/User-Agent")).text, "Twister/");
});
webTest("test_see_other_redirect", async ({ get, origin }) => {
  const response = await get("/redirect?url=/hello&status=303", { method: "POST", body: "blah" });
  assertEquals([response.code, response.request.url], [200, `${origin}/redirect?url=/hello&status=303`]);
  assertEquals([response.effectiveUrl, response.request.method], [`${origin}/hello`, "POST"]);
});
wireTest("test_request_timeout, test_queue_timeout", () => [HOLD], async (client, server) => {
  const options = { requestTimeout: 0.05 };
  const error = await assertRejects(() => client.fetch(server.url(), options), HTTPTimeoutError);
  assertStringIncludes(error.message, "HTTP 599: Timeout during request");
});
test("httpclient: test_ipv6", async () => {
  let server;
  try {
    server = app().listen(0, { address: "::1" });
  } catch {
    // A machine without IPv6.
    return;
  }
  await using listening = server;
  using client = new AsyncHTTPClient({ forceInstance: true });
  const url = `http://[::1]:${listening.port}/hello`;
  assertEquals((await client.fetch(url)).text, "Hello world!");
  await assertRejects(() => client.fetch(url, { allowIpv6: false }), Error);
});
wireTest("test_multiple_content_length_accepted: equal ones are refused, too", ({ target }) => [
  `HTTP/1.1 200 OK\r\nContent-Length: ${target.slice(1)}\r\n\r\nok`,
], async (client, server) => {
  for (const path of ["/2,2", "/2,4"]) await assertRejects(() => client.fetch(server.url(path)), HTTPClientError);
});
webTest("test_head_request", async ({ get }) => {
  const response = await get("/all_methods", { method: "HEAD" });
  assertEquals([response.code, response.headers.get("Content-Length"), response.body.length], [200, "4", 0]);
});
wireTest(
  "test_no_content, test_204_no_content",
  () => ["HTTP/1.1 204 No Content\r\n\r\n"],
  async (client, server) => {
    const response = await client.fetch(server.url());
    assertEquals([response.code, response.body.length], [204, 0]);
    await client.fetch(server.url());
    assertEquals(server.connections, 1);
  },
);
webTest("test_host_header", async ({ get, origin }) => {
  assertEquals((await get("/header/Host")).text, new URL(origin).host);
  assertEquals((await get("/header/Host", { headers: { Host: "a.example" } })).text, "a.example");
});
test("httpclient: test_connection_refused", async () => {
  const [listener, port] = bindUnusedPort();
  listener.close();
  using client = new AsyncHTTPClient({ forceInstance: true });
  await assertRejects(() => client.fetch(`http://127.0.0.1:${port}/`), Deno.errors.ConnectionRefused);
});
wireTest("test_no_content_length", () => ["HTTP/1.0 200 OK\r\n\r\nhello", CLOSE], async (client, server) => {
  const response = await client.fetch(server.url());
  assertEquals([response.text, response.headers.get("Content-Length")], ["hello", null]);
});

/** Tornado's three kinds of a producer: a function, a coroutine, and an async function. */
const PRODUCERS: Readonly<Record<string, (write: WriteBody) => void | Promise<void>>> = {
  sync(write) {
    write("1234");
    write("5678");
  },
  async(write) {
    return write("1234").then(() => write("5678"));
  },
  async native(write) {
    await write("1234");
    await write("5678");
  },
};
for (const [name, bodyProducer] of Object.entries(PRODUCERS)) {
  webTest(`test_${name}_body_producer_chunked, test_${name}_body_producer_content_length`, async ({ get }) => {
    for (const headers of [{}, { "Content-Length": "8" }]) {
      const response = await get("/echo", { method: "POST", bodyProducer, headers: { ...plain, ...headers } });
      assertEquals([response.code, response.text], [200, "12345678"]);
    }
  });
}
webTest("test_100_continue", async ({ get }) => {
  const response = await get("/echo", { method: "POST", body: "1234", expect100Continue: true, headers: plain });
  assertEquals(response.text, "1234");
});
wireTest("test_100_continue_early_response", () => [reply("no", [], "403 Forbidden")], async (client, server) => {
  let isCalled = false;
  const bodyProducer = () => void (isCalled = true);
  const options = { method: "POST", bodyProducer, expect100Continue: true, raiseError: false };
  assertEquals([(await client.fetch(server.url(), options)).code, isCalled], [403, false]);
});
webTest("test_streaming_follow_redirects", async ({ get }) => {
  const lines: string[] = [];
  let text = "";
  await get("/redirect?url=/hello", {
    headerCallback: (line) => void lines.push(line),
    streamingCallback: (chunk) => void (text += new TextDecoder().decode(chunk)),
  });
  assertEquals([text, lines.filter((line) => line.startsWith("HTTP/1.1 ")).length], ["Hello world!", 1]);
});
test("httpclient: test_ssl_options, test_ssl_context, test_ssl_options_handshake_fail, test_ssl_context_handshake_fail, test_error_logging", async (t) => {
  t.expectLog("tornado.general", /SSL Error/);
  const certs = new URL("../../support/certs/", import.meta.url);
  const [certfile, keyfile, ca] = ["server.pem", "server_key.pem", "ca.pem"].map((name) => new URL(name, certs));
  if (certfile === undefined || keyfile === undefined || ca === undefined) throw new Error("unreachable");
  await using server = new ScriptedServer(() => [reply()], { sslOptions: { certfile, keyfile } });
  using client = new AsyncHTTPClient({ forceInstance: true });
  await client.fetch(server.url(), { sslOptions: { caCerts: ca } });
  await client.fetch(server.url(), { caCerts: Deno.readTextFileSync(ca) });
  await client.fetch(server.url(), { caCerts: ca.pathname });
  await client.fetch(server.url(), { validateCert: false });
  assertEquals(server.connections, 4);
  await assertRejects(() => client.fetch(server.url()), Error);
});
test("httpclient: CreateAsyncHTTPClientTestCase: test_max_clients", async () => {
  await using server = new ScriptedServer(() => [HOLD]);
  for (const maxClients of [1, 3]) {
    AsyncHTTPClient.configure(SimpleAsyncHTTPClient, { maxClients });
    try {
      const before = server.connections;
      using client = new AsyncHTTPClient({ forceInstance: true });
      const all = [1, 2, 3, 4].map(() => assertRejects(() => client.fetch(server.url(), { requestTimeout: 0.1 })));
      await Promise.all(all);
      assertEquals(server.connections - before <= maxClients, true);
    } finally {
      AsyncHTTPClient.configure(null);
    }
  }
});
wireTest(
  "test_204_invalid_content_length: a length of a 204 is not read",
  () => ["HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", CLOSE],
  async (client, server) => assertEquals((await client.fetch(server.url())).body.length, 0),
);
test("httpclient: HostnameMappingTestCase: test_hostname_mapping, test_port_mapping", async () => {
  await using server = app().listen(0, { address: "127.0.0.1" });
  const hostnameMapping: ResolverMapping = {
    "www.example.com": "127.0.0.1",
    "foo.example.com:8000": ["127.0.0.1", server.port],
  };
  using client = new AsyncHTTPClient({ forceInstance: true, hostnameMapping });
  assertEquals((await client.fetch(`http://www.example.com:${server.port}/hello`)).text, "Hello world!");
  assertEquals((await client.fetch("http://foo.example.com:8000/hello")).text, "Hello world!");
});
wireTest(
  "MaxHeaderSizeTest: test_small_headers, test_large_headers",
  ({ target }) => [reply("ok", [`X-A: ${"a".repeat(Number(target.slice(1)))}`])],
  async (
    client,
    server,
  ) => {
    assertEquals((await client.fetch(server.url("/100"))).text, "ok");
    await assertRejects(() => client.fetch(server.url("/1000")), HTTPClientError, "larger than");
  },
  { maxHeaderSize: 1024 },
);
wireTest(
  "MaxBodySizeTest: test_small_body, test_large_body",
  ({ target }) => [reply("a".repeat(Number(target.slice(1))))],
  async (client, server) => {
    assertEquals((await client.fetch(server.url("/65536"))).body.length, 65536);
    await assertRejects(() => client.fetch(server.url("/102400")), HTTPClientError, "too long");
  },
  { maxBodySize: 65536 },
);
wireTest("MaxBufferSizeTest: test_large_body", () => [reply("a".repeat(102400))], async (client, server) => {
  assertEquals((await client.fetch(server.url())).body.length, 102400);
}, { maxBufferSize: 65536, maxBodySize: 102400 });
wireTest(
  "test_chunked_with_content_length",
  () => ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"],
  (client, server) => assertRejects(() => client.fetch(server.url()), HTTPClientError, "Malformed"),
);
