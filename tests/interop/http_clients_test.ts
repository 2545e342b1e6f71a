/**
 * Clients that others wrote, against the server on our own stack: python3-tornado's simple client, curl, and fetch.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { test } from "../support/test.ts";

class MainHandler extends RequestHandler {
  override get(): void {
    this.write("Hello, world");
  }
}

class HeadHandler extends MainHandler {
  override head(): void {
    this.get();
  }
}

class EchoHandler extends RequestHandler {
  override post(): void {
    const coding = this.request.headers.get("Transfer-Encoding") ??
      this.request.headers.get("X-Consumed-Content-Encoding");
    this.setHeader("X-Coding", coding ?? "none");
    this.write(this.request.body);
  }
}

class StreamHandler extends RequestHandler {
  override async get(): Promise<void> {
    for (let i = 0; i < 5; i++) {
      this.write(`part ${i}\n`);
      await this.flush();
    }
  }
}

function makeApp(): Application {
  return new Application([["/", HeadHandler], ["/echo", EchoHandler], ["/stream", StreamHandler]]);
}

async function run(command: string, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, stdout: "piped", stderr: "piped" }).output();
  const text = new TextDecoder().decode(stdout);
  if (code !== 0) throw new Error(`${command} failed with ${code}: ${new TextDecoder().decode(stderr)}${text}`);
  return text;
}

const TORNADO_CLIENT = `
import asyncio, gzip, json, sys
from tornado.httpclient import HTTPRequest
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.tcpclient import TCPClient

base = "http://127.0.0.1:%s" % sys.argv[1]

async def main():
    client = SimpleAsyncHTTPClient(force_instance=True)
    out = {}
    r = await client.fetch(base + "/")
    out["get"] = [r.code, r.reason, r.body.decode(), r.headers["Etag"]]
    r = await client.fetch(base + "/", headers={"If-None-Match": r.headers["Etag"]}, raise_error=False)
    out["etag"] = [r.code, r.body.decode()]
    r = await client.fetch(base + "/stream")
    out["stream"] = [r.headers.get("Transfer-Encoding"), r.body.decode()]
    r = await client.fetch(base + "/echo", method="POST", body=b"x" * 300000)
    out["post"] = [r.headers["X-Coding"], len(r.body)]
    async def produce(write):
        await write(b"one ")
        await write(b"two")
    r = await client.fetch(base + "/echo", method="POST", body_producer=produce)
    out["chunked"] = [r.headers["X-Coding"], r.body.decode()]
    r = await client.fetch(HTTPRequest(base + "/echo", method="POST", body=b"waited for", expect_100_continue=True))
    out["continue"] = r.body.decode()
    r = await client.fetch(base + "/echo", method="POST", body=gzip.compress(b"squeezed"), headers={"Content-Encoding": "gzip"})
    out["gzip"] = [r.headers["X-Coding"], r.body.decode()]
    r = await client.fetch(base + "/", method="HEAD")
    out["head"] = [r.code, r.headers["Content-Length"], r.body.decode()]
    r = await client.fetch(base + "/nope", raise_error=False)
    out["404"] = [r.code, r.body.decode()]

    # One connection, three requests: the client of Tornado itself closes after each.
    stream = await TCPClient().connect("127.0.0.1", int(sys.argv[1]))
    lengths = []
    for _ in range(3):
        await stream.write(b"GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
        await stream.read_until(b"\\r\\n\\r\\n")
        lengths.append(len(await stream.read_bytes(12)))
    out["keepalive"] = lengths
    print(json.dumps(out))

asyncio.run(main())
`;

test("HTTPServer serves the simple client of python3-tornado", async (t) => {
  t.expectLog("tornado.access", /^404 GET \/nope/);
  await using server = makeApp().listen(0, { address: "127.0.0.1", decompressRequest: true });
  const seen = JSON.parse(await run("/usr/bin/python3", ["-c", TORNADO_CLIENT, String(server.port)]));
  assertEquals(seen, {
    get: [200, "OK", "Hello, world", '"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"'],
    etag: [304, ""],
    stream: ["chunked", "part 0\npart 1\npart 2\npart 3\npart 4\n"],
    post: ["none", 300000],
    chunked: ["chunked", "one two"],
    continue: "waited for",
    gzip: ["gzip", "squeezed"],
    head: [200, "12", ""],
    "404": [404, "<html><title>404: Not Found</title><body>404: Not Found</body></html>"],
    keepalive: [12, 12, 12],
  });
});

test("HTTPServer serves curl: keep-alive, chunked both ways, 100-continue, gzip, HTTP/1.0", async () => {
  await using server = makeApp().listen(0, { address: "127.0.0.1", decompressRequest: true });
  const url = `http://127.0.0.1:${server.port}`;
  const quiet = ["--silent", "--show-error"];
  assertEquals(await run("curl", [...quiet, `${url}/`]), "Hello, world");
  // The third URL of one connection is served on it, too.
  const reused = await run("curl", [
    ...quiet,
    "--write-out",
    " %{num_connects}\n",
    `${url}/`,
    `${url}/`,
    `${url}/stream`,
  ]);
  assertEquals(reused, "Hello, world 1\nHello, world 0\npart 0\npart 1\npart 2\npart 3\npart 4\n 0\n");
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "x".repeat(2_000_000));
    // More than 1 MiB makes curl wait for 100 Continue.
    const posted = await run("curl", [
      ...quiet,
      "--verbose",
      "--data-binary",
      `@${file}`,
      "-o",
      "/dev/null",
      "-w",
      "%{size_download}",
      "--stderr",
      "-",
      `${url}/echo`,
    ]);
    assertMatch(posted, /< HTTP\/1\.1 100 Continue/);
    assertMatch(posted, /2000000$/);
    const chunked = await run("curl", [
      ...quiet,
      "-H",
      "Transfer-Encoding: chunked",
      "-D",
      "-",
      "-o",
      "/dev/null",
      "--data-binary",
      `@${file}`,
      `${url}/echo`,
    ]);
    assertMatch(chunked, /X-Coding: chunked/);
  } finally {
    await Deno.remove(file);
  }
  assertMatch(
    await run("curl", [...quiet, "--http1.0", "--include", `${url}/stream`]),
    /^HTTP\/1\.1 200 OK\r\n(?!.*chunked).*part 4\n$/s,
  );
  assertMatch(
    await run("curl", [...quiet, "--head", `${url}/`]),
    /^HTTP\/1\.1 200 OK\r\n.*Content-Length: 12\r\n\r\n$/s,
  );
});

test("HTTPServer serves many concurrent requests of fetch", async () => {
  await using server = makeApp().listen(0, { address: "127.0.0.1" });
  const url = `http://127.0.0.1:${server.port}`;
  const bodies = await Promise.all(Array.from({ length: 200 }, async (_, i) => {
    const response = await fetch(`${url}/echo`, { method: "POST", body: `body ${i}` });
    return await response.text();
  }));
  assertEquals(bodies, Array.from({ length: 200 }, (_, i) => `body ${i}`));
});
