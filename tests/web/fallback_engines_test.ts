// FallbackHandler over real sockets, on both engines.
import { assertEquals } from "@std/assert";
import {
  Application,
  ContentEncoding,
  FallbackHandler,
  type FallbackHandlerKwargs,
  RequestHandler,
} from "../../src/web/mod.ts";
import { RawClient } from "../support/raw_client.ts";
import { test } from "../support/test.ts";

class Upper extends RequestHandler {
  override post(): void {
    this.write(new TextDecoder().decode(this.request.body).toUpperCase());
  }
}

function site(kwargs: FallbackHandlerKwargs): Application {
  return new Application([["/.*", FallbackHandler, kwargs]], { logFunction() {} });
}

function listen(app: Application, engine: "listen" | "serve") {
  const address = "127.0.0.1";
  return engine === "serve" ? app.listen(0, { engine, address }) : app.listen(0, { engine, address });
}

for (const engine of ["listen", "serve"] as const) {
  test(`FallbackHandler (${engine}): another application answers on the same connection`, async () => {
    const inner = new Application([["/upper", Upper]], { logFunction() {} });
    await using server = listen(site({ fallback: inner }), engine);
    for (const body of ["abc", "x".repeat(200_000)]) {
      const response = await fetch(`http://127.0.0.1:${server.port}/upper`, { method: "POST", body });
      assertEquals([response.status, await response.text()], [200, body.toUpperCase()]);
    }
    const missing = await fetch(`http://127.0.0.1:${server.port}/nowhere`);
    assertEquals([missing.status, (await missing.text()).length], [404, 69]);
  });

  test(`FallbackHandler (${engine}): a fetch function streams its response`, async () => {
    const app = site({
      fetch: async (request: Request) => {
        const pieces = (await request.text()).split(",");
        return new Response(
          new ReadableStream<Uint8Array>({
            pull(controller) {
              const piece = pieces.shift();
              if (piece === undefined) controller.close();
              else controller.enqueue(new TextEncoder().encode(`${piece};`));
            },
          }),
          { headers: { "X-Url": request.url } },
        );
      },
    });
    await using server = listen(app, engine);
    const url = `http://127.0.0.1:${server.port}/a?b=c`;
    const response = await fetch(url, { method: "POST", body: "1,2,3" });
    assertEquals([response.headers.get("x-url"), await response.text()], [url, "1;2;3;"]);
  });

  test(`FallbackHandler (${engine}): a fetch function may be a proxy, also of compressed responses`, async () => {
    class Page extends RequestHandler {
      override get(): void {
        this.write("spam ".repeat(1000));
      }
    }
    for (const coding of ["gzip", "br", "zstd"] as const) {
      class Only extends ContentEncoding {
        static override CODINGS = [coding];
      }
      await using upstream = new Application([["/.*", Page]], { transforms: [Only], logFunction() {} })
        .listen(0, { address: "127.0.0.1" });
      const app = site({
        fetch: ({ headers }: Request) => fetch(`http://127.0.0.1:${upstream.port}/`, { headers }),
      });
      await using server = listen(app, engine);
      using client = await RawClient.connect(server.port);
      await client.send(`GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: ${coding}\r\nConnection: close\r\n\r\n`);
      const answer = await client.rest();
      // What fetch cannot decode is passed on as it is.
      const isDecoded = coding !== "zstd";
      assertEquals([coding, answer.includes("spam spam spam")], [coding, isDecoded]);
      assertEquals(/^content-encoding: (.*)$/im.exec(answer)?.[1].trim(), isDecoded ? undefined : "zstd");
    }
  });

  test(`FallbackHandler (${engine}): a client that leaves aborts the request and cancels the response`, async () => {
    const aborted = Promise.withResolvers<void>();
    const cancelled = Promise.withResolvers<void>();
    const app = site({
      fetch: (request: Request) => {
        request.signal.addEventListener("abort", () => aborted.resolve());
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode("first")),
          cancel: () => cancelled.resolve(),
        });
        return new Response(body);
      },
    });
    await using server = listen(app, engine);
    {
      using client = await RawClient.connect(server.port);
      await client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
      await client.until("first");
    }
    await aborted.promise;
    await cancelled.promise;
  });
}
