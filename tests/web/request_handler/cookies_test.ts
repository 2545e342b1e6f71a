import { assertEquals, assertThrows } from "@std/assert";
import { Application, CookieError, HTTPError, RequestHandler, type Settings } from "../../../src/web/mod.ts";
import { utf8 } from "../../../src/util/escape.ts";
import { answered, ask, type FakeConnection } from "../../support/fake_connection.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const SECRET = "0123456789abcdef";

/** What a handler that does `action` answers to a request with that Cookie header. */
function answerOf(action: (handler: RequestHandler) => unknown, cookie = "", settings: Settings = {}): FakeConnection {
  class Handler extends RequestHandler {
    override async get(): Promise<void> {
      await action(this);
    }
  }
  const app = new Application([["/", Handler]], { logFunction() {}, cookieSecret: SECRET, ...settings });
  return ask(app, "/", { headers: cookie === "" ? {} : { Cookie: cookie } });
}

/** The same, once it is complete. */
function answer(...args: Parameters<typeof answerOf>): Promise<FakeConnection> {
  return answered(answerOf(...args));
}

function setCookies(connection: FakeConnection): string[] {
  return connection.headers.getList("Set-Cookie");
}

function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

test("RequestHandler.getCookie() gives what the request has, or the default", async () => {
  await answer((handler) => {
    assertEquals(handler.getCookie("a"), "1");
    assertEquals(handler.getCookie("b"), "two words");
    assertEquals(handler.getCookie("c"), null);
    assertEquals(handler.getCookie("c", "x"), "x");
    assertEquals([...handler.cookies.keys()], ["a", "b"]);
    handler.setCookie("a", "2");
    assertEquals(handler.getCookie("a"), "1", "what is being set is not seen");
  }, 'a=1; b="two words"; path=/');
});

test("RequestHandler.setCookie() adds headers after all others, the last of a cookie alone and last", async () => {
  const connection = await answer((handler) => {
    handler.setCookie("a", "1");
    handler.setCookie("b", utf8("2"));
    handler.setCookie("a", "3", { httponly: true });
    handler.setHeader("X-Late", "1");
    handler.write("body");
  });
  assertEquals(setCookies(connection), ["b=2; Path=/", "a=3; HttpOnly; Path=/"]);
  assertEquals([...connection.headers.keys()].slice(-3), ["Etag", "Content-Length", "Set-Cookie"]);
});

test("RequestHandler.setCookie() keeps cookies by name, domain and path, as browsers do", async () => {
  const connection = await answer((handler) => {
    handler.setCookie("sid", "a", { path: "/x" });
    handler.setCookie("sid", "b", { path: "/y" });
    handler.setCookie("sid", "c", { path: "/y", domain: "example.com" });
    handler.setCookie("sid", "d", { path: null });
    handler.setCookie("sid", "e", { path: "" });
    handler.setCookie("sid", "f", { path: "/y", domain: ".Example.com" });
    handler.setSignedCookie("sid", "g", { path: "/x" });
    handler.clearCookie("sid", { path: "/x" });
  });
  assertEquals(setCookies(connection).map((cookie) => cookie.replace(/ expires=[^;]*;/, "")), [
    "sid=b; Path=/y",
    "sid=e",
    "sid=f; Domain=.Example.com; Path=/y",
    'sid=""; Path=/x',
  ]);
});

test("RequestHandler.setCookie() refuses attributes that no header can carry, whether it is text or a signed value", async () => {
  const connection = await answer((handler) => {
    for (const attribute of ["path", "domain", "samesite", "priority"]) {
      for (const value of ["/\u4e2d", "\ud800", "/\u{1f600}", "\u0100", "a\x7f", "a\0"]) {
        assertThrows(() => handler.setCookie("a", "1", { [attribute]: value }), CookieError, attribute);
        assertThrows(() => handler.setSignedCookie("a", "1", { [attribute]: value }), CookieError, attribute);
        assertThrows(() => handler.clearCookie("a", { [attribute]: value }), CookieError, attribute);
      }
    }
    handler.setCookie("b", "1", { path: "/é" });
  });
  assertEquals([connection.startLine?.code, setCookies(connection)], [200, ["b=1; Path=/é"]]);
});

test("RequestHandler.setCookie() refuses what could add another header", async () => {
  const connection = await answer((handler) => {
    assertThrows(() => handler.setCookie("a\r\nX: y", "1"), CookieError);
    assertThrows(() => handler.setCookie("a", "1\r\nX: y"), CookieError);
    assertThrows(() => handler.setCookie("a", "1", { domain: "x; HttpOnly" }), CookieError);
  });
  assertEquals(setCookies(connection), []);
});

test("cookies are set by redirects, error pages, 304 and what is flushed", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception/);
  const actions: ((handler: RequestHandler) => unknown)[] = [
    (handler) => handler.redirect("/x"),
    () => {
      throw new HTTPError(404);
    },
    () => {
      throw new Error("oops");
    },
    (handler) => handler.setStatus(304),
    async (handler) => {
      handler.write("1");
      await handler.flush();
      handler.write("2");
    },
    (handler) => handler.clear(),
  ];
  for (const action of actions) {
    const connection = await answer((handler) => {
      handler.setCookie("a", "1");
      return action(handler);
    });
    assertEquals(setCookies(connection), ["a=1; Path=/"], String(connection.status));
  }
});

test("RequestHandler.clearCookie() and clearAllCookies() take cookies away", async () => {
  using _clock = new FakeClock({ now: 1700000000 });
  const gone = "expires=Mon, 14 Nov 2022 22:13:20 GMT";
  const one = await answer((handler) => handler.clearCookie("a", { domain: "x.org" }), "a=1; b=2");
  assertEquals(setCookies(one), [`a=""; Domain=x.org; ${gone}; Path=/`]);
  const all = await answer((handler) => handler.clearAllCookies({ path: "/p" }), "a=1; b=2");
  assertEquals(setCookies(all), [`a=""; ${gone}; Path=/p`, `b=""; ${gone}; Path=/p`]);
});

test("RequestHandler.setSignedCookie() signs for 30 days, getSignedCookie() reads", async () => {
  using clock = new FakeClock({ now: 1700000000 });
  const [header] = setCookies(await answer((handler) => handler.setSignedCookie("user", "ada")));
  const [, value, expires] = /^user=(2\|1:0\|10:1700000000\|4:user\|4:YWRh\|[0-9a-f]{64}); (expires=[^;]*); Path=\/$/
    .exec(header) ?? [];
  assertEquals(expires, "expires=Thu, 14 Dec 2023 22:13:20 GMT");
  const read = (cookie: string, settings: Settings = {}) => {
    let got: unknown;
    return answer(
      (handler) => {
        got = [
          text(handler.getSignedCookie("user")),
          text(handler.getSecureCookie("user")),
          handler.getSignedCookieKeyVersion("user"),
        ];
      },
      cookie,
      settings,
    ).then(() => got);
  };
  assertEquals(await read(`user="${value}"`), ["ada", "ada", 0]);
  assertEquals(await read(`user=${value}`), ["ada", "ada", 0]);
  assertEquals(await read(`user="${value}x"`), [null, null, 0]);
  assertEquals(await read(`other="${value}"`), [null, null, null]);
  assertEquals(await read(`user="${value}"`, { cookieSecret: "another" }), [null, null, 0]);
  assertEquals(await read(`user="${value}"`, { cookieSecret: { 0: SECRET, 1: "new" }, keyVersion: 1 }), [
    "ada",
    "ada",
    0,
  ]);
  clock.advance(31 * 86400 + 1);
  assertEquals(await read(`user="${value}"`), [null, null, 0]);
});

test("RequestHandler.setSignedCookie() has the options of a cookie, and its version", async () => {
  using _clock = new FakeClock({ now: 1700000000 });
  const connection = await answer((handler) => {
    handler.setSignedCookie("a", "1", { expiresDays: null, httponly: true });
    handler.setSignedCookie("b", utf8("2"), { expiresDays: 1, version: 1 });
    handler.setSecureCookie("c", "3", { maxAge: 5, expiresDays: null });
  });
  const [a, b, c] = setCookies(connection);
  assertEquals(a.replace(/^a=".*?"/, ""), "; HttpOnly; Path=/");
  assertEquals(b.replace(/[0-9a-f]{40}/, "S"), 'b="Mg==|1700000000|S"; expires=Wed, 15 Nov 2023 22:13:20 GMT; Path=/');
  assertEquals(c.replace(/^c=".*?"/, ""), "; Max-Age=5; Path=/");
});

test("RequestHandler.getSignedCookieText() decodes what getSignedCookie() reads, and takes only UTF-8", async () => {
  await answer((handler) => {
    const value = (bytes: string | Uint8Array<ArrayBuffer>) => ({
      value: new TextDecoder().decode(handler.createSignedValue("n", bytes)),
    });
    assertEquals(handler.getSignedCookieText("n", value("Zoë")), "Zoë");
    assertEquals(handler.getSignedCookieText("n", value("")), "");
    assertEquals(handler.getSignedCookieText("n", value(new Uint8Array([0xff]))), null);
    assertEquals(handler.getSignedCookieText("n", { ...value("v"), maxAgeDays: -1 }), null);
    assertEquals(handler.getSignedCookieText("other", value("v")), null);
    assertEquals(handler.getSignedCookieText("n"), null);
  });
});

test("RequestHandler.getSignedCookie() reads a given value, and has limits of age and version", async () => {
  using _clock = new FakeClock({ now: 1700000000 });
  await answer((handler) => {
    const [v1, v2] = [1, 2].map((version) => text(handler.createSignedValue("n", "v", { version })));
    assertEquals(text(handler.getSignedCookie("n", { value: v1 })), "v");
    assertEquals(text(handler.getSignedCookie("n", { value: v2, maxAgeDays: 0 })), "v");
    assertEquals(handler.getSignedCookie("n", { value: v1, minVersion: 2 }), null);
    assertEquals(handler.getSignedCookie("n", { value: v2, maxAgeDays: -1 }), null);
    assertEquals(handler.getSecureCookieKeyVersion("n", v2), 0);
    assertEquals(handler.getSignedCookieKeyVersion("n", v1), null);
  });
});

test("signed cookies need a secret, and of several the one that signs", async () => {
  const without = "You must define the 'cookieSecret' setting in your application to use secure cookies";
  await answer(
    (handler) => {
      assertThrows(() => handler.setSignedCookie("a", "1"), Error, without);
      assertThrows(() => handler.getSignedCookie("a"), Error, without);
      assertThrows(() => handler.getSignedCookieText("a"), Error, without);
      assertThrows(() => handler.createSignedValue("a", "1"), Error, without);
      assertThrows(() => handler.getSignedCookieKeyVersion("a"), Error, without);
    },
    "",
    { cookieSecret: "" },
  );
  await answer(
    (handler) => {
      assertThrows(() => handler.setSignedCookie("a", "1"), Error, "keyVersion");
    },
    "",
    { cookieSecret: { 1: "a" } },
  );
  const connection = await answer((handler) => handler.setSignedCookie("a", "1"), "", {
    cookieSecret: { 1: "a", 2: "b" },
    keyVersion: 2,
  });
  assertEquals(setCookies(connection)[0].startsWith('a="2|1:2|'), true);
});

test("a request that uses no cookie has none parsed or set", async () => {
  const connection = await answer((handler) => handler.write("x"), "a=1");
  assertEquals(connection.headers.has("Set-Cookie"), false);
});
