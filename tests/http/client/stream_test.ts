// Bodies in pieces, both ways, at the pace of the slower side.
import { assert, assertEquals, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import { HTTPStreamClosedError, HTTPTimeoutError, type WriteBody } from "../../../src/http/httpclient.ts";
import type { IOStream } from "../../../src/net/iostream.ts";
import { CLOSE, HOLD, reply, ScriptedServer } from "../../support/scripted_server.ts";
import { clientTest, SIMPLE } from "./back_ends.ts";

const MIB = 1 << 20;

/** Reads nothing until the client is gone. */
function leaveUnread(stream: IOStream): Promise<void> {
  return new Promise((resolve) => stream.setCloseCallback(resolve));
}

clientTest("stream(): resolves with the head, and the server sends only what is taken", async (make) => {
  let isSent = false;
  const size = 64 * MIB;
  await using server = new ScriptedServer(() => [
    `HTTP/1.1 404 Not Found\r\nX-A: b\r\nContent-Length: ${size}\r\n\r\n`,
    async (stream) => {
      for (let i = 0; i < 64; i++) await stream.write(new Uint8Array(MIB));
      isSent = true;
    },
  ]);
  using client = make({ maxBodySize: MIB });
  const response = await client.stream(server.url("/x"));
  assertEquals([response.code, response.reason, response.headers.get("X-A")], [404, "Not Found", "b"]);
  assertEquals(response.effectiveUrl, server.url("/x"));
  let received = 0;
  for await (const piece of response.body) {
    received += piece.length;
    // What is on its way is less than half of it.
    if (received < size / 2) assertEquals(isSent, false);
  }
  assertEquals([received, isSent], [size, true]);
  assertEquals((await client.stream(server.url())).code, 404);
});

clientTest("body: pieces of every length arrive whole, in their order", async (make) => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = make();
  // Around the longest chunk that is copied behind its size, and sizes of one to six digits.
  const lengths = [1, 15, 16, 0, 4096, 65536, 131059, 131060, 131061, 1_100_000, 2];
  const pieces = lengths.map((length, i) => new Uint8Array(length).fill(65 + i));
  await client.fetch(server.url(), { method: "POST", body: pieces });
  const expected = lengths.map((length, i) => String.fromCharCode(65 + i).repeat(length)).join("");
  assert(server.requests[0]?.body === expected);
});

clientTest("stream(): pieces belong to the caller, who may keep them", async (make) => {
  const size = MIB;
  const body = new Uint8Array(size).map((_, i) => i % 251);
  const packed = new Uint8Array(gzipSync(body));
  const coding = `Content-Encoding: gzip\r\nContent-Length: ${packed.length}`;
  await using server = new ScriptedServer(({ target }) =>
    target === "/packed"
      ? [`HTTP/1.1 200 OK\r\n${coding}\r\n\r\n`, packed]
      : [`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`, body]
  );
  using client = make();
  for (const path of ["/", "/packed"]) {
    const pieces = await Array.fromAsync((await client.stream(server.url(path))).body);
    assertEquals(new Uint8Array(await new Blob(pieces).arrayBuffer()), body);
  }
});

clientTest(
  "stream(): the connection is used again after the whole body, and closed when the reader leaves",
  async (make) => {
    await using server = new ScriptedServer(({ target }) =>
      target === "/whole" ? [reply("whole")] : ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", HOLD]
    );
    using client = make({ maxClients: 1 });
    for (let i = 0; i < 2; i++) {
      for await (const piece of (await client.stream(server.url("/whole"))).body) assertEquals(piece.length, 5);
    }
    assertEquals(server.connections, 1);
    for await (const piece of (await client.stream(server.url("/part"))).body) {
      assertEquals(piece.length, 2);
      break;
    }
    (await client.stream(server.url("/part"))).close();
    while (server.open > 0) await server.changed();
    assertEquals((await client.fetch(server.url("/whole"))).text, "whole");
    assertEquals(server.connections, 3);
  },
);

clientTest("stream(): a body that is cut is an error at its end, and close() is one for the reader", async (make) => {
  await using server = new ScriptedServer(({ target }) => [
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab",
    target === "/cut" ? CLOSE : HOLD,
  ]);
  using client = make({ maxClients: 1 });
  const iterator = (await client.stream(server.url("/cut"))).body[Symbol.asyncIterator]();
  assertEquals((await iterator.next()).value?.length, 2);
  await assertRejects(() => iterator.next(), HTTPStreamClosedError, "before the end");
  assertEquals((await iterator.next()).done, true);
  const response = await client.stream(server.url("/held"));
  const pieces = response.body[Symbol.asyncIterator]();
  await pieces.next();
  const rest = assertRejects(async () => await pieces.next(), HTTPStreamClosedError);
  response.close();
  await rest;
});

clientTest("stream(): several that ask at a time get the pieces in order, and then the end", async (make) => {
  const goOn = Promise.withResolvers<void>();
  await using server = new ScriptedServer(() => [
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n",
    () => goOn.promise,
    "a",
  ]);
  using client = make();
  const { body } = await client.stream(server.url());
  const iterator = body[Symbol.asyncIterator]();
  const all = Promise.all([iterator.next(), iterator.next(), iterator.next()]);
  goOn.resolve();
  assertEquals((await all).map(({ value, done }) => done ? null : value), [new Uint8Array([97]), null, null]);
});

clientTest("stream(): decodes, within the memory of its reader", async (make) => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(32 * MIB)));
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`;
  await using server = new ScriptedServer(() => [head, bomb]);
  using client = make({ maxClients: 1 });
  let received = 0;
  const response = await client.stream(server.url());
  for await (const piece of response.body) {
    assertEquals(piece.length <= MIB, true);
    received += piece.length;
  }
  assertEquals(received, 32 * MIB);
  assertEquals(response.headers.get("X-Consumed-Content-Encoding"), "gzip");
  for await (const _piece of (await client.stream(server.url())).body) break;
});

clientTest("stream(): follows redirects, and rejects if there is no response", async (make) => {
  await using server = new ScriptedServer(({ target }) =>
    target === "/" ? ["HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 4\r\n\r\nnone"] : [reply("next")]
  );
  await using silent = new ScriptedServer(() => [CLOSE]);
  using client = make({ maxClients: 1 });
  const response = await client.stream(server.url());
  assertEquals(response.effectiveUrl, server.url("/next"));
  assertEquals(await Array.fromAsync(response.body, (piece) => piece.length), [4]);
  await assertRejects(() => client.stream(silent.url()), HTTPStreamClosedError);
  await assertRejects(() => client.stream("ftp://a.example/"), TypeError);
});

clientTest(
  "streamingCallback: nothing is read before its promise, and its error is that of the request",
  async (make) => {
    await using server = new ScriptedServer(() => [reply("x".repeat(300_000))]);
    using client = make({ maxClients: 1 });
    let received = 0;
    let running = 0;
    const response = await client.fetch(server.url(), {
      streamingCallback: async (chunk) => {
        assertEquals(++running, 1);
        await Promise.resolve();
        running--;
        received += chunk.length;
      },
    });
    assertEquals([response.body.length, received], [0, 300_000]);
    const error = new Error("from the callback");
    const throwing = [() => {
      throw error;
    }, () => Promise.reject(error)];
    for (const streamingCallback of throwing) {
      assertEquals(await assertRejects(() => client.fetch(server.url(), { streamingCallback })), error);
    }
  },
);

clientTest("streamingCallback: gets no body of a redirect, and no error page twice", async (make) => {
  await using server = new ScriptedServer(({ target }) =>
    target === "/" ? ["HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 4\r\n\r\nnone"] : [reply("next")]
  );
  using client = make();
  let text = "";
  await client.fetch(server.url(), { streamingCallback: (chunk) => void (text += new TextDecoder().decode(chunk)) });
  assertEquals(text, "next");
});

clientTest("headerCallback: gets the lines of the head", async (make) => {
  await using server = new ScriptedServer(() => [reply("ok", ["X-A: b", "Set-Cookie: a=1", "Set-Cookie: b=2"])]);
  using client = make();
  const lines: string[] = [];
  await client.fetch(server.url(), { headerCallback: (line) => void lines.push(line) });
  const fields = ["X-A: b", "Set-Cookie: a=1", "Set-Cookie: b=2", "Content-Length: 2", ""];
  assertEquals(lines, ["HTTP/1.1 200 OK", ...fields].map((line) => `${line}\r\n`));
}, [SIMPLE]);

clientTest("body: text, bytes, iterables and streams are sent", async (make) => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = make();
  const bytes = new TextEncoder().encode("hellö");
  async function* generate() {
    yield "he";
    yield await Promise.resolve("llö");
  }
  const bodies = [
    "hellö",
    bytes,
    [bytes.slice(0, 2), bytes.slice(2)],
    ["he", "", "llö"],
    generate(),
    new Blob([bytes]).stream(),
  ];
  for (const body of bodies) await client.fetch(server.url(), { method: "PUT", body });
  for (const { body } of server.requests) assertEquals(body, "hell\xc3\xb6");
  assertEquals(server.requests.map(({ headers }) => headers.get("Content-Length")), ["6", "6", null, null, null, null]);
  assertEquals(server.connections, 1);
});

clientTest("expect100Continue: an empty body waits for no 100 (RFC 9110, section 10.1.1)", async (make) => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = make();
  await client.fetch(server.url(), { method: "POST", body: "", expect100Continue: true });
  const names = ["Expect", "Content-Length"];
  assertEquals(server.requests.map(({ headers }) => names.map((name) => headers.get(name))), [[null, "0"]]);
}, [SIMPLE]);

clientTest("bodyProducer: its writes are awaited, and a Content-Length is kept", async (make) => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = make();
  const bodyProducer = async (write: WriteBody) => {
    await write("12");
    await write("345");
  };
  await client.fetch(server.url(), { method: "POST", bodyProducer });
  await client.fetch(server.url(), { method: "POST", bodyProducer, headers: { "Content-Length": "5" } });
  assertEquals(
    server.requests.map(({ body, headers }) => [body, headers.get("Content-Length")]),
    [["12345", null], ["12345", "5"]],
  );
}, [SIMPLE]);

clientTest("bodyProducer: its error is that of the request, and ends the connection", async (make) => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = make({ maxClients: 1 });
  const error = new Error("no more");
  const bodyProducer = async (write: WriteBody) => {
    await write("12");
    throw error;
  };
  assertEquals(await assertRejects(() => client.fetch(server.url(), { method: "POST", bodyProducer })), error);
  assertEquals(server.requests.length, 0);
  assertEquals((await client.fetch(server.url())).text, "ok");
});

clientTest("bodyProducer: more bytes than the Content-Length are an error", async (make) => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = make({ maxClients: 1 });
  const options = { method: "POST", body: ["12", "345"], headers: { "Content-Length": "3" } };
  await assertRejects(() => client.fetch(server.url(), options), Error, "more data than Content-Length");
  const short = { method: "POST", body: ["12"], headers: { "Content-Length": "3" } };
  await assertRejects(() => client.fetch(server.url(), { ...short, requestTimeout: 0.2 }), Error);
  assertEquals((await client.fetch(server.url())).text, "ok");
}, [SIMPLE]);

clientTest("body: only as much is made of it as the server takes", async (make) => {
  let made = 0;
  await using server = new ScriptedServer(() => [leaveUnread], { answersEarly: true });
  using client = make();
  const body = (function* () {
    for (; made < 64; made++) yield new Uint8Array(MIB);
  })();
  const options = { method: "POST", body, requestTimeout: 0.2 };
  await assertRejects(() => client.fetch(server.url(), options), HTTPTimeoutError);
  assertEquals(made < 32, true);
});

clientTest(
  "body: pieces are sent in chunks whatever the method, unless they come with a Content-Length",
  async (make, backEnd) => {
    await using server = new ScriptedServer(() => [reply()]);
    using client = make();
    const options = { method: "DELETE", body: ["GET / HTTP/1.1\r\n\r\n"] };
    await client.fetch(server.url(), options);
    await client.fetch(server.url(), { ...options, method: "OPTIONS" });
    if (backEnd === SIMPLE) await client.fetch(server.url(), { ...options, headers: { "Content-Length": "18" } });
    assertEquals(
      server.requests.map(({ method, headers, body }) => [method, headers.get("Transfer-Encoding"), body.length]),
      [["DELETE", "chunked", 18], ["OPTIONS", "chunked", 18], ["DELETE", null, 18]].slice(0, server.requests.length),
    );
  },
);
