import { assertEquals, assertThrows } from "@std/assert";
import { type HTTPHeaders, HTTPServerRequest } from "../../../src/http/httputil.ts";
import type { Bytes } from "../../../src/internal/bytes.ts";
import { utf8 } from "../../../src/util/escape.ts";
import { type FirstChunk, OutputTransform } from "../../../src/web/mod.ts";
import { appendBody, type BodyBuffer, bodyLength, joinBody } from "../../../src/web/_request_handler/body_buffer.ts";
import { Output } from "../../../src/web/_request_handler/output.ts";
import { FakeConnection } from "../../support/fake_connection.ts";
import { test } from "../../support/test.ts";

function output(method = "GET"): { out: Output; connection: FakeConnection } {
  const connection = new FakeConnection(method);
  return { out: new Output(new HTTPServerRequest({ method, uri: "/", connection })), connection };
}

test("Output sends a body that is complete in one call, with its length", () => {
  const { out, connection } = output();
  out.append("a");
  out.append(utf8("é"));
  out.completeHeaders();
  out.end();
  assertEquals([connection.calls, connection.body], [["respond"], "aé"]);
  assertEquals(connection.headers.get("Content-Length"), "3");
});

test("Output.setJsonType() gives the same headers before the first look at them and after it", () => {
  const [fresh, seen, cleared] = [output().out, output().out, output().out];
  fresh.setJsonType();
  assertEquals(seen.headers.get("Content-Type"), "text/html; charset=UTF-8");
  seen.setJsonType();
  // The time may have moved on by a second.
  for (const { headers } of [fresh, seen]) headers.set("Date", "");
  assertEquals(fresh.headers.toString(), seen.headers.toString());
  assertEquals(fresh.headers.get("Content-Type"), "application/json; charset=UTF-8");
  cleared.setJsonType();
  cleared.clear();
  assertEquals(cleared.headers.get("Content-Type"), "text/html; charset=UTF-8");
  cleared.forgetHead();
  cleared.setJsonType();
  assertEquals(cleared.headers.toString(), "Content-Type: application/json; charset=UTF-8\n");
});

test("Output sends what is flushed, and then the rest", async () => {
  const { out, connection } = output();
  out.append("a");
  await out.flush();
  out.append("b");
  await out.flush();
  out.append("c");
  out.end();
  assertEquals(connection.calls, ["writeHeaders", "write", "write", "finish"]);
  assertEquals(connection.body, "abc");
});

test("Output sends no body in answer to HEAD", async () => {
  const { out, connection } = output("HEAD");
  out.append("a");
  await out.flush();
  out.append("b");
  out.end();
  assertEquals([connection.calls, connection.body], [["writeHeaders", "finish"], ""]);
});

test("Output refuses a body that its status does not allow, and drops the headers of one", () => {
  for (const [status, length] of [[204, null], [205, "0"], [304, null]] as const) {
    const { out } = output();
    out.append("a");
    out.setStatus(status, null);
    assertThrows(() => out.completeHeaders(), Error, `Cannot send body with ${status}`);
    out.body = null;
    out.completeHeaders();
    assertEquals([out.headers.get("Content-Type"), out.headers.get("Content-Length")], [null, length]);
  }
});

test("Output replaces reason phrases that are not legal, or could be markup", () => {
  const { out } = output();
  const given: [number, string | null, string][] = [
    [404, null, "Not Found"],
    [599, null, "Unknown"],
    [200, "Fine, thanks", "Fine, thanks"],
    [200, "a\r\nb", "Unknown"],
    [200, "<b>", "Unknown"],
    [200, "", "Unknown"],
  ];
  for (const [status, reason, sent] of given) {
    out.setStatus(status, reason);
    assertEquals(out.reason, sent);
  }
  for (const status of [99, 1000, 200.5, NaN]) assertThrows(() => out.setStatus(status, null), RangeError);
});

test("Output puts a cookie that is set again behind the others, and keeps cookies through clear()", () => {
  const { out, connection } = output();
  out.setCookie("a", "a=1");
  out.setCookie("b", "b=1");
  out.setCookie("a", "a=2");
  out.clear();
  out.end();
  assertEquals(connection.headers.getList("Set-Cookie"), ["b=1", "a=2"]);
});

test("Output passes its body through transforms in order", async () => {
  class Tagged extends OutputTransform {
    readonly tag: string = "";
    override transformFirstChunk(code: number, headers: HTTPHeaders, chunk: Bytes, finishing: boolean): FirstChunk {
      return [code + 1, headers, this.transformChunk(chunk, finishing)];
    }
    override transformChunk(chunk: Bytes, finishing: boolean): Bytes {
      return utf8(`${this.tag}${new TextDecoder().decode(chunk)}${finishing ? "." : ","}`);
    }
  }
  class Inner extends Tagged {
    override readonly tag = "i";
  }
  class Outer extends Tagged {
    override readonly tag = "o";
  }
  const { out, connection } = output();
  out.transforms = [new Inner(out.request), new Outer(out.request)];
  out.append("a");
  await out.flush();
  out.append("b");
  out.end();
  assertEquals([connection.status, connection.body], [202, "oia,,oib.."]);
});

test("Output says what is missing if its request has no connection", () => {
  const out = new Output(new HTTPServerRequest({ uri: "/" }));
  assertThrows(() => out.end(), Error, "Cannot write a response: the request has no connection");
});

test("a body buffer joins text to text, and counts bytes", () => {
  let body: BodyBuffer = null;
  assertEquals([bodyLength(body), joinBody(body)], [0, ""]);
  body = appendBody(body, "a");
  body = appendBody(body, "é");
  assertEquals([bodyLength(body), joinBody(body)], [3, "aé"]);
  body = appendBody(body, Uint8Array.of(1, 2));
  body = appendBody(body, "b");
  body = appendBody(body, "c");
  assertEquals(Array.isArray(body) && body.length, 3);
  assertEquals([bodyLength(body), joinBody(body)], [7, Uint8Array.of(0x61, 0xc3, 0xa9, 1, 2, 0x62, 0x63)]);
});
