// After its last response the server drops what still comes, so that no reset overtakes the response, within bounds.
import { assert } from "@std/assert";
import { HTTPServer } from "../../../src/http/httpserver.ts";
import {
  HTTPMessageDelegate,
  HTTPServerConnectionDelegate,
  type RequestStartLine,
} from "../../../src/http/httputil.ts";
import { IOStream } from "../../../src/net/iostream.ts";
import { latin1, latin1Bytes } from "../../support/bytes.ts";
import { reply } from "../../contracts/_http_server/engine.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { assertDroppedWithinBytes, assertDroppedWithinSeconds } from "../../support/lingering.ts";
import { test } from "../../support/test.ts";

const REQUESTS: readonly (readonly [what: string, head: string, status: number])[] = [
  ["a 400", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400],
  ["a 413", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n", 413],
  ["an answer before the body", "POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n", 202],
];

/** Answers some requests when it has seen the head. */
const eager = new class extends HTTPServerConnectionDelegate {
  override startRequest(...[, connection]: Parameters<HTTPServerConnectionDelegate["startRequest"]>) {
    return new class extends HTTPMessageDelegate {
      override headersReceived({ path }: RequestStartLine): void {
        if (path === "/early") reply(connection, "enough", 202);
      }
    }();
  }
}();

/** Connects to a server, sends a head and reads the answer's. */
async function answered(port: number, request: string, status: number): Promise<IOStream> {
  const stream = await IOStream.connect({ hostname: "127.0.0.1", port });
  await stream.write(latin1Bytes(request));
  const head = latin1(await stream.readUntil(latin1Bytes("\r\n\r\n")));
  assert(head.startsWith(`HTTP/1.1 ${status} `), head);
  return stream;
}

for (const [what, request, status] of REQUESTS) {
  const options = { maxBodySize: status === 413 ? 1000 : 1_000_000_000 };

  test(`HTTPServer drops the connection within a number of bytes after ${what}`, async () => {
    using _clock = new FakeClock();
    await using server = new HTTPServer(eager, options);
    server.listen(0, { address: "127.0.0.1" });
    const stream = await answered(server.port, request, status);
    await assertDroppedWithinBytes(stream);
    stream.close();
  });

  test(`HTTPServer drops the connection within a number of seconds after ${what}`, async () => {
    using clock = new FakeClock();
    await using server = new HTTPServer(eager, options);
    server.listen(0, { address: "127.0.0.1" });
    const stream = await answered(server.port, request, status);
    await assertDroppedWithinSeconds(stream, clock);
    stream.close();
  });
}
