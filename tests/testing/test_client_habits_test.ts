// What TestClient does by itself: redirects, connections, headers, tokens; and the clock with it.
import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeClock, HTTPClientError, settled, TestClient, type TestClientOptions } from "../../src/testing/mod.ts";
import { Application, RequestHandler, type RuleList, type Settings } from "../../src/web/mod.ts";
import { WebSocketHandler } from "../../src/websocket/mod.ts";
import { test } from "../support/test.ts";
import { stalled } from "../support/turns.ts";

function make(rules: RuleList, options: TestClientOptions = {}, settings: Settings = {}): TestClient {
  return new TestClient(new Application(rules, { logFunction() {}, ...settings }), options);
}

/** Redirects to its argument `to` with its argument `status`, or tells what has come. */
class Hop extends RequestHandler {
  #answer(): void {
    const to = this.getQueryArgument("to", "");
    if (to !== "") return this.redirect(to, { status: Number(this.getQueryArgument("status", "302")) });
    const { method, body, host, headers } = this.request;
    const address = this.request.connection?.context?.address;
    const port = address && "port" in address ? address.port : 0;
    this.write({ method, body: body.length, host, authorization: headers.get("Authorization"), port });
  }
  override get(): void {
    this.#answer();
  }
  override post(): void {
    this.#answer();
  }
  override put(): void {
    this.#answer();
  }
}

interface Answer {
  method: string;
  body: number;
  host: string;
  authorization: string | null;
  port: number;
}

const HOPS: readonly [method: string, status: number, seen: string, body: number][] = [
  ["GET", 301, "GET", 0],
  ["GET", 308, "GET", 0],
  ["POST", 301, "GET", 0],
  ["POST", 302, "GET", 0],
  ["POST", 303, "GET", 0],
  ["POST", 307, "POST", 3],
  ["POST", 308, "POST", 3],
  ["PUT", 301, "PUT", 3],
  ["PUT", 303, "GET", 0],
];
for (const [method, status, seen, body] of HOPS) {
  test(`TestClient follows a ${status} of a ${method} with a ${seen}`, async () => {
    await using client = make([["/", Hop]]);
    const options = method === "GET" ? {} : { body: "a=b" };
    const response = await client.fetch(`/?status=${status}&to=/`, { method, ...options });
    const got = response.json<Answer>();
    assertEquals([got.method, got.body, response.effectiveUrl], [seen, body, "http://localhost/"]);
  });
}

test("TestClient keeps Authorization on its host only, and stops after so many redirects", async () => {
  await using client = make([["/.*", Hop]]);
  const auth = { authUsername: "ada", authPassword: "x" };
  const header = `Basic ${btoa("ada:x")}`;
  assertEquals((await client.get("/?to=/", auth)).json<Answer>().authorization, header);
  const other = (await client.get("/?to=http://other.example/x", auth)).json<Answer>();
  assertEquals([other.authorization, other.host], [null, "other.example"]);
  const endless = `/?to=${encodeURIComponent("/?to=/")}`;
  assertEquals((await client.get(endless, { maxRedirects: 1 })).code, 302);
  assertEquals((await client.get(endless, { maxRedirects: 2 })).code, 200);
  async function* pieces() {
    yield await Promise.resolve("a");
  }
  assertEquals((await client.post("/?status=307&to=/", { body: pieces() })).code, 307, "pieces come only once");
});

test("TestClient uses a connection again, unless a request is under way on it", async () => {
  await using client = make([["/", Hop]]);
  const port = async () => (await client.get("/")).json<Answer>().port;
  const first = await port();
  assertEquals(await port(), first);
  const [one, two] = await Promise.all([port(), port()]);
  assertNotEquals(one, two);
});

test("TestClient sends its own headers with each request, and lets one request replace them", async () => {
  class Headers extends RequestHandler {
    override get(): void {
      this.write({ a: this.request.headers.getList("A"), b: this.request.headers.getList("B") });
    }
  }
  await using client = make([["/", Headers]], { headers: [["A", "1"], ["A", "2"], ["B", "3"]] });
  assertEquals((await client.get("/")).json(), { a: ["1", "2"], b: ["3"] });
  assertEquals((await client.get("/", { headers: { a: "4" } })).json(), { a: ["4"], b: ["3"] });
});

test("TestClient raises an error once, whichever of several clients looks, and each time that it is thrown", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET \//);
  const boom = new RangeError("always the same");
  class Boom extends RequestHandler {
    override get(): void {
      throw boom;
    }
  }
  const app = new Application([["/boom", Boom], ["/", Hop]], { logFunction() {} });
  await using one = new TestClient(app);
  await using two = new TestClient(app);
  for (let i = 0; i < 2; i++) {
    await assertRejects(() => one.get("/boom"), RangeError, "always the same");
    assertEquals((await two.get("/")).code, 200);
  }
  const both = await assertRejects(() => Promise.all([one.get("/boom"), two.get("/boom")]));
  assertEquals(both instanceof AggregateError ? both.errors : [both], both === boom ? [boom] : [boom, boom]);
});

test("TestClient.xsrf() is the token of the application's cookie, under its name", async () => {
  class Form extends RequestHandler {
    override get(): void {
      this.write(this.xsrfToken);
    }
    override post(): void {
      this.write("fine");
    }
  }
  await using client = make([["/", Form]], {}, { xsrfCookies: true, xsrfCookieName: "token" });
  const token = (await client.get("/")).text;
  assertEquals([client.xsrf(), client.cookies.get("token")], [token, token]);
  assertEquals((await client.post("/", { form: { _xsrf: client.xsrf() } })).text, "fine");
  client.cookies.clear();
  assertEquals((await client.post("/", { xsrf: true })).text, "fine");
});

test("TestClient refuses a path without a slash, and a remote address on a port", async () => {
  await using client = make([["/", Hop]]);
  await assertRejects(() => client.get("page"), TypeError, 'Cannot request "page"');
  assertThrows(() => make([], { port: true, remoteAddress: "192.0.2.7" }), TypeError, "on a port");
});

test("TestClient has the address, host and protocol that it is given", async () => {
  class Who extends RequestHandler {
    override get(): void {
      this.write([this.request.remoteIp, this.request.host, this.request.protocol].join(" "));
    }
  }
  for (const engine of ["listen", "serve"] as const) {
    const options = { engine, remoteAddress: "2001:db8::7", host: "shop.example", protocol: "https" } as const;
    await using client = make([["/", Who]], options);
    assertEquals((await client.get("/")).text, "2001:db8::7 shop.example https");
    assertEquals(client.url("/x"), "https://shop.example/x");
  }
});

test("TestClient.stream(): the server feels a client that does not read", async () => {
  let written = 0;
  class Endless extends RequestHandler {
    override async get(): Promise<void> {
      for (;;) {
        this.write("x".repeat(10_000));
        await this.flush();
        written += 10_000;
      }
    }
  }
  await using client = make([["/", Endless]]);
  using response = await client.stream("/");
  await stalled(() => written);
  const before = written;
  let read = 0;
  for await (const piece of response) if ((read += piece.length) > before) break;
  await stalled(() => written);
  assertEquals(written > before, true);
});

test("TestClient and FakeClock: a slow body runs into the time-out of the server", async () => {
  using clock = new FakeClock();
  await using client = make([["/", Hop]], { serverOptions: { bodyTimeout: 5 } });
  const slow = client.post("/", { body: "x".repeat(500), chunkSize: 50, chunkDelay: 1 });
  for (let i = 0; i < 12; i++) await clock.advanceAsync(1);
  assertEquals((await slow).code, 408);
  const quick = client.post("/", { body: "x".repeat(100), chunkSize: 50, chunkDelay: 1 });
  for (let i = 0; i < 8; i++) await clock.advanceAsync(1);
  assertEquals((await quick).json<Answer>().body, 100);
});

test("TestClient and FakeClock: a WebSocket is pinged in its time", async () => {
  using clock = new FakeClock();
  class Quiet extends WebSocketHandler {
    override onMessage(): void {}
  }
  await using client = make([["/", Quiet]], {}, { websocketPingInterval: 30 });
  await using socket = await client.websocket("/");
  let pings = 0;
  socket.onPing = () => void pings++;
  await clock.advanceAsync(29);
  assertEquals(pings, 0);
  await clock.advanceAsync(2);
  await settled();
  assertEquals(pings, 1);
});

test("TestClient: a server that closes the connection in the middle of a response", async () => {
  class Cut extends RequestHandler {
    override async get(): Promise<void> {
      this.write("begun");
      await this.flush();
      this.request.connection?.abort();
    }
  }
  for (const engine of ["listen", "serve"] as const) {
    await using client = make([["/", Cut]], { engine, raiseServerErrors: false });
    await assertRejects(() => client.get("/"), HTTPClientError, "HTTP 599: Stream closed");
  }
});
