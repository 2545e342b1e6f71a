// More cases of Tornado's httpclient_test.py, simple_httpclient_test.py and curl_httpclient_test.py, by their names, in
// our own words: those with two servers, a resolver, or many requests at a time.
import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import {
  HTTPClientError,
  HTTPRequest,
  type HTTPRequestOptions,
  HTTPResponse,
  HTTPStreamClosedError,
  HTTPTimeoutError,
} from "../../../src/http/httpclient.ts";
import { HTTPHeaders, HTTPInputError } from "../../../src/http/httputil.ts";
import { SimpleAsyncHTTPClient } from "../../../src/http/simple_httpclient.ts";
import { type ResolvedAddress, Resolver } from "../../../src/net/netutil.ts";
import { reply, ScriptedServer } from "../../support/scripted_server.ts";
import { test } from "../../support/test.ts";
import { clientTest, SIMPLE } from "./back_ends.ts";

clientTest("test_header_callback_to_parse_line", async (make) => {
  await using server = new ScriptedServer(() => [reply("ok", ["X-A:  b \t"])]);
  using client = make();
  const headers = new HTTPHeaders();
  await client.fetch(server.url(), {
    headerCallback: (line) => line.startsWith("HTTP/") ? undefined : headers.parseLine(line),
  });
  assertEquals([headers.get("X-A"), headers.get("Content-Length")], ["b", "2"]);
});

clientTest("test_error_after_cancel: nothing is logged either", async (make) => {
  const controller = new AbortController();
  await using server = new ScriptedServer(() => {
    controller.abort();
    return [reply("no", [], "404 Not Found")];
  });
  using client = make();
  await assertRejects(() => client.fetch(server.url(), { signal: controller.signal }), DOMException, "aborted");
});

clientTest("test_header_crlf", async (make) => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = make();
  for (const text of ["foo\rbar:", "foo\nbar:", "foo\r\nbar:"]) {
    await assertRejects(() => client.fetch(server.url(), { headers: { foo: text } }), HTTPInputError);
    await assertRejects(() => client.fetch(server.url(), { headers: { [text]: "foo" } }), HTTPInputError);
  }
  assertEquals(server.requests.length, 0);
});

/** Credentials of each kind: options of the request, and what its URL has before the host. */
const CREDENTIALS: Readonly<Record<string, readonly [options: HTTPRequestOptions, userinfo?: string]>> = {
  "a header": [{ headers: { Authorization: "secret" } }],
  "the URL": [{}, "me:secret@"],
  "options": [{ authUsername: "me", authPassword: "secret" }],
  "a cookie": [{ headers: { Cookie: "secret" } }],
};

for (const [name, [options, userinfo = ""]] of Object.entries(CREDENTIALS)) {
  clientTest(`test_strip_headers_on_redirect: ${name}`, async (make) => {
    await using other = new ScriptedServer(() => [reply()]);
    await using server = new ScriptedServer(({ target }) => {
      if (target === "/end") return [reply()];
      const location = target === "/away" ? other.url() : "/end";
      return [reply("", [`Location: ${location}`], "302 Found")];
    });
    using client = make({ defaults: { userAgent: "me" } });
    for (const path of ["/stay", "/away"]) {
      await client.fetch(server.url(path).replace("http://", `http://${userinfo}`), options);
    }
    const end = server.requests.find(({ target }) => target === "/end")?.headers;
    assertEquals(end?.has("Authorization") || end?.has("Cookie"), true);
    const [away] = other.requests;
    assertEquals([away?.headers.get("User-Agent"), away?.headers.has("Authorization"), away?.headers.has("Cookie")], [
      "me",
      false,
      false,
    ]);
  });
}

test("HTTPResponse: test_str: names the class and the code", () => {
  const request = new HTTPRequest("http://example.com");
  const response = new HTTPResponse(request, 200, { headers: new HTTPHeaders({ "Set-Cookie": "secret" }) });
  assertEquals(String(response), 'HTTPResponse(code=200, reason="OK", effectiveUrl="http://example.com")');
});

test("HTTPResponse: buffer is another name of body", () => {
  const buffer = new TextEncoder().encode("ok");
  const response = new HTTPResponse(new HTTPRequest("http://example.com"), 200, { headers: new HTTPHeaders(), buffer });
  assertEquals([response.body === buffer, response.buffer === buffer, response.text], [true, true, "ok"]);
});

test("HTTPResponse: text replaces what is not UTF-8, and has no byte order mark", () => {
  const textOf = (...body: number[]) =>
    new HTTPResponse(new HTTPRequest("http://a.example"), 200, {
      headers: new HTTPHeaders(),
      body: Uint8Array.from(body),
    }).text;
  assertEquals([textOf(0x61, 0xff, 0x62), textOf(0xc3), textOf(0xef, 0xbb, 0xbf, 0x61)], ["a\ufffdb", "\ufffd", "a"]);
});

test("HTTPRequest: useGzip is another name of decompressResponse, which counts if both are there", () => {
  const of = (options: HTTPRequestOptions) => new HTTPRequest("http://a.example", options).decompressResponse;
  assertEquals([of({}), of({ useGzip: false }), of({ useGzip: true, decompressResponse: false })], [
    null,
    false,
    false,
  ]);
});

test("HTTPClientError: test_plain_error, test_error_with_response", () => {
  assertEquals(String(new HTTPClientError(403)), "HTTP 403: Forbidden");
  const response = new HTTPResponse(new HTTPRequest("http://example.com/"), 403, { headers: new HTTPHeaders() });
  const error = assertThrows(() => response.rethrow(), HTTPClientError);
  assertEquals([String(error), error.response === response], ["HTTP 403: Forbidden", true]);
  assertEquals(String(new HTTPTimeoutError("Timeout")), "Timeout");
  assertEquals(String(new HTTPStreamClosedError("Stream closed")), "Stream closed");
});

clientTest("test_connection_limit", async (make) => {
  const triggers: (() => void)[] = [];
  let wake = () => {};
  await using server = new ScriptedServer(({ target }) => [
    () =>
      new Promise<void>((resolve) => {
        triggers.push(resolve);
        wake();
      }),
    reply(target),
  ]);
  const waitFor = async (count: number) => {
    while (triggers.length < count) await new Promise<void>((resolve) => wake = resolve);
  };
  using client = make({ maxClients: 2 });
  const seen: string[] = [];
  const all = ["/0", "/1", "/2", "/3"].map(async (path) => void seen.push((await client.fetch(server.url(path))).text));
  await waitFor(2);
  if (client instanceof SimpleAsyncHTTPClient) {
    assertEquals([client.maxClients, client.active, client.waiting], [2, 2, 2]);
  }
  assertEquals([triggers.length, seen.length], [2, 0]);
  for (const trigger of triggers) trigger();
  await waitFor(4);
  assertEquals(seen.toSorted(), ["/0", "/1"]);
  for (const trigger of triggers) trigger();
  await Promise.all(all);
  assertEquals(seen.length, 4);
});

/** A resolver that knows nothing until it is closed. */
class SlowResolver extends Resolver {
  readonly #closed = Promise.withResolvers<void>();

  override async resolve(): Promise<ResolvedAddress[]> {
    await this.#closed.promise;
    return [["ipv4", { transport: "tcp", hostname: "127.0.0.1", port: 1 }]];
  }

  override close(): void {
    this.#closed.resolve();
  }
}

clientTest("test_connect_timeout, test_resolve_timeout", async (make) => {
  const resolver = new SlowResolver();
  using client = make({ resolver });
  const error = await assertRejects(
    () => client.fetch("http://a.example/hello", { connectTimeout: 0.1, requestTimeout: 3600 }),
    HTTPTimeoutError,
  );
  assertStringIncludes(error.message, "Timeout while connecting");
  resolver.close();
}, [SIMPLE]);

clientTest("test_options_request", async (make) => {
  await using server = new ScriptedServer(({ method }) => [reply(method, ["Access-Control-Allow-Origin: *"])]);
  using client = make();
  const { code, headers, text } = await client.fetch(server.url("/options"), { method: "OPTIONS" });
  assertEquals([code, headers.get("Access-Control-Allow-Origin"), text], [200, "*", "OPTIONS"]);
});

clientTest("test_streaming_callback_coroutine", async (make) => {
  await using server = new ScriptedServer(() => [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nasdf\r\n",
    "4\r\nqwer\r\n0\r\n\r\n",
  ]);
  using client = make();
  let isBusy = false;
  let text = "";
  await client.fetch(server.url(), {
    streamingCallback: async (chunk) => {
      assertEquals(isBusy, false);
      isBusy = true;
      await Promise.resolve();
      text += new TextDecoder().decode(chunk);
      isBusy = false;
    },
  });
  assertEquals([text, isBusy], ["asdfqwer", false]);
});

clientTest("test_custom_reason, test_fail_custom_reason", async (make, { name }) => {
  await using server = new ScriptedServer(({ target }) => [reply("", [], `${target.slice(1)} Custom reason`)]);
  using client = make();
  // Deno's fetch tells no reason.
  const [fine, bad] = name === SIMPLE.name ? ["Custom reason", "Custom reason"] : ["OK", "Bad Request"];
  assertEquals((await client.fetch(server.url("/200"))).reason, fine);
  const { error } = await client.fetch(server.url("/400"), { raiseError: false });
  assertInstanceOf(error, HTTPClientError);
  assertEquals(String(error), `HTTP 400: ${bad}`);
});

clientTest("test_reuse_proxy_credentials", async (make) => {
  await using proxy = new ScriptedServer(({ headers }) => [reply(headers.get("Proxy-Authorization") ?? "none")]);
  using client = make({ maxClients: 1 });
  const options = { proxyHost: "127.0.0.1", proxyPort: proxy.port };
  const fetchText = async (more: HTTPRequestOptions) =>
    (await client.fetch("http://a.example/", { ...options, ...more })).text;
  assertEquals(await fetchText({ proxyUsername: "foo", proxyPassword: "bar" }), "Basic Zm9vOmJhcg==");
  assertEquals(await fetchText({}), "none");
});
