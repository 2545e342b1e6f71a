// A program with telemetry, which tests run with Deno's console exporter: `deno run telemetry_program.ts listen`.
import { AsyncHTTPClient } from "../../src/http/httpclient.ts";
import { currentClock } from "../../src/internal/clock.ts";
import { type SpanLink, Telemetry } from "../../src/ops/telemetry.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { websocketConnect, WebSocketHandler } from "../../src/websocket/mod.ts";

const pause = (seconds: number) => new Promise<void>((resolve) => currentClock().setTimer(resolve, seconds));
const telemetry = new Telemetry();
const client = new AsyncHTTPClient();
const left = Promise.withResolvers<void>();
const worked = Promise.withResolvers<void>();

class Outer extends RequestHandler {
  override async get(): Promise<void> {
    await pause(0.001);
    const response = await client.fetch(`http://${this.request.host}/inner`);
    this.write(response.body);
  }
}

class Inner extends RequestHandler {
  override get(): void {
    console.log(`inner got ${this.request.headers.get("traceparent")}`);
    this.write("inner");
  }
}

class Stream extends RequestHandler {
  override async get(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      this.write("piece");
      await this.flush();
      await pause(1);
    }
  }
}

class Broken extends RequestHandler {
  override get(): void {
    throw new Error("broken");
  }
}

class Endless extends RequestHandler {
  override async get(): Promise<void> {
    this.write("begin");
    await this.flush();
    await new Promise<void>((resolve) => this.signal.addEventListener("abort", () => resolve()));
    left.resolve();
  }
}

class Socket extends WebSocketHandler {
  #link: SpanLink | null = null;
  override open(): void {
    this.#link = telemetry.link();
  }
  override async onMessage(): Promise<void> {
    await telemetry.linked("message", this.#link, () => pause(0.001));
    worked.resolve();
  }
}

const app = new Application([
  ["/outer/(?P<id>\\d+)", Outer],
  ["/inner", Inner],
  ["/stream", Stream],
  ["/broken", Broken],
  ["/endless", Endless],
  ["/socket", Socket],
], { logFunction() {} });
const engine = Deno.args[0] === "serve" ? "serve" : "listen";
const server = app.listen(0, { address: "127.0.0.1", engine });

/** Sends a request without a client of Deno's or ours, which would make spans. */
async function raw(path: string, fields = ""): Promise<Deno.Conn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const text = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n${fields}Connection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(text));
  return connection;
}

async function whole(path: string, fields = ""): Promise<void> {
  const connection = await raw(path, fields);
  for await (const _chunk of connection.readable);
}

await whole("/outer/7", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n");
await whole("/broken");
await whole("/stream");
const leaving = await raw("/endless");
await leaving.read(new Uint8Array(1024));
leaving.close();
await left.promise;
const socket = await websocketConnect(`ws://127.0.0.1:${server.port}/socket`);
await socket.writeMessage("hello");
await worked.promise;
socket.close();
await socket.closed;
await server.drain(5);
client.close();
telemetry[Symbol.dispose]();
