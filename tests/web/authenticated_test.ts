import { assertEquals } from "@std/assert";
import { Application, authenticated, RequestHandler, type Settings } from "../../src/web/mod.ts";
import { answered, ask } from "../support/fake_connection.ts";
import { test } from "../support/test.ts";

class Private extends RequestHandler {
  override getCurrentUser(): string | null {
    return this.getCookie("user");
  }
  @authenticated
  override async get(name: string): Promise<void> {
    this.write(`${await this.currentUser} ${name}`);
  }
  @authenticated
  override post(name: string): void {
    this.write(`posted ${name}`);
  }
}

function askPrivate(method: string, headers: Record<string, string> = {}, settings: Settings = { loginUrl: "/login" }) {
  const app = new Application([["/(.*)", Private]], { logFunction() {}, ...settings });
  return ask(app, "/a?b=c&d", { method, headers });
}

test("authenticated calls the method for who is logged in, and waits for it", async () => {
  const connection = await answered(askPrivate("GET", { Cookie: "user=Ada" }));
  assertEquals(connection.body, "Ada a");
  assertEquals(askPrivate("POST", { Cookie: "user=Ada" }).body, "posted a");
});

test("authenticated redirects GET to the login page, which learns where to go next", () => {
  const location = (loginUrl: string) => {
    const { status, headers } = askPrivate("GET", {}, { loginUrl });
    return [status, headers.get("Location")];
  };
  assertEquals(location("/login"), [302, "/login?next=%2Fa%3Fb%3Dc%26d"]);
  assertEquals(location("/login?x"), [302, "/login?x"]);
  assertEquals(location("https://sso.test/"), [302, "https://sso.test/?next=http%3A%2F%2Flocalhost%2Fa%3Fb%3Dc%26d"]);
});

test("authenticated refuses other methods with 403", () => {
  assertEquals(askPrivate("POST").status, 403);
  assertEquals(askPrivate("POST", { Cookie: "user=" }).status, 403);
});

test("authenticated asks the handler for the URL, and without the setting it is an error that names it", (t) => {
  t.expectLog("tornado.application", /Uncaught exception/);
  const { status, body } = askPrivate("GET", {}, { serveTraceback: true });
  assertEquals(status, 500);
  assertEquals(body.includes("You must define the 'loginUrl' setting"), true);
});
