// Digest authentication: the examples of RFC 2617 and RFC 7616, and a server that checks the answer by itself.
import { assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { digestAuthorization, type DigestChallenge, findChallenge } from "../../../src/http/_client/digest.ts";
import { HTTPClientError } from "../../../src/http/httpclient.ts";
import { HTTPHeaders } from "../../../src/http/httputil.ts";
import { reply, ScriptedServer } from "../../support/scripted_server.ts";
import { assertLinear } from "../../support/assert_linear.ts";
import { test } from "../../support/test.ts";
import { clientTest, SIMPLE } from "./back_ends.ts";

const CHALLENGE: DigestChallenge = {
  realm: "http-auth@example.org",
  nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
  opaque: "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
  algorithm: "MD5",
  hasQop: true,
  isStale: false,
};
const REQUEST = { method: "GET", uri: "/dir/index.html", username: "Mufasa", password: "Circle of Life" };
const CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

/** The parameters of an Authorization header. */
function parametersOf(header: string | null): Record<string, string> {
  const found = (header ?? "").matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g);
  return Object.fromEntries([...found].map(([, name = "", quoted, token]) => [name, quoted ?? token ?? ""]));
}

test("digestAuthorization: the examples of RFC 7616, section 3.9.1, and of RFC 2617, section 3.5", () => {
  const response = (challenge: DigestChallenge, request = REQUEST, cnonce = CNONCE) =>
    parametersOf(digestAuthorization(challenge, request, cnonce)).response;
  assertEquals(response(CHALLENGE), "8ca523f5e9506fed4657c9700eebdbec");
  const sha256 = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
  assertEquals(response({ ...CHALLENGE, algorithm: "SHA-256" }), sha256);
  const old = { ...CHALLENGE, realm: "testrealm@host.com", nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093" };
  const request = { ...REQUEST, password: "Circle Of Life" };
  assertEquals(response(old, request, "0a4f113b"), "6629fae49393a05397450978507c4ef1");
});

test("digestAuthorization: names the parameters of the challenge, and quotes", () => {
  const header = digestAuthorization(CHALLENGE, REQUEST, CNONCE);
  const { username, realm, nonce, uri, opaque, algorithm, qop, nc, cnonce } = parametersOf(header);
  assertEquals([username, realm, nonce, uri], ["Mufasa", CHALLENGE.realm, CHALLENGE.nonce, REQUEST.uri]);
  assertEquals([opaque, algorithm, qop, nc, cnonce], [CHALLENGE.opaque, "MD5", "auth", "00000001", CNONCE]);
  const quoted = digestAuthorization(CHALLENGE, { ...REQUEST, username: 'a"b\\c' }, CNONCE);
  assertEquals(quoted.includes('username="a\\"b\\\\c"'), true);
  const plain = digestAuthorization({ ...CHALLENGE, hasQop: false, opaque: null }, REQUEST, CNONCE);
  assertEquals(["qop", "nc", "cnonce", "opaque"].filter((name) => name in parametersOf(plain)), []);
});

/** WWW-Authenticate, and the algorithm of the challenge that is answered. */
const FIELDS: readonly (readonly [fields: readonly string[], algorithm: string | null])[] = [
  [['Digest realm="a", nonce="b"'], "MD5"],
  [['digest REALM=a, Nonce=b, algorithm=md5, qop="auth"'], "md5"],
  [['Digest realm="a", nonce="b", algorithm=SHA-256, qop="auth-int, auth"'], "SHA-256"],
  [['Digest realm="a", nonce="b", algorithm=SHA-512-256, qop="auth"', 'Digest realm="a", nonce="b"'], "MD5"],
  [['Basic realm="x", Digest realm="a", nonce="b", algorithm=SHA-256-sess'], "SHA-256-sess"],
  [['Digest realm="a", nonce="b", qop="auth-int"'], null],
  [['Digest realm="a"'], null],
  [['Basic realm="Digest "'], null],
  [["Digest"], null],
  [[], null],
];

test("findChallenge: takes the first challenge that can be answered", () => {
  for (const [fields, algorithm] of FIELDS) {
    const headers = new HTTPHeaders();
    for (const field of fields) headers.add("WWW-Authenticate", field);
    const challenge = findChallenge(headers);
    assertEquals(challenge?.algorithm ?? null, algorithm, fields.join(" | "));
    if (challenge !== null) assertEquals([challenge.realm, challenge.nonce], ["a", "b"]);
  }
});

/** A server that lets in whoever answers its challenge for the user me with the password. */
function guarded(hash: string, algorithm: string, password = "secret"): ScriptedServer {
  const digest = (text: string) => createHash(hash).update(text).digest("hex");
  return new ScriptedServer(({ method, target, headers }) => {
    const { nonce, nc, cnonce, qop, response, uri } = parametersOf(headers.get("Authorization"));
    const key = digest(`me:here:${password}`);
    const expected = digest(`${key}:${nonce}:${nc}:${cnonce}:${qop}:${digest(`${method}:${target}`)}`);
    if (uri === target && nonce === "n" && response === expected) return [reply("welcome")];
    const challenge = `WWW-Authenticate: Digest realm="here", nonce="n", qop="auth", algorithm=${algorithm}`;
    return [reply("who?", [challenge], "401 Unauthorized")];
  });
}

for (const [hash, algorithm] of [["md5", "MD5"], ["sha256", "SHA-256"]] as const) {
  clientTest(
    `test_digest_auth: authMode "digest" answers the challenge of a server with ${algorithm}`,
    async (make, backEnd) => {
      await using server = guarded(hash, algorithm);
      using client = make();
      const options = { authMode: "digest", authUsername: "me", authPassword: "secret" } as const;
      assertEquals((await client.fetch(server.url("/x?y"), options)).text, "welcome");
      assertEquals(server.requests.map(({ headers }) => headers.get("Authorization") === null), [true, false]);
      const post = { ...options, method: "POST", body: "abc" };
      assertEquals((await client.fetch(server.url(), post)).text, "welcome");
      assertEquals(server.requests.map(({ body }) => body), ["", "", "abc", "abc"]);
      if (backEnd === SIMPLE) assertEquals(server.connections, 1);
    },
  );
}

clientTest("test_digest_auth_non_ascii", async (make) => {
  const authPassword = "bar\u30e6\xa3";
  await using server = guarded("md5", "MD5", authPassword);
  using client = make();
  const options = { authMode: "digest", authUsername: "me", authPassword } as const;
  assertEquals((await client.fetch(server.url(), options)).text, "welcome");
});

clientTest(`authMode "digest" gives up after one answer, and sends no body twice that comes once`, async (make) => {
  await using server = guarded("md5", "MD5");
  using client = make();
  const options = { authMode: "digest", authUsername: "me", authPassword: "wrong" } as const;
  const error = await assertRejects(() => client.fetch(server.url(), options), HTTPClientError);
  assertEquals([error.code, server.requests.length], [401, 2]);
  const once = { ...options, authPassword: "secret", method: "POST", body: ["a"] };
  await assertRejects(() => client.fetch(server.url(), once), HTTPClientError, "401");
  assertEquals(server.requests.length, 3);
});

clientTest(`the answer to a challenge stays with its origin`, async (make) => {
  await using other = guarded("md5", "MD5");
  await using first = new ScriptedServer(() => [
    `HTTP/1.1 302 Found\r\nLocation: ${other.url()}\r\nContent-Length: 0\r\n\r\n`,
  ]);
  using client = make();
  const options = { authMode: "digest", authUsername: "me", authPassword: "secret" } as const;
  await assertRejects(() => client.fetch(first.url(), options), HTTPClientError, "401");
  assertEquals(other.requests.map(({ headers }) => headers.get("Authorization")), [null]);
});

/** Lets in whoever has answered the newest nonce, of which each is good for `uses` answers with their own counts. */
function counting(uses: number, script: (welcome: number) => string = () => reply("welcome")): ScriptedServer {
  let nonce = 0;
  let used = 0;
  let welcome = 0;
  return new ScriptedServer(({ headers }) => {
    const answer = parametersOf(headers.get("Authorization"));
    if (answer.nonce === `n${nonce}` && answer.nc === "00000001" && used < uses) {
      used++;
      return [script(welcome++)];
    }
    nonce++;
    used = 0;
    const stale = answer.nonce === undefined ? "" : ", stale=TRUE";
    return [reply("", [`WWW-Authenticate: Digest realm="here", nonce="n${nonce}", qop="auth"${stale}`], "401 Who")];
  });
}

const DIGEST = { authMode: "digest", authUsername: "me", authPassword: "secret" } as const;

clientTest("a nonce that has grown old is answered once more (RFC 7616, section 3.3)", async (make) => {
  let index = 0;
  await using server = new ScriptedServer(({ headers }) => {
    const { nonce } = parametersOf(headers.get("Authorization"));
    if (nonce === "n1") return [reply("welcome")];
    const stale = nonce === undefined ? "" : ", stale=true";
    return [reply("", [`WWW-Authenticate: Digest realm="here", nonce="n${index++}"${stale}`], "401 Who")];
  });
  await using deaf = counting(0);
  using client = make();
  assertEquals((await client.fetch(server.url(), DIGEST)).text, "welcome");
  assertEquals(server.requests.length, 3);
  const error = await assertRejects(() => client.fetch(deaf.url(), DIGEST), HTTPClientError);
  assertEquals([error.code, deaf.requests.length], [401, 3]);
});

clientTest("a retry answers a nonce of its own", async (make) => {
  const busy = reply("", ["Retry-After: 0"], "503 Busy");
  await using server = counting(1, (welcome) => welcome < 2 ? busy : reply("welcome"));
  using client = make();
  assertEquals((await client.fetch(server.url(), { ...DIGEST, retry: {} })).text, "welcome");
});

clientTest("the credentials of a URL answer a challenge, and go in no other way", async (make) => {
  await using server = guarded("md5", "MD5");
  using client = make();
  const url = server.url().replace("://", "://me:secret@");
  assertEquals((await client.fetch(url, { authMode: "digest" })).text, "welcome");
  const schemes = server.requests.map(({ headers }) => headers.get("Authorization")?.split(" ")[0] ?? null);
  assertEquals(schemes, [null, "Digest"]);
});

test("findChallenge: takes time in proportion to the field", () => {
  for (const text of ["a", "a-", "a ", "a=", 'a="\\', ", "]) {
    assertLinear((size) => new HTTPHeaders({ "WWW-Authenticate": `Digest ${text.repeat(size)}x` }), findChallenge);
  }
});
