// Faults that other clients were warned of, by the numbers of the advisories. Those of idle connections, of chains of
// codings and of the bodies of redirects are in hostile_test.ts, and those of cookies in cookie_jar_test.ts as well.
import { assertEquals, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import { CookieJar, HTTPClientError, type HTTPRequestOptions } from "../../../src/http/httpclient.ts";
import { HTTPHeaders } from "../../../src/http/httputil.ts";
import { CLOSE, reply, ScriptedServer, type Step } from "../../support/scripted_server.ts";
import { test } from "../../support/test.ts";
import { clientTest, SIMPLE } from "./back_ends.ts";

const certs = new URL("../../support/certs/", import.meta.url);
const sslOptions = { certfile: new URL("server.pem", certs), keyfile: new URL("server_key.pem", certs) };

function moved(location: string): string {
  return `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;
}

/** What a request must not bring to another origin, and how it gets into the request. */
const CREDENTIALS: Readonly<Record<string, readonly [header: string, options: HTTPRequestOptions]>> = {
  "CVE-2026-49853: authUsername": ["Authorization", { authUsername: "me", authPassword: "secret" }],
  "CVE-2026-49853: Authorization": ["Authorization", { headers: { Authorization: "Bearer secret" } }],
  "CVE-2023-45143: Cookie": ["Cookie", { headers: { Cookie: "sid=secret" } }],
  "crawlee#4137: Proxy-Authorization": ["Proxy-Authorization", { headers: { "Proxy-Authorization": "Basic secret" } }],
};

for (const [name, [header, options]] of Object.entries(CREDENTIALS)) {
  clientTest(`${name} stays with its origin, whether a request or the client has it`, async (make) => {
    await using other = new ScriptedServer(() => [reply()]);
    await using server = new ScriptedServer(() => [moved(other.url())]);
    using client = make();
    await client.fetch(server.url(), options);
    const { headers: _headers, ...defaults } = options;
    using careless = make({ defaults });
    await careless.fetch(server.url());
    assertEquals(server.requests[0]?.headers.has(header), true);
    assertEquals(other.requests.map(({ headers }) => headers.has(header)), [false, false]);
  });
}

clientTest("aiohttp#12829: the credentials of a proxy go to it alone, also after a redirect", async (make) => {
  await using direct = new ScriptedServer(() => [reply()]);
  await using proxy = new ScriptedServer((_request, index) => [index === 0 ? moved("http://b.example/") : reply()]);
  using client = make();
  const options = { proxyHost: "127.0.0.1", proxyPort: proxy.port, proxyUsername: "me", proxyPassword: "secret" };
  await client.fetch("http://a.example/", options);
  await client.fetch(direct.url());
  const seen = proxy.requests.map(({ target, headers }) => [target, headers.get("Proxy-Authorization")]);
  const credentials = `Basic ${btoa("me:secret")}`;
  assertEquals(seen, [["http://a.example/", credentials], ["http://b.example/", credentials]]);
  assertEquals(direct.requests.map(({ headers }) => headers.has("Proxy-Authorization")), [false]);
});

clientTest("CVE-2026-49855, CVE-2025-69223: maxBodySize holds for what comes out of a coding", async (make) => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(5_000_000)));
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`;
  await using server = new ScriptedServer(() => [head, bomb]);
  using client = make({ maxBodySize: 100_000 });
  for (const streamingCallback of [null, () => {}]) {
    await assertRejects(() => client.fetch(server.url(), { streamingCallback }), HTTPClientError, "longer than 100000");
  }
});

clientTest("CVE-2026-1525: a request has one Content-Length, which is that of its body", async (make) => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = make();
  const headers: [string, string][] = [["Content-Length", "1"], ["content-length", "30"], ["CONTENT-LENGTH", "2"]];
  await client.fetch(server.url(), { method: "POST", body: "abc", headers });
  await client.fetch(server.url());
  const lengths = server.requests.map(({ headers, body }) => [headers.getList("Content-Length"), body]);
  assertEquals(lengths, [[["3"], "abc"], [[], ""]]);
});

clientTest("CVE-2026-1527, GHSA-m8rv: no header takes a line end", async (make) => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = make();
  for (const name of ["Upgrade", "Content-Type", "Connection", "Cookie"]) {
    for (const end of ["\r\n", "\n", "\r"]) {
      const headers = { [name]: `a${end}X-Evil: 1` };
      await assertRejects(() => client.fetch(server.url(), { method: "POST", body: "", headers }), Error);
    }
  }
  assertEquals(server.connections, 0);
});

test("CVE-2026-9679, CVE-2026-11525: a jar decodes no value, and knows no attribute by a part of its name", () => {
  const jar = new CookieJar();
  const headers = new HTTPHeaders();
  for (const line of ["a=%0d%0aX: 1%3b", "b=1; NotSecure; SameSite=NotStrict", "c=1; XPath=/x; Domaine=evil.example"]) {
    headers.add("Set-Cookie", line);
  }
  jar.store(new URL("http://example.org/"), headers);
  assertEquals(jar.header(new URL("http://example.org/")), "a=%0d%0aX: 1%3b; b=1; c=1");
});

clientTest("CVE-2026-6734: a request goes to its own origin, whatever is kept for others", async (make) => {
  await using first = new ScriptedServer(() => [reply("first")]);
  await using second = new ScriptedServer(() => [reply("second")]);
  using client = make({ maxClients: 2 });
  for (let i = 0; i < 10; i++) {
    const answers = await Promise.all([first, second].map((server) => client.fetch(server.url())));
    assertEquals(answers.map(({ text }) => text), ["first", "second"]);
    // The same address, by another name.
    const named = await client.fetch(second.url().replace("127.0.0.1", "localhost"));
    assertEquals(named.text, "second");
  }
});

clientTest(
  "CVE-2026-9697: a connection without a check serves no request that asks for one",
  async (make, backEnd) => {
    await using server = new ScriptedServer(() => [reply()], { sslOptions });
    using client = make();
    const url = server.url().replace("127.0.0.1", "localhost");
    const caCerts = new URL("ca.pem", certs).pathname;
    if (backEnd === SIMPLE) await client.fetch(url, { validateCert: false });
    await client.fetch(url, { caCerts });
    await assertRejects(() => client.fetch(url, { requestTimeout: 60 }), Error);
  },
  undefined,
  (t) => t.expectLog("tornado.general", /SSL Error/),
);

clientTest("GHSA-8xcm: a request that is sent again has the length of its body", async (make) => {
  const answers: readonly (readonly Step[])[] = [
    [CLOSE],
    [reply("", ["Retry-After: 0"], "503 Busy")],
    ["HTTP/1.1 307 Moved\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n"],
    ["HTTP/1.1 303 Other\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n"],
  ];
  await using server = new ScriptedServer((_request, index) => answers[index] ?? [reply()]);
  using client = make();
  const options = { method: "PUT", body: "abc", headers: { "Content-Length": "99" } };
  await client.fetch(server.url(), { ...options, retry: { limit: 3, backoff: 0.001 } });
  const seen = server.requests.map(({ method, headers, body }) => [method, headers.get("Content-Length"), body]);
  assertEquals(seen.slice(-4), [["PUT", "3", "abc"], ["PUT", "3", "abc"], ["PUT", "3", "abc"], ["GET", null, ""]]);
});
