import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { currentClock } from "../../src/internal/clock.ts";
import { HTTPServer, type HTTPServerOptions, type RequestCallback } from "../../src/http/httpserver.ts";
import {
  type HTTPConnection,
  HTTPHeaders,
  HTTPMessageDelegate,
  HTTPServerConnectionDelegate,
  type HTTPServerRequest,
  RequestStartLine,
  ResponseStartLine,
} from "../../src/http/httputil.ts";
import { HTTP1Connection } from "../../src/http/http1connection.ts";
import { BaseIOStream, IOStream } from "../../src/net/iostream.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { RawClient } from "../support/raw_client.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

const OK = new ResponseStartLine("HTTP/1.1", 200, "OK");
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function serve(callback: RequestCallback, options: HTTPServerOptions = {}): HTTPServer {
  const server = new HTTPServer(callback, options);
  server.listen(0, { address: "127.0.0.1" });
  return server;
}

function connectionOf(request: HTTPServerRequest): HTTPConnection {
  if (request.connection === null) throw new TypeError("The request has no connection");
  return request.connection;
}

/** Answers with the method, the target and the body. */
function echo(request: HTTPServerRequest): void {
  const text = `${request.method} ${request.uri} ${decode(request.body)}`;
  request.connection?.respond(OK, new HTTPHeaders({ "Content-Type": "text/plain" }), text);
}

/** A delegate of functions, for what a callback of the complete request cannot see. */
class Delegate extends HTTPServerConnectionDelegate {
  constructor(make: (connection: HTTPConnection) => HTTPMessageDelegate) {
    super();
    this.#make = make;
  }
  readonly #make: (connection: HTTPConnection) => HTTPMessageDelegate;
  override startRequest(_server: object, connection: HTTPConnection): HTTPMessageDelegate {
    return this.#make(connection);
  }
}

test("HTTPServer answers a request and keeps the connection", async () => {
  await using server = serve(echo);
  using client = await RawClient.connect(server.port);
  for (const path of ["/a", "/b"]) {
    await client.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const { head, body } = await client.response();
    assertEquals(head, `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`);
    assertEquals(body, `GET ${path} `);
  }
});

test("HTTPServer answers pipelined requests in order, the slow one first", async () => {
  const slow = Promise.withResolvers<void>();
  await using server = serve(async (request) => {
    if (request.uri === "/slow") await slow.promise;
    echo(request);
  });
  using client = await RawClient.connect(server.port);
  await client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  slow.resolve();
  assertEquals((await client.response()).body, "GET /slow ");
  assertEquals((await client.response()).body, "GET /2 ");
});

test("HTTPServer answers all requests of a client that has closed its sending side and reads slowly", async () => {
  await using server = serve((request) => {
    request.connection?.respond(OK, new HTTPHeaders(), new Uint8Array(100_000));
  });
  using client = await RawClient.connect(server.port);
  await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(80));
  await client.end();
  assertEquals((await client.rest()).match(/HTTP\/1\.1 200 OK/g)?.length, 80);
});

test("HTTPServer closes after Connection: close and says so, and after HTTP/1.0 without keep-alive", async () => {
  await using server = serve(echo);
  const closing = await RawClient.exchange(server.port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  assertMatch(closing, /\r\nConnection: close\r\n/);
  assertMatch(await RawClient.exchange(server.port, "GET / HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 200 OK\r\n/);
  using client = await RawClient.connect(server.port);
  await client.send("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  assertMatch((await client.response()).head, /\r\nConnection: Keep-Alive\r\n/);
  await client.send("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  await client.response();
});

test("HTTPServer drops what comes behind a request with Connection: close, and forgets the connection", async () => {
  const served: string[] = [];
  {
    await using server = serve((request) => {
      served.push(request.uri);
      request.connection?.respond(OK, new HTTPHeaders(), request.body);
    });
    using client = await RawClient.connect(server.port);
    await client.send(
      `POST /1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n${"x".repeat(3_000_000)}`,
    );
    await client.send("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
    assertMatch(await client.rest(), /^HTTP\/1\.1 200 OK\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\nx+$/);
  }
  assertEquals(served, ["/1"]);
  assertEquals(currentClock().wheel.size, 0);
});

test("HTTPServer writes a long last response to its end, whatever the client sends behind its request", async () => {
  using clock = new FakeClock();
  await using server = serve((request) => {
    request.connection?.respond(OK, new HTTPHeaders(), new Uint8Array(8_000_000));
  });
  for (const rest of ["GET /2 HTTP/1.1\r\nHost: x\r\n\r\n", ""]) {
    using client = await RawClient.connect(server.port);
    await client.send(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n${rest}`);
    await client.until("\r\n\r\n");
    await client.send("more");
    for (let i = 0; i < 20; i++) {
      await clock.advanceAsync(5);
      assertEquals((await client.bytes(100_000)).length, 100_000);
    }
    assertEquals((await client.rest()).length, 6_000_000);
  }
});

test("HTTPServer with noKeepAlive closes after each request", async () => {
  await using server = serve(echo, { noKeepAlive: true });
  assertMatch(await RawClient.exchange(server.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), /\r\nConnection: close\r\n/);
});

test("HTTPServer reads bodies of both kinds, split anywhere", async () => {
  await using server = serve(echo);
  using client = await RawClient.connect(server.port);
  await client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello");
  await client.send("world");
  assertEquals((await client.response()).body, "POST /a helloworld");
  for (
    const piece of [
      "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r",
      "\n3;x\r\nabc",
      "\r\n0\r\nT: v\r\n\r\n",
    ]
  ) {
    await client.send(piece);
  }
  assertEquals((await client.response()).body, "POST /b abc");
});

test("HTTPServer streams a response in chunks, or until the close to HTTP/1.0", async () => {
  await using server = serve(async (request) => {
    const connection = connectionOf(request);
    await connection.writeHeaders(OK, new HTTPHeaders(), "one");
    await connection.write("");
    await connection.write(new TextEncoder().encode("two"));
    connection.finish();
  });
  const chunked = await RawClient.exchange(server.port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  assertEquals(
    chunked,
    "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n",
  );
  const plain = await RawClient.exchange(server.port, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  assertEquals(plain, "HTTP/1.1 200 OK\r\n\r\nonetwo");
  const head = await RawClient.exchange(server.port, "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  assertEquals(head, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
});

test("HTTPServer sends no body with HEAD, 204 and 304", async () => {
  await using server = serve((request) => {
    const code = Number(request.uri.slice(1));
    request.connection?.respond(new ResponseStartLine("HTTP/1.1", code, "R"), new HTTPHeaders(), "dropped");
  });
  using client = await RawClient.connect(server.port);
  await client.send(
    "HEAD /200 HTTP/1.1\r\nHost: x\r\n\r\nGET /204 HTTP/1.1\r\nHost: x\r\n\r\nGET /304 HTTP/1.1\r\nHost: x\r\n\r\n",
  );
  assertEquals(await client.until("\r\n\r\n"), "HTTP/1.1 200 R\r\nContent-Length: 7\r\n\r\n");
  assertEquals(await client.until("\r\n\r\n"), "HTTP/1.1 204 R\r\n\r\n");
  assertEquals(await client.until("\r\n\r\n"), "HTTP/1.1 304 R\r\n\r\n");
});

test("HTTPServer writes latin1 header values as single bytes", async () => {
  await using server = serve((request) => {
    request.connection?.respond(OK, new HTTPHeaders({ "X-A": "caf\u00e9" }), "\u00e9");
  });
  const text = await RawClient.exchange(server.port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  assertMatch(text, /\r\nX-A: caf\u00e9\r\n.*\r\n\r\n\u00c3\u00a9$/s);
});

test("HTTPServer never sends a reason phrase that would be another header", async () => {
  await using server = serve((request) => {
    request.connection?.respond(new ResponseStartLine("HTTP/1.1", 200, "a\r\nX: y"), new HTTPHeaders(), null);
  });
  using client = await RawClient.connect(server.port);
  await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  assertEquals((await client.response()).head, "HTTP/1.1 200 Unknown\r\nContent-Length: 0\r\n\r\n");
});

test("HTTPServer answers malformed requests with their status, one log line and a close in order", async (t) => {
  await using server = serve(echo, { maxHeaderSize: 200, maxBodySize: 10 });
  const cases: [string, number][] = [
    ["nonsense\r\n\r\n", 400],
    [`GET /${"a".repeat(300)} HTTP/1.1\r\n`, 414],
    [`GET / HTTP/1.1\r\nHost: ${"a".repeat(300)}\r\n`, 431],
    ["GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505],
    ["POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501],
    ["POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world", 413],
    ["POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n", 413],
    ["POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n", 400],
  ];
  for (const [request, status] of cases) {
    const text = await RawClient.exchange(server.port, request);
    assertMatch(
      text,
      new RegExp(`^HTTP/1\\.1 ${status} [^\r]+\r\nDate: [^\r]+ GMT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n$`),
    );
  }
  const lines = t.logs.map((record) => record.getMessage()).filter((line) => line.startsWith("Malformed HTTP message"));
  assertEquals(lines.length, cases.length);
  assertMatch(lines[0], /^Malformed HTTP message from 127\.0\.0\.1: /);
});

test("HTTPServer reads on after an error, so that no reset takes the answer back", async () => {
  await using server = serve(echo);
  using client = await RawClient.connect(server.port);
  await client.send("BAD\r\n\r\n");
  assertMatch(await client.until("\r\n\r\n"), /^HTTP\/1\.1 400 /);
  await client.send("x".repeat(300_000));
  assertEquals(await client.rest(), "");
});

test("HTTPServer answers a good request before a bad one", async () => {
  await using server = serve(echo);
  const text = await RawClient.exchange(server.port, "GET /a HTTP/1.1\r\nHost: x\r\n\r\nBAD\r\n\r\n");
  assertMatch(text, /GET \/a HTTP\/1\.1 400 Bad Request/);
});

test("HTTPServer sends 100 Continue when the body is awaited, and none when it is refused", async () => {
  await using server = serve(echo, { maxBodySize: 10 });
  using client = await RawClient.connect(server.port);
  await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  assertEquals(await client.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  await client.send("hello");
  assertEquals((await client.response()).body, "POST / hello");
  await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n");
  assertMatch(await client.rest(), /^HTTP\/1\.1 413 /);
});

test("HTTPServer turns an error of the callback into 500 and a log line, and serves on", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception/);
  await using server = serve((request) => {
    if (request.uri === "/sync") throw new Error("oops");
    if (request.uri === "/async") return Promise.reject(new Error("oops"));
    return echo(request);
  });
  assertMatch(
    await RawClient.exchange(server.port, "GET /sync HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    /^HTTP\/1\.1 500 /,
  );
  using client = await RawClient.connect(server.port);
  await client.send("GET /async HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  assertMatch((await client.response()).head, /^HTTP\/1\.1 500 /);
  assertEquals((await client.response()).body, "GET /b ");
});

test("HTTP1Connection sends no framing with 204 and 1xx, whatever the application says", async () => {
  const fields = { "Content-Length": "0", "Transfer-Encoding": "chunked", "X-A": "b" };
  await using server = serve((request) => {
    request.connection?.respond(new ResponseStartLine("HTTP/1.1", 204, "No Content"), new HTTPHeaders(fields), null);
  });
  using client = await RawClient.connect(server.port);
  await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  assertEquals(await client.until("\r\n\r\n"), "HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n");
});

test("HTTP1Connection answers 500 to a body that is not as long as its Content-Length, or breaks off", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception/);
  await using server = serve((request) => {
    const length = new HTTPHeaders({ "Content-Length": "3" });
    if (request.uri === "/more") request.connection?.respond(OK, length, "four");
    request.connection?.writeHeaders(OK, length, "ab");
    if (request.uri === "/chunk") request.connection?.write("cd");
    request.connection?.finish();
  });
  for (const [path, status] of [["/more", "HTTP/1.1 500 "], ["/less", ""], ["/chunk", ""]] as const) {
    const text = await RawClient.exchange(server.port, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    assertEquals(text.slice(0, 13), status, path);
  }
  const errors = t.logs.filter((record) => record.name === "tornado.application").map((record) =>
    record.excInfo?.message
  );
  assertEquals(errors, [
    "Cannot write 4 bytes: Content-Length is 3",
    "Tried to write 1 bytes less than Content-Length",
    "Tried to write more data than Content-Length",
  ]);
});

test("HTTP1Connection.setCloseCallback tells that the client went away", async () => {
  const gone = Promise.withResolvers<void>();
  const started = Promise.withResolvers<HTTPServerRequest>();
  await using server = serve((request) => {
    request.connection?.setCloseCallback(gone.resolve);
    started.resolve(request);
    return gone.promise;
  });
  using client = await RawClient.connect(server.port);
  await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const request = await started.promise;
  client[Symbol.dispose]();
  await gone.promise;
  const connection = connectionOf(request);
  await assertRejects(() => connection.writeHeaders(OK, new HTTPHeaders(), "late"), Error, "Stream is closed");
});

test("HTTPMessageDelegate holds the body back, and learns of a close in the middle", async () => {
  const order: string[] = [];
  const release = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  await using server = serve(
    new Delegate((connection) =>
      new class extends HTTPMessageDelegate {
        override async headersReceived(): Promise<void> {
          connection.setMaxBodySize(100);
          await release.promise;
          order.push("headers");
        }
        override async dataReceived(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
          await Promise.resolve();
          order.push(decode(chunk));
        }
        override finish(): void {
          order.push("finish");
          connection.respond(OK, new HTTPHeaders(), "done");
        }
        override onConnectionClose(): void {
          order.push("closed");
          closed.resolve();
        }
      }()
    ),
    { maxBodySize: 3 },
  );
  using client = await RawClient.connect(server.port);
  await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  release.resolve();
  assertEquals((await client.response()).body, "done");
  await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf");
  await settled();
  client[Symbol.dispose]();
  await closed.promise;
  assertEquals(order.slice(0, 3), ["headers", "hello", "finish"]);
  assertEquals(order.includes("closed"), true);
  assertEquals(order.includes("finish", 3), false);
});

test("HTTPMessageDelegate that borrows its data gets it whole, also when it holds it while more arrives", async () => {
  const seen: Uint8Array[] = [];
  await using server = serve(
    new Delegate((connection) =>
      new class extends HTTPMessageDelegate {
        override get borrowsData(): boolean {
          return true;
        }
        override async dataReceived(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
          const before = chunk.slice();
          await settled();
          // What has arrived meanwhile has left the borrowed bytes alone.
          assertEquals(chunk, before);
          seen.push(before);
        }
        override finish(): void {
          connection.respond(OK, new HTTPHeaders(), "done");
        }
      }()
    ),
  );
  using client = await RawClient.connect(server.port);
  const body = Array.from({ length: 400_000 }, (_, i) => String.fromCharCode(i * 31 >> 4 & 255)).join("");
  const chunks = (body.match(/[^]{1,777}/g) ?? []).map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join("");
  const framings = [
    `Content-Length: ${body.length}\r\n\r\n${body}`,
    `Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`,
  ];
  for (const framed of framings) {
    seen.length = 0;
    await client.send(`POST / HTTP/1.1\r\nHost: x\r\n${framed}GET / HTTP/1.1\r\nHost: x\r\n\r\n`);
    assertEquals((await client.response()).body, "done");
    assertEquals((await client.response()).body, "done");
    const received = seen.flatMap((chunk) => Array.from(chunk));
    assertEquals(new Uint8Array(received), Uint8Array.from(body, (char) => char.charCodeAt(0)));
  }
});

test("HTTPServer leaves borrowed bytes alone after an early answer, while it drops the rest of the body", async () => {
  const release = Promise.withResolvers<void>();
  const intact = Promise.withResolvers<boolean>();
  await using server = serve(
    new Delegate((connection) =>
      new class extends HTTPMessageDelegate {
        override get borrowsData(): boolean {
          return true;
        }
        override async dataReceived(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
          connection.respond(OK, new HTTPHeaders(), "early");
          await release.promise;
          intact.resolve(chunk.every((byte) => byte === 0x61));
        }
      }()
    ),
  );
  using client = await RawClient.connect(server.port);
  await client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n${"a".repeat(100)}`);
  assertEquals((await client.response()).body, "early");
  // Few enough for the storage that has the others.
  await client.send("b".repeat(200));
  await settled();
  release.resolve();
  assertEquals(await intact.promise, true);
  await client.end();
  assertEquals(await client.rest(), "");
});

test("HTTPServer closes after an answer that came before the body was read", async () => {
  await using server = serve(
    new Delegate((connection) =>
      new class extends HTTPMessageDelegate {
        override headersReceived(): void {
          connection.respond(OK, new HTTPHeaders(), "early");
        }
      }()
    ),
  );
  const text = await RawClient.exchange(
    server.port,
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: x\r\n\r\n",
  );
  assertEquals(text, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nearly");
});

test("HTTP1Connection.detach gives the stream with the bytes that have come", async () => {
  const taken = Promise.withResolvers<BaseIOStream>();
  await using server = serve((request) => {
    const stream = request.connection?.detach();
    if (stream instanceof BaseIOStream) taken.resolve(stream);
  });
  using client = await RawClient.connect(server.port);
  await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nraw ");
  using stream = await taken.promise;
  await client.send("bytes");
  assertEquals(decode(await stream.readBytes(9)), "raw bytes");
  stream.send("back");
  assertEquals(await client.bytes(4), "back");
  assertEquals(server.connectionCount, 0);
});

test("HTTPServer.drain tells a protocol on a detached stream, which ends in time", async () => {
  const taken = Promise.withResolvers<void>();
  await using server = serve((request) => {
    const longLived = request.connection?.context?.longLived;
    const stream = request.connection?.detach();
    if (stream === undefined) return;
    const response = {
      drain: () => {
        stream.send("bye");
        stream.closeWhenWritten();
      },
      abort: () => stream.close(),
    };
    stream.setCloseCallback(() => longLived?.delete(response));
    longLived?.add(response);
    taken.resolve();
  });
  using client = await RawClient.connect(server.port);
  await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await taken.promise;
  assertEquals(server.connectionCount, 1);
  assertEquals(await Promise.all([server.drain(60), client.rest()]), [true, "bye"]);
  assertEquals(server.connectionCount, 0);
});

test("HTTPServer decodes gzip bodies where it is told to", async () => {
  await using server = serve((request) => {
    const encoding = request.headers.get("X-Consumed-Content-Encoding");
    request.connection?.respond(OK, new HTTPHeaders(), `${encoding} ${decode(request.body)}`);
  }, { decompressRequest: true });
  const stream = new Blob(["squeezed"]).stream().pipeThrough(new CompressionStream("gzip"));
  const body = await new Response(stream).arrayBuffer();
  const response = await fetch(`http://127.0.0.1:${server.port}/`, {
    method: "POST",
    body,
    headers: { "Content-Encoding": "gzip" },
  });
  assertEquals(await response.text(), "gzip squeezed");
});

test("HTTPServer.drain finishes what was accepted and closes what is idle", async () => {
  const release = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  await using server = serve(async (request) => {
    started.resolve();
    await release.promise;
    echo(request);
  });
  using idle = await RawClient.connect(server.port);
  using busy = await RawClient.connect(server.port);
  await busy.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  await started.promise;
  const drained = server.drain(60);
  assertEquals(await idle.rest(), "");
  release.resolve();
  assertEquals(
    await busy.rest(),
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 7\r\n\r\nGET /x ",
  );
  assertEquals(await drained, true);
});

test("HTTPServer.drain answers one more request on an idle connection, and those that wait to be accepted", async () => {
  await using server = serve(echo);
  using idle = await RawClient.connect(server.port);
  await idle.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  assertEquals((await idle.response()).body, "GET /1 ");
  const drained = server.drain(60);
  using queued = await RawClient.connect(server.port);
  for (const client of [idle, queued]) {
    await client.send("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
    assertMatch(await client.rest(), /^HTTP\/1\.1 200 OK\r\n(.+\r\n)*Connection: close\r\n(.+\r\n)*\r\nGET \/2 $/);
  }
  assertEquals(await drained, true);
});

test("HTTPServer.drain answers all requests that were pipelined, the last one with Connection: close", async () => {
  const release = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  await using server = serve(async (request) => {
    started.resolve();
    await release.promise;
    echo(request);
  });
  using client = await RawClient.connect(server.port);
  await client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n".repeat(20));
  await started.promise;
  const drained = server.drain(60);
  release.resolve();
  assertEquals((await client.rest()).match(/GET \/a /g)?.length, 20);
  assertEquals(await drained, true);
});

test("HTTPServer.drain takes an upload that has begun to its end", async () => {
  await using server = serve(echo);
  using client = await RawClient.connect(server.port);
  await client.send("POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345");
  await synchronise(server);
  const drained = server.drain(60);
  await until(() => server.addresses.length === 0);
  await client.send("67890");
  assertMatch(await client.rest(), /\r\nConnection: close\r\n[^]*POST \/up 1234567890$/);
  assertEquals(await drained, true);
});

test("HTTPServer lets others have a turn between the pipelined requests of one client", async () => {
  const order: string[] = [];
  await using server = serve((request) => {
    order.push(request.path);
    const end = performance.now() + 1;
    while (performance.now() < end);
    echo(request);
  });
  using flooding = await RawClient.connect(server.port);
  using other = await RawClient.connect(server.port);
  await synchronise(server);
  await flooding.send("GET /flood HTTP/1.1\r\nHost: x\r\n\r\n".repeat(400));
  await other.send("GET /other HTTP/1.1\r\nHost: x\r\n\r\n");
  assertEquals((await other.response()).body, "GET /other ");
  for (let i = 0; i < 400; i++) await flooding.response();
  assert(order.indexOf("/other") < order.lastIndexOf("/flood"));
});

test("HTTPServer.drain closes what is not finished at the deadline", async () => {
  using clock = new FakeClock();
  const started = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  await using server = serve((request) => {
    request.connection?.setCloseCallback(gone.resolve);
    started.resolve();
    return gone.promise;
  });
  using client = await RawClient.connect(server.port);
  await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await started.promise;
  const drained = server.drain(5);
  clock.advance(6);
  assertEquals(await drained, false);
  assertEquals(await client.rest(), "");
});

/** Waits until the server has seen what was sent, by asking it something on another connection. */
async function synchronise(server: HTTPServer): Promise<void> {
  using other = await RawClient.connect(server.port);
  await other.send("GET /sync HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  await other.response();
}

test("HTTPServer answers a head that stalls with 408, and closes a silent connection", async () => {
  using clock = new FakeClock();
  await using server = serve(echo, { headerTimeout: 5 });
  using silent = await RawClient.connect(server.port);
  using line = await RawClient.connect(server.port);
  using head = await RawClient.connect(server.port);
  await line.send("GET / HT");
  await head.send("GET / HTTP/1.1\r\nHost: x\r\n");
  await synchronise(server);
  await clock.advanceAsync(6);
  assertEquals(await silent.rest(), "");
  assertMatch(await line.rest(), /^HTTP\/1\.1 408 /);
  assertMatch(await head.rest(), /^HTTP\/1\.1 408 /);
});

test("HTTPServer does not let a trickling head push its time-out back", async () => {
  using clock = new FakeClock();
  await using server = serve(echo, { headerTimeout: 5 });
  using client = await RawClient.connect(server.port);
  await client.send("GET / HTTP/1.1\r\nX: ");
  await synchronise(server);
  for (let i = 0; i < 3; i++) {
    await clock.advanceAsync(2);
    await client.send("z");
    await settled();
  }
  assertMatch(await client.rest(), /^HTTP\/1\.1 408 /);
});

test("HTTPServer closes an idle connection after idleConnectionTimeout", async () => {
  using clock = new FakeClock();
  await using server = serve(echo, { idleConnectionTimeout: 100 });
  using client = await RawClient.connect(server.port);
  await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await client.response();
  await clock.advanceAsync(90);
  await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await client.response();
  await clock.advanceAsync(101);
  assertEquals(await client.rest(), "");
});

test("HTTPServer answers a body that stalls, or takes too long, with 408", async (t) => {
  using clock = new FakeClock();
  await using server = serve(echo, { stallTimeout: 10, bodyTimeout: 25 });
  using stalls = await RawClient.connect(server.port);
  await stalls.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
  await synchronise(server);
  await clock.advanceAsync(11);
  assertMatch(await stalls.rest(), /^HTTP\/1\.1 408 /);
  using trickles = await RawClient.connect(server.port);
  await trickles.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n");
  await synchronise(server);
  for (let i = 0; i < 4; i++) {
    await clock.advanceAsync(7);
    await trickles.send("z");
    await settled();
  }
  assertMatch(await trickles.rest(), /^HTTP\/1\.1 408 /);
  t.expectLog("tornado.general", /^Timeout reading body from 127\.0\.0\.1$/);
});

test("HTTPServer closes a connection whose client does not read", async (t) => {
  t.expectLog("tornado.general", /^Timeout writing to 127\.0\.0\.1$/);
  using clock = new FakeClock();
  await using server = serve((request) => {
    request.connection?.respond(OK, new HTTPHeaders(), new Uint8Array(20_000_000));
  }, { stallTimeout: 10 });
  using client = await RawClient.connect(server.port);
  await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await client.until("\r\n\r\n");
  while (server.connectionCount > 0) await clock.advanceAsync(11);
});

test("HTTPServer serves no further pipelined request while the client does not read the answers", async () => {
  let served = 0;
  const big = new Uint8Array(2_000_000);
  await using server = serve((request) => {
    served++;
    request.connection?.respond(OK, new HTTPHeaders(), big);
  });
  using client = await RawClient.connect(server.port);
  await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(50));
  await client.until("\r\n\r\n");
  await settled();
  assert(served < 10, `served ${served}`);
  await client.bytes(2_000_000);
});

test("HTTPServer with xheaders takes the client's address and protocol from the proxy", async () => {
  await using server = serve((request) => {
    request.connection?.respond(OK, new HTTPHeaders(), `${request.remoteIp} ${request.protocol}`);
  }, { xheaders: true, trustedDownstream: ["5.5.5.5"] });
  const ask = async (headers: Record<string, string>) =>
    await (await fetch(`http://127.0.0.1:${server.port}/`, { headers })).text();
  assertEquals(await ask({ "X-Forwarded-For": "127.0.0.1, 4.4.4.4, 5.5.5.5", "X-Scheme": "https" }), "4.4.4.4 https");
  assertEquals(await ask({}), "127.0.0.1 http");
});

test("HTTPServer speaks TLS and HTTP over a unix socket", async () => {
  const read = (name: string) => Deno.readTextFile(new URL(`../support/certs/${name}`, import.meta.url));
  const [cert, key, ca] = await Promise.all([read("server.pem"), read("server_key.pem"), read("ca.pem")]);
  await using server = serve((request) => {
    request.connection?.respond(OK, new HTTPHeaders(), request.protocol);
  }, { sslOptions: { cert, key } });
  using client = Deno.createHttpClient({ caCerts: [ca] });
  const response = await fetch(`https://localhost:${server.port}/`, { client });
  assertEquals(await response.text(), "https");
});

test("HTTP1Connection reads one request without a server, and a response as a client", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  using near = await IOStream.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  using far = new IOStream(await accepted);
  const server = new HTTP1Connection(far, false);
  const client = new HTTP1Connection(near, true);
  let target = "";
  const serving = server.readResponse(
    new class extends HTTPMessageDelegate {
      override headersReceived(line: RequestStartLine | ResponseStartLine): void {
        if (line instanceof RequestStartLine) target = line.path;
      }
      override finish(): void {
        far.send("HTTP/1.1 100 Continue\r\n\r\n");
      }
    }(),
  );
  client.writeHeaders(new RequestStartLine("POST", "/up", "HTTP/1.1"), new HTTPHeaders({ Host: "x" }), "data");
  client.finish();
  let body = "";
  let status = 0;
  const reading = client.readResponse(
    new class extends HTTPMessageDelegate {
      override headersReceived(line: RequestStartLine | ResponseStartLine): void {
        if (line instanceof ResponseStartLine) status = line.code;
      }
      override dataReceived(chunk: Uint8Array<ArrayBuffer>): void {
        body += decode(chunk);
      }
    }(),
  );
  await settled();
  far.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  assertEquals(await reading, true);
  assertEquals([target, status, body], ["/up", 200, "hello"]);
  near.close();
  assertEquals(await serving, false);
});

for (const framing of ["Content-Length: 10", "Transfer-Encoding: chunked", "Connection: close"]) {
  test(`HTTP1Connection reads a response (${framing}) to its end if the server leaves while the delegate holds it`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = listener.accept();
    using near = await IOStream.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    using far = new IOStream(await accepted);
    const client = new HTTP1Connection(near, true);
    client.writeHeaders(new RequestStartLine("GET", "/", "HTTP/1.1"), new HTTPHeaders({ Host: "x" }));
    client.finish();
    const begun = Promise.withResolvers<void>();
    const hold = Promise.withResolvers<void>();
    const events: string[] = [];
    const reading = client.readResponse(
      new class extends HTTPMessageDelegate {
        override dataReceived(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
          events.push(decode(chunk));
          begun.resolve();
          return hold.promise;
        }
        override finish(): void {
          events.push("finish");
        }
        override onConnectionClose(): void {
          events.push("closed");
        }
      }(),
    );
    const chunk = (text: string) => framing.includes("chunked") ? `5\r\n${text}\r\n` : text;
    await far.write(new TextEncoder().encode(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${chunk("hello")}`));
    await begun.promise;
    const closed = new Promise<void>((resolve) => near.setCloseCallback(resolve));
    await far.write(new TextEncoder().encode(chunk("world") + (framing.includes("chunked") ? "0\r\n\r\n" : "")));
    far.close();
    await closed;
    hold.resolve();
    assertEquals(await reading, false);
    assertEquals(events, ["hello", "world", "finish"]);
  });
}

test("HTTP1Connection.readResponse logs what the delegate throws at the end, and closes", async (t) => {
  t.expectLog("tornado.general", /^Uncaught exception/);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  using near = await IOStream.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  using far = new IOStream(await accepted);
  const client = new HTTP1Connection(near, true);
  client.writeHeaders(new RequestStartLine("GET", "/", "HTTP/1.1"), new HTTPHeaders({ Host: "x" }));
  far.send("HTTP/1.1 204 No Content\r\n\r\n");
  const reading = client.readResponse(
    new class extends HTTPMessageDelegate {
      override finish(): void {
        throw new Error("boom");
      }
    }(),
  );
  assertEquals(await reading, false);
  assertEquals(near.closed(), true);
});

test("HTTP1Connection.readResponse takes a reset for no end of a body without a length", async () => {
  for (const reset of [false, true]) {
    const pieces = ["HTTP/1.1 200 OK\r\n\r\nhalf"].map((text) => new TextEncoder().encode(text));
    using stream = new BaseIOStream({
      read: (target) => {
        const piece = pieces.shift();
        if (piece !== undefined) target.set(piece);
        if (piece === undefined && reset) return Promise.reject(new Deno.errors.ConnectionReset("gone"));
        return Promise.resolve(piece?.length ?? null);
      },
      write: (data) => Promise.resolve(data.length),
      close() {},
    });
    const client = new HTTP1Connection(stream, true);
    client.writeHeaders(new RequestStartLine("GET", "/", "HTTP/1.1"), new HTTPHeaders({ Host: "x" }));
    await client.drained();
    const ends: string[] = [];
    const reading = client.readResponse(
      new class extends HTTPMessageDelegate {
        override finish(): void {
          ends.push("finish");
        }
        override onConnectionClose(): void {
          ends.push("closed");
        }
      }(),
    );
    assertEquals([await reading, ...ends], [false, reset ? "closed" : "finish"]);
  }
});
