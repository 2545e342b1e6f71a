// A provider that answers wrongly in ways that a look at its text does not show, and browsers that come back with
// answers that nobody gave: each is refused as in faults_test.ts.
import { assertEquals } from "@std/assert";
import { gzipSync } from "node:zlib";
import { base64Url, type Faults, IdentityProvider, publicKey, signedToken } from "../support/identity_provider.ts";
import { test } from "../support/test.ts";
import { answers, claim, refusalTest, type Row, status } from "./_rows.ts";
import { attempts, expectRefusal, LoginSite } from "./_site.ts";

const now = () => Math.floor(Date.now() / 1000);
const header = (fields: Record<string, unknown>): Faults => ({ header: (right) => ({ ...right, ...fields }) });
const tokens = (fields: Record<string, unknown>): Faults => ({ tokens: (right) => ({ ...right, ...fields }) });
const keys = (fields: Record<string, unknown>): Faults => ({
  keys: (all) => all.map((key) => ({ ...key, ...fields })),
});
const redirect = (path: string): Faults =>
  answers(path, (handler) => {
    handler.setStatus(302);
    // Nothing listens there: a request for it would be the reason of the refusal.
    handler.setHeader("Location", "http://169.254.169.254/latest/meta-data");
    return "";
  });
const inflated = (path: string): Faults =>
  answers(path, (handler) => {
    handler.setHeader("Content-Type", "application/json");
    handler.setHeader("Content-Encoding", "gzip");
    handler.write(new Uint8Array(gzipSync(" ".repeat(4_000_000))));
    return "";
  });
const MARKUP = "<script>alert(1)</script>";
const SIGNED_USERINFO = { userinfo_signing_alg_values_supported: ["RS256", "none"] };

/** Userinfo as a JWT, from a provider whose metadata say that there may be such. */
function signedUserinfo(make: (provider: IdentityProvider) => Promise<string>): (provider: IdentityProvider) => void {
  return (provider) => {
    provider.faults = {
      metadata: (metadata) => ({ ...metadata, ...SIGNED_USERINFO }),
      ...answers("/userinfo", async (handler) => {
        handler.setHeader("Content-Type", "application/jwt");
        return await make(provider);
      }),
    };
  };
}

const userClaims = (provider: IdentityProvider): string =>
  JSON.stringify({ iss: provider.issuer, aud: "app 1&", sub: "user-1" });

/** Changes the cookie of the only login under way. */
function cookie(change: (value: string) => string): NonNullable<Row["answer"]> {
  return (_query, { browser }) => {
    const [name = ""] = attempts(browser);
    browser.cookies.set(name, change(browser.cookies.get(name)?.replaceAll('"', "") ?? ""));
  };
}

const CLAIMS: readonly Row[] = [
  { name: "iss in a list", reason: /"iss"/, faults: claim("iss", ({ iss }: { iss: string }) => [iss]) },
  { name: "iss of another port", reason: /"iss"/, faults: claim("iss", "http://127.0.0.1:80") },
  {
    name: "several aud with another azp",
    reason: /"azp"/,
    faults: { claims: ({ aud, ...others }) => ({ ...others, aud: [aud, "b"], azp: "b" }) },
  },
  { name: "aud of an object", reason: /"aud"/, faults: claim("aud", { app: "app 1&" }) },
  { name: "an empty list of aud", reason: /"aud"/, faults: claim("aud", []) },
  { name: "aud with another case", reason: /"aud"/, faults: claim("aud", "APP 1&") },
  { name: "azp in a list", reason: /"azp"/, faults: claim("azp", ["app 1&"]) },
  { name: "an empty azp", reason: /"azp"/, faults: claim("azp", "") },
  { name: "exp of digits", reason: /"exp"/, faults: claim("exp", () => String(now() + 300)) },
  { name: "exp of null", reason: /"exp"/, faults: claim("exp", null) },
  { name: "exp below zero", reason: /"exp"/, faults: claim("exp", -1) },
  { name: "iat of digits", reason: /"iat"/, faults: claim("iat", () => String(now())) },
  { name: "iat of null", reason: /"iat"/, faults: claim("iat", null) },
  { name: "iat of milliseconds", reason: /"iat"/, faults: claim("iat", () => now() * 1000) },
  { name: "nbf of text", reason: /"nbf"/, faults: claim("nbf", "later") },
  { name: "an empty nonce", reason: /"nonce"/, faults: claim("nonce", "") },
  { name: "nonce in a list", reason: /"nonce"/, faults: claim("nonce", ({ nonce }: { nonce: string }) => [nonce]) },
  {
    name: "nonce in capitals",
    reason: /"nonce"/,
    faults: claim("nonce", ({ nonce }: { nonce: string }) => nonce.toUpperCase()),
  },
  {
    // RFC 7519 section 4: the last one counts.
    name: "nonce twice",
    reason: /"nonce"/,
    faults: { payload: (text) => text.replace(/\}$/, ',"nonce":"another"}') },
  },
  {
    name: "sub twice, a number at last",
    reason: /"sub"/,
    faults: { payload: (text) => text.replace(/\}$/, ',"sub":7}') },
  },
  { name: "an empty at_hash", reason: /"at_hash"/, faults: claim("at_hash", "") },
  { name: "at_hash of null", reason: /"at_hash"/, faults: claim("at_hash", null) },
  {
    name: "at_hash with padding",
    reason: /"at_hash"/,
    faults: claim("at_hash", ({ at_hash }: { at_hash: string }) => `${at_hash}==`),
  },
  { name: "an access token beside its at_hash", reason: /"at_hash"/, faults: tokens({ access_token: "stolen" }) },
  { name: "sub in a list", reason: /"sub"/, faults: claim("sub", ["user-1"]) },
  { name: "sub of null", reason: /"sub"/, faults: claim("sub", null) },
  { name: "claims that are a list", reason: /JWT|object|ID token/, faults: { payload: () => "[]" } },
  { name: "claims that are null", reason: /JWT|object|ID token/, faults: { payload: () => "null" } },
  { name: "claims that are cut", reason: /JWT|JSON|ID token/, faults: { payload: (text) => text.slice(0, -1) } },
];

const SIGNATURES: readonly Row[] = [
  { name: "no alg", reason: /alg/, faults: { header: () => ({ kid: "key-0" }) } },
  { name: "alg of a number", reason: /alg|JWT|cannot be used/, faults: header({ alg: 256 }) },
  { name: "alg in a list", reason: /alg|JWT|cannot be used/, faults: header({ alg: ["RS256"] }) },
  { name: "alg in small letters", reason: /"alg"/, faults: header({ alg: "rs256" }) },
  { name: "alg of a longer hash", reason: /"alg"/, faults: header({ alg: "RS512" }) },
  {
    name: "alg of another scheme of the same key",
    reason: /key/,
    faults: {
      metadata: (metadata) => ({ ...metadata, id_token_signing_alg_values_supported: ["PS256"] }),
      ...header({ alg: "PS256" }),
    },
  },
  {
    name: "EdDSA with a key of RSA",
    reason: /key/,
    faults: {
      metadata: (metadata) => ({ ...metadata, id_token_signing_alg_values_supported: ["EdDSA"] }),
      ...header({ alg: "EdDSA" }),
    },
  },
  { name: "kid of a number", reason: /key/, faults: header({ kid: 0 }) },
  { name: "an empty kid", reason: /key/, faults: header({ kid: "" }) },
  { name: "kid of a path", reason: /key/, faults: header({ kid: "../../dev/null" }) },
  { name: "kid of a prototype", reason: /key/, faults: header({ kid: "__proto__" }) },
  {
    name: "a kid that two keys have",
    reason: /key/,
    before: (provider) => void (provider.published = [0, 1]),
    faults: keys({ kid: "key-0" }),
  },
  {
    name: "a key in the header",
    reason: /signature/,
    async before(provider) {
      provider.signer = 1;
      const jwk = await publicKey(1);
      provider.faults = header({
        kid: "key-0",
        jwk,
        x5c: ["MII="],
        jku: "http://127.0.0.1:1/",
        x5u: "http://127.0.0.1:1/",
      });
    },
  },
  { name: "an unencoded payload", reason: /crit|b64/, faults: header({ crit: ["b64"], b64: false }) },
  { name: "an empty crit", reason: /crit/, faults: header({ crit: [] }) },
  { name: "a token of two parts", reason: /JWT/, faults: { idToken: (token) => token.replace(/\.[^.]+$/, "") } },
  { name: "a token of four parts", reason: /JWT/, faults: { idToken: (token) => `${token}.x` } },
  { name: "a token with a blank in front", reason: /./, faults: { idToken: (token) => ` ${token}` } },
  { name: "a signature with padding and more", reason: /./, faults: { idToken: (token) => `${token}=AA` } },
  {
    name: "a signature of another token",
    reason: /signature/,
    faults: {
      idToken: (token) => {
        const [head, payload, signature = ""] = token.split(".");
        return `${head}.${payload}.${signature.split("").reverse().join("")}`;
      },
    },
  },
];

const KEYS: readonly Row[] = [
  { name: "keys at a redirect", reason: /302 without keys/, faults: redirect("/keys") },
  { name: "keys of 2 MiB", reason: /larger than/, faults: answers("/keys", () => `{"keys":[]${" ".repeat(2 ** 21)}}`) },
  { name: "keys that inflate", reason: /larger than/, faults: inflated("/keys") },
  {
    name: "keys in markup",
    reason: /without keys/,
    faults: status("/keys", 200, `<html>${MARKUP}</html>`, "text/html"),
  },
  { name: "keys of null", reason: /without keys/, faults: status("/keys", 200, '{"keys":null}') },
  { name: "an empty list of keys", reason: /key/, faults: { keys: () => [] } },
  { name: "keys in keys", reason: /key/, faults: { keys: (all) => [{ keys: all }] } },
  { name: "a nest of lists for keys", reason: /keys/, faults: answers("/keys", () => "[".repeat(500_000)) },
  {
    name: "good keys before bad ones",
    reason: /key/,
    async before(provider) {
      const good = JSON.stringify([await publicKey(0)]);
      provider.faults = answers("/keys", () => `{"keys":${good},"keys":[]}`);
    },
  },
  { name: "a key that only signs", reason: /key/, faults: keys({ key_ops: ["sign"] }) },
  { name: "a key whose uses are a number", reason: /./, faults: keys({ key_ops: 7 }) },
  { name: "a key for another alg", reason: /key/, faults: keys({ alg: "RS384" }) },
  { name: "a key of another kind", reason: /key/, faults: keys({ kty: "EC", crv: "P-256" }) },
  { name: "a key that is a secret", reason: /key/, faults: keys({ kty: "oct", k: "c2VjcmV0" }) },
  { name: "a key without an exponent", reason: /./, faults: keys({ e: undefined }) },
  { name: "a key whose modulus is text", reason: /./, faults: keys({ n: "not base64!" }) },
  {
    name: "a short key",
    reason: /./,
    async before(provider) {
      const algorithm = {
        name: "RSASSA-PKCS1-v1_5",
        hash: "SHA-256",
        modulusLength: 1024,
        publicExponent: new Uint8Array([1, 0, 1]),
      };
      const short = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
      const { n, e } = await crypto.subtle.exportKey("jwk", short.publicKey);
      provider.faults = keys({ n, e });
    },
  },
];

const TOKENS: readonly Row[] = [
  { name: "tokens with status 201", reason: /status code/, faults: status("/token", 201) },
  { name: "tokens with status 204", reason: /status code/, faults: status("/token", 204, "") },
  { name: "tokens at a redirect", reason: /status code/, faults: redirect("/token") },
  { name: "tokens in markup", reason: /application\/json/, faults: status("/token", 200, `<p>${MARKUP}`, "text/html") },
  {
    name: "an error with status 200",
    reason: /"access_token"/,
    faults: status("/token", 200, JSON.stringify({ error: "invalid_grant", error_description: MARKUP })),
  },
  {
    name: "an error whose code is markup",
    reason: /an error that has no code/,
    faults: status("/token", 400, JSON.stringify({ error: MARKUP })),
  },
  {
    name: "an error whose description is markup",
    reason: /answers invalid_grant$/,
    faults: status("/token", 400, JSON.stringify({ error: "invalid_grant", error_description: MARKUP })),
  },
  { name: "an error of a list", reason: /status code/, faults: status("/token", 400, '{"error":["x"]}') },
  {
    name: "a challenge in place of tokens",
    reason: /asks for credentials/,
    faults: answers("/token", (handler) => {
      handler.setStatus(401);
      handler.setHeader("WWW-Authenticate", `Basic realm="${MARKUP}"`);
      return "";
    }),
  },
  { name: "tokens of null", reason: /object/, faults: status("/token", 200, "null") },
  { name: "tokens of a number", reason: /object/, faults: status("/token", 200, "7") },
  { name: "tokens that are cut", reason: /JSON/, faults: status("/token", 200, '{"access_token":"a') },
  { name: "a nest of lists for tokens", reason: /./, faults: answers("/token", () => "[".repeat(500_000)) },
  { name: "tokens that inflate", reason: /larger than/, faults: inflated("/token") },
  { name: "an empty access token", reason: /"access_token"/, faults: tokens({ access_token: "" }) },
  { name: "an access token of a number", reason: /"access_token"/, faults: tokens({ access_token: 7 }) },
  { name: "an access token in a list", reason: /"access_token"/, faults: tokens({ access_token: ["a"] }) },
  { name: "an ID token of null", reason: /"id_token"/, faults: tokens({ id_token: null }) },
  { name: "an ID token of an object", reason: /"id_token"/, faults: tokens({ id_token: {} }) },
  { name: "no token type", reason: /"token_type"/, faults: tokens({ token_type: undefined }) },
  { name: "a token type of a number", reason: /"token_type"/, faults: tokens({ token_type: 1 }) },
  { name: "a lifetime of text", reason: /"expires_in"/, faults: tokens({ expires_in: "soon" }) },
  { name: "a scope in a list", reason: /"scope"/, faults: tokens({ scope: ["email"] }) },
  { name: "a refresh token of a number", reason: /"refresh_token"/, faults: tokens({ refresh_token: 7 }) },
];

const USERINFO: readonly Row[] = [
  {
    name: "userinfo with sub of a list",
    reason: /"sub"/,
    faults: { userinfo: (all) => ({ ...all, sub: ["user-1"] }) },
  },
  {
    name: "userinfo with sub in capitals",
    reason: /"sub"/,
    faults: { userinfo: (all) => ({ ...all, sub: "USER-1" }) },
  },
  { name: "userinfo in markup", reason: /application\/json/, faults: status("/userinfo", 200, MARKUP, "text/html") },
  { name: "userinfo of null", reason: /object/, faults: status("/userinfo", 200, "null") },
  { name: "userinfo with status 204", reason: /status code/, faults: status("/userinfo", 204, "") },
  { name: "userinfo at a redirect", reason: /status code/, faults: redirect("/userinfo") },
  { name: "userinfo of 2 MiB", reason: /larger than/, faults: answers("/userinfo", () => " ".repeat(2 ** 21)) },
  { name: "userinfo that inflates", reason: /larger than/, faults: inflated("/userinfo") },
  {
    name: "a token in place of userinfo, which the metadata do not tell",
    reason: /alg|JWT/,
    faults: status("/userinfo", 200, "e30.e30.x", "application/jwt"),
  },
  {
    name: "userinfo that another key has signed",
    reason: /signature|key/,
    before: signedUserinfo((provider) => signedToken(1, { alg: "RS256", kid: "key-0" }, userClaims(provider))),
  },
  {
    name: "userinfo that nobody has signed",
    reason: /alg|signature/,
    before: signedUserinfo((provider) =>
      Promise.resolve(`${base64Url(JSON.stringify({ alg: "none" }))}.${base64Url(userClaims(provider))}.`)
    ),
  },
  {
    name: "userinfo for another client",
    reason: /"aud"/,
    before: signedUserinfo((provider) => {
      const claims = JSON.stringify({ iss: provider.issuer, aud: "another app", sub: "user-1" });
      return signedToken(0, { alg: "RS256", kid: "key-0" }, claims);
    }),
  },
];

const ANSWERS: readonly Row[] = [
  { name: "an empty state", reason: /no login with its state/, answer: (query) => query.set("state", "") },
  {
    name: "a state in capitals",
    reason: /no login with its state/,
    answer: (query) => query.set("state", `Aa${(query.get("state") ?? "").toUpperCase().slice(2)}`),
  },
  {
    name: "a state with a blank at its end",
    reason: /no login with its state/,
    answer: (query) => query.set("state", `${query.get("state")} `),
  },
  {
    name: "a state with a line end",
    reason: /no login with its state/,
    answer: (query) => query.set("state", `${query.get("state")}\r\n`),
  },
  {
    name: "a state of 8 KiB",
    reason: /no login with its state/,
    answer: (query) => query.set("state", "A".repeat(8192)),
  },
  { name: "an empty code", reason: /code/, answer: (query) => query.set("code", "") },
  { name: "a code with a line end", reason: /invalid_grant/, answer: (query) => query.set("code", "a\r\nX: y") },
  { name: "a code of 8 KiB", reason: /invalid_grant/, answer: (query) => query.set("code", "A".repeat(8192)) },
  { name: "an error of markup", reason: /an error that has no code/, answer: (query) => query.set("error", MARKUP) },
  {
    name: "two errors",
    reason: /error/,
    answer: (query) => {
      query.append("error", "access_denied");
      query.append("error", MARKUP);
    },
  },
  { name: "two iss", reason: /"iss"/, answer: (query) => query.append("iss", query.get("iss") ?? "") },
  { name: "an empty iss", reason: /"iss"/, answer: (query) => query.set("iss", "") },
  { name: "an iss with a slash", reason: /"iss"/, answer: (query) => query.set("iss", `${query.get("iss")}/`) },
  { name: "an access token of the implicit flow", reason: /implicit/, answer: (query) => query.set("token", "a") },
  { name: "an empty cookie", reason: /forged or too old|no login/, answer: cookie(() => "") },
  { name: "a cookie that is cut", reason: /forged or too old/, answer: cookie((value) => value.slice(0, 40)) },
  { name: "a cookie of text", reason: /forged or too old/, answer: cookie(() => "true") },
  {
    name: "a cookie with the time of another day",
    reason: /forged or too old/,
    answer: cookie((value) => value.replace(/\|10:(\d)/, (_whole, digit) => `|10:${9 - Number(digit)}`)),
  },
  {
    name: "a cookie whose signature is in capitals",
    reason: /forged or too old/,
    answer: cookie((value) => value.replace(/[0-9a-f]+$/, (signature) => signature.toUpperCase())),
  },
];

for (const row of [...CLAIMS, ...SIGNATURES, ...KEYS, ...TOKENS, ...USERINFO, ...ANSWERS]) refusalTest(row);

test("OpenIDConnectMixin: takes userinfo that the provider has signed", async () => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  signedUserinfo((provider) => signedToken(0, { alg: "RS256", kid: "key-0" }, userClaims(provider)))(provider);
  assertEquals((await site.answer(await site.begin())).code, 302);
  assertEquals(site.logins[0]?.userinfo?.sub, "user-1");
});

test("OpenIDConnectMixin: takes several aud with an azp of ours, and a hash of the access token in any letters", async () => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  provider.faults = { claims: ({ aud, ...others }) => ({ ...others, aud: [aud, "b"], azp: aud }) };
  assertEquals((await site.answer(await site.begin())).code, 302);
  provider.faults = { tokens: (all) => ({ ...all, token_type: "bEARER" }) };
  assertEquals((await site.answer(await site.begin())).code, 302);
  assertEquals(site.logins.length, 2);
});

test("OpenIDConnectMixin: userinfo changes no claim of the ID token", async () => {
  await using provider = await IdentityProvider.start();
  await using site = new LoginSite(provider);
  provider.faults = { userinfo: (all) => ({ ...all, iss: "https://evil.example", aud: "x", exp: 0, nonce: "x" }) };
  assertEquals((await site.answer(await site.begin())).code, 302);
  const { claims } = site.logins[0] ?? { claims: null };
  assertEquals([claims?.iss, claims?.aud], [provider.issuer, "app 1&"]);
});

for (const engine of ["listen", "serve"] as const) {
  test(`OpenIDConnectMixin (${engine}): goes nowhere but to a path of its own site`, async () => {
    await using provider = await IdentityProvider.start();
    await using site = new LoginSite(provider, { engine });
    const rows = [
      "//evil.example",
      "///evil.example",
      "/\\evil.example",
      "\\\\evil.example",
      "/\t/evil.example",
      "/\r\nSet-Cookie: a=b",
      "\u0000//evil.example",
      "/./\\evil.example",
      "/.//evil.example",
      "https://evil.example/",
      "http://localhost@evil.example/",
      "http://localhost.evil.example/",
      "javascript:alert(1)",
      "data:text/html,x",
      "/".repeat(8192),
      `/${"a".repeat(8192)}`,
    ];
    for (const next of rows) {
      const response = await site.answer(await site.begin(next));
      assertEquals([
        response.code,
        response.headers.get("Location"),
        response.headers.get("Set-Cookie")?.includes("a=b"),
      ], [
        302,
        "/",
        false,
      ]);
    }
  });
}

test("OpenIDConnectMixin: another process of the site whose provider fails ends the attempt too", async (t) => {
  await using provider = await IdentityProvider.start();
  await using first = new LoginSite(provider);
  await using second = new LoginSite(provider);
  const query = await first.begin();
  for (const [name, value] of first.browser.cookies) second.browser.cookies.set(name, value.replaceAll('"', ""));
  assertEquals(attempts(second.browser).length, 1);
  provider.faults = { metadata: () => "<html>" };
  assertEquals((await second.answer(query)).code, 403);
  assertEquals(attempts(second.browser), []);
  expectRefusal(t, /./);
});
