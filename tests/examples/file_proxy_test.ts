import { assert, assertEquals, assertRejects } from "@std/assert";
import { isPublic } from "../../examples/file_proxy/public_address.ts";
import { HTTPClientError } from "../../src/http/httpclient.ts";
import { SimpleAsyncHTTPClient } from "../../src/http/simple_httpclient.ts";
import { startProgram } from "../support/program.ts";
import { CLOSE, HOLD, reply, type Script, ScriptedServer } from "../support/scripted_server.ts";
import { test } from "../support/test.ts";

const MIB = 2 ** 20;
/** What the buffers of four sockets, of the program and of the client hold at most, with room to spare. */
const IN_BETWEEN = 48 * MIB;

test("examples/file_proxy hands on files, parts and conditions, and refuses what it must", async () => {
  const script: Script = ({ target, method, headers }) => {
    if (target === "/moved") return ["HTTP/1.1 302 Found\r\nLocation: /file\r\nContent-Length: 0\r\n\r\n"];
    if (target === "/cut") return ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", CLOSE];
    if (target === "/busy") return [reply("", [], "500 Busy")];
    if (headers.get("If-None-Match") === '"v1"') return ["HTTP/1.1 304 Not Modified\r\n\r\n"];
    if (headers.get("Range") !== null) {
      return [reply("el", ["Content-Range: bytes 1-2/5", "Set-Cookie: a=1"], "206 Part")];
    }
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: x/y\r\nETag: "v1"\r\nContent-Length: 5\r\n\r\n';
    return [method === "HEAD" ? head : `${head}hello`];
  };
  await using origin = new ScriptedServer(script);
  await using program = await startProgram("examples/file_proxy/main.ts", { args: ["--private"] });
  using client = new SimpleAsyncHTTPClient({ forceInstance: true });
  const get = (path: string, options = {}) =>
    client.fetch(`${program.address}/file?url=${encodeURIComponent(origin.url(path))}`, {
      raiseError: false,
      ...options,
    });
  for (const path of ["/file", "/moved"]) {
    const { code, text, headers } = await get(path);
    assertEquals([code, text, headers.get("Content-Type"), headers.get("ETag")], [200, "hello", "x/y", '"v1"']);
  }
  const part = await get("/file", { headers: { Range: "bytes=1-2" } });
  assertEquals([part.code, part.text, part.headers.get("Content-Range")], [206, "el", "bytes 1-2/5"]);
  assertEquals(part.headers.get("Set-Cookie"), null);
  assertEquals((await get("/file", { headers: { "If-None-Match": '"v1"' } })).code, 304);
  const head = await get("/file", { method: "HEAD" });
  assertEquals([head.code, head.headers.get("Content-Length"), head.body.length], [200, "5", 0]);
  await assertRejects(() => get("/cut"), HTTPClientError);
  assertEquals((await get("/busy")).code, 502);
  const codeOf = async (url: string) =>
    (await client.fetch(`${program.address}/file?url=${url}`, { raiseError: false })).code;
  assertEquals([await codeOf("nonsense"), await codeOf("file:///etc/passwd")], [400, 400]);
});

test("examples/file_proxy reads no further ahead than its reader, and stops when that has left", async () => {
  let sent = 0;
  const stopped = Promise.withResolvers<void>();
  await using origin = new ScriptedServer(() => [
    `HTTP/1.1 200 OK\r\nContent-Length: ${1024 * MIB}\r\n\r\n`,
    async (stream) => {
      try {
        for (; sent < 1024 * MIB; sent += MIB) await stream.write(new Uint8Array(MIB));
      } finally {
        stopped.resolve();
      }
    },
    HOLD,
  ]);
  await using program = await startProgram("examples/file_proxy/main.ts", { args: ["--private"] });
  using client = new SimpleAsyncHTTPClient({ forceInstance: true });
  const response = await client.stream(`${program.address}/file?url=${encodeURIComponent(origin.url())}`);
  let read = 0;
  for await (const piece of response.body) {
    read += piece.length;
    if (read > 8 * MIB) break;
  }
  await stopped.promise;
  assert(sent < read + IN_BETWEEN, `${sent} bytes were sent, and ${read} were read`);
});

test("examples/file_proxy asks for public addresses only", async () => {
  await using origin = new ScriptedServer(() => [reply("secret")]);
  await using program = await startProgram("examples/file_proxy/main.ts");
  using client = new SimpleAsyncHTTPClient({ forceInstance: true });
  const url = `${program.address}/file?url=${encodeURIComponent(origin.url())}`;
  assertEquals((await client.fetch(url, { raiseError: false })).code, 502);
  assertEquals(origin.connections, 0);
  for (const address of ["8.8.8.8", "172.32.0.1", "192.169.0.1", "2606:4700::1111"]) assert(isPublic(address), address);
  const local = ["127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.1.1", "0.0.0.0", "224.0.0.1"];
  for (
    const address of [...local, "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"]
  ) {
    assert(!isPublic(address), address);
  }
});
