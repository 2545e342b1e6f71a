import { assert, assertEquals } from "@std/assert";
import type { Bytes } from "../../../src/internal/bytes.ts";
import { type Subscriber, Topics } from "../../../src/pubsub/mod.ts";
import { FakeClock, TestClient } from "../../../src/testing/mod.ts";
import { Application, type EventStream, OutputTransform, RequestHandler } from "../../../src/web/mod.ts";
import { test } from "../../support/test.ts";

test("EventStream sends a comment after so many seconds without an event", async () => {
  using clock = new FakeClock();
  let stream: EventStream | null = null;
  class Feed extends RequestHandler {
    override async get(): Promise<void> {
      stream = this.eventStream({ heartbeat: 10 });
      await stream.closed;
    }
  }
  await using client = new TestClient(new Application([["/", Feed]], { logFunction() {} }));
  using events = await client.eventStream("/");
  const send = async (text: string) => {
    await stream?.send(text);
    assertEquals((await events.next())?.data, text);
  };
  await send("a");
  await clock.advance(9);
  await send("b");
  // The time restarts with each event.
  await clock.advance(9);
  assertEquals(events.comments, 0);
  await clock.advance(2);
  await send("c");
  assertEquals(events.comments, 1);
  await clock.advance(11);
  await send("d");
  assertEquals(events.comments, 2);
});

test("EventStream gives a client all that a topic keeps, although that is more than may wait", async () => {
  const COUNT = 10_001;
  await using topics = new Topics({ history: { size: 20_000 } });
  class Feed extends RequestHandler {
    override get(): void {
      this.eventStream({ keepOpen: true, history: { topics, topic: "t" }, highWaterMark: 1000 });
    }
  }
  await using client = new TestClient(new Application([["/", Feed]], { logFunction() {} }));
  const other: Subscriber = { deliver: () => "delivered" };
  const { position: { epoch } } = await topics.subscribe("t", other, { since: null });
  for (let i = 1; i <= COUNT; i++) topics.publish("t", String(i));
  using events = await client.eventStream("/", { headers: { "Last-Event-ID": `${epoch}-0` } });
  for (let i = 1; i <= COUNT; i++) {
    assertEquals(await events.next(), { event: "message", data: String(i), id: `${epoch}-${i}` });
  }
  assertEquals(topics.publish("t", "live"), 2);
  assertEquals((await events.next())?.data, "live");
});

test("EventStream joins events that are sent in one turn of the event loop, also microtasks apart", async () => {
  const EVENTS = 100;
  let pieces = 0;
  class Counts extends OutputTransform {
    override transformChunk(chunk: Bytes): Bytes {
      if (chunk.length > 0) pieces++;
      return chunk;
    }
  }
  class Feed extends RequestHandler {
    override async get(): Promise<void> {
      const stream = this.eventStream();
      for (let i = 0; i < EVENTS; i++) {
        void stream.send(String(i));
        await Promise.resolve();
      }
      // What was sent in a turn leaves in the next one at the latest, without any event after it.
      await stream.send("last");
      stream.close();
    }
  }
  const app = new Application([["/", Feed]], { transforms: [Counts], logFunction() {} });
  await using client = new TestClient(app);
  using events = await client.eventStream("/");
  for (let i = 0; i < EVENTS; i++) assertEquals((await events.next())?.data, String(i));
  assertEquals((await events.next())?.data, "last");
  assert(pieces <= 3, `${pieces} pieces`);
});
