import { assertEquals } from "@std/assert";
import { gzipSync } from "node:zlib";
import { type RequestAdapter, requestAdapters, RequestChain } from "../../../src/http/_adapters/request_chain.ts";
import { RequestContext } from "../../../src/http/_adapters/request_context.ts";
import {
  type HTTPConnection,
  HTTPHeaders,
  HTTPMessageDelegate,
  HTTPServerConnectionDelegate,
  type HTTPServerRequest,
  RequestStartLine,
  ResponseStartLine,
} from "../../../src/http/httputil.ts";
import { FakeConnection } from "../../support/fake_connection.ts";
import { test } from "../../support/test.ts";

const START = new RequestStartLine("POST", "/form", "HTTP/1.1");

class Served extends FakeConnection {
  override readonly context = new RequestContext({ transport: "tcp", hostname: "10.0.0.1", port: 1 }, "http");
}

/** An adapter that notes when the headers pass it. */
function noting(name: string, events: string[]): RequestAdapter {
  return (delegate) =>
    new class extends HTTPMessageDelegate {
      override headersReceived(startLine: RequestStartLine, headers: HTTPHeaders): void | Promise<void> {
        events.push(name);
        return delegate.headersReceived(startLine, headers);
      }
    }();
}

test("RequestChain leads a request through its adapters in order, then to the delegate", () => {
  const events: string[] = [];
  class Target extends HTTPServerConnectionDelegate {
    override startRequest(): HTTPMessageDelegate {
      return new class extends HTTPMessageDelegate {
        override headersReceived(): void {
          events.push("target");
        }
      }();
    }
    override onClose(serverConn: object): void {
      events.push(`closed ${Object.keys(serverConn)}`);
    }
  }
  const chain = new RequestChain(new Target(), [noting("first", events), noting("second", events)]);
  chain.startRequest({}, new Served()).headersReceived(START, new HTTPHeaders());
  chain.onClose({ a: 1 });
  assertEquals(events, ["first", "second", "target", "closed a"]);
});

test("requestAdapters makes the adapters that the options ask for", () => {
  assertEquals(requestAdapters({}).length, 0);
  assertEquals(requestAdapters({ xheaders: true }).length, 1);
  assertEquals(requestAdapters({ xheaders: true, decompressRequest: true, chunkSize: 10 }).length, 2);
  const delegate = new HTTPMessageDelegate();
  const [proxy] = requestAdapters({ xheaders: true });
  assertEquals(proxy(delegate, new FakeConnection()) === delegate, true);
});

test("RequestChain inflates, applies proxy headers and calls a function with the whole request", () => {
  let seen: HTTPServerRequest | null = null;
  let ip = "";
  const callback = (request: HTTPServerRequest) => {
    seen = request;
    ip = request.remoteIp;
    request.connection?.respond(new ResponseStartLine("HTTP/1.1", 200, "OK"), new HTTPHeaders(), null);
  };
  const chain = new RequestChain(callback, requestAdapters({ xheaders: true, decompressRequest: true, chunkSize: 2 }));
  const connection: HTTPConnection = new Served();
  const delegate = chain.startRequest({}, connection);
  delegate.headersReceived(
    START,
    new HTTPHeaders({
      "Content-Type": "application/x-www-form-urlencoded",
      "Content-Encoding": "gzip",
      "X-Real-Ip": "192.0.2.7",
    }),
  );
  delegate.dataReceived(new Uint8Array(gzipSync("name=Ada")));
  delegate.finish();
  const request: HTTPServerRequest | null = seen;
  assertEquals(ip, "192.0.2.7");
  assertEquals((request as HTTPServerRequest | null)?.bodyArguments.name, [new TextEncoder().encode("Ada")]);
  chain.onClose({});
});

test("a function that throws, or has no valid body, is answered with 500 or 400 and one log line", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception in callback for POST \/form/);
  t.expectLog("tornado.general", /^Invalid body of POST \/form: /);
  const answer = async (callback: () => void | Promise<void>, type = "text/plain") => {
    const connection = new Served();
    const delegate = new RequestChain(callback, []).startRequest({}, connection);
    delegate.headersReceived(START, new HTTPHeaders({ "Content-Type": type }));
    delegate.dataReceived(new Uint8Array(1));
    delegate.finish();
    await connection.drained();
    return connection.status;
  };
  const thrown = () => {
    throw new Error("no");
  };
  assertEquals(await answer(thrown), 500);
  assertEquals(await answer(() => Promise.reject(new Error("no"))), 500);
  assertEquals(await answer(() => {}, "multipart/form-data; boundary=a"), 400);
  assertEquals(t.logs.filter((record) => record.name.startsWith("tornado.")).length, 3);
});
