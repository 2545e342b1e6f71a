/**
 * The application that `h1_conformance.py` and `ws_conformance.py` check, on either engine.
 *
 *     deno run -A tests/conformance/server.ts --port=N [--engine=listen|serve] [--max-body-size=B] [--header-timeout=S]
 *         [--max-message-size=B]
 *
 * WebSockets: `/ws` echoes with compression, `/ws-plain` without, and `/fanout` sends each message to all that are
 * there. It prints `listening N` when it is ready; port 0 takes a free one.
 *
 * @module
 */
import { Application, RequestHandler } from "@twister/twister/web";
import {
  type BackpressurePolicy,
  Topics,
  type WebSocketCompressionOptions,
  WebSocketHandler,
} from "@twister/twister/websocket";

class HelloHandler extends RequestHandler {
  override get(): void {
    this.write("Hello, world");
  }

  override head(): void {
    this.get();
  }
}

class EchoHandler extends RequestHandler {
  override post(): void {
    this.setHeader("Content-Type", "application/octet-stream");
    this.write(this.request.body);
  }
}

class HeadersHandler extends RequestHandler {
  override get(): void {
    const entries = [...this.request.headers.entries()];
    this.write(Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value])));
  }
}

class ArgsHandler extends RequestHandler {
  override get(): void {
    const names = Object.keys(this.request.queryArguments);
    this.write(Object.fromEntries(names.map((name) => [name, this.getQueryArguments(name)])));
  }
}

class SlowHandler extends RequestHandler {
  override async get(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 300));
    this.write("slow");
  }
}

class StatusHandler extends RequestHandler {
  override get(code: string): void {
    this.setStatus(Number(code));
  }
}

/** Bytes that may wait for a client before it is read from no more. */
const MUCH = 256 * 1024;

class PlainEcho extends WebSocketHandler {
  override get backpressure(): BackpressurePolicy {
    return "wait";
  }

  /** Waits only when much is waiting already, so that the answers to messages that came together leave together. */
  override onMessage(message: string | Uint8Array): void | Promise<void> {
    const sent = this.writeMessage(message, message instanceof Uint8Array);
    if (this.bufferedAmount > MUCH) return sent;
  }
}

class CompressedEcho extends PlainEcho {
  override getCompressionOptions(): WebSocketCompressionOptions {
    return {};
  }
}

const topics = new Topics();

class Fanout extends WebSocketHandler {
  override open(): void {
    topics.subscribe("all", this);
  }

  override onMessage(message: string | Uint8Array): void {
    topics.publish("all", message);
  }
}

/** The value of `--name=value`, or `null`. */
function option(name: string): string | null {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? null;
}

// The largest message of the checker has 16 MiB, more than a server takes by default.
const messageSize = Number(option("max-message-size") ?? 16 * 1024 * 1024);

const app = new Application([
  ["/", HelloHandler],
  ["/echo", EchoHandler],
  ["/headers", HeadersHandler],
  ["/args", ArgsHandler],
  ["/slow", SlowHandler],
  ["/status/(204|304)", StatusHandler],
  ["/ws", CompressedEcho],
  ["/ws-plain", PlainEcho],
  ["/fanout", Fanout],
], { websocketMaxMessageSize: messageSize });

const port = Number(option("port") ?? 8888);
const engine = option("engine") ?? "listen";
const maxBodySize = option("max-body-size");
const headerTimeout = option("header-timeout");

const address = { address: "127.0.0.1" };
const limit = maxBodySize === null ? {} : { maxBodySize: Number(maxBodySize) };
let server: { readonly port: number };
if (engine === "serve") {
  // Deno.serve has no time-out for heads.
  server = app.listen(port, { engine: "serve", ...address, ...limit });
} else if (engine === "listen") {
  const seconds = headerTimeout === null ? {} : { headerTimeout: Number(headerTimeout) };
  server = app.listen(port, { ...address, ...limit, ...seconds });
} else {
  throw new Error(`Unknown engine "${engine}": it is "listen" or "serve"`);
}
console.log(`listening ${server.port}`);
