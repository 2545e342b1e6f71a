import { assert, assertEquals } from "@std/assert";
import { nextTurn } from "../../../src/internal/clock.ts";
import { Topics } from "../../../src/pubsub/mod.ts";
import { RequestHandler, type RequestHandlerClass } from "../../../src/web/mod.ts";
import { type BackpressurePolicy, WebSocketHandler } from "../../../src/websocket/mod.ts";
import type { RawConnection } from "../../../src/testing/mod.ts";
import { site, siteTest, type Way } from "./site.ts";

const HANDSHAKE = "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/** The most bytes that wait before messages are replaced. */
const HIGH_WATER_MARK = 200_000;

/** A message on a topic, by number, which is large enough to fill buffers soon. */
function text(topic: string, number: number | "last"): string {
  return `${topic}:${number}:${"x".repeat(50_000)}`;
}

/** Publishes on both topics until messages are replaced, and then what a client must see at last. */
async function publishUntil(topics: Topics, isFull: () => boolean): Promise<number> {
  let number = 0;
  while (!isFull()) {
    for (const topic of ["a", "b"]) topics.publish(topic, text(topic, number));
    number++;
    await nextTurn();
  }
  // Many of them, of which nobody needs all.
  for (let i = 0; i < 50; i++) for (const topic of ["a", "b"]) topics.publish(topic, text(topic, number + i));
  for (const topic of ["a", "b"]) topics.publish(topic, text(topic, "last"));
  return number + 51;
}

/** Reads, at last, and checks that each topic comes in order, with gaps, up to its last message. */
async function readAll(connection: RawConnection, published: number): Promise<void> {
  const got = await connection.until(text("b", "last").slice(0, 7));
  for (const topic of ["a", "b"]) {
    const numbers = [...got.matchAll(new RegExp(`${topic}:(\\d+|last):`, "g"))].map(([, number]) => number);
    assertEquals(numbers.at(-1), "last", topic);
    const sent = numbers.slice(0, -1).map(Number);
    assertEquals(sent, sent.toSorted((one, other) => one - other));
    assert(sent.length < published - 40, `${sent.length} of ${published}`);
  }
}

/** What becomes of the messages of topics for a client that does not read, with the policy "coalesce". */
export function coalescingContract(way: Way): void {
  // Deno has no WebSockets in memory.
  if (way.engine === "listen" || way.port) {
    siteTest(way, "a WebSocket that coalesces has the latest message of each topic for a slow client", async () => {
      await using topics = new Topics();
      const opened = Promise.withResolvers<WebSocketHandler>();
      class Slow extends WebSocketHandler {
        override get backpressure(): BackpressurePolicy {
          return "coalesce";
        }
        override get highWaterMark(): number {
          return HIGH_WATER_MARK;
        }
        override open(): void {
          for (const topic of ["a", "b"]) topics.subscribe(topic, this);
          opened.resolve(this);
        }
      }
      await using client = site(way, [["/socket", Slow]]);
      using connection = await client.connect();
      await connection.send(HANDSHAKE);
      const handler = await opened.promise;
      const published = await publishUntil(topics, () => handler.droppedMessages > 0);
      assert(handler.bufferedAmount < 2 * HIGH_WATER_MARK);
      await readAll(connection, published);
      assertEquals(topics.count("a"), 1);
    });
  }

  siteTest(way, "an event stream that coalesces has the latest message of each topic for a slow client", async () => {
    await using topics = new Topics();
    let isFull = () => false;
    let waiting = () => 0;
    const Feed: RequestHandlerClass = class extends RequestHandler {
      override async get(): Promise<void> {
        const events = this.eventStream({ backpressure: "coalesce", highWaterMark: HIGH_WATER_MARK });
        for (const topic of ["a", "b"]) topics.subscribe(topic, events);
        isFull = () => events.droppedEvents > 0;
        waiting = () => events.bufferedAmount;
        await events.closed;
      }
    };
    await using client = site(way, [["/", Feed]]);
    using connection = await client.connect();
    await connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    while (topics.count("b") === 0) await nextTurn();
    const published = await publishUntil(topics, () => isFull());
    assert(waiting() <= HIGH_WATER_MARK);
    await readAll(connection, published);
    assertEquals(topics.count("a"), 1);
  });
}
