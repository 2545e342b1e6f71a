// Tornado's testing_test.py, in its order, and what differs here.
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { type Coroutine, sleep } from "../../src/concurrency/gen.ts";
import { Event } from "../../src/concurrency/locks.ts";
import { HTTPServer, type Server } from "../../src/http/httpserver.ts";
import { ServeServer } from "../../src/http/serve.ts";
import { IOLoop } from "../../src/net/ioloop.ts";
import {
  AsyncHTTPSTestCase,
  AsyncHTTPTestCase,
  AsyncTestCase,
  bindUnusedPort,
  ExpectLog,
  genTest,
  getAsyncTestTimeout,
  HTTPClientError,
  settled,
} from "../../src/testing/mod.ts";
import { TimeoutError } from "../../src/util/util.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

/** Sets an environment variable until it is disposed of. */
function environ(name: string, value: string): Disposable {
  const before = Deno.env.get(name);
  Deno.env.set(name, value);
  return {
    [Symbol.dispose]() {
      if (before === undefined) Deno.env.delete(name);
      else Deno.env.set(name, before);
    },
  };
}

test("getAsyncTestTimeout() is 5 s, or what ASYNC_TEST_TIMEOUT says", () => {
  assertEquals(getAsyncTestTimeout(), 5);
  {
    using _value = environ("ASYNC_TEST_TIMEOUT", "0.25");
    assertEquals(getAsyncTestTimeout(), 0.25);
  }
  for (const text of ["", "soon"]) {
    using _value = environ("ASYNC_TEST_TIMEOUT", text);
    assertEquals(getAsyncTestTimeout(), 5);
  }
});

test("AsyncTestCase gives up an asynchronous test after ASYNC_TEST_TIMEOUT (test_wait_timeout)", async () => {
  class WaitTest extends AsyncTestCase {
    async testWait(): Promise<void> {
      await new Promise(() => {});
    }
    async testShort(): Promise<void> {
      await settled();
    }
  }
  await new WaitTest("testShort").run();
  using _value = environ("ASYNC_TEST_TIMEOUT", "0.01");
  await assertRejects(() => new WaitTest("testWait").run(), TimeoutError, "testWait has not ended after 0.01 seconds");
});

test("AsyncTestCase leaves alone what still waits at the end of a test (test_leaked_coroutine)", async () => {
  const event = new Event();
  class LeakTest extends AsyncTestCase {
    async testLeak(): Promise<void> {
      this.ioLoop.addCallback(() => event.wait());
      await settled();
    }
  }
  await new LeakTest("testLeak").run();
  event.set();
});

const QUIET = { logFunction() {} };

/** Tornado's AsyncHTTPTestCaseTest: a second server beside that of the test case. */
class TwoServersTest extends AsyncHTTPTestCase {
  #second: Server | null = null;
  #port = 0;
  override setUp(): void {
    super.setUp();
    const [listener, port] = bindUnusedPort();
    const server = new HTTPServer(new Application([], QUIET), this.getHttpserverOptions());
    server.addSocket(listener);
    this.#port = port;
    this.#second = server;
  }
  override getApp(): Application {
    return new Application([], QUIET);
  }
  async testFetchSegment(): Promise<void> {
    const response = await this.fetch("/path");
    assertEquals(response.request.url, this.getUrl("/path"));
  }
  async testFetchFullHttpUrl(): Promise<void> {
    const url = `http://localhost:${this.#port}/path`;
    const response = await this.fetch(url);
    assertEquals(response.request.url, url);
  }
  override async tearDown(): Promise<void> {
    await this.#second?.[Symbol.asyncDispose]();
    await super.tearDown();
  }
}

for (const name of ["testFetchSegment", "testFetchFullHttpUrl"]) {
  test(`AsyncHTTPTestCase: ${name}`, () => new TwoServersTest(name).run());
}

test("AsyncTestCase refuses a generator that is not decorated, and values; an async method needs no decorator (test_undecorated_generator, test_undecorated_coroutine, test_other_return)", async () => {
  class BareTest extends AsyncTestCase {
    *testGenerator(): Generator {
      yield 1;
    }
    async testAsync(): Promise<void> {
      await settled();
    }
    testReturn(): number {
      return 42;
    }
    async testAsyncReturn(): Promise<number> {
      await settled();
      return 42;
    }
  }
  await assertRejects(() => new BareTest("testGenerator").run(), TypeError, "should be decorated with genTest");
  await new BareTest("testAsync").run();
  await assertRejects(() => new BareTest("testReturn").run(), TypeError, "Return value from test method ignored: 42");
  await assertRejects(() => new BareTest("testAsyncReturn").run(), TypeError, "Return value from test method ignored");
  await assertRejects(() => new BareTest("testMissing").run(), TypeError, "no such method");
});

test("AsyncTestCase.run() calls setUp(), the test and tearDown(), also if the test fails (test_set_up_tear_down)", async () => {
  const events: string[] = [];
  class Order extends AsyncTestCase {
    override setUp(): void {
      events.push("setUp");
    }
    test(): void {
      events.push("test");
    }
    testFailure(): void {
      throw new RangeError("failed");
    }
    override async tearDown(): Promise<void> {
      await settled();
      events.push("tearDown");
    }
  }
  await new Order("test").run();
  assertEquals(events.splice(0), ["setUp", "test", "tearDown"]);
  await assertRejects(() => new Order("testFailure").run(), RangeError, "failed");
  assertEquals(events, ["setUp", "tearDown"]);
});

test("AsyncTestCase.run() reports the first failure of a test, also if the end of a block fails after it", async () => {
  class Twice extends AsyncTestCase {
    test(): void {
      using _missing = new ExpectLog("tests.twice", "never comes");
      throw new RangeError("first");
    }
  }
  const printed: unknown[][] = [];
  const { error } = console;
  console.error = (...args: unknown[]) => void printed.push(args);
  try {
    await assertRejects(() => new Twice("test").run(), RangeError, "first");
  } finally {
    console.error = error;
  }
  assertEquals(printed.length, 1);
});

test("AsyncHTTPTestCase.tearDown() lets go of the application and the server (test_tear_down_releases_app_and_http_server)", async () => {
  class Release extends AsyncHTTPTestCase {
    override getApp(): Application {
      return new Application();
    }
    test(): void {
      assert(this.app !== null);
      assert(this.httpServer.port > 0);
    }
  }
  const release = new Release("test");
  await release.run();
  assertEquals(release.app, null);
  assertThrows(() => release.httpServer, Error, "outside of its test");
  assertThrows(() => release.httpClient, Error, "outside of its test");
});

class GenTest extends AsyncTestCase {
  finished = false;
  override tearDown(): void {
    assert(this.finished);
  }
  @genTest
  testSync(): void {
    this.finished = true;
  }
  @genTest
  *testAsync(): Coroutine {
    yield;
    assertEquals(yield [Promise.resolve(1), Promise.resolve(2)], [1, 2]);
    this.finished = true;
  }
  async testTimeout(): Promise<void> {
    let cleaned = false;
    const slow = genTest({ timeout: 0.01 })(function* (this: GenTest) {
      yield sleep(0.02);
      cleaned = true;
    });
    const error = await assertRejects(() => slow.call(this), TimeoutError);
    assertEquals(error.message, "Operation timed out after 0.01 seconds");
    await until(() => cleaned);
    this.finished = true;
  }
  async testNoTimeout(): Promise<void> {
    const quick = genTest({ timeout: 10 })(function* (this: GenTest) {
      yield sleep(0.001);
    });
    await quick.call(this);
    this.finished = true;
  }
  async testTimeoutEnvironmentVariable(): Promise<void> {
    const ends = Promise.withResolvers<void>();
    const short = genTest(async function (this: GenTest) {
      await ends.promise;
    });
    using _value = environ("ASYNC_TEST_TIMEOUT", "0.01");
    await assertRejects(() => short.call(this), TimeoutError, "after 0.01 seconds");
    ends.resolve();
    this.finished = true;
  }
  async testNoTimeoutEnvironmentVariable(): Promise<void> {
    const ends = Promise.withResolvers<void>();
    const short = genTest({ timeout: 0.01 })(async function (this: GenTest) {
      await ends.promise;
    });
    using _value = environ("ASYNC_TEST_TIMEOUT", "3600");
    await assertRejects(() => short.call(this), TimeoutError, "after 0.01 seconds");
    ends.resolve();
    this.finished = true;
  }
  async testWithMethodArgs(): Promise<void> {
    const withArgs = genTest(function* (this: GenTest, ...args: string[]) {
      assertEquals(args, ["test"]);
      yield;
    });
    await withArgs.call(this, "test");
    this.finished = true;
  }
  async testWithMethodKwargs(): Promise<void> {
    const withOptions = genTest(function* (this: GenTest, options: { test: string }) {
      assertEquals(options, { test: "test" });
      yield;
    });
    await withOptions.call(this, { test: "test" });
    this.finished = true;
  }
  async testNativeCoroutine(): Promise<void> {
    const native = genTest(async function (this: GenTest) {
      await settled();
      this.finished = true;
    });
    await native.call(this);
  }
  async testNativeCoroutineTimeout(): Promise<void> {
    const ends = Promise.withResolvers<void>();
    const slow = genTest({ timeout: 0.01 })(async function (this: GenTest) {
      await ends.promise;
    });
    await assertRejects(() => slow.call(this), TimeoutError, "after 0.01 seconds");
    ends.resolve();
    this.finished = true;
  }
}

for (const name of Object.getOwnPropertyNames(GenTest.prototype).filter((name) => name.startsWith("test"))) {
  test(`genTest: ${name}`, () => new GenTest(name).run());
}

test("genTest with a time-out of its own does not obey ASYNC_TEST_TIMEOUT", async () => {
  class LongTest extends AsyncTestCase {
    @genTest({ timeout: 20 })
    async testLong(): Promise<void> {
      await sleep(0.02);
    }
  }
  using _value = environ("ASYNC_TEST_TIMEOUT", "0.001");
  await new LongTest("testLong").run();
});

test("AsyncTestCase.ioLoop is the only loop", () => {
  assertStrictEquals(new AsyncTestCase().ioLoop, IOLoop.current());
});

class Pages extends RequestHandler {
  override get(page: string): void {
    if (page === "boom") throw new RangeError("boom");
    if (page === "there") this.redirect("/here?x=1");
    else this.write({ page, protocol: this.request.protocol, uri: this.request.uri });
  }
  override post(): void {
    this.write(`${this.request.headers.get("Content-Type")} ${this.getBodyArgument("name")}`);
  }
}

class PagesTest extends AsyncHTTPTestCase {
  override getApp(): Application {
    return new Application([["/(.*)", Pages]], QUIET);
  }
  async testFetch(): Promise<void> {
    const response = await this.fetch("/there");
    assertEquals([response.code, response.effectiveUrl], [200, this.getUrl("/here?x=1")]);
    assertEquals((await this.fetch("/there", { followRedirects: false })).code, 302);
    const body = new URLSearchParams({ name: "Ada" }).toString();
    const posted = await this.fetch("/", { method: "POST", body });
    assertEquals(posted.text, "application/x-www-form-urlencoded Ada");
    assertEquals(posted.error, null);
    const put = () => this.fetch("/", { method: "PUT", body: "", raiseError: true });
    const error = await assertRejects(put, HTTPClientError);
    assertEquals([error.code, error.message, error.response?.code], [405, "HTTP 405: Method Not Allowed", 405]);
    const refused = await this.httpClient.fetch(this.getUrl("/"), { method: "PUT", raiseError: false });
    assertThrows(() => refused.rethrow(), HTTPClientError);
    await assertRejects(() => this.httpClient.fetch(this.getUrl("/"), { method: "PUT" }), HTTPClientError);
  }
  async testError(): Promise<void> {
    assertEquals((await this.fetch("/boom")).code, 500);
  }
  async testExpectedError(): Promise<void> {
    using _expected = new ExpectLog("tornado.application", "Uncaught exception GET /boom");
    assertEquals((await this.fetch("/boom")).code, 500);
  }
}

class ServePagesTest extends PagesTest {
  override getHttpServer(): Server {
    return new ServeServer(this.getApp());
  }
}

for (const Case of [PagesTest, ServePagesTest]) {
  test(`${Case.name}: fetch() follows redirects, posts forms and knows errors`, () => new Case("testFetch").run());

  test(`${Case.name}: an error of a handler fails the test, unless it is expected`, async (t) => {
    t.expectLog("tornado.application", /Uncaught exception GET \/boom/);
    await assertRejects(() => new Case("testError").run(), RangeError, "boom");
    await new Case("testExpectedError").run();
    class Lenient extends Case {
      override readonly raiseServerErrors = false;
    }
    await new Lenient("testError").run();
  });
}

test("AsyncHTTPSTestCase speaks TLS with a certificate that its client trusts", async () => {
  class Secure extends AsyncHTTPSTestCase {
    override getApp(): Application {
      return new Application([["/(.*)", Pages]], QUIET);
    }
  }
  const secure = new Secure();
  await secure.setUp();
  const response = await secure.fetch("/there");
  assertEquals(response.json(), { page: "here", protocol: "https", uri: "/here?x=1" });
  assertEquals(response.effectiveUrl, `https://127.0.0.1:${secure.getHttpPort()}/here?x=1`);
  await secure.tearDown();
});

test("AsyncHTTPTestCase without getApp() says so", async () => {
  await assertRejects(() => new AsyncHTTPTestCase("test").run(), Error, "AsyncHTTPTestCase does not override getApp");
});

test("bindUnusedPort() returns a listener on 127.0.0.1 and its port", () => {
  const [listener, port] = bindUnusedPort();
  using _ = listener;
  assertEquals(listener.addr, { transport: "tcp", hostname: "127.0.0.1", port });
});
