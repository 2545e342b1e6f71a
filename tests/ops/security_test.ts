import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { cors, crossOrigin, securityHeaders } from "../../src/ops/security.ts";
import { DictLoader } from "../../src/template/mod.ts";
import { Application, HTTPError, RequestHandler } from "../../src/web/mod.ts";
import { QUIET, site, WAYS } from "../contracts/_http_server/site.ts";
import { test } from "../support/test.ts";

const PAGE = '<script nonce="{{ handler.cspNonce }}">start()</script>';

class Page extends RequestHandler {
  override get(): void {
    this.render("page.html");
  }
}

class Plain extends RequestHandler {
  override get(): void {
    if (this.getArgument("fail", null) !== null) throw new HTTPError(403);
    this.write("plain");
  }
  override put(): void {
    this.write("put");
  }
}

/** Asks for the nonce before and after the head, or only after it. */
class Late extends RequestHandler {
  override async get(): Promise<void> {
    const early = this.getArgument("early", null) === null ? null : this.cspNonce;
    this.write("head,");
    await this.flush();
    try {
      this.write(this.cspNonce === early ? "same" : "another");
    } catch (error) {
      this.write(error instanceof Error ? error.message : "thrown");
    }
  }
}

for (const way of WAYS) {
  test(`cspNonce (${way.engine}, ${way.port ? "port" : "memory"}) is refused once the policy has left without it`, async () => {
    const settings = { ...QUIET, securityHeaders: securityHeaders({ contentSecurityPolicy: "strict" }) };
    await using client = site(way, [["/", Late]], settings);
    assertEquals((await client.get("/?early=1")).text, "head,same");
    assertEquals((await client.get("/")).text, "head,Cannot make a nonce after headers have been written");
  });

  test(`securityHeaders() (${way.engine}, ${way.port ? "port" : "memory"}) protects pages and error pages`, async () => {
    const settings = {
      ...QUIET,
      securityHeaders: securityHeaders({ contentSecurityPolicy: "strict" }),
      templateLoader: new DictLoader({ "page.html": PAGE }),
    };
    await using client = site(way, [["/page", Page], ["/plain", Plain]], settings);
    const page = await client.get("/page");
    const [, nonce = ""] = /nonce="([^"]+)"/.exec(page.text) ?? [];
    assertEquals(
      page.headers.get("Content-Security-Policy"),
      `frame-ancestors 'none'; default-src 'self'; script-src 'self' 'nonce-${nonce}'; object-src 'none'; ` +
        "base-uri 'none'; form-action 'self'",
    );
    const [, other = ""] = /nonce="([^"]+)"/.exec((await client.get("/page")).text) ?? [];
    assertNotEquals(other, nonce);
    for (const path of ["/plain", "/plain?fail=1", "/missing"]) {
      const { headers } = await client.get(path);
      assertEquals(headers.get("X-Content-Type-Options"), "nosniff", path);
      assertEquals(headers.get("X-Frame-Options"), "DENY");
      assertEquals(headers.get("Referrer-Policy"), "strict-origin-when-cross-origin");
      assertEquals(headers.get("Cross-Origin-Opener-Policy"), "same-origin");
      assertEquals(headers.get("Strict-Transport-Security"), null);
      assert(headers.get("Content-Security-Policy")?.includes("script-src 'self';"));
    }
  });

  test(`cors() (${way.engine}, ${way.port ? "port" : "memory"}) answers questions, and marks responses`, async () => {
    const rules = cors({
      origins: ["https://app.example.com"],
      methods: ["GET", "PUT"],
      headers: ["X-Token"],
      exposedHeaders: ["X-Count"],
      credentials: true,
      maxAge: 60,
    });
    await using client = site(way, [["/", Plain]], { ...QUIET, cors: rules });
    const ask = (Origin: string) =>
      client.fetch("/", { method: "OPTIONS", headers: { Origin, "Access-Control-Request-Method": "PUT" } });
    const question = await ask("https://app.example.com");
    assertEquals(question.code, 204);
    assertEquals(question.headers.get("Access-Control-Allow-Origin"), "https://app.example.com");
    assertEquals(question.headers.get("Access-Control-Allow-Methods"), "GET, PUT");
    assertEquals(question.headers.get("Access-Control-Allow-Headers"), "X-Token");
    assertEquals(question.headers.get("Access-Control-Allow-Credentials"), "true");
    assertEquals(question.headers.get("Access-Control-Max-Age"), "60");
    for (const origin of ["https://evil.example.com", "null", "http://app.example.com"]) {
      const refused = await ask(origin);
      assertEquals([refused.code, refused.headers.get("Access-Control-Allow-Methods")], [204, null]);
      assertEquals([refused.headers.get("Access-Control-Allow-Origin"), refused.headers.get("Vary")], [null, "Origin"]);
    }
    const error = await client.get("/?fail=1", { headers: { Origin: "https://app.example.com" } });
    assertEquals([error.code, error.headers.get("Access-Control-Expose-Headers")], [403, "X-Count"]);
    const plain = await client.get("/");
    assertEquals([plain.text, plain.headers.get("Vary")], ["plain", "Origin"]);
    // An OPTIONS that is no question of a browser is the handler's.
    assertEquals((await client.fetch("/", { method: "OPTIONS" })).code, 405);
  });
}

test("crossOrigin() opens one handler class", async () => {
  @crossOrigin({ origins: (origin) => origin.endsWith(".example.com") })
  class Open extends Plain {}
  const app = new Application([["/open", Open], ["/", Plain]], QUIET);
  const get = async (path: string) => {
    const headers = { Origin: "https://a.example.com", "Access-Control-Request-Method": "GET" };
    const response = await app.fetch(new Request(`http://localhost${path}`, { method: "OPTIONS", headers }));
    await response.body?.cancel();
    return [response.status, response.headers.get("Access-Control-Allow-Origin")];
  };
  assertEquals(await get("/open"), [204, "https://a.example.com"]);
  assertEquals(await get("/"), [405, null]);
});

/** Origins that are not the one that is let in, as a browser or an attacker may write them. */
const STRANGERS: readonly string[] = [
  "https://app.example.com.evil.org",
  "https://evilapp.example.com",
  "https://app.example.com:8443",
  "https://app.example.com/",
  "https://app.example.com,https://evil.org",
  "https://app.example.com https://evil.org",
  "https://APP.example.com",
  "HTTPS://app.example.com",
  "https://app.example.com@evil.org",
  "https://evil.org#https://app.example.com",
  "https://xn--app.example.com",
  "https://app.example.com%00",
  "https://app.example.com.",
  "//app.example.com",
  "app.example.com",
  "file://",
  "null",
  "undefined",
  "*",
  "",
];

test("cors() lets no other origin in, however it is written, and says nothing of the one that may", async () => {
  const rules = cors({ origins: ["https://app.example.com"], methods: ["put", "PATCH"], credentials: true });
  await using client = site({ engine: "listen", port: false }, [["/", Plain]], { ...QUIET, cors: rules });
  for (const Origin of STRANGERS) {
    for (const method of ["GET", "OPTIONS"]) {
      const headers = { Origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x" };
      const answer = await client.fetch("/", { method, headers });
      const names = [...answer.headers.keys()].filter((name) => /^access-control/i.test(name));
      assertEquals([names, answer.headers.get("Vary")], [[], "Origin"], `${method} ${Origin}`);
    }
  }
  const headers = { Origin: "https://app.example.com", "Access-Control-Request-Method": "PUT" };
  const { headers: fields } = await client.fetch("/", { method: "OPTIONS", headers });
  assertEquals(fields.get("Access-Control-Allow-Methods"), "PUT, PATCH");
  assertEquals(fields.get("Access-Control-Allow-Origin"), "https://app.example.com");
});

test("securityHeaders() and cors() refuse what would not protect", () => {
  assertThrows(() => cors({ origins: "*", credentials: true }), TypeError, "credentials");
  for (const origin of ["https://a.example.com/", "a.example.com", "https://*.example.com/x", "null"]) {
    assertThrows(() => cors({ origins: [origin] }), TypeError, "Not an origin");
  }
  for (const name of ["", "A B", "A\r\nB", "A,B", "ä", "A\0"]) {
    for (const option of ["methods", "headers", "exposedHeaders"]) {
      assertThrows(() => cors({ origins: "*", [option]: [name] }), TypeError, "Not a method or the name of a field");
    }
  }
  for (const seconds of [-1, NaN, Infinity, 0.5]) {
    assertThrows(() => cors({ origins: "*", maxAge: seconds }), TypeError, "Invalid maxAge");
    assertThrows(() => securityHeaders({ hsts: seconds }), TypeError, "Invalid hsts");
  }
  for (const source of ["'self'; img-src *", "", "é.example.com", "a\0b"]) {
    const policy = { "script-src": [source] };
    assertThrows(() => securityHeaders({ contentSecurityPolicy: policy }), TypeError, "Invalid part of a policy");
  }
  for (const referrer of ["", "origin\r\nX: y"]) {
    assertThrows(() => securityHeaders({ referrer }), TypeError, "Invalid referrer");
  }
  // Programs without types: a text that is not "*" must not open the site to all.
  const options = JSON.parse('{"origins":"https://app.example.com"}');
  assertThrows(() => cors(options), TypeError, 'a list, a function, or "*" for all');
});

test("securityHeaders() sends HSTS over TLS alone, and gives way to a handler's own headers", async () => {
  class Own extends RequestHandler {
    override get(): void {
      this.setHeader("X-Frame-Options", "SAMEORIGIN");
      this.setHeader("Content-Security-Policy", "default-src *");
      this.write("own");
    }
  }
  const app = new Application([["/", Own]], {
    ...QUIET,
    securityHeaders: securityHeaders({ hsts: 60, hstsSubDomains: true, frames: "self" }),
  });
  const { headers } = await app.fetch(new Request("https://localhost/"));
  assertEquals(headers.get("Strict-Transport-Security"), "max-age=60; includeSubDomains");
  assertEquals(headers.get("X-Frame-Options"), "SAMEORIGIN");
  assertEquals(headers.get("Content-Security-Policy"), "default-src *");
});
