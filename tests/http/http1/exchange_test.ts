// The exchange without its loop: a driver that notes what it is told, and a stream that notes what is written.
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { ByteBuffer } from "../../../src/internal/byte_buffer.ts";
import { Exchange, type ExchangeDriver } from "../../../src/http/_http1/exchange.ts";
import { HTTP1ConnectionParameters } from "../../../src/http/_http1/parameters.ts";
import { RequestHeadParser } from "../../../src/http/_http1/request_head.ts";
import {
  HTTPHeaders,
  HTTPInputError,
  HTTPMessageDelegate,
  HTTPOutputError,
  ResponseStartLine,
} from "../../../src/http/httputil.ts";
import type { Bytes } from "../../../src/internal/bytes.ts";
import { BaseIOStream } from "../../../src/net/iostream.ts";
import { latin1, latin1Bytes } from "../../support/bytes.ts";
import { test } from "../../support/test.ts";

const OK = new ResponseStartLine("HTTP/1.1", 200, "OK");
const POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";

/** Everything that happens around one exchange. */
class Scene implements ExchangeDriver {
  ending = false;
  readonly events: string[] = [];
  readonly stream: BaseIOStream;
  readonly exchange: Exchange;
  readonly buffer: ByteBuffer = new ByteBuffer();
  sent = "";

  constructor(params = new HTTP1ConnectionParameters()) {
    this.stream = new BaseIOStream({
      read: () => new Promise(() => {}),
      write: (data) => {
        this.sent += latin1(data);
        return Promise.resolve(data.length);
      },
      close: () => {},
    });
    this.exchange = new Exchange({ stream: this.stream, params, context: null });
  }

  /** Begins with the head of `text`; the rest of it stays in the buffer. */
  begin(text: string, more: Partial<HTTPMessageDelegate> = {}): void {
    this.buffer.append(latin1Bytes(text));
    const parser = new RequestHeadParser();
    assert(parser.parse(this.buffer.bytes, this.buffer.start, this.buffer.end, 65536));
    this.buffer.start += parser.length;
    this.exchange.begin(this, Object.assign(new Noting(this.events), more), parser);
  }

  /** Feeds what is in the buffer, and `text` behind it. */
  feed(text = ""): void {
    this.buffer.append(latin1Bytes(text));
    this.exchange.feed(this.buffer);
  }

  wanted(): void {
    this.events.push("wanted");
  }
  wrote(): void {}
  finished(keepAlive: boolean): void {
    this.events.push(`finished ${keepAlive}`);
  }
  failed(error: HTTPInputError | null): void {
    this.events.push(`failed ${error?.statusCode ?? null}`);
  }
  detached(): void {
    this.events.push("detached");
  }
}

class Noting extends HTTPMessageDelegate {
  readonly #events: string[];

  constructor(events: string[]) {
    super();
    this.#events = events;
  }

  override headersReceived(): void | Promise<void> {
    this.#events.push("headers");
  }

  override dataReceived(chunk: Bytes): void | Promise<void> {
    this.#events.push(`data ${latin1(chunk)}`);
  }

  override finish(): void {
    this.#events.push("finish");
  }

  override onConnectionClose(): void {
    this.#events.push("closed");
  }
}

test("Exchange tells delegate and driver of a request with a body, and of its response, in order", async () => {
  const scene = new Scene();
  scene.begin(`${POST}12`);
  assertEquals([scene.events.splice(0), scene.exchange.wantsBody], [["headers", "wanted"], true]);
  scene.feed();
  scene.feed("345GET");
  assertEquals([scene.events.splice(0), scene.exchange.wantsBody], [["data 12", "data 345", "finish"], false]);
  assertEquals(scene.buffer.length, 3);
  scene.exchange.respond(OK, new HTTPHeaders(), "hi");
  assertEquals(scene.events, ["finished true"]);
  await scene.exchange.drained();
  assertEquals(scene.sent, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
});

test("Exchange takes no body bytes while the delegate holds them back", async () => {
  const scene = new Scene();
  const headers = Promise.withResolvers<void>();
  const chunk = Promise.withResolvers<void>();
  scene.begin(POST, { headersReceived: () => headers.promise, dataReceived: () => chunk.promise });
  assertEquals([scene.events.splice(0), scene.exchange.wantsBody], [[], false]);
  headers.resolve();
  await headers.promise;
  assertEquals([scene.events.splice(0), scene.exchange.wantsBody], [["wanted"], true]);
  scene.feed("12");
  assertEquals(scene.exchange.wantsBody, false);
  scene.feed("345");
  assertEquals(scene.buffer.length, 3);
  chunk.resolve();
  await chunk.promise;
  assertEquals([scene.events, scene.exchange.wantsBody], [["wanted"], true]);
});

test("Exchange.fail() answers with the status if nothing was written", async () => {
  const scene = new Scene();
  scene.begin(POST);
  scene.exchange.fail(new HTTPInputError("Timeout reading body", { statusCode: 408 }));
  assertEquals(scene.events, ["headers", "wanted", "closed", "failed 408"]);
  await scene.stream.drained();
  assertMatch(scene.sent, /^HTTP\/1\.1 408 Request Timeout\r\n/);
  // What the application still writes goes nowhere.
  scene.exchange.respond(OK, new HTTPHeaders(), "late");
  await scene.stream.drained();
  assertEquals([scene.sent.includes("late"), scene.stream.closed()], [false, false]);
});

test("Exchange.fail() closes the stream in the middle of a response", () => {
  const scene = new Scene();
  scene.begin(POST);
  scene.exchange.writeHeaders(OK, new HTTPHeaders());
  scene.exchange.fail(new HTTPInputError("Malformed"));
  assertEquals([scene.events.at(-1), scene.stream.closed()], ["failed 400", true]);
});

test("Exchange answers 500 to an exception of the delegate", async (t) => {
  const scene = new Scene();
  t.expectLog("tornado.application", /Uncaught exception/);
  scene.begin(POST, {
    headersReceived() {
      throw new Error("broken");
    },
  });
  assertEquals(scene.events, ["closed", "failed null"]);
  await scene.stream.drained();
  assertMatch(scene.sent, /^HTTP\/1\.1 500 /);
});

test("Exchange.streamClosed() tells the delegate before the end of the request, and the close callback after it", () => {
  const scene = new Scene();
  let called = 0;
  scene.exchange.setCloseCallback(() => called++);
  scene.begin(POST);
  scene.exchange.streamClosed();
  assertEquals([scene.events.splice(0), called], [["headers", "wanted", "closed"], 0]);

  const other = new Scene();
  other.exchange.setCloseCallback(() => called++);
  other.begin("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  other.exchange.streamClosed();
  other.exchange.streamClosed();
  assertEquals([other.events, called], [["headers", "finish"], 1]);
});

test("Exchange ends an ending connection with the response, and says so", async () => {
  const scene = new Scene();
  scene.begin("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  scene.ending = true;
  scene.exchange.respond(OK, new HTTPHeaders(), null);
  assertEquals(scene.events, ["headers", "finish", "finished false"]);
  await scene.exchange.drained();
  assertStringIncludes(scene.sent, "\r\nConnection: close\r\n");
});

test("Exchange gives the rest of a request up that was answered early", async () => {
  const scene = new Scene();
  scene.begin(`${POST}12`);
  scene.exchange.respond(OK, new HTTPHeaders(), "no");
  assertEquals(scene.events, ["headers", "wanted", "closed", "failed null"]);
  scene.feed();
  assertEquals(scene.buffer.length, 2);
  await scene.exchange.drained();
  assertStringIncludes(scene.sent, "\r\nConnection: close\r\n");
});

test("Exchange.detach() returns the stream and leaves HTTP", () => {
  const scene = new Scene();
  scene.begin("GET / HTTP/1.1\r\nHost: a\r\n\r\nraw");
  assertEquals(scene.exchange.detach(), scene.stream);
  assertEquals([scene.events.at(-1), scene.buffer.length], ["detached", 3]);
  assertThrows(() => scene.exchange.respond(OK, new HTTPHeaders(), null), HTTPOutputError, "detached");
});

test("Exchange takes the limits that the delegate sets for the body", () => {
  const scene = new Scene(new HTTP1ConnectionParameters({ maxBodySize: 100, bodyTimeout: 7 }));
  assertEquals([scene.exchange.maxBodySize, scene.exchange.bodyTimeout], [100, 7]);
  scene.begin(POST, {
    headersReceived() {
      scene.exchange.setMaxBodySize(4);
      scene.exchange.setBodyTimeout(1);
    },
  });
  assertEquals([scene.events, scene.exchange.bodyTimeout], [["closed", "failed 413"], 1]);
});
