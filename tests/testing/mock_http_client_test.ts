import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { AsyncHTTPClient, CookieJar } from "../../src/http/httpclient.ts";
import { HTTPClientError, MockHTTPClient } from "../../src/testing/mod.ts";
import { test } from "../support/test.ts";

const URL_A = "https://api.example/a?b=c";

test("MockHTTPClient gives its responses in order, to the requests that they fit", async () => {
  const mock = new MockHTTPClient();
  mock.reply("GET", URL_A, { body: "first" });
  mock.reply("GET", URL_A, { json: { n: 2 }, headers: { "X-N": "2" } });
  mock.reply("POST", /\/a\?/, ({ body, headers }) => ({
    body: `${headers.get("Content-Type")} ${new TextDecoder().decode(body)}`,
  }));
  mock.reply("GET", new URLPattern({ pathname: "/items/:id" }), { code: 204 }, 2);
  assertEquals((await mock.fetch(URL_A)).text, "first");
  const posted = await mock.fetch(URL_A, { method: "POST", body: "x=1" });
  assertEquals(posted.text, "application/x-www-form-urlencoded x=1");
  const second = await mock.fetch(new URL(URL_A));
  assertEquals([second.json(), second.headers.get("X-N")], [{ n: 2 }, "2"]);
  assertEquals(second.headers.get("Content-Type"), "application/json");
  for (const id of [1, 2]) {
    const { code, reason, effectiveUrl } = await mock.fetch(`http://x.example/items/${id}`);
    assertEquals([code, reason, effectiveUrl], [204, "No Content", `http://x.example/items/${id}`]);
  }
  mock.assertAllUsed();
  assertEquals(mock.requests.map(({ method }) => method), ["GET", "POST", "GET", "GET", "GET"]);
});

test("MockHTTPClient refuses a request without a response, and names responses that were not used", async () => {
  const mock = new MockHTTPClient();
  mock.reply("GET", URL_A, {}, 3);
  await mock.fetch(URL_A);
  await assertRejects(() => mock.fetch(URL_A, { method: "PUT" }), Error, `No response is left for PUT ${URL_A}`);
  assertThrows(() => mock.assertAllUsed(), Error, `was not asked for: GET "${URL_A}" (2 times)`);
});

test("MockHTTPClient rejects with an error status unless told otherwise, and with what a function throws", async () => {
  const mock = new MockHTTPClient();
  mock.reply("GET", URL_A, { code: 404, body: "none" }, 2);
  mock.reply("GET", URL_A, () => {
    throw new RangeError("broken");
  });
  const error = await assertRejects(() => mock.fetch(URL_A), HTTPClientError, "HTTP 404: Not Found");
  assertEquals(error.response?.text, "none");
  assertEquals((await mock.fetch(URL_A, { raiseError: false })).code, 404);
  await assertRejects(() => mock.fetch(URL_A), RangeError, "broken");
});

test("MockHTTPClient answers the clients of an application that it was configured for", async () => {
  const mock = new MockHTTPClient();
  mock.reply("GET", "http://a.example/old", { code: 302, headers: { Location: "/new#x", "Set-Cookie": "a=b" } });
  mock.reply("GET", "http://a.example/new", ({ headers }) => ({ body: headers.get("Cookie") ?? "none" }));
  mock.reply("PUT", /whole/, ({ body }) => ({ json: { length: body.length } }));
  mock.reply("GET", /stream/, { body: "in pieces" });
  AsyncHTTPClient.configure(mock);
  try {
    using client = new AsyncHTTPClient();
    const moved = await client.fetch("http://user@a.example/old", { cookies: new CookieJar() });
    assertEquals([moved.text, moved.effectiveUrl], ["a=b", "http://user@a.example/new#x"]);
    const put = await client.fetch("http://a.example/whole", { method: "PUT", body: ["a", "bc"] });
    assertEquals(put.json(), { length: 3 });
    const { code, body } = await client.stream("http://a.example/stream");
    assertEquals([code, new TextDecoder().decode((await Array.fromAsync(body))[0])], [200, "in pieces"]);
    await assertRejects(() => client.fetch("http://a.example/"), Error, "No response is left for GET");
    mock.assertAllUsed();
    assertEquals(mock.requests[0]?.headers.get("Authorization"), `Basic ${btoa("user:")}`);
  } finally {
    AsyncHTTPClient.configure(null);
  }
});

test("MockHTTPClient as a configured class makes a mock for each client that shares no other", async () => {
  class Weather extends MockHTTPClient {
    constructor() {
      super();
      this.reply("GET", "http://weather.example/", { body: "sunny" });
    }
  }
  AsyncHTTPClient.configure(Weather);
  try {
    for (const forceInstance of [true, true, false]) {
      using client = new AsyncHTTPClient({ forceInstance });
      assertEquals((await client.fetch("http://weather.example/")).text, "sunny");
      await assertRejects(() => client.fetch("http://weather.example/"), Error, "No response is left");
    }
    AsyncHTTPClient.configure(MockHTTPClient, { defaults: { userAgent: "x" } });
    using client = new AsyncHTTPClient();
    await assertRejects(() => client.fetch("http://a.example/"), Error, "No response is left for GET");
  } finally {
    AsyncHTTPClient.configure(null);
  }
});
