import { assert, assertEquals, assertRejects } from "@std/assert";
import { headerPairs, takeBody } from "../../../src/http/_serve/behind_request.ts";
import { type Field, responseBehind } from "../../../src/http/_serve/behind_response.ts";
import { type LeftToDeno, makeResponse, plainResponse } from "../../../src/http/_serve/response_head.ts";
import { HTTPHeaders } from "../../../src/http/httputil.ts";
import { latin1Text } from "../../../src/internal/utf8.ts";
import { latin1Bytes } from "../../support/bytes.ts";
import { Random } from "../../support/random.ts";
import { RawClient } from "../../support/raw_client.ts";
import { test } from "../../support/test.ts";

/** Sends one request to a `Deno.serve`, and returns what `look` sees of it. */
async function seen<T>(message: string, look: (request: Request) => T | Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    try {
      resolve(await look(request));
    } catch (error) {
      reject(error);
    }
    return new Response("ok");
  });
  using client = await RawClient.connect(server.addr.port);
  await client.send(latin1Bytes(message.replace("Host: ", "Connection: close\r\nHost: ")));
  await client.rest();
  return await promise;
}

/** Names in lower case and values, in the order of the names, as `Headers` gives them. */
function sorted(pairs: readonly string[]): [string, string][] {
  const headers = new Headers();
  for (let i = 0; i < pairs.length; i += 2) headers.append(pairs[i] ?? "", pairs[i + 1] ?? "");
  return [...headers];
}

test("headerPairs() are the headers of a request, also of one with many", async () => {
  const random = new Random(71);
  const names = ["X-A", "x-b", "Accept", "ETag", "x_c", "Cookie"];
  const values = ["", "1", "a, b", "\tx  y", "caf\xe9", '"q"', "text/html;q=0.9"];
  const lines = Array.from({ length: 40 }, () => `${random.pick(names)}: ${random.pick(values)}\r\n`).join("");
  await seen(`GET /?a=1 HTTP/1.1\r\nHost: a:80\r\n${lines}\r\n`, (request) => {
    const pairs = headerPairs(request);
    if (pairs === null) throw new Error("The list of the headers of a request is not found any more");
    // Deno joins cookies as the list has them, and everything else by name.
    assertEquals(sorted(pairs), [...request.headers]);
  });
});

test("headerPairs() of a request that a program has made are its headers, or null", () => {
  const request = new Request("http://localhost/", { headers: { "x-a": "1", "x-b": "2" } });
  const pairs = headerPairs(request);
  assert(pairs === null || JSON.stringify(sorted(pairs)) === JSON.stringify([...request.headers]));
});

test("takeBody() takes the bytes that request.bytes() reads, or leaves them to it", async () => {
  const random = new Random(75);
  let taken = 0;
  for (const length of [0, 1, 500, 900, 1000, 1300, 5000, 70_000]) {
    const body = Array.from({ length }, () => String.fromCharCode(random.below(256))).join("");
    const chunked = `Transfer-Encoding: chunked\r\n\r\n${
      length === 0 ? "" : `${length.toString(16)}\r\n${body}\r\n`
    }0\r\n\r\n`;
    for (const rest of [`Content-Length: ${length}\r\n\r\n${body}`, chunked]) {
      await seen(`POST / HTTP/1.1\r\nHost: a\r\n${rest}`, async (request) => {
        const bytes = takeBody(request);
        assertEquals(latin1Text(bytes ?? await request.bytes()), body);
        assertEquals(request.bodyUsed, true);
        await assertRejects(() => request.bytes(), TypeError);
        if (bytes !== null) taken++;
      });
    }
  }
  assert(taken > 0, "what lies behind a request is not found any more");
});

test("takeBody() takes no body of a request that a program has made, unless it is that of request.bytes()", async () => {
  const make = () => new Request("http://localhost/", { method: "POST", body: "text" });
  const [request, other] = [make(), make()];
  assertEquals(takeBody(request) ?? await request.bytes(), await other.bytes());
  assertEquals(takeBody(new Request("http://localhost/")), null);
});

/** A body, made again for each response that has it. */
type MakeBody = () => string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null;

function madeBehind(...how: Parameters<typeof responseBehind>): Response {
  const response = responseBehind(...how);
  if (response === null) throw new Error("What lies behind a response is not found any more");
  return response;
}

test("responseBehind() makes the response that plainResponse() does", async () => {
  const random = new Random(72);
  for (let round = 0; round < 500; round++) {
    const fields: Field[] = Array.from({ length: random.below(6) }, () => [
      random.pick(["X-A", "Content-Type", "Set-Cookie", "Server", "Etag"]),
      random.pick(["", "1", "text/html", '"e"', "caf\xe9"]),
    ]);
    const status = random.pick([200, 200, 404, 599]);
    const body = random.pick<MakeBody>([
      () => "",
      () => "t\xe9xt",
      () => new Uint8Array([1, 2]),
      () => new Response("streamed").body,
      () => null,
    ]);
    const response = madeBehind(status, fields, body());
    const plain = plainResponse(status, fields, body());
    assertEquals([response.status, response.ok, response.bodyUsed], [plain.status, plain.ok, false]);
    assertEquals([...response.headers], [...plain.headers]);
    assertEquals(response.body === null, plain.body === null);
    for (const each of [response, plain]) each.headers.set("Connection", "close");
    assertEquals([...response.headers], [...plain.headers]);
    assertEquals(await response.clone().bytes(), await plain.clone().bytes());
    assertEquals(await response.bytes(), await plain.bytes());
    assertEquals(response.bodyUsed, plain.bodyUsed);
  }
});

test("a server sends the response of responseBehind() as that of plainResponse()", async () => {
  const random = new Random(73);
  const pending: Response[] = [];
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => pending.shift() ?? new Response("nothing to send", { status: 500 }),
  );
  using client = await RawClient.connect(server.addr.port);
  const answers = async (response: Response) => {
    pending.push(response);
    await client.send(latin1Bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    const { head, body } = await client.response();
    return { head: head.replace(/^date: .*\r\n/im, ""), body };
  };
  for (let round = 0; round < 60; round++) {
    const fields: Field[] = [["Content-Type", "text/html"], ["Set-Cookie", "a=1"], ["Set-Cookie", "b=2"]];
    const status = random.pick([200, 404, 503]);
    const body = random.pick<MakeBody>([() => "t\xe9xt", () => new Uint8Array([1, 2]), () => null]);
    const sent = fields.slice(random.below(4));
    assertEquals(
      await answers(madeBehind(status, sent, body())),
      await answers(plainResponse(status, sent, body())),
    );
  }
});

test("the bytes of a response can be changed once it is made", async () => {
  const bytes = new Uint8Array([1, 2]);
  const response = madeBehind(200, [], bytes);
  bytes.fill(0);
  assertEquals(await response.bytes(), new Uint8Array([1, 2]));
});

test("makeResponse() sends a Date that is not of now, and leaves the lengths and the framing to Deno", () => {
  const old = "Sun, 27 Jan 2013 18:43:20 GMT";
  const headers = new HTTPHeaders({ "Date": old, "Content-Length": "4", "Transfer-Encoding": "chunked", "X-A": "1" });
  const all = (left: LeftToDeno) => [...makeResponse(200, headers, "text", left).headers];
  assertEquals(all({ length: true, date: true }), [["date", old], ["x-a", "1"]]);
  assertEquals(all({ length: false, date: false }), [["content-length", "4"], ["date", old], ["x-a", "1"]]);
});
