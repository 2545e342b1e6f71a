/** The client, on both back ends, with servers and proxies that are not ours. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type AsyncHTTPClient, CookieJar, HTTPClientError } from "../../src/http/httpclient.ts";
import { clientTest, SIMPLE } from "../http/client/back_ends.ts";
import { startNginx } from "../support/nginx.ts";
import { startHaproxy, startPython, startSquid } from "../support/peer.ts";
import { reply, ScriptedServer } from "../support/scripted_server.ts";
import { TempDir } from "../support/temp_dir.ts";

const MIB = 1048576;
const CERTS = new URL("../support/certs/", import.meta.url);

/** Bytes that do not repeat soon. */
function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 65536) crypto.getRandomValues(bytes.subarray(i, i + 65536));
  return bytes;
}

async function* pieces(bytes: Uint8Array<ArrayBuffer>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let i = 0; i < bytes.length; i += 50_000) yield await Promise.resolve(bytes.subarray(i, i + 50_000));
}

/** What every server of `/echo` must be able to do with a client. */
async function exchangeBodies(client: AsyncHTTPClient, url: string): Promise<void> {
  const bytes = noise(3 * MIB);
  for (const body of [bytes, pieces(bytes)]) {
    const { body: echoed } = await client.fetch(url, { method: "POST", body, headers: { "Content-Type": "x/y" } });
    assertEquals(echoed.length, bytes.length);
    assert(echoed.every((byte, i) => byte === bytes[i]));
  }
  const response = await client.stream(url, { method: "POST", body: bytes, headers: { "Content-Type": "x/y" } });
  let at = 0;
  for await (const piece of response.body) {
    assert(piece.every((byte, i) => byte === bytes[at + i]));
    at += piece.length;
  }
  assertEquals(at, bytes.length);
  const empty = await client.fetch(url, { method: "POST", body: "", headers: { "Content-Type": "x/y" } });
  assertEquals([empty.code, empty.body.length], [200, 0]);
}

clientTest("nginx: files, ranges, compression, an early refusal, and connections that it ends", async (make) => {
  using directory = new TempDir();
  const file = noise(8 * MIB);
  directory.write("file.bin", file);
  directory.write("page.html", "<p>hello</p>\n".repeat(1000));
  Deno.chmodSync(directory.path, 0o755);
  const server = `root ${directory.path}; keepalive_requests 7; keepalive_timeout 5s 5s; client_max_body_size 1k;
    gzip on; gzip_min_length 1; location = /moved { return 301 /page.html; } location = /none { return 204; }`;
  await using nginx = await startNginx([server]);
  const origin = `http://127.0.0.1:${nginx.ports[0]}`;
  using client = make({ defaults: { requestTimeout: 60 } });
  for (let i = 0; i < 50; i++) {
    const page = await client.fetch(`${origin}/moved`);
    assertEquals([page.body.length, page.headers.get("X-Consumed-Content-Encoding")], [13_000, "gzip"]);
  }
  assertEquals((await client.fetch(`${origin}/file.bin`)).body, file);
  const part = await client.fetch(`${origin}/file.bin`, { headers: { Range: "bytes=1000-1999" } });
  assertEquals([part.code, part.body], [206, file.subarray(1000, 2000)]);
  const head = await client.fetch(`${origin}/file.bin`, { method: "HEAD" });
  assertEquals([head.headers.get("Content-Length"), head.body.length], [String(file.length), 0]);
  const fresh = { ifModifiedSince: new Date(head.headers.get("Last-Modified") ?? ""), raiseError: false };
  assertEquals((await client.fetch(`${origin}/file.bin`, fresh)).code, 304);
  assertEquals((await client.fetch(`${origin}/none`)).code, 204);
  const upload = { method: "POST", body: noise(20 * MIB), raiseError: false };
  assertEquals((await client.fetch(`${origin}/page.html`, upload)).code, 413);
  let length = 0;
  for await (const piece of (await client.stream(`${origin}/file.bin`)).body) length += piece.length;
  assertEquals(length, file.length);
});

clientTest("nginx: a client certificate, with a private authority", async (make) => {
  const pem = (name: string) => new URL(name, CERTS).pathname;
  const [certificate, key, ca] = ["server.pem", "server_key.pem", "client_ca.pem"].map(pem);
  const tls = `ssl_certificate ${certificate}; ssl_certificate_key ${key}; ssl_client_certificate ${ca};
    ssl_verify_client optional; location / { return 200 "$ssl_client_verify $ssl_client_s_dn"; }`;
  await using nginx = await startNginx([tls], "", "ssl");
  using client = make({ defaults: { caCerts: pem("ca.pem"), requestTimeout: 60 } });
  const url = `https://localhost:${nginx.ports[0]}/`;
  assertEquals((await client.fetch(url)).text, "NONE ");
  const own = { clientCert: pem("client.pem"), clientKey: pem("client_key.pem") };
  assertEquals((await client.fetch(url, own)).text, "SUCCESS CN=a client");
});

clientTest("haproxy: bodies both ways, and a backend that is gone", async (make) => {
  const site = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => new Response(request.body));
  try {
    await using haproxy = await startHaproxy(`server one 127.0.0.1:${site.addr.port}`);
    using client = make({ defaults: { requestTimeout: 60 } });
    await exchangeBodies(client, `http://127.0.0.1:${haproxy.port}/echo`);
    await site.shutdown();
    const retry = { limit: 2, backoff: 0.001 };
    const gone = await client.fetch(`http://127.0.0.1:${haproxy.port}/`, { raiseError: false, retry });
    assertEquals(gone.code, 503);
  } finally {
    await site.shutdown();
  }
});

clientTest("squid: requests and tunnels, by name and password", async (make, backEnd) => {
  await using plain = new ScriptedServer(() => [reply("plain")]);
  const [certfile, keyfile] = ["server.pem", "server_key.pem"].map((name) => new URL(name, CERTS));
  if (certfile === undefined || keyfile === undefined) throw new Error("unreachable");
  await using secret = new ScriptedServer(() => [reply("secret")], { sslOptions: { certfile, keyfile } });
  await using squid = await startSquid();
  const proxy = { proxyHost: "127.0.0.1", proxyPort: squid.port };
  const known = { ...proxy, proxyUsername: "me", proxyPassword: "secret" };
  using client = make({ defaults: { caCerts: new URL("ca.pem", CERTS).pathname, requestTimeout: 60 } });
  for (let i = 0; i < 3; i++) {
    assertEquals((await client.fetch(plain.url(), known)).text, "plain");
    if (backEnd === SIMPLE) assertEquals((await client.fetch(secret.url(), known)).text, "secret");
  }
  const stranger = await client.fetch(plain.url(), { ...proxy, raiseError: false });
  assertEquals([stranger.code, stranger.headers.get("Proxy-Authenticate")], [407, 'Basic realm="peers"']);
  for (const proxyPassword of ["wrong", ""]) {
    const wrong = { ...known, proxyPassword };
    assertEquals((await client.fetch(plain.url(), { ...wrong, raiseError: false })).code, 407);
    if (backEnd === SIMPLE) await assertRejects(() => client.fetch(secret.url(), wrong), HTTPClientError, "407");
  }
  await assertRejects(() => client.fetch(secret.url(), proxy), HTTPClientError);
  for (const { headers } of secret.requests) assertEquals(headers.get("Proxy-Authorization"), null);
});

const TORNADO = `
import asyncio, logging, tornado.web, tornado.httpserver, tornado.netutil
logging.disable(logging.CRITICAL)
class Echo(tornado.web.RequestHandler):
    def get(self): self.write({"agent": self.request.headers["User-Agent"], "args": self.get_arguments("a")})
    def post(self): self.write(self.request.body)
    put = patch = delete = post
class Slow(tornado.web.RequestHandler):
    async def get(self):
        for i in range(5):
            self.write("%d " % i)
            await self.flush()
async def main():
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
    app = tornado.web.Application([("/echo", Echo), ("/slow", Slow)], compress_response=True)
    tornado.httpserver.HTTPServer(app, max_buffer_size=64 * 1024 * 1024).add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
`;

clientTest("python3-tornado: bodies both ways, chunks, compression, and a 100", async (make, backEnd) => {
  await using tornado = await startPython(TORNADO);
  const origin = `http://127.0.0.1:${tornado.port}`;
  using client = make({ defaults: { requestTimeout: 60 } });
  await exchangeBodies(client, `${origin}/echo`);
  assertEquals((await client.fetch(`${origin}/slow`)).text, "0 1 2 3 4 ");
  const json = await client.fetch(`${origin}/echo?a=%C3%A9&a=%2F`);
  assertMatch(json.text, /"agent": "Twister\/.*"args": \["\\u00e9", "\/"\]/);
  assertEquals((await client.fetch(`${origin}/echo`, { method: "DELETE", body: pieces(noise(100)) })).body.length, 100);
  if (backEnd === SIMPLE) {
    const expecting = { method: "PUT", body: "agreed", expect100Continue: true };
    assertEquals((await client.fetch(`${origin}/echo`, expecting)).text, "agreed");
  }
});

clientTest("Deno.serve: bodies both ways, and a stream that its handler breaks off", async (make) => {
  const site = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {}, onError: () => new Response("wrong") }, (
    request,
  ) => {
    if (!request.url.endsWith("/broken")) return new Response(request.body);
    let count = 0;
    return new Response(
      new ReadableStream({
        pull(controller) {
          if (count++ === 3) controller.error(new Error("broken off"));
          else controller.enqueue(new Uint8Array(1000));
        },
      }),
    );
  });
  try {
    using client = make({ defaults: { requestTimeout: 60 } });
    await exchangeBodies(client, `http://127.0.0.1:${site.addr.port}/echo`);
    await assertRejects(() => client.fetch(`http://127.0.0.1:${site.addr.port}/broken`), HTTPClientError);
  } finally {
    await site.shutdown();
  }
});

const HTTPBIN = `
import logging, werkzeug.serving
logging.getLogger("werkzeug").disabled = True
from httpbin import app
server = werkzeug.serving.make_server("127.0.0.1", 0, app, threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
`;

clientTest("python3-httpbin: authentication, redirects, codings, cookies and statuses", async (make) => {
  await using httpbin = await startPython(HTTPBIN);
  const origin = `http://127.0.0.1:${httpbin.port}`;
  using client = make({ defaults: { requestTimeout: 60 } });
  const get = (path: string, options = {}) => client.fetch(origin + path, { raiseError: false, ...options });
  const form = await get("/post", { method: "POST", body: "a=1&b=%C3%A4" });
  assertEquals(form.json<{ form: unknown }>().form, { a: "1", b: "ä" });
  const known = { authUsername: "me", authPassword: "secret" };
  assertEquals([(await get("/basic-auth/me/secret")).code, (await get("/basic-auth/me/secret", known)).code], [
    401,
    200,
  ]);
  for (const algorithm of ["MD5", "SHA-256"]) {
    const digest = { ...known, authMode: "digest", headers: { Cookie: "fake=fake_value" } };
    const path = `/digest-auth/auth/me/secret/${algorithm}`;
    assertEquals((await get(path, digest)).code, 200, algorithm);
    assertEquals((await get(path, { ...digest, authPassword: "wrong" })).code, 401);
  }
  assertEquals((await get("/redirect/5")).effectiveUrl, `${origin}/get`);
  assertEquals((await get("/redirect/6")).code, 302);
  assertEquals((await get("/absolute-redirect/2")).code, 200);
  for (const [path, field] of [["/gzip", "gzipped"], ["/deflate", "deflated"], ["/brotli", "brotli"]] as const) {
    const response = await get(path);
    // Debian's httpbin may lack br.
    if (response.code === 200) assertEquals(response.json<Record<string, unknown>>()[field], true);
    else assertEquals([path, response.code >= 404], ["/brotli", true]);
  }
  const cookies = new CookieJar();
  assertEquals((await get("/cookies/set?a=1&b=2", { cookies })).json(), { cookies: { a: "1", b: "2" } });
  assertEquals((await get("/cookies/delete?a=", { cookies })).json(), { cookies: { b: "2" } });
  for (const code of [200, 204, 304, 404, 418, 500, 503]) assertEquals((await get(`/status/${code}`)).code, code);
  assertEquals((await get("/stream/20")).text.trimEnd().split("\n").length, 20);
  assertEquals((await get("/stream-bytes/100000?chunk_size=7000")).body.length, 100_000);
  assertEquals((await get("/range/1000", { headers: { Range: "bytes=10-19" } })).body.length, 10);
  assertEquals((await get("/response-headers?X-A=%20b&X-A=c")).headers.get("X-A")?.replaceAll(" ", ""), "b,c");
  assertEquals((await get("/delete", { method: "DELETE" })).code, 200);
});
