// The server of bench/websocket_soak.ts: /echo, /deflate, /broadcast, /watched/GROUP and /state.
//
// With --subscribers=N it publishes, when so many have come to /broadcast, --rate messages of --size bytes a second.
// Each begins with a number that grows by one, and the time in microseconds. With the policy "wait" each handler awaits
// its writes, else it is a topic. From /state?press on, who came to /broadcast/stopping is sent more, so that what the
// kernel holds for it is soon full.
import { Application, RequestHandler } from "../../src/web/mod.ts";
import {
  type BackpressurePolicy,
  Topics,
  type WebSocketCompressionOptions,
  WebSocketHandler,
} from "../../src/websocket/mod.ts";
import { argument, numberArgument } from "../support.ts";

/** A message, and those that follow: readers that await their writes go along at their own pace. */
interface Link {
  readonly text: string;
  readonly next: Promise<Link>;
}

const POLICIES: Readonly<Record<string, BackpressurePolicy>> = { close: "close", drop: "drop", wait: "wait" };
const policy = POLICIES[argument("policy", "close")] ?? "close";
const subscribers = numberArgument("subscribers", 0);
const size = numberArgument("size", 1024);
const rate = numberArgument("rate", 4);

/** 256 KiB a second for each reader that has stopped, in messages of which several may wait. */
const PRESSURE = new Uint8Array(16_384);
const PRESSURE_RATE = 16;

const topics = new Topics();
const open = new Set<WebSocketHandler>();
const groups = new Map<string, number>();
let next = Promise.withResolvers<Link>();
let published = 0;
let pressing = false;

abstract class Counted extends WebSocketHandler {
  override open(..._args: (string | null)[]): void {
    open.add(this);
  }
  override onClose(): void {
    open.delete(this);
  }
}

class Echo extends Counted {
  override async onMessage(message: string | Uint8Array): Promise<void> {
    await this.writeMessage(message);
  }
}

class Deflate extends Echo {
  override getCompressionOptions(): WebSocketCompressionOptions {
    return { threshold: 0 };
  }
}

class Broadcast extends Counted {
  override open(stopping: string | null): void {
    super.open();
    if (policy === "wait") {
      this.#follow(next.promise, stopping !== null).catch(() => {});
    } else {
      topics.subscribe("all", this);
      if (stopping !== null) topics.subscribe("stopping", this);
    }
    if (open.size === subscribers) setInterval(publish, 1000 / rate);
  }
  override onMessage(): void {}

  /** Ends when the client is gone. */
  async #follow(following: Promise<Link>, stopping: boolean): Promise<void> {
    for (;;) {
      const link = await following;
      await this.writeMessage(link.text);
      for (let i = 0; i < PRESSURE_RATE && stopping && pressing; i++) await this.writeMessage(PRESSURE);
      following = link.next;
    }
  }
}

class Watched extends Counted {
  #group = "";

  override get pingInterval(): number {
    return numberArgument("ping-interval", 10);
  }
  override get pingTimeout(): number {
    return numberArgument("ping-timeout", 5);
  }
  override open(group: string): void {
    super.open();
    this.#group = group;
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  override onMessage(): void {}
  override onClose(): void {
    super.onClose();
    groups.set(this.#group, (groups.get(this.#group) ?? 0) - 1);
  }
}

class State extends RequestHandler {
  override get(): void {
    let buffered = 0;
    let dropped = 0;
    for (const handler of open) {
      buffered += handler.bufferedAmount;
      dropped += handler.droppedMessages;
    }
    // There with --expose-gc alone.
    const collect: unknown = Reflect.get(globalThis, "gc");
    if (this.getQueryArgument("collect", null) !== null && typeof collect === "function") collect();
    if (this.getQueryArgument("press", null) !== null) press();
    const { heapUsed, external } = Deno.memoryUsage();
    this.write({
      open: open.size,
      groups: Object.fromEntries(groups),
      buffered,
      dropped,
      heapUsed,
      external,
    });
  }
}

function publish(): void {
  const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000);
  const text = `${++published} ${microseconds} `.padEnd(size, ".");
  if (policy !== "wait") return void topics.publish("all", text);
  const { resolve } = next;
  next = Promise.withResolvers();
  resolve({ text, next: next.promise });
}

function press(): void {
  pressing = true;
  if (policy !== "wait") setInterval(() => topics.publish("stopping", PRESSURE), 1000 / PRESSURE_RATE);
}

const app = new Application(
  [
    ["/echo", Echo],
    ["/deflate", Deflate],
    ["/broadcast(/stopping)?", Broadcast],
    ["/watched/(\\w+)", Watched],
    ["/state", State],
  ],
  {
    logFunction() {},
    websocketBackpressure: policy,
    websocketHighWaterMark: numberArgument("limit", 65536),
  },
);
const server = app.listen(0, { address: "127.0.0.1" });
console.log(`listening ${server.port}`);
