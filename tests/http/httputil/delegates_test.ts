import { assertEquals } from "@std/assert";
import {
  HTTPHeaders,
  HTTPMessageDelegate,
  HTTPOutputError,
  HTTPServerConnectionDelegate,
  RequestStartLine,
} from "../../../src/http/httputil.ts";
import { test } from "../../support/test.ts";

test("HTTPMessageDelegate does nothing by default, and holds nothing back", () => {
  const delegate = new HTTPMessageDelegate();
  assertEquals(delegate.headersReceived(new RequestStartLine("GET", "/", "HTTP/1.1"), new HTTPHeaders()), undefined);
  assertEquals(delegate.dataReceived(new Uint8Array(1)), undefined);
  assertEquals(delegate.finish(), undefined);
  assertEquals(delegate.onConnectionClose(), undefined);
});

test("HTTPServerConnectionDelegate asks for startRequest() alone", () => {
  class Sink extends HTTPServerConnectionDelegate {
    override startRequest(): HTTPMessageDelegate {
      return new HTTPMessageDelegate();
    }
  }
  assertEquals(new Sink().onClose({}), undefined);
});

test("HTTPOutputError carries its name", () => {
  assertEquals(String(new HTTPOutputError("too much")), "HTTPOutputError: too much");
});
