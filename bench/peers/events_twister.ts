// /events (an event stream whose method waits), /kept (one that outlasts its method) and /socket (a WebSocket), all
// subscribed to a topic; /events?history=1 reads a log. /heap answers with the bytes that are alive on the heap. The
// server drains for 10 s at SIGTERM.
import { Application, RequestHandler, StreamLog } from "../../src/web/mod.ts";
import { Topics, WebSocketHandler } from "../../src/websocket/mod.ts";
import { argument } from "../support.ts";

/** What `--v8-flags=--expose-gc` adds. */
const { gc } = globalThis as { gc?: () => void };

const topics = new Topics();
const log = new StreamLog();

class Events extends RequestHandler {
  override async get(): Promise<void> {
    const events = this.eventStream(this.request.query === "" ? {} : { history: log });
    topics.subscribe("all", events);
    await events.closed;
  }
  override post(): void {
    topics.publish("all", this.request.body);
  }
}

class Kept extends RequestHandler {
  override get(): void {
    topics.subscribe("all", this.eventStream({ keepOpen: true }));
  }
}

class Socket extends WebSocketHandler {
  override open(): void {
    topics.subscribe("all", this);
  }
}

class Heap extends RequestHandler {
  override get(): void {
    for (let i = 0; i < 4; i++) gc?.();
    this.write(String(Deno.memoryUsage().heapUsed));
  }
}

const app = new Application([["/events", Events], ["/kept", Kept], ["/socket", Socket], ["/heap", Heap]], {
  logFunction() {},
  compressResponse: true,
  // As often as the comments of event streams.
  websocketPingInterval: 15,
  websocketPingTimeout: 0,
});
const address = "127.0.0.1";
const server = argument("engine", "listen") === "serve"
  ? app.listen(0, { address, engine: "serve" })
  : app.listen(0, { address });
console.log(`listening ${server.port}`);
Deno.addSignalListener("SIGTERM", async () => {
  await server.drain(10);
  Deno.exit();
});
