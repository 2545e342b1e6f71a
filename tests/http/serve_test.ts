import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { HTTPServer } from "../../src/http/httpserver.ts";
import {
  type HTTPConnection,
  HTTPHeaders,
  HTTPMessageDelegate,
  HTTPServerConnectionDelegate,
  type HTTPServerRequest,
  ResponseStartLine,
} from "../../src/http/httputil.ts";
import { FetchHandler, ServeServer } from "../../src/http/serve.ts";
import { untilQuiet } from "../../src/net/internal.ts";
import { IOStream, StreamClosedError } from "../../src/net/iostream.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { RawClient } from "../support/raw_client.ts";
import { test } from "../support/test.ts";

const URL_ = "http://shop.example:8080/a/b?c=d";

function status(code: number): ResponseStartLine {
  return new ResponseStartLine("HTTP/1.1", code, "Reason");
}

function text(request: HTTPServerRequest, body: string, code = 200): void {
  request.connection?.respond(status(code), new HTTPHeaders({ "Content-Type": "text/plain" }), body);
}

/** Sends one made request through a function. */
async function through(
  callback: (request: HTTPServerRequest) => void | Promise<void>,
  request: Request,
): Promise<Response> {
  return await new FetchHandler(callback).fetch(request);
}

test("FetchHandler.fetch() answers without a promise where the delegate answers at once", () => {
  const handler = new FetchHandler((request) => text(request, "now"));
  assert(handler.fetch(new Request(URL_)) instanceof Response);
  const later = new FetchHandler((request) => queueMicrotask(() => text(request, "later")));
  assert(later.fetch(new Request(URL_)) instanceof Promise);
});

test("FetchHandler.fetch() makes a request of a Request", async () => {
  const response = await through(
    (request) => text(request, `${request} ${request.path} ${request.query} ${request.headers.get("X-A")}`),
    new Request(`${URL_}#part`, { headers: { "x-a": "1", cookie: "a=b" } }),
  );
  assertEquals(
    await response.text(),
    "HTTPServerRequest(protocol='http', host='shop.example:8080', method='GET', uri='/a/b?c=d', version='HTTP/1.1', " +
      "remote_ip='0.0.0.0') /a/b c=d 1",
  );
  assertEquals(response.headers.get("content-type"), "text/plain");
});

test("FetchHandler.fetch() keeps a Host header that the Request has", async () => {
  const response = await through(
    (request) => text(request, request.host),
    new Request(URL_, { headers: { host: "other.example" } }),
  );
  assertEquals(await response.text(), "other.example");
});

test("FetchHandler.fetch() takes https from the URL, or what the option says", async () => {
  const protocol = (request: HTTPServerRequest) => text(request, request.protocol);
  assertEquals(await (await through(protocol, new Request("https://a/"))).text(), "https");
  const handler = new FetchHandler(protocol, { protocol: "https" });
  assertEquals(await (await handler.fetch(new Request("http://a/"))).text(), "https");
});

test("FetchHandler.fetch() reads bodies of every kind", async () => {
  const echo = (request: HTTPServerRequest) => text(request, new TextDecoder().decode(request.body));
  const stream = ReadableStream.from([new TextEncoder().encode("he"), new TextEncoder().encode("llo")]);
  for (const body of ["hello", new TextEncoder().encode("hello"), new Blob(["hello"]), stream]) {
    assertEquals(await (await through(echo, new Request(URL_, { method: "POST", body }))).text(), "hello");
  }
  assertEquals(await (await through(echo, new Request(URL_, { method: "POST" }))).text(), "");
  const form = new FormData();
  form.append("a", "1");
  const parsed = (request: HTTPServerRequest) => text(request, String(request.arguments.a?.length));
  assertEquals(await (await through(parsed, new Request(URL_, { method: "POST", body: form }))).text(), "1");
});

test("FetchHandler.fetch() answers a body that fails with 400, and the delegate learns it", async () => {
  let closed = 0;
  class Delegate extends HTTPServerConnectionDelegate {
    override startRequest(): HTTPMessageDelegate {
      return new class extends HTTPMessageDelegate {
        override onConnectionClose(): void {
          closed++;
        }
      }();
    }
  }
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("lost")) });
  const response = await new FetchHandler(new Delegate()).fetch(new Request(URL_, { method: "POST", body }));
  assertEquals([response.status, closed], [400, 1]);
});

test("FetchHandler.fetch() refuses headers that cannot stand in a message", async (t) => {
  const handler = new FetchHandler((request) => text(request, "not reached"));
  const response = await handler.fetch(new Request(URL_, { headers: { "X-A": "a\x01b" } }));
  assertEquals(response.status, 400);
  assertStringIncludes(t.logs[0]?.getMessage() ?? "", "Malformed HTTP message from 0.0.0.0: ");
});

test("FetchHandler.fetch() replaces statuses that no Response has, and logs it", async (t) => {
  for (const [code, sent] of [[600, 500], [205, 204]] as const) {
    t.expectLog(
      "tornado.general",
      new RegExp(`^Cannot send status ${code} through Deno\\.serve: sending ${sent} instead$`),
    );
    const response = await through((request) => text(request, "body", code), new Request(URL_));
    assertEquals([response.status, await response.text()], [sent, sent === 204 ? "" : "body"]);
  }
});

test("FetchHandler.fetch() gives a text no type of its own", async () => {
  const response = await through((request) => {
    request.connection?.respond(status(200), new HTTPHeaders(), "text");
  }, new Request(URL_));
  assertEquals([...response.headers], []);
});

test("FetchHandler.fetch() leaves the framing to Deno, except where only it is known here", async () => {
  const headers = new HTTPHeaders({ "Content-Length": "4", "Transfer-Encoding": "chunked" });
  const answer = (request: HTTPServerRequest) => request.connection?.respond(status(200), headers, "text");
  assertEquals([...(await through(answer, new Request(URL_))).headers], []);
  const head = await through(answer, new Request(URL_, { method: "HEAD" }));
  assertEquals([...head.headers], [["content-length", "4"]]);
  assertEquals(head.body, null);
});

test("FetchHandler.fetch() streams with one chunk under way", async () => {
  const taken: number[] = [];
  const response = await through(async ({ connection }) => {
    await connection?.writeHeaders(status(200), new HTTPHeaders());
    for (let i = 0; i < 3; i++) {
      await connection?.write(String(i));
      taken.push(i);
    }
    connection?.finish();
  }, new Request(URL_));
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  for (let i = 0; i < 3; i++) {
    assertEquals(taken, Array.from({ length: i }, (_, one) => one));
    const { value } = await reader.read();
    assertEquals(new TextDecoder().decode(value), String(i));
    await settled();
  }
  assertEquals((await reader.read()).done, true);
});

test("writes that nobody waits for arrive in order, and drained() waits for them", async () => {
  const connections: (HTTPConnection | null)[] = [];
  const response = await through(({ connection }) => {
    connections.push(connection);
    connection?.writeHeaders(status(200), new HTTPHeaders());
    for (let i = 0; i < 1000; i++) connection?.write(`${i},`);
    connection?.write("");
    connection?.finish();
  }, new Request(URL_));
  let drained = false;
  const waiting = connections[0]?.drained().then(() => {
    drained = true;
  });
  await settled();
  assertEquals(drained, false);
  assertEquals(await response.text(), Array.from({ length: 1000 }, (_, i) => `${i},`).join(""));
  await waiting;
});

test("a body that its reader gives up rejects what waits, and runs the close callback", async () => {
  let calls = 0;
  const results: Promise<unknown>[] = [];
  const response = await through(({ connection }) => {
    connection?.setCloseCallback(() => calls++);
    connection?.writeHeaders(status(200), new HTTPHeaders());
    for (let i = 0; i < 3; i++) {
      results.push(assertRejects(() => connection?.write("x") ?? Promise.resolve(), StreamClosedError));
    }
  }, new Request(URL_));
  await response.body?.cancel();
  await Promise.all(results);
  assertEquals(calls, 1);
});

test("the abort of a made request's signal runs the close callback, and the promise resolves all the same", async () => {
  const controller = new AbortController();
  let calls = 0;
  const connections: (HTTPConnection | null)[] = [];
  const pending = through(({ connection }) => {
    connections.push(connection);
    connection?.setCloseCallback(() => calls++);
  }, new Request(URL_, { signal: controller.signal }));
  controller.abort();
  assertEquals([(await pending).status, calls], [499, 1]);
  // Whatever is still written goes nowhere.
  const [gone] = connections;
  gone?.respond(status(200), new HTTPHeaders(), "late");
  await assertRejects(() => gone?.writeHeaders(status(200), new HTTPHeaders()) ?? Promise.resolve(), StreamClosedError);
  await assertRejects(() => gone?.write("late") ?? Promise.resolve(), StreamClosedError);
  await assertRejects(() => gone?.drained() ?? Promise.resolve(), StreamClosedError);
  gone?.finish();
});

test("a request that was aborted before it came runs the close callback too", async () => {
  let calls = 0;
  const response = await through(
    ({ connection }) => connection?.setCloseCallback(() => calls++),
    new Request(URL_, { signal: AbortSignal.abort() }),
  );
  assertEquals([response.status, calls], [499, 1]);
});

test("detach() says what to use instead", () => {
  const handler = new FetchHandler(({ connection }) => {
    const error = assertThrows(() => connection?.detach(), Error);
    assertStringIncludes(error.message, "Use HTTPServer");
    connection?.respond(status(200), new HTTPHeaders(), null);
  });
  handler.fetch(new Request(URL_));
});

test("limits hold for made requests", async () => {
  const handler = new FetchHandler((request) => text(request, "taken"), { maxBodySize: 4 });
  for (const [body, code] of [["1234", 200], ["12345", 413]] as const) {
    assertEquals((await handler.fetch(new Request(URL_, { method: "POST", body }))).status, code);
  }
});

test("ServeServer.listen() without an address takes both IP versions", async () => {
  await using server = new ServeServer((request) => text(request, request.remoteIp));
  server.listen(0);
  assertEquals(await (await fetch(`http://127.0.0.1:${server.port}/`)).text(), "127.0.0.1");
  const [address] = server.addresses;
  if (address !== undefined && "hostname" in address && address.hostname === "::") {
    assertEquals(await (await fetch(`http://[::1]:${server.port}/`)).text(), "::1");
  }
});

test("ServeServer.listen() listens on the addresses that HTTPServer.listen() does", async () => {
  const hostnames = (addresses: Deno.Addr[]) => addresses.map((addr) => "hostname" in addr ? addr.hostname : "").sort();
  for (const options of [{}, { address: "localhost" }, { family: "ipv4" }, { address: "127.0.0.1" }] as const) {
    await using server = new ServeServer((request) => text(request, "here"));
    await using other = new HTTPServer((request) => text(request, "there"));
    server.listen(0, options);
    other.listen(0, options);
    assertEquals(hostnames(server.addresses), hostnames(other.addresses));
    assertEquals(new Set(server.addresses.map((addr) => "port" in addr && addr.port)), new Set([server.port]));
  }
  await using server = new ServeServer((request) => text(request, "here"));
  assertThrows(() => server.listen(0, { address: "127.0.0.1", family: "ipv6" }), TypeError, "not an ipv6 address");
  assertEquals(server.addresses, []);
});

test("ServeServer.listen() throws where somebody listens", async () => {
  await using server = new ServeServer((request) => text(request, "here"));
  server.listen(0, { address: "127.0.0.1" });
  await using other = new ServeServer((request) => text(request, "not here"));
  assertThrows(() => other.listen(server.port, { address: "127.0.0.1" }), Deno.errors.AddrInUse, "127.0.0.1, port");
  assertEquals(other.addresses, []);
});

test("ServeServer.listen() refuses reusePort where Deno would end the process", async () => {
  if ("listenDatagram" in Deno) return;
  await using server = new ServeServer((request) => text(request, "here"));
  assertThrows(() => server.listen(0, { reusePort: true }), TypeError, "--unstable-net");
});

test("ServeServer refuses TLS options without a certificate", () => {
  assertThrows(() => new ServeServer((request) => text(request, "here"), { sslOptions: {} }), TypeError);
});

test("ServeServer.listenUnix() tells its path, and takes a client that names no host for one to 127.0.0.1", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/socket`;
    await using server = new ServeServer((request) => text(request, `${request.host} ${request.path}`));
    server.listenUnix(path);
    assertEquals(server.addresses, [{ transport: "unix", path }]);
    assertThrows(() => server.port, Error, "does not listen on TCP");
    using stream = await IOStream.connect({ transport: "unix", path });
    await stream.write(new TextEncoder().encode("GET /x HTTP/1.0\r\n\r\n"));
    assertStringIncludes(new TextDecoder().decode(await stream.readUntilClose()), "\r\n\r\n127.0.0.1 /x");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

test("ServeServer.closeAllConnections() does not wait for a client that does not read, after stop() or without", async () => {
  const body = new Uint8Array(64 << 20);
  for (const stopped of [false, true]) {
    await using server = new ServeServer((request) => {
      request.connection?.respond(status(200), new HTTPHeaders(), body);
    });
    server.listen(0, { address: "127.0.0.1" });
    using client = await IOStream.connect({ hostname: "127.0.0.1", port: server.port });
    await client.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    await client.readUntil(new TextEncoder().encode("\r\n\r\n"));
    if (stopped) server.stop();
    await server.closeAllConnections();
  }
});

for (const size of [5, 200_000]) {
  test(`ServeServer does not look for a body of ${size} bytes when the answer is sent`, async () => {
    const read = Promise.withResolvers<void>();
    class Early extends HTTPServerConnectionDelegate {
      override startRequest(_server: object, connection: HTTPConnection): HTTPMessageDelegate {
        return new class extends HTTPMessageDelegate {
          override async headersReceived(): Promise<void> {
            connection.respond(status(200), new HTTPHeaders({ "Content-Length": "5" }), "early");
            await read.promise;
          }
        }();
      }
    }
    await using server = new ServeServer(new Early());
    server.listen(0, { address: "127.0.0.1" });
    const init = { method: "POST", body: new Uint8Array(size) };
    const response = await fetch(`http://127.0.0.1:${server.port}/`, init);
    assertEquals(await response.text(), "early");
    read.resolve();
    // An error would be in the log by then.
    await settled();
  });
}

test("ServeServer.drain answers one more request on an idle connection, for half a second", async () => {
  using clock = new FakeClock();
  await using server = new ServeServer((request) => text(request, "answer"));
  server.listen(0, { address: "127.0.0.1" });
  using client = await RawClient.connect(server.port);
  await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  assertEquals((await client.response()).body, "answer");
  const drained = server.drain(60);
  // The longest that the drain waits for requests that the kernel has, since the number never stands still.
  let turns = 0;
  await untilQuiet(() => turns++, 60);
  await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const { head, body } = await client.response();
  assertMatch(head, /^connection: close\r?$/im);
  assertEquals(body, "answer");
  clock.advance(0.5);
  assertEquals(await drained, true);
});

test("ServeServer reads a request the same whichever host the one before has named", async () => {
  await using server = new ServeServer((request) => text(request, `${request.uri} ${request.host} ${request.method}`));
  server.listen(0, { address: "127.0.0.1" });
  const answerAfter = async (host: string, head: string) => {
    await RawClient.exchange(server.port, `GET /before HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const answer = await RawClient.exchange(server.port, `${head}Connection: close\r\n\r\n`);
    return answer.replace(/^date: .*\r\n/im, "");
  };
  const heads = [
    ["GET / HTTP/1.1\r\nHost: shop.example\r\n", "/ shop.example GET"],
    ["GET /a?b=c HTTP/1.1\r\nHost: shop.example\r\n", "/a?b=c shop.example GET"],
    ["GET //shop.example/a HTTP/1.1\r\nHost: shop.example\r\n", "//shop.example/a shop.example GET"],
    ["GET http://shop.example/a HTTP/1.1\r\nHost: shop.example\r\n", "/a shop.example GET"],
    ["GET http://other.example/a HTTP/1.1\r\nHost: shop.example\r\n", "http://other.example/a other.example GET"],
    ["GET /a HTTP/1.1\r\nHost: shop.example:80\r\n", "/a shop.example:80 GET"],
    ["GET /a HTTP/1.1\r\nHost: shop\r\n", "/a shop GET"],
    ["GET /a HTTP/1.1\r\nHost: shop.example/\r\n", null],
    ["GET /a HTTP/1.1\r\nHost: shop.example\r\nHost: shop.example\r\n", null],
    ["OPTIONS * HTTP/1.1\r\nHost: shop.example\r\n", "* shop.example OPTIONS"],
    ["GET ftp://shop.example/a HTTP/1.1\r\nHost: shop.example\r\n", null],
  ] as const;
  for (const [head, expected] of heads) {
    const answer = await answerAfter("shop.example", head);
    assertEquals(await answerAfter("never.example", head), answer, head);
    assertEquals(answer.startsWith("HTTP/1.1 200 ") ? answer.split("\r\n\r\n")[1] : null, expected, head);
  }
});
