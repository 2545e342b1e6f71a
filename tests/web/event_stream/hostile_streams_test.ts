import { assertEquals, assertThrows } from "@std/assert";
import { TestClient } from "../../../src/testing/mod.ts";
import { Application, type EventHistory, type EventStreamEnd, RequestHandler } from "../../../src/web/mod.ts";
import { test } from "../../support/test.ts";

/** What the applications log is expected. */
const LENIENT = { raiseServerErrors: false };

test("RequestHandler.eventStream refuses a second stream on one response, and a status that allows no body", async () => {
  class Twice extends RequestHandler {
    override get(): void {
      const events = this.eventStream({ keepOpen: true });
      assertThrows(() => this.eventStream(), Error, "the response is one already");
      void events.send("whole");
      events.close();
    }
  }
  class Empty extends RequestHandler {
    override get(): void {
      this.setStatus(204);
      assertThrows(() => this.eventStream({ keepOpen: true }), Error, "a response of 204 has no body");
    }
  }
  await using client = new TestClient(new Application([["/twice", Twice], ["/empty", Empty]], { logFunction() {} }));
  using events = await client.eventStream("/twice");
  assertEquals((await Array.fromAsync(events)).map(({ data }) => data), ["whole"]);
  // The method is done, and nothing keeps the response open.
  assertEquals((await client.get("/empty")).code, 204);
});

test("EventStream ends in order if its history cannot be read, opened or closed", async (t) => {
  const ends: EventStreamEnd[] = [];
  let finished = 0;
  const fail = (): never => {
    throw new Error("no disk");
  };
  const histories: Record<string, EventHistory> = {
    follow: { follow: fail },
    read: { follow: () => ({ atEnd: false, read: fail, close() {} }) },
    atEnd: {
      follow: () => {
        let asked = 0;
        return {
          get atEnd(): boolean {
            return asked++ > 0 ? fail() : false;
          },
          read: () => "",
          close() {},
        };
      },
    },
    close: { follow: () => ({ atEnd: false, read: fail, close: fail }) },
  };
  class Feed extends RequestHandler {
    override get(name: string): void {
      const events = this.eventStream({ keepOpen: true, history: histories[name] ?? null });
      events.whenClosed(() => void events.closed.then((end) => ends.push(end)));
    }
    override onFinish(): void {
      finished++;
    }
  }
  await using client = new TestClient(new Application([["/(\\w+)", Feed]], { logFunction() {} }), LENIENT);
  t.expectLog("tornado.application", /^Uncaught exception GET \/follow/);
  assertEquals((await client.get("/follow")).code, 500);
  for (const name of ["read", "atEnd", "close"]) {
    for (let i = name === "close" ? 0 : 1; i < 2; i++) {
      t.expectLog("tornado.application", new RegExp(`^A history cannot be read: GET /${name} `));
    }
    using events = await client.eventStream(`/${name}`);
    assertEquals(await Array.fromAsync(events), []);
  }
  assertEquals(ends, ["server", "server", "server"]);
  assertEquals(finished, 4);
});

test("EventStream tells all callbacks of its end, and concludes, although one of them fails", async (t) => {
  t.expectLog("tornado.application", /^A callback of an event stream has failed/);
  const told: string[] = [];
  const finished = Promise.withResolvers<void>();
  class Feed extends RequestHandler {
    override get(): void {
      const events = this.eventStream({ keepOpen: true });
      events.whenClosed(() => {
        throw new Error("no");
      });
      events.whenClosed(() => void told.push("second"));
      void events.send("a");
    }
    override onFinish(): void {
      finished.resolve();
    }
  }
  await using client = new TestClient(new Application([["/", Feed]], { logFunction() {} }), LENIENT);
  using events = await client.eventStream("/");
  assertEquals((await events.next())?.data, "a");
  events.close();
  await finished.promise;
  assertEquals(told, ["second"]);
});

test("EventStream sends no Content-Length, whatever the handler has set", async () => {
  class Feed extends RequestHandler {
    override get(): void {
      this.setHeader("Content-Length", "5");
      const events = this.eventStream({ keepOpen: true });
      void events.send("longer than five bytes");
      void events.send("and more").then(() => events.close());
    }
  }
  await using client = new TestClient(new Application([["/", Feed]], { logFunction() {} }));
  using events = await client.eventStream("/");
  assertEquals((await Array.fromAsync(events)).map(({ data }) => data), ["longer than five bytes", "and more"]);
});
