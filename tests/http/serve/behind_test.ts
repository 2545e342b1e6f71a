import { assert, assertEquals } from "@std/assert";
import { headerPairs } from "../../../src/http/_serve/behind_request.ts";
import { fieldsBehind } from "../../../src/http/_serve/behind_response.ts";
import { makeResponse } from "../../../src/http/_serve/response_head.ts";
import { HTTPHeaders } from "../../../src/http/httputil.ts";
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

test("makeResponse() adds the headers that append() would", async () => {
  const random = new Random(72);
  assert(fieldsBehind(new Headers()) !== null, "the list behind headers is not found any more");
  for (let round = 0; round < 500; round++) {
    const headers = new HTTPHeaders();
    const expected = new Headers();
    for (let left = random.below(6); left > 0; left--) {
      const name = random.pick(["X-A", "Content-Type", "Set-Cookie", "Server", "Etag"]);
      const value = random.pick(["", "1", "text/html", '"e"', "caf\xe9"]);
      headers.add(name, value);
      expected.append(name, value);
    }
    const status = random.pick([200, 200, 404, 599]);
    const body = random.pick(["", "text", new Uint8Array([1, 2]), null]);
    const response = makeResponse(status, headers, body, { length: true, date: true });
    assertEquals([response.status, [...response.headers]], [status, [...expected]]);
    assertEquals(await response.bytes(), await new Response(body).bytes());
    response.headers.set("Connection", "close");
    expected.set("Connection", "close");
    assertEquals([...response.headers], [...expected]);
  }
});
