import { assertEquals } from "@std/assert";
import { FakeClock, TestClient } from "../../../src/testing/mod.ts";
import { Application, type EventStream, RequestHandler } from "../../../src/web/mod.ts";
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
  // The time begins anew with each event.
  await clock.advance(9);
  assertEquals(events.comments, 0);
  await clock.advance(2);
  await send("c");
  assertEquals(events.comments, 1);
  await clock.advance(11);
  await send("d");
  assertEquals(events.comments, 2);
});
