// Bodies of which the head of the request tells less, or something else, than what comes.
import { assertEquals, assertMatch } from "@std/assert";
import { ProxyHandler, Upstreams } from "../../src/proxy/mod.ts";
import { Application } from "../../src/web/mod.ts";
import { proxied } from "../support/proxied.ts";
import { RawClient } from "../support/raw_client.ts";
import { CLOSE, reply, ScriptedServer } from "../support/scripted_server.ts";
import { test } from "../support/test.ts";

const certs = new URL("../support/certs/", import.meta.url);
const sslOptions = { certfile: new URL("server.pem", certs), keyfile: new URL("server_key.pem", certs) };

/** A body whose length its sender does not know. */
function streamed(...texts: string[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from(texts).pipeThrough(new TextEncoderStream());
}

function framingOf({ requests }: ScriptedServer): unknown[] {
  return requests.map(({ method, headers, body }) => [
    method,
    headers.get("Content-Length"),
    headers.get("Transfer-Encoding"),
    body,
  ]);
}

test("ProxyHandler: passes bodies on that no field of HTTP/2 announces", async () => {
  await using upstream = new ScriptedServer(() => [reply("hello")]);
  await using proxy = proxied([upstream], { server: { engine: "serve", sslOptions } });
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(new URL("ca.pem", certs))], http1: false });
  const ask = async (method: string, body?: BodyInit) => {
    const response = await fetch(`https://localhost:${proxy.port}/`, { client, method, ...(body && { body }) });
    assertEquals([response.status, await response.text()], [200, "hello"]);
  };
  await ask("POST", streamed("ab", "cd"));
  await ask("DELETE", streamed("ab"));
  await ask("PUT", streamed());
  await ask("POST", "known");
  await ask("DELETE");
  await ask("GET");
  assertEquals(framingOf(upstream), [
    ["POST", null, "chunked", "abcd"],
    ["DELETE", null, "chunked", "ab"],
    ["PUT", "0", null, ""],
    ["POST", "5", null, "known"],
    ["DELETE", null, null, ""],
    ["GET", null, null, ""],
  ]);
});

test("ProxyHandler: repeats what turns out to have no body, and limits what turns out to have one", async (t) => {
  t.expectLog("tornado.general", /^Malformed HTTP message/);
  await using upstream = new ScriptedServer((_, index) => index === 0 ? [CLOSE] : [reply("hello")]);
  const options = { server: { engine: "serve", sslOptions }, proxy: { maxBodySize: 3 } } as const;
  await using proxy = proxied([upstream], { ...options, upstreams: { tryPause: 0.001 } });
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(new URL("ca.pem", certs))], http1: false });
  const address = `https://localhost:${proxy.port}/`;
  const repeated = await fetch(address, { client, method: "DELETE" });
  assertEquals(await repeated.text(), "hello");
  assertEquals(upstream.requests.length, 2);
  const refused = await fetch(address, { client, method: "POST", body: streamed("abcd") });
  await refused.body?.cancel();
  assertEquals(refused.status, 413);
});

test("ProxyHandler: refuses bodies of GET and HEAD where the engine has none of them", async (t) => {
  t.expectLog("tornado.general", /^501 (GET|HEAD) .*Cannot pass the body of a (GET|HEAD) on/);
  t.expectLog("tornado.access", /^501 (GET|HEAD)/);
  await using upstream = new ScriptedServer(() => [reply()]);
  const bodies = ["Content-Length: 2\r\n\r\nab", "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"];
  for (const [engine, status] of [["listen", "200"], ["serve", "501"]] as const) {
    await using proxy = proxied([upstream], { server: { engine } });
    for (const method of ["GET", "HEAD"]) {
      for (const body of bodies) {
        const head = `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n`;
        assertMatch(await RawClient.exchange(proxy.port, head + body), new RegExp(`^HTTP/1.1 ${status} `), engine);
      }
    }
    assertMatch(
      await RawClient.exchange(
        proxy.port,
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
      ),
      /^HTTP\/1\.1 200 /,
    );
  }
  assertEquals(upstream.requests.map(({ body }) => body), ["ab", "ab", "ab", "ab", "", ""]);
});

test("ProxyHandler: passes on what a program asks for without a server", async () => {
  await using upstream = new ScriptedServer(() => [reply("hello")]);
  using upstreams = new Upstreams([upstream.url("")]);
  const application = new Application([["/.*", ProxyHandler, { upstreams }]]);
  const response = await application.fetch(new Request("http://a.example/", { method: "POST", body: "abc" }));
  assertEquals(await response.text(), "hello");
  assertEquals(framingOf(upstream), [["POST", null, "chunked", "abc"]]);
});

test("ProxyHandler: passes on what the server has decompressed, in its own length", async () => {
  const text = "hello ".repeat(1000);
  const packed = await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).bytes();
  for (const engine of ["listen", "serve"] as const) {
    await using upstream = new ScriptedServer(() => [reply("hello")]);
    await using proxy = proxied([upstream], { server: { engine, decompressRequest: true } });
    for (const body of [packed, ReadableStream.from([packed])]) {
      const headers = { "Content-Encoding": "gzip" };
      const response = await fetch(`http://127.0.0.1:${proxy.port}/`, { method: "POST", headers, body });
      assertEquals([response.status, await response.text()], [200, "hello"], engine);
    }
    assertEquals(framingOf(upstream), [["POST", null, "chunked", text], ["POST", null, "chunked", text]]);
    assertEquals(upstream.requests.map(({ headers }) => headers.get("Content-Encoding")), [null, null]);
  }
});
