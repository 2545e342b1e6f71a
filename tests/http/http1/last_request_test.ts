// A client that has said which request is its last one gets the answer without another read.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { HTTP1ServerConnection } from "../../../src/http/http1connection.ts";
import { HTTPMessageDelegate, HTTPServerConnectionDelegate } from "../../../src/http/httputil.ts";
import { BaseIOStream, type Duplex } from "../../../src/net/iostream.ts";
import { latin1, latin1Bytes } from "../../support/bytes.ts";
import { reply } from "../../contracts/_http_server/engine.ts";
import { settled } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const hello = new class extends HTTPServerConnectionDelegate {
  override startRequest(...[, connection]: Parameters<HTTPServerConnectionDelegate["startRequest"]>) {
    return new class extends HTTPMessageDelegate {
      override finish(): void {
        reply(connection, "hello");
      }
    }();
  }
}();

/** A connection on which one request comes, and then nothing. */
class OneRequest implements Duplex {
  reads = 0;
  written = "";
  closed = false;
  readonly #request: string;

  constructor(request: string) {
    this.#request = request;
  }

  read(target: Uint8Array): Promise<number | null> {
    if (this.reads++ > 0) return new Promise(() => {});
    target.set(latin1Bytes(this.#request));
    return Promise.resolve(this.#request.length);
  }

  write(data: Uint8Array): Promise<number> {
    this.written += latin1(data);
    return Promise.resolve(data.length);
  }

  close(): void {
    this.closed = true;
  }
}

for (
  const [what, request, reads, closed] of [
    ["asks to close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 1, true],
    ["speaks HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 1, true],
    ["speaks HTTP/1.0 and keeps alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 2, false],
    ["says nothing", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 2, false],
  ] as const
) {
  test(`HTTP1ServerConnection: reads from a client that ${what}`, async () => {
    const duplex = new OneRequest(request);
    const connection = new HTTP1ServerConnection(new BaseIOStream(duplex));
    connection.startServing(hello);
    await settled();
    assertStringIncludes(duplex.written, "hello");
    assertEquals([duplex.reads, duplex.closed], [reads, closed]);
    await connection.close();
  });
}
