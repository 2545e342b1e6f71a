// Every answer that a login must refuse, through our handlers on both engines: 403, no user, no cookie that is left
// over, one line in the log, and nothing secret in it.
import { assertEquals } from "@std/assert";
import { base64Url, IdentityProvider, type Json } from "../support/identity_provider.ts";
import { test } from "../support/test.ts";
import { answers, claim, refusalTest, type Row, status } from "./_rows.ts";
import { attempts, expectRefusal, LoginSite } from "./_site.ts";

/** Signs a token with the text of the public modulus, or with nothing, as those who hope for a weak verifier do. */
async function hmacSigned(token: string, key: string): Promise<string> {
  const [, payload = ""] = token.split(".");
  const signed = `${base64Url(JSON.stringify({ alg: "HS256", kid: "key-0" }))}.${payload}`;
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", new TextEncoder().encode(key), hmac, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(signed));
  return `${signed}.${base64Url(new Uint8Array(signature))}`;
}

const now = () => Math.floor(Date.now() / 1000);
const unsigned = (alg: string) => (token: string) =>
  `${base64Url(JSON.stringify({ alg, kid: "key-0" }))}.${token.split(".")[1]}.`;
const allAlgorithms = (metadata: Json): Json => ({
  ...metadata,
  id_token_signing_alg_values_supported: ["RS256", "none", "HS256", "ES256", "XX999"],
});

const ROWS: readonly Row[] = [
  { name: "another iss", reason: /"iss"/, faults: claim("iss", "http://127.0.0.1:1") },
  { name: "iss with a slash more", reason: /"iss"/, faults: claim("iss", ({ iss }: Json) => `${iss}/`) },
  { name: "no iss", reason: /"iss"/, faults: claim("iss", undefined) },
  { name: "another aud", reason: /"aud"/, faults: claim("aud", "another app") },
  { name: "several aud without ours", reason: /"aud"/, faults: claim("aud", ["a", "b"]) },
  { name: "several aud without azp", reason: /"aud"/, faults: claim("aud", ({ aud }: Json) => [aud, "b"]) },
  { name: "no aud", reason: /"aud"/, faults: claim("aud", undefined) },
  { name: "another azp", reason: /"azp"/, faults: claim("azp", "another app") },
  { name: "exp in the past", reason: /"exp"/, faults: claim("exp", () => now() - 60) },
  { name: "exp of text", reason: /"exp"/, faults: claim("exp", "2100-01-01") },
  { name: "no exp", reason: /"exp"/, faults: claim("exp", undefined) },
  { name: "iat in the future", reason: /"iat"/, faults: claim("iat", () => now() + 90) },
  { name: "no iat", reason: /"iat"/, faults: claim("iat", undefined) },
  { name: "nbf in the future", reason: /"nbf"/, faults: claim("nbf", () => now() + 90) },
  { name: "another nonce", reason: /"nonce"/, faults: claim("nonce", "A".repeat(43)) },
  { name: "no nonce", reason: /"nonce"/, faults: claim("nonce", undefined) },
  { name: "another at_hash", reason: /"at_hash"/, faults: claim("at_hash", "A".repeat(22)) },
  { name: "no sub", reason: /"sub"/, faults: claim("sub", undefined) },
  { name: "sub of a number", reason: /"sub"/, faults: claim("sub", 7) },
  { name: "an empty sub", reason: /"sub"/, faults: claim("sub", "") },
  { name: "alg none", reason: /"alg"/, faults: { idToken: unsigned("none") } },
  {
    name: "alg none that the metadata allow",
    reason: /"alg"/,
    faults: { metadata: allAlgorithms, idToken: unsigned("none") },
  },
  { name: "alg None", reason: /"alg"/, faults: { metadata: allAlgorithms, idToken: unsigned("None") } },
  { name: "an unknown alg", reason: /"alg"/, faults: { metadata: allAlgorithms, idToken: unsigned("XX999") } },
  { name: "the alg of another key", reason: /key/, faults: { metadata: allAlgorithms, idToken: unsigned("ES256") } },
  { name: "crit in the header", reason: /"crit"/, faults: { header: (header) => ({ ...header, crit: ["x"], x: 1 }) } },
  {
    name: "a changed signature",
    reason: /signature/,
    faults: { idToken: (token) => token.slice(0, -8) + (token.endsWith("AAAAAAAA") ? "B" : "A").repeat(8) },
  },
  { name: "no signature", reason: /signature/, faults: { idToken: (token) => token.replace(/[^.]+$/, "") } },
  {
    name: "claims of another token",
    reason: /signature/,
    faults: {
      idToken: (token) => {
        const [header, payload = "", signature] = token.split(".");
        const claims = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(payload, { alphabet: "base64url" })));
        return `${header}.${base64Url(JSON.stringify({ ...claims, sub: "admin" }))}.${signature}`;
      },
    },
  },
  { name: "a key that is not published", reason: /key/, before: (provider) => void (provider.signer = 1) },
  {
    name: "no kid with several keys",
    reason: /key/,
    before: (provider) => void (provider.published = [0, 1]),
    faults: { header: () => ({ alg: "RS256" }) },
  },
  { name: "another kid", reason: /key/, faults: { header: (header) => ({ ...header, kid: "key-9" }) } },
  {
    name: "a key for encryption",
    reason: /key/,
    faults: { keys: (keys) => keys.map((key) => ({ ...key, use: "enc" })) },
  },
  { name: "a key that is none", reason: /./, faults: { keys: (keys) => keys.map((key) => ({ ...key, n: "AQAB" })) } },
  { name: "keys that are no list", reason: /keys/, faults: { keys: () => "keys" } },
  { name: "keys that are no objects", reason: /keys/, faults: { keys: () => [1] } },
  { name: "no keys at all", reason: /keys/, faults: status("/keys", 500) },
  { name: "no ID token", reason: /"id_token"/, faults: { tokens: ({ id_token: _, ...others }) => others } },
  { name: "an ID token of text", reason: /JWT/, faults: { idToken: () => "token" } },
  { name: "an ID token of five parts", reason: /JWE/, faults: { idToken: () => "a.b.c.d.e" } },
  { name: "an ID token that is no base64", reason: /JWT/, faults: { idToken: () => "!!!.???.###" } },
  {
    name: "an ID token that is no JSON",
    reason: /JWT/,
    faults: { idToken: (token) => `e30x.${token}`.slice(0, 0) + "AAAA.AAAA.AAAA" },
  },
  { name: "no access token", reason: /"access_token"/, faults: { tokens: ({ access_token: _, ...others }) => others } },
  {
    name: "an access token for dpop",
    reason: /bearer/,
    faults: { tokens: (tokens) => ({ ...tokens, token_type: "DPoP" }) },
  },
  {
    name: "a token type that is unknown",
    reason: /token_type/,
    faults: { tokens: (tokens) => ({ ...tokens, token_type: "mac" }) },
  },
  { name: "tokens that are a list", reason: /object/, faults: status("/token", 200, "[]") },
  { name: "tokens that are no JSON", reason: /JSON/, faults: status("/token", 200, "access_token=1") },
  { name: "a token endpoint that fails", reason: /status code/, faults: status("/token", 500) },
  {
    name: "a token endpoint that redirects",
    reason: /status code/,
    faults: answers("/token", (handler) => {
      // Followed, it would lead to tokens.
      if (handler.request.query !== "") return null;
      handler.setStatus(307);
      handler.setHeader("Location", "/token?again");
      return "";
    }),
  },
  {
    name: "a token endpoint that refuses",
    reason: /invalid_scope/,
    faults: status("/token", 400, '{"error":"invalid_scope"}'),
  },
  {
    name: "an error whose code has a line end",
    reason: /an error that has no code/,
    faults: status("/token", 400, JSON.stringify({ error: "a\nb" })),
  },
  { name: "too long an answer", reason: /larger than/, faults: answers("/token", () => " ".repeat(2 ** 21)) },
  {
    name: "a connection that ends",
    reason: /cannot be asked/,
    faults: answers("/token", (handler) => {
      handler.request.connection?.abort();
      return "";
    }),
  },
  {
    name: "userinfo of another user",
    reason: /"sub"/,
    faults: { userinfo: (claims) => ({ ...claims, sub: "user-2" }) },
  },
  { name: "userinfo of nobody", reason: /"sub"/, faults: { userinfo: ({ sub: _, ...others }) => others } },
  { name: "userinfo that fails", reason: /status code/, faults: status("/userinfo", 500) },
  {
    name: "a state of another browser",
    reason: /no login with its state/,
    async answer(query, site) {
      query.set("state", (await site.begin("/", site.visitor())).get("state") ?? "");
    },
  },
  {
    name: "a state of nobody",
    reason: /no login with its state/,
    answer: (query) => query.set("state", "A".repeat(43)),
  },
  {
    name: "a state of another form",
    reason: /no login with its state/,
    answer: (query) => query.set("state", "../x;=\u00e4"),
  },
  { name: "no state", reason: /no state/, answer: (query) => query.delete("state") },
  { name: "two states", reason: /no state/, answer: (query) => query.append("state", query.get("state") ?? "") },
  {
    name: "a state with another end",
    reason: /state is that of another login/,
    answer: (query) => {
      query.set("state", `${(query.get("state") ?? "").slice(0, 20)}${"A".repeat(23)}`);
    },
  },
  { name: "no cookie", reason: /no login with its state/, answer: (_query, site) => site.browser.cookies.clear() },
  {
    name: "a cookie that is forged",
    reason: /forged or too old/,
    answer: (_query, { browser }) => {
      const [name = ""] = attempts(browser);
      browser.cookies.set(name, `${browser.cookies.get(name)?.replaceAll('"', "").slice(0, -1)}x`);
    },
  },
  {
    name: "the cookie of another login under this name",
    reason: /forged or too old/,
    async answer(_query, site) {
      const [name = ""] = attempts(site.browser);
      const other = site.visitor();
      await site.begin("/", other);
      const [otherName = ""] = attempts(other);
      site.browser.cookies.set(name, other.cookies.get(otherName)?.replaceAll('"', "") ?? "");
    },
  },
  { name: "an iss of another provider", reason: /"iss"/, answer: (query) => query.set("iss", "https://evil.example") },
  { name: "no iss in the answer", reason: /"iss"/, answer: (query) => query.delete("iss") },
  {
    name: "an error answer",
    reason: /access_denied/,
    answer: (query) => {
      query.delete("code");
      query.set("error", "access_denied");
      query.set("error_description", "a reason with s3cret:%/ & in it");
    },
  },
  {
    name: "an error answer with a code",
    reason: /access_denied/,
    answer: (query) => query.set("error", "access_denied"),
  },
  {
    name: "an error answer without a state",
    reason: /access_denied/,
    answer: (query) => {
      query.delete("code");
      query.delete("state");
      query.set("error", "access_denied");
    },
  },
  { name: "a code of nobody", reason: /invalid_grant/, answer: (query) => query.set("code", "1234") },
  {
    name: "a code of another login",
    reason: /invalid_grant/,
    async answer(query, site) {
      query.set("code", (await site.begin("/", site.visitor())).get("code") ?? "");
    },
  },
  { name: "two codes", reason: /"code"/, answer: (query) => query.append("code", "1234") },
  { name: "an implicit answer", reason: /implicit/, answer: (query) => query.set("id_token", "a.b.c") },
  { name: "a JARM answer", reason: /JARM/, answer: (query) => query.set("response", "a.b.c") },
];

for (const row of ROWS) refusalTest(row);

test("OpenIDConnectMixin: refuses a token that is signed with what is public", async (t) => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  const [key] = (await (await fetch(`${provider.issuer}/keys`)).json()).keys;
  for (const secret of [String(key.n), "s3cret:%/ &"]) {
    let forged = "";
    provider.faults = { metadata: allAlgorithms, idToken: () => forged };
    const query = await site.begin();
    const claims = { iss: provider.issuer, sub: "admin", aud: "app 1&", exp: now() + 300, iat: now() };
    forged = await hmacSigned(`.${base64Url(JSON.stringify(claims))}`, secret);
    assertEquals((await site.answer(query)).code, 403);
  }
  expectRefusal(t, /"alg"|nonce/);
  assertEquals(site.logins, []);
});

test("OpenIDConnectMixin: refuses an answer that was given before, also with its old cookie", async (t) => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  const query = await site.begin();
  const [name = ""] = attempts(site.browser);
  const cookie = site.browser.cookies.get(name)?.replaceAll('"', "") ?? "";
  assertEquals((await site.answer(query)).code, 302);
  assertEquals((await site.answer(query)).code, 403);
  site.browser.cookies.set(name, cookie);
  // A provider that takes codes twice.
  const again = provider.agree(`http://x/?state=${query.get("state")}`);
  assertEquals((await site.answer(again)).code, 403);
  assertEquals(site.logins.length, 1);
  expectRefusal(t, /state was used before/);
});

test("OpenIDConnectMixin: a link with a foreign answer does not end several logins under way", async (t) => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  const answers = [await site.begin("/1"), await site.begin("/2")];
  const foreign = await site.begin("/", site.visitor());
  assertEquals((await site.answer(foreign)).code, 403);
  for (const answer of answers) assertEquals((await site.answer(answer)).code, 302);
  expectRefusal(t, /no login with its state/);
});
