import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import {
  CookieSessions,
  type CookieSessionsOptions,
  MemorySessionStore,
  ServerSessions,
  type ServerSessionsOptions,
  type SessionCookieOptions,
  type SessionStore,
  type StoredSession,
} from "../../src/ops/sessions.ts";
import { FakeClock, TestClient } from "../../src/testing/mod.ts";
import { Application, type HandlerGuard, RequestHandler } from "../../src/web/mod.ts";
import { QUIET, site, type Way, WAYS } from "../contracts/_http_server/site.ts";
import { test } from "../support/test.ts";

class Base extends RequestHandler {
  override newSession(): { visits: number; cart: string[]; note?: string } {
    return { visits: 0, cart: [] };
  }
}

class Visits extends Base {
  override get(): void {
    this.write(`${++this.session.data.visits} ${this.session.user}`);
  }
}

class Look extends Base {
  override get(): void {
    const { data, user, isNew } = this.session;
    this.write({ data, user, isNew });
  }
}

class Login extends Base {
  override post(): void {
    this.session.logIn(this.getBodyArgument("user"));
    this.session.flash("info", "Welcome");
    this.write("in");
  }
}

class Logout extends Base {
  override post(): void {
    this.session.end();
    this.write("out");
  }
}

class Flashes extends Base {
  override get(): void {
    this.write(JSON.stringify(this.session.takeFlashes()));
  }
}

/** Adds to the cart, and waits before the end. */
class Cart extends Base {
  static gate: Promise<void> = Promise.resolve();

  override async post(): Promise<void> {
    const item = this.getBodyArgument("item");
    if (item === "note") this.session.data.note = "n";
    else this.session.data.cart.push(item);
    await Cart.gate;
    this.write("ok");
  }
}

class Count extends Base {
  override async post(): Promise<void> {
    await this.session.update((data) => data.visits++);
    this.write("ok");
  }
}

const RULES = [
  ["/visits", Visits],
  ["/look", Look],
  ["/login", Login],
  ["/logout", Logout],
  ["/flashes", Flashes],
  ["/cart", Cart],
  ["/count", Count],
] as const;

function serverSessions(options: Partial<ServerSessionsOptions> = {}): ServerSessions {
  return new ServerSessions({ store: new MemorySessionStore(), secure: false, ...options });
}

function cookieSessions(options: CookieSessionsOptions = {}): CookieSessions {
  return new CookieSessions({ secret: "a secret of some length", secure: false, ...options });
}

function open(sessions: HandlerGuard, way: Way = { engine: "listen", port: false }): TestClient {
  return site(way, [...RULES], { ...QUIET, sessions });
}

const post = (client: TestClient, path: string, form: Record<string, string> = {}) => client.post(path, { form });
/** What a visitor's session is. */
interface Seen {
  readonly data: { readonly visits: number };
  readonly user: string | null;
  readonly isNew: boolean;
}

async function look(client: TestClient, options: { headers?: Record<string, string> } = {}): Promise<Seen> {
  return JSON.parse((await client.get("/look", options)).text);
}

const cookie = (client: TestClient) => client.cookies.get("session") ?? null;

const KINDS: readonly (readonly [string, (options?: SessionCookieOptions) => HandlerGuard])[] = [
  ["ServerSessions", serverSessions],
  ["CookieSessions", cookieSessions],
];

for (const [kind, make] of KINDS) {
  for (const way of WAYS) {
    test(`${kind} (${way.engine}, ${way.port ? "port" : "memory"}) keeps values, and sets nothing without need`, async () => {
      await using client = open(make(), way);
      const first = await client.get("/look");
      assertEquals(first.json(), { data: { visits: 0, cart: [] }, user: null, isNew: true });
      assertEquals(first.headers.get("Set-Cookie"), null);
      const second = await client.get("/visits");
      assertEquals(second.text, "1 null");
      assert(/; HttpOnly; Path=\/; SameSite=Lax$/i.test(second.headers.get("Set-Cookie") ?? ""), "attributes");
      assertEquals(second.headers.get("Cache-Control"), "no-store");
      assertEquals((await client.get("/visits")).text, "2 null");
      const look = await client.get("/look");
      assertEquals(look.json(), { data: { visits: 2, cart: [] }, user: null, isNew: false });
      assertEquals(look.headers.get("Set-Cookie"), null);
    });
  }

  test(`${kind} ends a session after idle seconds, and after absolute seconds in any case`, async () => {
    using clock = new FakeClock();
    await using client = open(make({ idle: 100, absolute: 250 }));
    assertEquals((await client.get("/visits")).text, "1 null");
    for (const text of ["2 null", "3 null"]) {
      clock.advance(99);
      assertEquals((await client.get("/visits")).text, text);
    }
    // 198 s are over; the visitor was there all the time.
    clock.advance(53);
    assertEquals((await client.get("/visits")).text, "1 null");
    clock.advance(101);
    assertEquals((await client.get("/visits")).text, "1 null");
  });

  test(`${kind} keeps a session that is only read, as long as the visitor comes`, async () => {
    using clock = new FakeClock();
    await using client = open(make({ idle: 100, absolute: 1000 }));
    await client.get("/visits");
    for (let i = 0; i < 5; i++) {
      clock.advance(60);
      assertEquals((await look(client)).isNew, false);
    }
  });

  test(`${kind} gives a flash message to one request`, async () => {
    await using client = open(make());
    await post(client, "/login", { user: "ann" });
    assertEquals((await client.get("/flashes")).json(), [{ kind: "info", text: "Welcome" }]);
    assertEquals((await client.get("/flashes")).json(), []);
    assertEquals((await look(client)).user, "ann");
  });

  test(`${kind}: two cookies of the name are none, so that a planted one decides nothing`, async () => {
    await using client = open(make());
    await post(client, "/login", { user: "ann" });
    const own = cookie(client);
    const both = { headers: { Cookie: `session=planted; session=${own}` } };
    const app = client.url("/look");
    await using stranger = open(make());
    assertEquals((await look(stranger, both)).user, null);
    assert(app.endsWith("/look"));
    // To take one back would leave the planted one alone.
    const answer = await client.get("/look", both);
    assertEquals([JSON.parse(answer.text).user, answer.headers.get("Set-Cookie")], [null, null]);
    assertEquals(cookie(client), own);
  });

  test(`${kind} refuses a value that has no JSON form, and keeps the session as it was`, async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception GET \/odd/);
    class Odd extends Base {
      override async get(): Promise<void> {
        if (this.getArgument("flush", null) !== null) await this.flush();
        const value: object = {};
        const isCycle = this.getArgument("map", null) === null;
        Object.assign(this.session.data, { note: isCycle ? Object.assign(value, { value }) : { map: new Map() } });
      }
    }
    const app = new Application([...RULES, ["/odd", Odd]], { ...QUIET, sessions: make() });
    await using client = new TestClient(app, { raiseServerErrors: false });
    await client.get("/visits");
    for (const path of ["/odd", "/odd?map=1"]) {
      const answer = await client.get(path);
      assertEquals(answer.code, 500);
      assertStringIncludes(answer.text, "500: Internal Server Error");
    }
    assertEquals((await look(client)).data.visits, 1);
  });

  test(`${kind} says what comes too late for a cookie`, async (t) => {
    t.expectLog("tornado.general", /^Cannot save a session: it was changed after headers had been written/);
    class Late extends Base {
      override async get(): Promise<void> {
        await this.flush();
        const { session } = this;
        for (const change of [() => session.logIn("ann"), () => session.rotate()]) {
          assertThrows(change, Error, "after headers have been written");
        }
        await assertRejects(() => session.update((data) => data.visits++), Error, "after headers have been written");
        this.write("late");
      }
    }
    const app = new Application([...RULES, ["/late", Late]], { ...QUIET, sessions: make() });
    await using client = new TestClient(app);
    assertEquals((await client.get("/late")).text, "late");
    assertEquals(cookie(client), null);
    assertEquals((await look(client)).isNew, true);
  });

  test(`${kind} refuses times and names that are none`, () => {
    for (const options of [{ idle: NaN }, { absolute: NaN }]) {
      assertThrows(() => make(options), TypeError, "not a number of seconds");
    }
    for (const name of ["", "a b", "a=b", "a;b", "ä"]) {
      assertThrows(() => make({ name }), TypeError, "Invalid name of a cookie");
    }
  });

  test(`${kind} takes cookies that it has not made for none, and goes on`, async (t) => {
    if (kind === "CookieSessions") t.expectLog("tornado.general", /^Invalid cookie signature/);
    await using own = open(make());
    await post(own, "/login", { user: "ann" });
    const known = cookie(own) ?? "";
    const { length } = known;
    const values = [
      "",
      '""',
      "=",
      "null",
      "undefined",
      "[object Object]",
      "__proto__",
      "../../etc/passwd",
      "%00",
      "a".repeat(43),
      "-".repeat(43),
      "é".repeat(43),
      "a".repeat(8000),
      "2|1:0|10:1700000000|7:session|2:e30|",
      "2|1:0|10:9999999999|7:session|2:e30|".padEnd(100, "0"),
      "1|e30|".padEnd(60, "0"),
      known.slice(1),
      known.slice(0, -1),
      `${known}x`,
      `x${known}`,
      known.toUpperCase() === known ? known.toLowerCase() : known.toUpperCase(),
      known.slice(0, length / 2) + known.slice(length / 2).toLowerCase() + "Z",
      known + known,
      `${known}; session=`,
      `; session=${known}; session=x`,
      `x; session=${known}`,
    ];
    await using stranger = open(make());
    for (const value of values) {
      const { user, isNew, data } = await look(stranger, { headers: { Cookie: `session=${value}` } });
      assertEquals([user, isNew, data.visits], [null, true, 0], value);
    }
    for (const line of ["session", ";;;", "=;=", `Session=${known}`, `session_=${known}`, `sess ion=${known}`, ","]) {
      assertEquals((await look(stranger, { headers: { Cookie: line } })).user, null, line);
    }
  });

  test(`${kind} is refused by an application without the setting`, async (t) => {
    t.expectLog("tornado.application", /Uncaught exception GET \//);
    await using client = site({ engine: "listen", port: false }, [["/", Look]]);
    assertEquals((await client.get("/")).code, 500);
  });
}

for (const [kind, make] of KINDS) {
  test(`${kind} keeps the values of a visitor who logs in, and gives none of them to another user`, async () => {
    await using client = open(make());
    await client.get("/visits");
    await post(client, "/cart", { item: "tea" });
    await post(client, "/login", { user: "ann" });
    await post(client, "/cart", { item: "note" });
    await post(client, "/login", { user: "ann" });
    assertEquals(await look(client), { data: { visits: 1, cart: ["tea"], note: "n" }, user: "ann", isNew: false });
    await post(client, "/login", { user: "bob" });
    assertEquals(await look(client), { data: { visits: 0, cart: [] }, user: "bob", isNew: false });
    assertEquals((await client.get("/flashes")).json(), [{ kind: "info", text: "Welcome" }]);
  });
}

for (const [kind, make] of KINDS) {
  test(`${kind}: what comes after the end in the same request begins another session`, async () => {
    class Leave extends Base {
      override get(): void {
        this.session.end();
        this.session.flash("info", "Goodbye");
        this.write(this.session.data);
      }
    }
    class Switch extends Base {
      override get(): void {
        this.session.end();
        this.session.logIn("bob");
        this.write("switched");
      }
    }
    const app = new Application([...RULES, ["/leave", Leave], ["/switch", Switch]], { ...QUIET, sessions: make() });
    await using client = new TestClient(app);
    await post(client, "/login", { user: "ann" });
    await client.get("/visits");
    const before = cookie(client);
    assertEquals((await client.get("/leave")).json(), { visits: 0, cart: [] });
    assertNotEquals(cookie(client), before);
    assertEquals(await look(client), { data: { visits: 0, cart: [] }, user: null, isNew: false });
    assertEquals((await client.get("/flashes")).json(), [{ kind: "info", text: "Goodbye" }]);
    await post(client, "/login", { user: "ann" });
    await client.get("/visits");
    await client.get("/switch");
    assertEquals(await look(client), { data: { visits: 0, cart: [] }, user: "bob", isNew: false });
    await post(client, "/logout");
    assertEquals(cookie(client), null);
  });
}

test("ServerSessions: the time of a session restarts with the next user, and its record is the only one", async () => {
  using clock = new FakeClock();
  const store = new MemorySessionStore();
  const sessions = serverSessions({ store, idle: 1000, absolute: 1000 });
  await using client = open(sessions);
  await post(client, "/login", { user: "ann" });
  await clock.advance(900);
  await post(client, "/login", { user: "bob" });
  assertEquals(store.size, 1);
  await clock.advance(900);
  assertEquals((await look(client)).user, "bob");
  await clock.advance(101);
  assertEquals((await look(client)).user, null);
});

test("ServerSessions: the time of a login begins with it, and changes of a stream's session are saved", async () => {
  using clock = new FakeClock();
  class Stream extends Base {
    override async get(): Promise<void> {
      await this.flush();
      this.session.data.visits = 7;
      this.write("streamed");
    }
  }
  const sessions = serverSessions({ idle: 1000, absolute: 1000 });
  await using client = new TestClient(new Application([...RULES, ["/stream", Stream]], { ...QUIET, sessions }));
  await client.get("/visits");
  await client.get("/stream");
  assertEquals((await look(client)).data.visits, 7);
  await clock.advance(900);
  await post(client, "/login", { user: "ann" });
  await clock.advance(900);
  assertEquals((await look(client)).user, "ann");
  await clock.advance(101);
  assertEquals((await look(client)).user, null);
});

test("ServerSessions: fixation: an identifier that was known before the login is worth nothing afterwards", async () => {
  const sessions = serverSessions();
  const app = new Application([...RULES], { ...QUIET, sessions });
  await using attacker = new TestClient(app);
  await attacker.get("/visits");
  const planted = cookie(attacker);
  await using victim = new TestClient(app);
  victim.cookies.set("session", planted ?? "");
  await post(victim, "/login", { user: "ann" });
  assertNotEquals(cookie(victim), planted);
  assertEquals((await victim.get("/visits")).text, "2 ann");
  assertEquals((await attacker.get("/look")).json(), { data: { visits: 0, cart: [] }, user: null, isNew: true });
  // One that was made up is not taken over either.
  await using made = new TestClient(app);
  made.cookies.set("session", "A".repeat(43));
  await made.get("/visits");
  assertNotEquals(cookie(made), "A".repeat(43));
});

test("ServerSessions: theft: after a logout, or a new login, a copy of the cookie is worth nothing", async () => {
  const sessions = serverSessions();
  const app = new Application([...RULES], { ...QUIET, sessions });
  await using user = new TestClient(app);
  await post(user, "/login", { user: "ann" });
  await using thief = new TestClient(app);
  thief.cookies.set("session", cookie(user) ?? "");
  assertEquals((await look(thief)).user, "ann");
  await post(user, "/login", { user: "ann" });
  assertEquals((await look(thief)).user, null);
  thief.cookies.set("session", cookie(user) ?? "");
  assertEquals((await look(thief)).user, "ann");
  const out = await post(user, "/logout");
  assert(/expires=/i.test(out.headers.get("Set-Cookie") ?? ""));
  assertEquals((await look(thief)).user, null);
});

test("ServerSessions.revokeUser() ends all sessions of a user, and no others", async () => {
  const sessions = serverSessions();
  const app = new Application([...RULES], { ...QUIET, sessions });
  await using phone = new TestClient(app);
  await using laptop = new TestClient(app);
  await using other = new TestClient(app);
  for (const client of [phone, laptop]) await post(client, "/login", { user: "ann" });
  await post(other, "/login", { user: "bob" });
  assertEquals(await sessions.revokeUser("ann"), 2);
  assertEquals((await look(phone)).user, null);
  assertEquals((await look(laptop)).user, null);
  assertEquals((await look(other)).user, "bob");
});

test("ServerSessions: a session that was revoked is not brought back by a request under way", async () => {
  const store = new MemorySessionStore();
  const sessions = serverSessions({ store });
  await using client = open(sessions);
  await post(client, "/login", { user: "ann" });
  const gate = Promise.withResolvers<void>();
  Cart.gate = gate.promise;
  const slow = post(client, "/cart", { item: "book" });
  assertEquals((await look(client)).user, "ann");
  await sessions.revokeUser("ann");
  gate.resolve();
  assertEquals((await slow).text, "ok");
  assertEquals([store.size, (await look(client)).user], [0, null]);
});

test("ServerSessions: parallel requests lose nothing: values are joined, and update() is repeated", async () => {
  await using client = open(serverSessions());
  await client.get("/visits");
  const gate = Promise.withResolvers<void>();
  Cart.gate = gate.promise;
  const both = [post(client, "/cart", { item: "book" }), post(client, "/cart", { item: "note" })];
  await client.get("/visits");
  gate.resolve();
  await Promise.all(both);
  assertEquals((await look(client)).data, { visits: 2, cart: ["book"], note: "n" });
  await Promise.all(Array.from({ length: 30 }, () => post(client, "/count")));
  assertEquals((await look(client)).data.visits, 32);
});

test("MemorySessionStore forgets the oldest beyond its limit, and those that have expired", () => {
  using clock = new FakeClock();
  const store = new MemorySessionStore({ maxSessions: 3 });
  const session = (user: string | null): StoredSession => {
    return { data: "{}", user, flashes: [], created: 0, seen: 0, version: 1 };
  };
  for (const key of ["a", "b", "c", "d"]) assertEquals(store.write(key, session("ann"), 60), true);
  assertEquals([store.size, store.read("a"), store.read("d")?.user], [3, null, "ann"]);
  assertEquals(store.write("d", session("ann"), 60), false);
  clock.advance(60);
  assertEquals(store.read("d"), null);
  store.write("e", session(null), 60);
  assertEquals([store.size, store.deleteUser("ann")], [1, 0]);
});

test("MemorySessionStore forgets many that have expired little by little, and all of them", () => {
  using clock = new FakeClock();
  const store = new MemorySessionStore();
  const session: StoredSession = { data: "{}", user: null, flashes: [], created: 0, seen: 0, version: 1 };
  for (let i = 0; i < 100; i++) store.write(`old ${i}`, session, 60);
  clock.advance(60);
  store.write("new", session, 60);
  assertEquals(store.size, 99);
  for (let i = 0; i < 98; i++) store.write(`new ${i}`, session, 60);
  assertEquals(store.size, 99);
  for (const maxSessions of [0, -1, NaN]) assertThrows(() => new MemorySessionStore({ maxSessions }), RangeError);
});

/** A store that fails when it is told to. */
class Failing implements SessionStore {
  readonly #inner = new MemorySessionStore();
  fails = false;

  #check(): void {
    if (this.fails) throw new Error("no answer");
  }

  read(key: string): StoredSession | null {
    this.#check();
    return this.#inner.read(key);
  }

  write(key: string, session: StoredSession, seconds: number): boolean {
    this.#check();
    return this.#inner.write(key, session, seconds);
  }

  delete(key: string): void {
    this.#check();
    this.#inner.delete(key);
  }

  deleteUser(user: string): number {
    return this.#inner.deleteUser(user);
  }
}

test("ServerSessions answers 503 while its store fails, and goes on with the same session afterwards", async (t) => {
  t.expectLog("tornado.general", /Cannot read a session: no answer/);
  t.expectLog("tornado.general", /Cannot save a session: no answer/);
  const store = new Failing();
  await using client = open(serverSessions({ store }));
  assertEquals((await client.get("/visits")).text, "1 null");
  const known = cookie(client);
  store.fails = true;
  assertEquals((await client.get("/visits")).code, 503);
  client.cookies.clear();
  // The log has a line for each kind of failure, and not for each request.
  for (let i = 0; i < 5; i++) assertEquals((await client.get("/visits")).code, 503);
  assertEquals(t.logs.length, 2);
  store.fails = false;
  client.cookies.set("session", known ?? "");
  assertEquals((await client.get("/visits")).text, "2 null");
});

test("ServerSessions goes on without a session while its store fails, if it is told so", async (t) => {
  t.expectLog("tornado.general", /Cannot read a session: no answer/);
  const store = new Failing();
  await using client = open(serverSessions({ store, onFailure: "open" }));
  await post(client, "/login", { user: "ann" });
  store.fails = true;
  const without = await client.get("/visits");
  assertEquals([without.text, without.headers.get("Set-Cookie")], ["1 null", null]);
  store.fails = false;
  assertEquals((await client.get("/visits")).text, "1 ann");
});

test("CookieSessions verifies with older keys, signs with the new one, and refuses those of removed keys", async (t) => {
  t.expectLog("tornado.general", /unknown key/);
  const app = (keys: Record<number, string>, keyVersion: number) =>
    new Application([...RULES], { ...QUIET, sessions: cookieSessions({ secret: keys, keyVersion }) });
  await using before = new TestClient(app({ 1: "first secret" }, 1));
  await before.get("/visits");
  await using rotated = new TestClient(app({ 1: "first secret", 2: "second secret" }, 2));
  rotated.cookies.set("session", cookie(before) ?? "");
  assertEquals((await rotated.get("/visits")).text, "2 null");
  await using after = new TestClient(app({ 2: "second secret" }, 2));
  after.cookies.set("session", cookie(rotated) ?? "");
  assertEquals((await after.get("/visits")).text, "3 null");
  after.cookies.set("session", cookie(before) ?? "");
  assertEquals((await after.get("/visits")).text, "1 null");
});

test("CookieSessions takes another signed cookie of its name for none, and signs with no empty secret", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception GET \/visits/);
  class Older extends RequestHandler {
    override get(): void {
      this.setSignedCookie("session", this.getArgument("value"));
    }
  }
  const secret = "a secret of some length";
  const settings = { ...QUIET, cookieSecret: secret, sessions: new CookieSessions({ secure: false }) };
  await using client = new TestClient(new Application([...RULES, ["/older", Older]], settings), {
    raiseServerErrors: false,
  });
  for (const value of ["ann", "", "{}", "[1]", '[{},"u",[],"a",1]', "[null,null,null,0,0]"]) {
    await client.get(`/older?value=${encodeURIComponent(value)}`);
    assertEquals((await look(client)).isNew, true, value);
  }
  assertThrows(() => new CookieSessions({ secret: "" }), TypeError, "empty secret");
  const unsigned = new Application([...RULES], { ...settings, cookieSecret: "" });
  const answer = await unsigned.fetch(new Request("http://localhost/visits"));
  assertEquals([answer.status, (await answer.text()).includes("500: Internal Server Error")], [500, true]);
});

test("CookieSessions refuses a cookie that was changed, and a session that is too large", async (t) => {
  t.expectLog("tornado.general", /wrong signature/);
  t.expectLog("tornado.application", /Uncaught exception POST \/cart/);
  await using client = open(cookieSessions());
  Cart.gate = Promise.resolve();
  await client.get("/visits");
  const known = cookie(client) ?? "";
  client.cookies.set("session", known.slice(0, -1) + (known.endsWith("0") ? "1" : "0"));
  assertEquals((await client.get("/visits")).text, "1 null");
  assertEquals((await post(client, "/cart", { item: "x".repeat(5000) })).code, 500);
  assertEquals((await client.get("/visits")).text, "2 null");
});

test("ServerSessions names its cookie __Host- over TLS", async () => {
  const sessions = new ServerSessions({ store: new MemorySessionStore() });
  const app = new Application([...RULES], { ...QUIET, sessions });
  const response = await app.fetch(new Request("https://localhost/visits"));
  const header = response.headers.get("Set-Cookie") ?? "";
  assert(/^__Host-session=[\w-]{43}; HttpOnly; Path=\/; SameSite=Lax; Secure$/i.test(header), header);
  await response.body?.cancel();
});
