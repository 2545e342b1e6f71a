// Test cases as public Tornado programs write them (Flower, Streamlit), in our own words: they move over line by line.
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  AsyncHTTPTestCase,
  AsyncTestCase,
  ExpectLog,
  type FetchOptions,
  genTest,
  type TestResponse,
} from "../../src/testing/mod.ts";
import { Application, HTTPError, RequestHandler } from "../../src/web/mod.ts";
import { type WebSocketClientConnection, websocketConnect, WebSocketHandler } from "../../src/websocket/mod.ts";
import { projectRoot } from "../../tools/project.ts";
import { test } from "../support/test.ts";

/** Registers the tests of a class with the watch of this suite. */
function run(TestCase: new (methodName: string) => AsyncTestCase): void {
  for (let one: object = TestCase.prototype; one !== AsyncTestCase.prototype; one = Object.getPrototypeOf(one)) {
    for (const name of Object.getOwnPropertyNames(one)) {
      if (name.startsWith("test")) test(`${TestCase.name}.${name}`, () => new TestCase(name).run());
    }
  }
}

const QUIET = { logFunction() {} };

// Flower: a base class with an application of its own and get() and post(), tests with basic authentication.

class Dashboard extends RequestHandler {
  declare readonly kwargs: { users: string[] };
  override prepare(): void {
    const { users } = this.kwargs;
    const given = this.request.headers.get("Authorization")?.replace("Basic ", "") ?? "";
    if (users.length > 0 && !users.includes(atob(given))) {
      this.setHeader("WWW-Authenticate", 'Basic realm="flower"');
      this.setStatus(401);
      this.finish("Access denied");
    }
  }
  override get(): void {
    this.write("<h1>Workers</h1>");
  }
}

class Revoke extends RequestHandler {
  override post(id: string): void {
    if (this.getBodyArgument("terminate", "false") === "true") this.write({ message: `Revoked '${id}'` });
    else throw new HTTPError(400, "not terminated");
  }
}

class FlowerTestCase extends AsyncHTTPTestCase {
  users: string[] = [];
  override getApp(): Application {
    return new Application([["/", Dashboard, { users: this.users }], ["/api/task/revoke/(.+)", Revoke]], QUIET);
  }
  get(url: string, options: FetchOptions = {}): Promise<TestResponse> {
    return this.fetch(url, options);
  }
  post(url: string, { body, ...options }: Omit<FetchOptions, "body"> & { body: Record<string, string> }) {
    return this.fetch(url, { method: "POST", body: new URLSearchParams(body).toString(), ...options });
  }
}

class BasicAuthTests extends FlowerTestCase {
  override setUp(): void {
    this.users = ["hello:world", "user:pswd"];
    super.setUp();
  }
  async testWithoutCreds(): Promise<void> {
    const r = await this.fetch("/");
    assertEquals([r.code, r.headers.get("WWW-Authenticate")], [401, 'Basic realm="flower"']);
  }
  async testWithMultipleCreds(): Promise<void> {
    assertEquals((await this.fetch("/", { authUsername: "user", authPassword: "pswd" })).code, 200);
    assertEquals((await this.fetch("/", { authUsername: "hello", authPassword: "world" })).code, 200);
    assertEquals((await this.fetch("/", { authUsername: "user", authPassword: "world" })).code, 401);
  }
}

class RevokeTests extends FlowerTestCase {
  async testPage(): Promise<void> {
    const r = await this.get("/");
    assertEquals(r.code, 200);
    assertStringIncludes(r.text, "Workers");
  }
  async testTerminate(): Promise<void> {
    const r = await this.post("/api/task/revoke/123", { body: { terminate: "true" } });
    assertEquals(r.code, 200);
    assertEquals(r.json(), { message: "Revoked '123'" });
  }
  async testBadRequest(): Promise<void> {
    using _expected = new ExpectLog("tornado.general", "400 POST /api/task/revoke/123");
    const r = await this.post("/api/task/revoke/123", { body: {} });
    assertEquals(r.code, 400);
  }
}
run(BasicAuthTests);
run(RevokeTests);

// Streamlit: handlers with arguments that the test case changes, an upload, a WebSocket beside the server.

class Health extends RequestHandler {
  declare readonly kwargs: { callback: () => [boolean, string] };
  override get(): void {
    const [ok, message] = this.kwargs.callback();
    this.setHeader("Cache-Control", "no-cache");
    this.setStatus(ok ? 200 : 503);
    this.write(message);
  }
  override head(): void {
    this.get();
  }
}

class Upload extends RequestHandler {
  declare readonly kwargs: { files: Map<string, Uint8Array> };
  override put(session: string, id: string): void {
    const { file = [] } = this.request.files;
    const [first, ...more] = file;
    if (first === undefined || more.length > 0) throw new HTTPError(400, `Expected 1 file, but got ${file.length}`);
    this.kwargs.files.set(`${session}/${id}`, first.body);
    this.setStatus(204);
  }
}

class Echo extends WebSocketHandler {
  override onMessage(message: string | Uint8Array): void {
    this.writeMessage(message);
  }
}

class ServerTestCase extends AsyncHTTPTestCase {
  isHealthy = true;
  readonly files = new Map<string, Uint8Array>();
  override getApp(): Application {
    const callback = (): [boolean, string] => [this.isHealthy, this.isHealthy ? "ok" : "unavailable"];
    return new Application([
      ["/_stcore/health", Health, { callback }],
      ["/_stcore/upload_file/([^/]*)/([^/]*)", Upload, { files: this.files }],
      ["/_stcore/stream", Echo],
    ], QUIET);
  }
  wsConnect(): Promise<WebSocketClientConnection> {
    return websocketConnect(this.getUrl("/_stcore/stream").replace("http", "ws"));
  }
}

class HealthHandlerTest extends ServerTestCase {
  async testHealth(): Promise<void> {
    let response = await this.fetch("/_stcore/health");
    assertEquals(response.code, 200);
    assertEquals(response.body, new TextEncoder().encode("ok"));
    assertEquals(response.headers.get("Cache-Control"), "no-cache");
    this.isHealthy = false;
    response = await this.fetch("/_stcore/health");
    assertEquals(response.code, 503);
    assertEquals((await this.fetch("/_stcore/health", { method: "HEAD" })).body.length, 0);
  }
}

class UploadTest extends ServerTestCase {
  async testUploadOneFile(): Promise<void> {
    const body = new FormData();
    body.append("file", new File(["contents"], "image.png"));
    const response = await this.fetch("/_stcore/upload_file/s1/f1", { method: "PUT", body });
    assertEquals(response.code, 204);
    assertEquals(this.files.get("s1/f1"), new TextEncoder().encode("contents"));
  }
  async testUploadMultipleFilesError(): Promise<void> {
    const body = new FormData();
    for (const name of ["a", "b"]) body.append("file", new File([name], name));
    using _expected = new ExpectLog("tornado.general", "400 PUT .*: Expected 1 file, but got 2");
    assertEquals((await this.fetch("/_stcore/upload_file/s1/f1", { method: "PUT", body })).code, 400);
  }
}

class WebSocketTest extends ServerTestCase {
  @genTest
  async testConnect(): Promise<void> {
    await using client = await this.wsConnect();
    client.writeMessage("hello");
    assertEquals(await client.readMessage(), "hello");
  }
  @genTest({ timeout: 20 })
  async testHttpErrorOfHandshake(): Promise<void> {
    await assertRejects(() => websocketConnect(this.getUrl("/none").replace("http", "ws")), Error, "404");
  }
}
run(HealthHandlerTest);
run(UploadTest);
run(WebSocketTest);

test("register() and main() hand the tests of a class, and of those that it extends, to Deno.test", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${directory}/cases_test.ts`,
      `import { AsyncTestCase, main, register } from "${projectRoot}/src/testing/mod.ts";
      class Base extends AsyncTestCase {
        testBase(): void {}
        helper(): void {}
      }
      class Derived extends Base {
        testFails(): void {
          throw new Error("as it should");
        }
        async testDerived(): Promise<void> {
          await Promise.resolve();
        }
      }
      main(Base, class Other extends Base {});
      register(Derived, { permissions: { net: false } });
      register(class Ignored extends Base {}, { ignore: true });
      `,
    );
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-check", "--no-config", "--no-lock", directory],
      env: { NO_COLOR: "1" },
    }).output();
    const output = new TextDecoder().decode(stdout);
    for (
      const line of [
        "Base.testBase ... ok",
        "Other.testBase ... ok",
        "Derived.testBase ... ok",
        "Derived.testDerived ... ok",
      ]
    ) {
      assertStringIncludes(output, line);
    }
    assertStringIncludes(output, "Derived.testFails ... FAILED");
    assertStringIncludes(output, "Ignored.testBase ... ignored");
    assertStringIncludes(output, "4 passed | 1 failed | 1 ignored");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
