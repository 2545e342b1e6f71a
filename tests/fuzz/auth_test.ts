// Answers of a provider with anything in any place: a login is refused with 403 or, where nothing that counts was
// changed, taken; it is never an uncaught exception.
import { assert, assertEquals } from "@std/assert";
import { IdentityProvider, type Json } from "../support/identity_provider.ts";
import { fuzzSeed, fuzzTimes } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";
import { attempts, LoginSite } from "../auth/_site.ts";

const VALUES: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1e308,
  "",
  "a",
  "\u0000\n",
  "a.b.c",
  "https://",
  "http://[",
  "x".repeat(5000),
  [],
  [null],
  [["a"]],
  {},
  { toString: 1 },
  { length: 3 },
];

/** Changes one member of an object, or of an object within it. */
function mutate(random: Random, value: Json): Json {
  const names = [...Object.keys(value), "__proto__", "constructor", "extra"];
  const name = random.pick(names);
  const changed = new Map(Object.entries(value));
  changed.set(name, random.pick(VALUES));
  return Object.fromEntries([...changed].filter(([, member]) => member !== undefined));
}

/** Changes a byte of a text, or its length. */
function garble(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  return random.pick([
    text.slice(0, at),
    text.slice(0, at) + random.pick(["", ".", "=", "\u0000", "é", "{", "A"]) + text.slice(at + 1),
    text.slice(0, at) + text,
  ]);
}

test("logins with anything in the provider's answers are taken or refused", async (t) => {
  await using provider = await IdentityProvider.start();
  const random = new Random(fuzzSeed());
  const counts = new Map<number, number>();
  for (let rounds = fuzzTimes(300); rounds > 0; rounds--) {
    await using site = new LoginSite(provider);
    provider.faults = {};
    const place = random.below(9);
    const answer = await site.begin();
    if (place === 0) {
      provider.faults = {
        metadata: (all) => random.below(4) === 0 ? garble(random, JSON.stringify(all)) : mutate(random, all),
      };
      await using other = new LoginSite(provider);
      const { code } = await other.browser.get("/login");
      counts.set(code, (counts.get(code) ?? 0) + 1);
      continue;
    }
    if (place === 1) provider.faults = { keys: (keys) => keys.map((key) => mutate(random, key)) };
    if (place === 2) provider.faults = { header: (header) => mutate(random, header) };
    if (place === 3) provider.faults = { claims: (claims) => mutate(random, claims) };
    if (place === 4) provider.faults = { idToken: (token) => garble(random, token) };
    if (place === 5) provider.faults = { tokens: (tokens) => mutate(random, tokens) };
    if (place === 6) provider.faults = { userinfo: (claims) => mutate(random, claims) };
    if (place === 7) {
      provider.faults = {
        answer: (handler, path) => {
          if (path !== random.pick(["/token", "/keys", "/userinfo"])) return null;
          handler.setStatus(random.pick([200, 201, 204, 301, 400, 401, 403, 429, 500, 503]));
          const challenge = random.pick(["Basic", "Bearer error=", "=,", "Digest a=b, c"]);
          if (random.below(2) === 0) handler.setHeader("WWW-Authenticate", challenge);
          handler.setHeader("Content-Type", random.pick(["application/json", "text/html", "application/jwt"]));
          return handler.getStatus() === 204
            ? ""
            : random.pick(["", "{}", "[]", '{"error":7}', '{"error":"a b"}', "a.b.c"]);
        },
      };
    }
    let query = String(answer);
    if (place === 8) query = garble(random, query).replace(/[^\x21-\x7e]|[#\\]/g, "");
    const { code } = await site.browser.get(`/login?${query}`);
    counts.set(code, (counts.get(code) ?? 0) + 1);
    // What is left of the answer may begin another login.
    assert(attempts(site.browser).length <= 2);
    if (code === 302 && site.logins.length > 0) assertEquals(site.logins[0]?.claims.sub, "user-1");
  }
  assertEquals(
    [...counts.keys()].filter((code) => code !== 302 && code !== 403 && code !== 400),
    [],
    JSON.stringify([...counts]),
  );
  assert((counts.get(302) ?? 0) > 0 && (counts.get(403) ?? 0) > 0);
  t.expectLog("tornado.general", /Login refused/);
  t.expectLog("tornado.access", /^40[03]/);
}, { deadline: 600 });
