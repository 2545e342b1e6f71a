import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { AsyncHTTPClient, CookieJar } from "../../src/http/httpclient.ts";
import { HTTPServer } from "../../src/http/httpserver.ts";
import { ParseMultipartConfig, ParseUrlEncodedConfig } from "../../src/http/httputil.ts";
import { ServeServer } from "../../src/http/serve.ts";
import { TCPServer } from "../../src/net/tcpserver.ts";
import { parseQsBytes } from "../../src/util/escape.ts";
import { Application, RequestHandler, streamRequestBody, UploadForm } from "../../src/web/mod.ts";
import { WebSocketParams } from "../../src/websocket/mod.ts";
import { test } from "../support/test.ts";

// What a program without types passes: the text of an option, a number that is none, the quotient of two.
const WRONG = ["5", NaN, 1.5, -1, true];

const message = (name: string, value: unknown, least = 0) =>
  `${name} must be a whole number from ${least}, not ${Deno.inspect(value)}`;

test("a limit that is not a whole number is refused where it is given, by its name", () => {
  const server = () => {};
  for (const value of WRONG) {
    for (const Server of [HTTPServer, ServeServer]) {
      const make = (name: string) => () => Reflect.construct(Server, [server, { [name]: value }]);
      assertThrows(make("chunkSize"), RangeError, message("chunkSize", value, 1));
      for (const name of ["maxBodySize", "maxHeaderSize"]) assertThrows(make(name), RangeError, message(name, value));
    }
    for (
      const [type, name] of [
        [TCPServer, "maxBufferSize"],
        [CookieJar, "maxPerDomain"],
        [ParseMultipartConfig, "maxParts"],
        [ParseMultipartConfig, "maxPartHeaderSize"],
        [ParseUrlEncodedConfig, "maxArguments"],
        [WebSocketParams, "maxMessageSize"],
        [WebSocketParams, "highWaterMark"],
      ] as const
    ) assertThrows(() => Reflect.construct(type, [{ [name]: value }]), RangeError, message(name, value));
    for (
      const [name, least] of [
        ["maxBodySize", 0],
        ["maxHeaderSize", 0],
        ["maxClients", 1],
        ["maxConnectionsPerHost", 1],
      ] as const
    ) {
      const options = { forceInstance: true, [name]: value };
      assertThrows(() => Reflect.construct(AsyncHTTPClient, [options]), RangeError, message(name, value, least));
    }
    const chunks = () => Reflect.construct(TCPServer, [{ readChunkSize: value }]);
    assertThrows(chunks, RangeError, message("readChunkSize", value, 1));
    const query = ["a=1", false, false, { maxNumFields: value }];
    assertThrows(() => Reflect.apply(parseQsBytes, null, query), RangeError, message("maxNumFields", value));
  }
  for (const value of [0, Infinity]) assertEquals(new WebSocketParams({ maxMessageSize: value }).maxMessageSize, value);
});

test("a request with a number of redirects or repetitions that is none is refused before it is sent", async () => {
  using client = new AsyncHTTPClient({ forceInstance: true });
  for (const value of WRONG) {
    for (
      const [name, options] of [["maxRedirects", { maxRedirects: value }], ["retry.limit", { retry: { limit: value } }]]
    ) {
      const fetch = () => Reflect.apply(client.fetch, client, ["http://127.0.0.1:1/", options]);
      await assertRejects(fetch, RangeError, message(String(name), value));
    }
  }
});

test("UploadForm refuses what is no limit, where NaN let fields fill the memory", async (t) => {
  let limits: object = {};
  @streamRequestBody
  class Upload extends RequestHandler {
    override initialize(): void {
      Reflect.construct(UploadForm, [this, limits]);
    }
    override post(): void {}
  }
  const app = new Application([["/", Upload]], { logFunction() {} });
  await using server = app.listen(0, { address: "127.0.0.1" });
  t.expectLog("tornado.application", /Uncaught exception/);
  for (const value of WRONG) {
    for (const name of ["maxPartSize", "maxFieldsSize"]) {
      limits = { [name]: value };
      const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: "POST", body: "x" });
      await response.text();
      assertEquals(response.status, 500, `${name} ${value}`);
    }
  }
});

for (const engine of ["listen", "serve"] as const) {
  test(`setMaxBodySize() on the ${engine} engine refuses what is no limit`, async (t) => {
    @streamRequestBody
    class Upload extends RequestHandler {
      override prepare(): void {
        this.request.connection?.setMaxBodySize(NaN);
      }
      override post(): void {}
    }
    const app = new Application([["/", Upload]], { logFunction() {} });
    await using server = engine === "serve"
      ? app.listen(0, { address: "127.0.0.1", engine })
      : app.listen(0, { address: "127.0.0.1" });
    t.expectLog("tornado.application", /Uncaught exception/);
    const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: "POST", body: "x" });
    await response.text();
    assertEquals(response.status, 500);
  });
}
