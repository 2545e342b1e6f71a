import { assert, assertEquals, assertRejects } from "@std/assert";
import { Application, HTTPError, RequestHandler, type RuleList, type Settings } from "../../src/web/mod.ts";
import { WebSocketClosedError, WebSocketHandler, WebSocketHandshakeError } from "../../src/websocket/mod.ts";
import {
  ExpectLog,
  FakeClock,
  HTTPClientError,
  settled,
  TestClient,
  type TestClientOptions,
} from "../../src/testing/mod.ts";
import { test, type TestContext } from "../support/test.ts";

/** The ways in which a client reaches its application. */
const MODES: readonly (TestClientOptions & { engine: "listen" | "serve"; port: boolean })[] = [
  { engine: "listen", port: false },
  { engine: "listen", port: true },
  { engine: "serve", port: false },
  { engine: "serve", port: true },
];

function everywhere(name: string, fn: (make: Make, t: TestContext, mode: TestClientOptions) => Promise<void>): void {
  for (const mode of MODES) {
    test(`TestClient (${mode.engine}, ${mode.port ? "port" : "memory"}) ${name}`, (t) => {
      const make: Make = (rules, options = {}, settings = {}) =>
        new TestClient(new Application(rules, { logFunction() {}, ...settings }), { ...mode, ...options });
      return fn(make, t, mode);
    });
  }
}

type Make = (rules: RuleList, options?: TestClientOptions, settings?: Settings) => TestClient;

class Mirror extends RequestHandler {
  #answer(): void {
    const { method, uri, remoteIp, protocol, host, headers } = this.request;
    this.write({
      method,
      uri,
      remoteIp,
      protocol,
      host,
      type: headers.get("Content-Type"),
      body: this.request.body.length,
    });
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
  override patch(): void {
    this.#answer();
  }
  override delete(): void {
    this.#answer();
  }
  override head(): void {
    this.setHeader("X-Method", "HEAD");
  }
}

everywhere("sends every method, and what the application sees is what was asked for", async (make) => {
  await using client = make([["/.*", Mirror]]);
  const seen = { uri: "/a/../%2e?b=c%20d", remoteIp: "127.0.0.1", protocol: "http", host: "localhost", body: 0 };
  for (const method of ["GET", "DELETE", "POST", "PUT", "PATCH"]) {
    const response = await client.fetch("/a?b=c%20d#fragment", { method });
    assertEquals(response.code, 200);
    assertEquals(response.json(), { ...seen, uri: "/a?b=c%20d", method, type: null });
  }
  const head = await client.head("/");
  assertEquals([head.code, head.headers.get("X-Method"), head.body.length], [200, "HEAD", 0]);
  assertEquals((await client.get("http://other.example/x")).json<{ host: string }>().host, "other.example");
});

everywhere("encodes bodies", async (make) => {
  await using client = make([["/.*", Mirror]]);
  const sent = async (options: Parameters<TestClient["post"]>[1]) => {
    const { type, body } = (await client.post("/", options)).json<{ type: string; body: number }>();
    return [type, body];
  };
  const form = "application/x-www-form-urlencoded";
  assertEquals(await sent({ body: "a=b" }), [form, 3]);
  assertEquals(await sent({ form: { a: "b", c: ["d", "ü"] } }), [form, "a=b&c=d&c=%C3%BC".length]);
  assertEquals(await sent({ json: { a: 1 } }), ["application/json", 7]);
  assertEquals(await sent({ body: new Blob(["abc"], { type: "text/x" }) }), ["text/x", 3]);
  async function* pieces() {
    yield "one";
    await settled();
    yield new Uint8Array(70_000);
  }
  assertEquals(await sent({ body: pieces() }), [null, 70_003]);
});

everywhere("keeps cookies, sends the XSRF token and follows redirects", async (make, t) => {
  t.expectLog("tornado.general", /'_xsrf' argument missing/);
  class Login extends RequestHandler {
    override post(): void {
      this.setSignedCookie("user", this.getBodyArgument("name"));
      this.redirect("/home");
    }
  }
  class Home extends RequestHandler {
    override get(): void {
      const user = this.getSignedCookie("user");
      if (user === null) throw new HTTPError(403);
      this.write(new TextDecoder().decode(user));
    }
  }
  await using client = make([["/login", Login], ["/home", Home]], {}, { cookieSecret: "s", xsrfCookies: true });
  assertEquals((await client.get("/home")).code, 403);
  assertEquals((await client.post("/login", { form: { name: "Ada" }, raiseServerErrors: false })).code, 403);
  const response = await client.post("/login", { form: { name: "Ada" }, xsrf: true });
  assertEquals([response.code, response.text, response.effectiveUrl], [200, "Ada", "http://localhost/home"]);
  assertEquals(response.request.method, "POST");
  const unfollowed = await client.post("/login", { form: { name: "B" }, xsrf: true, followRedirects: false });
  assertEquals([unfollowed.code, unfollowed.headers.get("Location")], [302, "/home"]);
  assertEquals((await client.get("/home")).text, "B");
  client.cookies.delete("user");
  assertEquals((await client.get("/home")).code, 403);
});

everywhere("uploads files", async (make) => {
  class Upload extends RequestHandler {
    override post(): void {
      const [file] = this.request.files.file ?? [];
      this.write({ name: file?.filename, length: file?.body.length, title: this.getBodyArgument("title") });
    }
  }
  await using client = make([["/", Upload]]);
  const body = new FormData();
  body.set("title", "A map");
  body.set("file", new File([new Uint8Array(100_000)], "map.png"));
  assertEquals((await client.post("/", { body })).json(), { name: "map.png", length: 100_000, title: "A map" });
});

everywhere("rejects with the error of a handler, unless it is expected", async (make, t) => {
  class Boom extends RequestHandler {
    override async get(): Promise<void> {
      await Promise.resolve();
      throw new RangeError("boom");
    }
  }
  t.expectLog("tornado.application", /Uncaught exception GET \//);
  await using client = make([["/", Boom]]);
  await assertRejects(() => client.get("/"), RangeError, "boom");
  assertEquals((await client.get("/", { raiseServerErrors: false })).code, 500);
  using expected = new ExpectLog("tornado.application", "Uncaught exception GET /");
  assertEquals((await client.get("/")).code, 500);
  assertEquals([expected.matched, expected.loggedStack], [1, true]);
});

everywhere("rejects at its end with an error that no request has met", async (make, t) => {
  t.expectLog("tornado.application", /Uncaught exception GET \//);
  const finished = Promise.withResolvers<void>();
  class Late extends RequestHandler {
    override get(): void {
      this.write("fine");
    }
    override async onFinish(): Promise<void> {
      await finished.promise;
      throw new Error("too late");
    }
  }
  const client = make([["/", Late]]);
  assertEquals((await client.get("/")).text, "fine");
  finished.resolve();
  await settled();
  await assertRejects(() => client[Symbol.asyncDispose](), Error, "too late");
});

everywhere("opens WebSockets", async (make) => {
  class Echo extends WebSocketHandler {
    override open(): void {
      this.writeMessage({ user: this.getCookie("user"), path: this.request.uri });
    }
    override onMessage(message: string | Uint8Array): void {
      if (message === "bye") this.close(4001, "gone");
      else this.writeMessage(message);
    }
  }
  await using client = make([["/ws.*", Echo]]);
  client.cookies.set("user", "ada");
  await using socket = await client.websocket("/ws?a=b");
  assertEquals(await socket.receiveJson(), { user: "ada", path: "/ws?a=b" });
  const bytes = new Uint8Array(100_000);
  for (const message of ["hello", "", bytes]) {
    socket.writeMessage(message);
    assertEquals(await socket.receive(), message);
  }
  await assertRejects(() => socket.receive({ timeout: 0.01 }), Error, "No message has come within 0.01 seconds");
  socket.writeMessage("late");
  assertEquals(await socket.receive(), "late");
  socket.writeMessage("bye");
  assertEquals(await socket.receiveClose(), { code: 4001, reason: "gone" });
  await assertRejects(() => socket.receive(), WebSocketClosedError);
  const error = await assertRejects(() => client.websocket("/nothing"), WebSocketHandshakeError);
  assertEquals(error.statusCode, 404);
});

everywhere("rejects with the error of a WebSocket's handler", async (make, t) => {
  t.expectLog("tornado.application", /Uncaught exception GET \//);
  class Bad extends WebSocketHandler {
    override onMessage(): void {
      throw new RangeError("no");
    }
  }
  await using client = make([["/", Bad]]);
  await using socket = await client.websocket("/");
  socket.writeMessage("x");
  await assertRejects(() => socket.receive(), RangeError, "no");
});

everywhere("reads event streams", async (make) => {
  const left = Promise.withResolvers<void>();
  class Events extends RequestHandler {
    override async get(): Promise<void> {
      this.setHeader("Content-Type", "text/event-stream");
      this.write("\ufeff: hi\nretry: 1500\n\ndata: one\r\ndata:two\r\n\r\nid: 7\nevent: x\ndata\n\n");
      await this.flush();
      await left.promise;
    }
    override onConnectionClose(): void {
      left.resolve();
    }
  }
  await using client = make([["/", Events], ["/page", Mirror]]);
  const events = await client.eventStream("/");
  assertEquals(await events.next(), { event: "message", data: "one\ntwo", id: "" });
  assertEquals(await events.next(), { event: "x", data: "", id: "7" });
  assertEquals([events.retry, events.comments], [1.5, 1]);
  await assertRejects(() => events.next({ timeout: 0.01 }), Error, "No event has come");
  events.close();
  await left.promise;
  await assertRejects(() => client.eventStream("/page"), TypeError, "the answer is 200 of the type application/json");
});

everywhere("sends raw bytes", async (make) => {
  await using client = make([["/.*", Mirror]]);
  const text = await client.raw(
    "GET /x HTTP/1.1\r\nHost: a\r\n\r\nGET /y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  );
  assertEquals(text.match(/HTTP\/1\.1 200 OK/g)?.length, 2);
  using connection = await client.connect();
  await connection.send("GET /");
  await settled();
  await connection.send("x HTTP/1.1\r\nHost: a\r\n\r\n");
  assert((await connection.response()).head.startsWith("HTTP/1.1 200 OK\r\n"));
});

everywhere("splits the writes of a request", async (make) => {
  await using client = make([["/.*", Mirror]]);
  const response = await client.post("/", { body: "x".repeat(100), chunkSize: 7 });
  assertEquals([response.code, response.json<{ body: number }>().body], [200, 100]);
});

everywhere("goes away after byte n of the request", async (make, _t, { engine }) => {
  const seen: string[] = [];
  const gone = Promise.withResolvers<void>();
  class Stream extends RequestHandler {
    static override streamRequestBody = true;
    override dataReceived(chunk: Uint8Array): void {
      seen.push(String(chunk.length));
    }
    override onConnectionClose(): void {
      gone.resolve();
    }
    override post(): void {
      this.write("never");
    }
  }
  await using client = make([["/", Stream]]);
  const error = await assertRejects(
    () => client.post("/", { body: "x".repeat(5000), abortAfter: 1000 }),
    HTTPClientError,
  );
  assertEquals(error.code, 599);
  await gone.promise;
  // Deno may not have handed over what came before.
  if (engine === "listen") assert(Number(seen[0]) < 1000);
});

everywhere("goes away after byte n of the response", async (make) => {
  const gone = Promise.withResolvers<void>();
  class Endless extends RequestHandler {
    override async get(): Promise<void> {
      for (let open = true; open;) {
        this.write("x".repeat(10_000));
        await this.flush().catch(() => open = false);
      }
      gone.resolve();
    }
  }
  await using client = make([["/", Endless]]);
  await assertRejects(() => client.get("/", { abortResponseAfter: 5000 }), HTTPClientError, "Stream closed");
  await gone.promise;
});

everywhere("gives up a request that takes too long", async (make) => {
  const closed = Promise.withResolvers<void>();
  let hasCome = false;
  class Hang extends RequestHandler {
    readonly #gone = Promise.withResolvers<void>();
    override async get(): Promise<void> {
      hasCome = true;
      await this.#gone.promise;
    }
    override onConnectionClose(): void {
      this.#gone.resolve();
      closed.resolve();
    }
  }
  await using client = make([["/", Hang]]);
  // A busy machine takes longer to begin with a request.
  for (let requestTimeout = 0.01; !hasCome; requestTimeout *= 2) {
    await assertRejects(
      () => client.get("/", { requestTimeout }),
      HTTPClientError,
      "Timeout during request: GET http",
    );
  }
  await closed.promise;
});

test("TestClient and FakeClock: the server closes an idle connection in its time", async () => {
  using clock = new FakeClock();
  await using client = new TestClient(new Application([["/", Mirror]], { logFunction() {} }), {
    serverOptions: { idleConnectionTimeout: 100 },
  });
  using connection = await client.connect();
  await connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await connection.response();
  await clock.advanceAsync(99);
  assertEquals(connection.stream.closed(), false);
  const rest = connection.rest();
  await clock.advanceAsync(2);
  assertEquals(await rest, "");
});
