import { assert, assertEquals } from "@std/assert";
import { gzipSync } from "node:zlib";
import type { HTTPConnection } from "../../../src/http/httputil.ts";
import type { Bytes } from "../../../src/internal/bytes.ts";
import { IOStream } from "../../../src/net/iostream.ts";
import { latin1 } from "../../support/bytes.ts";
import { settled } from "../../support/fake_clock.ts";
import { RawClient } from "../../support/raw_client.ts";
import { stalled } from "../../support/turns.ts";
import { answer, contractTest, type Engine, reply, Scripted, serve, utf8 } from "./engine.ts";

const POST = "POST / HTTP/1.1\r\nHost: a\r\n";
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;

function post(body: string, extra = ""): string {
  return `${POST}${extra}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** A delegate that answers with what it has received. */
function echo(): Scripted {
  const bodies = new Map<HTTPConnection, string>();
  return new Scripted({
    data: (connection, chunk) => void bodies.set(connection, (bodies.get(connection) ?? "") + latin1(chunk)),
    finish: (connection) => reply(connection, bodies.get(connection) ?? ""),
  });
}

/** How bodies arrive, and which are refused. */
export function requestBodyContract(engine: Engine): void {
  contractTest(engine, "bodies with a length and chunked ones arrive, then the connection goes on", async () => {
    const delegate = echo();
    await using server = serve(engine, delegate);
    using client = await RawClient.connect(server.port);
    await client.send(post("hello"));
    assertEquals((await answer(client)).body, "hello");
    await client.send(`${CHUNKED}5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX-Trailer: dropped\r\n\r\n`);
    assertEquals((await answer(client)).body, "hello world");
    await client.send(`${POST}\r\n`);
    assertEquals((await answer(client)).body, "");
    await client.send(post(""));
    assertEquals((await answer(client)).body, "");
    await client.send(`${CHUNKED}0\r\n\r\n`);
    assertEquals((await answer(client)).body, "");
    assertEquals(delegate.events.filter((event) => event === "data 0"), []);
  });

  contractTest(engine, "a body of 8 MiB arrives whole", async () => {
    const body = new Uint8Array(8 << 20);
    for (let i = 0; i < body.length; i++) body[i] = (i * 7) ^ (i >> 9);
    const received: Bytes[] = [];
    const delegate = new Scripted({
      data: (_connection, chunk) => void received.push(chunk),
      finish: (connection) => reply(connection, "done"),
    });
    await using server = serve(engine, delegate);
    const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: "POST", body });
    assertEquals(await response.text(), "done");
    assertEquals(await new Blob(received).bytes(), body);
    assert(received.every((chunk) => chunk.length <= 1 << 20), "a chunk is no bounded piece");
  });

  contractTest(engine, "chunks of a streamed request arrive before the request ends", async () => {
    const first = Promise.withResolvers<void>();
    const delegate = new Scripted({
      data: () => first.resolve(),
      finish: (connection) => reply(connection, "done"),
    });
    await using server = serve(engine, delegate);
    using client = await RawClient.connect(server.port);
    await client.send(`${CHUNKED}5\r\nhello\r\n`);
    await first.promise;
    assertEquals(delegate.events, ["start", "headers", "data 5"]);
    await client.send("0\r\n\r\n");
    assertEquals((await answer(client)).body, "done");
  });

  contractTest(
    engine,
    "headersReceived and dataReceived hold back what follows while their promises wait",
    async () => {
      let inside = 0;
      const hold = async () => {
        assertEquals(++inside, 1);
        // What is not held back comes meanwhile.
        await stalled(() => total);
        inside--;
      };
      let total = 0;
      const delegate = new Scripted({
        headers: hold,
        data: (_connection, chunk) => {
          total += chunk.length;
          return hold();
        },
        finish: (connection) => {
          assertEquals(inside, 0);
          reply(connection, String(total));
        },
      });
      await using server = serve(engine, delegate);
      using client = await RawClient.connect(server.port);
      await client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n${"x".repeat(200000)}`);
      assertEquals((await answer(client)).body, "200000");
    },
  );

  contractTest(engine, "a receiver that does not let go stops the sender", async () => {
    // More than any buffer on the way.
    const total = 64 << 20;
    const go = Promise.withResolvers<void>();
    let received = 0;
    const delegate = new Scripted({
      headers: (connection) => connection.setMaxBodySize(total),
      data: (_connection, chunk) => {
        received += chunk.length;
        return go.promise;
      },
      finish: (connection) => reply(connection, String(received)),
    });
    await using server = serve(engine, delegate);
    using client = await IOStream.connect({ hostname: "127.0.0.1", port: server.port });
    await client.write(utf8(`${POST}Content-Length: ${total}\r\nConnection: close\r\n\r\n`));
    const piece = new Uint8Array(1 << 20);
    let sent = 0;
    const sending = (async () => {
      for (; sent < total; sent += piece.length) await client.write(piece);
    })();
    await stalled(() => sent);
    assert(sent < total / 2, `${sent} bytes were taken by a receiver that does not read`);
    go.resolve();
    await sending;
    const text = new TextDecoder().decode(await client.readUntilClose());
    assertEquals(text.split("\r\n\r\n")[1], String(total));
  });

  contractTest(engine, "a length beyond maxBodySize is refused with 413 before any of the body", async (t) => {
    const delegate = echo();
    await using server = serve(engine, delegate, { maxBodySize: 10 });
    using client = await RawClient.connect(server.port);
    await client.send(`${POST}Content-Length: 11\r\n\r\n`);
    assertEquals((await answer(client)).status, 413);
    assertEquals(delegate.events.slice(0, 3), ["start", "headers", "closed"]);
    assert(t.logs.some((record) => /^Malformed HTTP message from 127\.0\.0\.1: /.test(record.getMessage())));
    using fits = await RawClient.connect(server.port);
    await fits.send(post("0123456789"));
    assertEquals((await answer(fits)).body, "0123456789");
  });

  contractTest(engine, "a chunked body beyond maxBodySize is refused with 413 while it streams", async () => {
    const delegate = echo();
    await using server = serve(engine, delegate, { maxBodySize: 10 });
    using client = await RawClient.connect(server.port);
    await client.send(`${CHUNKED}6\r\n012345\r\n`);
    await delegate.seen("data 6");
    await client.send("5\r\n67890\r\n");
    assertEquals((await answer(client)).status, 413);
    assertEquals(delegate.events.slice(0, 4), ["start", "headers", "data 6", "closed"]);
  });

  contractTest(engine, "a maxBodySize of 0 allows no body", async () => {
    await using server = serve(engine, echo(), { maxBodySize: 0 });
    using none = await RawClient.connect(server.port);
    await none.send(post(""));
    assertEquals((await answer(none)).status, 200);
    using one = await RawClient.connect(server.port);
    await one.send(post("x"));
    assertEquals((await answer(one)).status, 413);
  });

  contractTest(engine, "setMaxBodySize() during headersReceived counts for this request alone", async () => {
    const limits = [20, 5, null];
    const delegate = new Scripted({
      headers: (connection) => {
        const limit = limits.shift() ?? null;
        if (limit !== null) connection.setMaxBodySize(limit);
      },
      finish: (connection) => reply(connection, "taken"),
    });
    await using server = serve(engine, delegate, { maxBodySize: 10 });
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) {
      using client = await RawClient.connect(server.port);
      await client.send(post("0123456789ab"));
      statuses.push((await answer(client)).status);
    }
    assertEquals(statuses, [200, 413, 413]);
  });

  contractTest(engine, "a body that takes longer than bodyTimeout is answered 408", async (t) => {
    const delegate = echo();
    await using server = serve(engine, delegate, { bodyTimeout: 0.2 });
    using client = await RawClient.connect(server.port);
    await client.send(`${POST}Content-Length: 10\r\n\r\nhalf`);
    assertEquals((await answer(client)).status, 408);
    assertEquals([delegate.count("finish"), delegate.count("closed")], [0, 1]);
    assert(t.logs.some((record) => record.getMessage() === "Timeout reading body from 127.0.0.1"));
  });

  contractTest(engine, "setBodyTimeout() sets the limit of this request, which a body in time keeps", async () => {
    const delegate = new Scripted({
      headers: (connection, startLine) => connection.setBodyTimeout(startLine.path === "/slow" ? 0.2 : 60),
      finish: (connection) => reply(connection, "taken"),
    });
    await using server = serve(engine, delegate);
    using quick = await RawClient.connect(server.port);
    await quick.send(post("hello"));
    assertEquals((await answer(quick)).body, "taken");
    using slow = await RawClient.connect(server.port);
    await slow.send("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
    assertEquals((await answer(slow)).status, 408);
  });

  contractTest(
    engine,
    "an answer before the body is sent, and the delegate learns that the rest is not coming",
    async () => {
      const delegate = new Scripted({ headers: (connection) => reply(connection, "no need", 403) });
      await using server = serve(engine, delegate);
      using client = await RawClient.connect(server.port);
      await client.send(`${POST}Content-Length: 10\r\n\r\n`);
      const got = await answer(client);
      assertEquals([got.status, got.body], [403, "no need"]);
      await delegate.seen("closed");
      assertEquals([delegate.count("finish"), delegate.count("closed")], [0, 1]);
    },
  );

  contractTest(engine, "an answer in the middle of the body ends the reading of it", async () => {
    const delegate = new Scripted({ data: (connection) => reply(connection, "enough") });
    await using server = serve(engine, delegate);
    using client = await RawClient.connect(server.port);
    await client.send(`${CHUNKED}5\r\nhello\r\n`);
    assertEquals((await answer(client)).body, "enough");
    await client.send("5\r\nworld\r\n0\r\n\r\n");
    await delegate.seen("closed");
    assertEquals(delegate.events.slice(0, 4), ["start", "headers", "data 5", "closed"]);
  });

  contractTest(engine, "a malformed chunk ends the request, and the delegate learns it", async () => {
    const delegate = echo();
    await using server = serve(engine, delegate);
    using client = await RawClient.connect(server.port);
    await client.send(`${CHUNKED}5\r\nhello\r\n`);
    await delegate.seen("data 5");
    await client.send("zz\r\n");
    await client.rest();
    await delegate.seen("closed");
    assertEquals(delegate.count("finish"), 0);
  });

  contractTest(engine, "Expect: 100-continue gets its interim response", async () => {
    await using server = serve(engine, echo());
    using client = await RawClient.connect(server.port);
    await client.send(`${POST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`);
    assertEquals((await answer(client)).status, 100);
    await client.send("hello");
    assertEquals((await answer(client)).body, "hello");
  });

  contractTest(engine, "Expect is a list over all its lines, and an unknown item of it is a 417", async () => {
    await using server = serve(engine, echo());
    const statuses: number[] = [];
    for (
      const lines of ["100-continue\r\nExpect: 100-Continue", "100-continue ,, 100-continue", ",", "100-continue, x"]
    ) {
      using client = await RawClient.connect(server.port);
      await client.send(`${POST}Expect: ${lines}\r\nContent-Length: 5\r\n\r\nhello`);
      let { status } = await answer(client);
      if (status === 100) ({ status } = await answer(client));
      statuses.push(status);
    }
    assertEquals(statuses, [200, 200, 200, 417]);
  });

  contractTest(engine, "form and multipart bodies are parsed for a function", async () => {
    await using server = serve(engine, (request) => {
      const text = (values: Bytes[] = []) => values.map((value) => new TextDecoder().decode(value));
      const files = (request.files.f ?? []).map((
        { filename, contentType, body },
      ) => [filename, contentType, body.length]);
      reply(request.connection, JSON.stringify([text(request.arguments.a), text(request.bodyArguments.b), files]));
    });
    const url = `http://127.0.0.1:${server.port}/?a=0`;
    const form = await fetch(url, { method: "POST", body: new URLSearchParams([["a", "1"], ["a", "ä"], ["b", ""]]) });
    assertEquals(await form.json(), [["0", "1", "ä"], [""], []]);
    const data = new FormData();
    data.append("a", "1");
    data.append("f", new File(["abc"], "x.txt", { type: "text/plain" }));
    const multipart = await fetch(url, { method: "POST", body: data });
    assertEquals(await multipart.json(), [["0", "1"], [], [["x.txt", "text/plain", 3]]]);
  });

  contractTest(engine, "a malformed multipart body is answered 400", async () => {
    await using server = serve(engine, (request) => reply(request.connection, "parsed"));
    using client = await RawClient.connect(server.port);
    await client.send(post("--B\r\nnonsense", "Content-Type: multipart/form-data; boundary=B\r\n"));
    assertEquals((await answer(client)).status, 400);
  });

  contractTest(engine, "a gzip body is inflated with decompressRequest, and its header renamed", async () => {
    const seen: (string | null)[] = [];
    await using server = serve(engine, ({ connection, headers, body }) => {
      seen.push(headers.get("Content-Encoding"), headers.get("X-Consumed-Content-Encoding"));
      reply(connection, latin1(body));
    }, { decompressRequest: true });
    const zipped = latin1(gzipSync("hello hello hello"));
    using client = await RawClient.connect(server.port);
    await client.send(post(zipped, "Content-Encoding: GZip\r\n"));
    assertEquals((await answer(client)).body, "hello hello hello");
    const pieces = Array.from(zipped, (byte) => `1\r\n${byte}\r\n`).join("");
    await client.send(`${POST}Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n${pieces}0\r\n\r\n`);
    assertEquals((await answer(client)).body, "hello hello hello");
    await client.send(post("plain"));
    assertEquals((await answer(client)).body, "plain");
    assertEquals(seen, [null, "GZip", null, "gzip", null, null]);
  });

  contractTest(engine, "x-gzip is gzip, several members are one body, and what is behind them is a 400", async () => {
    await using server = serve(engine, ({ connection, body }) => reply(connection, latin1(body)), {
      decompressRequest: true,
    });
    const zipped = latin1(gzipSync("hello"));
    const empty = latin1(gzipSync(""));
    const cases: [string, string, number, string][] = [
      ["x-gzip", zipped, 200, "hello"],
      ["X-GZIP", zipped + empty.repeat(1000) + zipped, 200, "hellohello"],
      ["gzip", `${zipped}garbage`, 400, ""],
      ["gzip", `${zipped}\0`, 400, ""],
      ["gzip", `${zipped}garbage${zipped}`, 400, ""],
    ];
    for (const [coding, body, status, text] of cases) {
      using client = await RawClient.connect(server.port);
      await client.send(post(body, `Content-Encoding: ${coding}\r\n`));
      const got = await answer(client);
      assertEquals([got.status, got.body], [status, text]);
    }
  });

  contractTest(engine, "chunkSize bounds what a receiver gets, also of a body that has waited for it", async () => {
    const sizes: number[] = [];
    const delegate = new Scripted({
      data: async (_connection, chunk) => {
        sizes.push(chunk.length);
        await settled();
      },
      finish: (connection) => reply(connection, String(sizes.splice(0).reduce((sum, size) => sum + size))),
    });
    await using server = serve(engine, delegate, { chunkSize: 1000 });
    const body = "x".repeat(100_000);
    for (const head of [`Content-Length: ${body.length}\r\n\r\n`, "Transfer-Encoding: chunked\r\n\r\n186A0\r\n"]) {
      using client = await RawClient.connect(server.port);
      await client.send(POST + head + body + (head.startsWith("T") ? "\r\n0\r\n\r\n" : ""));
      await delegate.seen("finish");
      assertEquals((await answer(client)).body, "100000");
    }
    assert(delegate.events.every((event) => !/^data \d{4}/.test(event) || event === "data 1000"));
    // A body that is there already comes in full pieces, but for the seams of what the kernel gives at once.
    assert(delegate.count("data 1000") > 150, `${delegate.count("data 1000")} full pieces`);
  });

  contractTest(engine, "forms are read in any case of their types and parameters, with padding, x-gzip", async () => {
    await using server = serve(engine, (request) => {
      const args = Object.entries(request.bodyArguments).map(([name, [value]]) => [name, latin1(value ?? utf8(""))]);
      reply(request.connection, JSON.stringify(args));
    }, { decompressRequest: true });
    const part = '--X \r\nContent-Disposition: Form-Data; Name="a%22b"\r\n\r\n1\r\n--X--\r\n';
    const urlencoded = "Application/X-WWW-Form-URLencoded";
    const cases: [string, string, string][] = [
      [`Content-Type: Multipart/Form-Data; Boundary=X\r\n`, part, '[["a\\"b","1"]]'],
      [`Content-Type: multipart/form-data; boundary=X\r\n`, `\r\n${part}`, '[["a\\"b","1"]]'],
      [`Content-Type: ${urlencoded}\r\n`, "a=1", '[["a","1"]]'],
      [`Content-Type: ${urlencoded}\r\nContent-Encoding: x-gzip\r\n`, latin1(gzipSync("a=1")), '[["a","1"]]'],
    ];
    for (const [head, body, expected] of cases) {
      using client = await RawClient.connect(server.port);
      await client.send(post(body, head));
      assertEquals((await answer(client)).body, expected);
    }
  });

  contractTest(engine, "a gzip body comes as it is without decompressRequest", async () => {
    const zipped = latin1(gzipSync("hello"));
    await using server = serve(engine, echo());
    using client = await RawClient.connect(server.port);
    await client.send(post(zipped, "Content-Encoding: gzip\r\n"));
    assertEquals((await answer(client)).text, zipped);
  });

  contractTest(
    engine,
    "gzip bodies that are garbage or cut off are answered 400, one that grows too large 413",
    async () => {
      const zipped = latin1(gzipSync("hello hello hello"));
      const bomb = latin1(gzipSync(new Uint8Array(50 << 20)));
      const broken = zipped.slice(0, 12) + String.fromCharCode(zipped.charCodeAt(12) ^ 0xff) + zipped.slice(13);
      const cases: [string, number][] = [["not gzip at all", 400], [zipped.slice(0, -3), 400], [broken, 400], [
        bomb,
        413,
      ]];
      const delegate = echo();
      await using server = serve(engine, delegate, { decompressRequest: true, maxBodySize: 1 << 20 });
      for (const [body, code] of cases) {
        using client = await RawClient.connect(server.port);
        await client.send(post(body, "Content-Encoding: gzip\r\n"));
        assertEquals((await answer(client)).status, code, body.slice(0, 20));
      }
      assertEquals([delegate.count("finish"), delegate.count("closed")], [0, cases.length]);
    },
  );
}
