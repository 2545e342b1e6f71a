import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { HTTPHeaders } from "../../../src/http/httputil.ts";
import { StreamClosedError } from "../../../src/net/iostream.ts";
import { Topics } from "../../../src/pubsub/mod.ts";
import {
  Application,
  type EventStream,
  type EventStreamEnd,
  type EventStreamOptions,
  RequestHandler,
  type RequestHandlerClass,
  StreamLog,
} from "../../../src/web/mod.ts";
import { nextTurn } from "../../../src/internal/clock.ts";
import { ask, QUIET, site, siteTest, visit, type Way } from "./site.ts";

/** A handler that streams, and gives its stream to `begin`. */
function streams(
  options: EventStreamOptions,
  begin: (events: EventStream, handler: RequestHandler) => void | Promise<void>,
): RequestHandlerClass {
  return class extends RequestHandler {
    override async get(): Promise<void> {
      const events = this.eventStream(options);
      await begin(events, this);
      await events.closed;
    }
  };
}

/** What handlers may rely on whose answer is a stream of events, and what every handler may of its signal. */
export function eventStreamContract(way: Way): void {
  siteTest(way, "the signal of a handler aborts when its client is gone, also if it is read afterwards", async () => {
    const waiting = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const late = Promise.withResolvers<AbortSignal>();
    class Waits extends RequestHandler {
      override async get(): Promise<void> {
        const { signal } = this;
        signal.addEventListener("abort", () => gone.resolve());
        waiting.resolve();
        await gone.promise;
        assert(signal.reason instanceof StreamClosedError);
        assertEquals(this.signal, signal);
      }
      override async post(): Promise<void> {
        this.write("first");
        await this.flush();
        waiting.resolve();
        while (await this.flush().then(() => true, () => false)) {
          this.write("more");
          await nextTurn();
        }
        late.resolve(this.signal);
      }
    }
    await using client = site(way, [["/", Waits]]);
    {
      using connection = await client.connect();
      await connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await waiting.promise;
    }
    await gone.promise;
    {
      using connection = await client.connect();
      await connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      await connection.until("first");
    }
    const signal = await late.promise;
    assert(signal.aborted && signal.reason instanceof StreamClosedError);
  });

  siteTest(way, "the signal of a handler never aborts once the answer is complete", async () => {
    let signal: AbortSignal | null = null;
    class Answers extends RequestHandler {
      override async get(): Promise<void> {
        signal = this.signal;
        await Promise.resolve();
        this.write("done");
      }
    }
    const client = site(way, [["/", Answers]]);
    assertEquals((await ask(client, "/")).body, "done");
    await client[Symbol.asyncDispose]();
    assertEquals(Object(signal).aborted, false);
  });

  siteTest(way, "an event stream frames its events, and a handler that returns ends it", async () => {
    class Three extends RequestHandler {
      override get(): void {
        const events = this.eventStream({ retry: 10 });
        events.send("a\r\nb\rc\n", { event: "lines", id: "1" });
        events.send({ price: 1 });
        events.send(new TextEncoder().encode(" ü"), { id: "2" });
      }
    }
    await using client = site(way, [["/", Three]]);
    using events = await client.eventStream("/");
    assertEquals(await Array.fromAsync(events), [
      { event: "lines", data: "a\nb\nc\n", id: "1" },
      { event: "message", data: '{"price":1}', id: "1" },
      { event: "message", data: " ü", id: "2" },
    ]);
    const { headers } = events.response;
    assertEquals(
      ["Content-Type", "Cache-Control", "X-Accel-Buffering"].map((name) => headers.get(name)),
      ["text/event-stream", "no-store, no-transform", "no"],
    );
    assert(events.retry !== null && events.retry >= 5 && events.retry < 15, String(events.retry));
  });

  siteTest(way, "an event stream sends what topics publish, and leaves them with its client", async () => {
    await using topics = new Topics();
    const ends: Promise<EventStreamEnd>[] = [];
    const Feed = streams({}, (events) => {
      topics.subscribe("news", events);
      ends.push(events.closed);
    });
    await using client = site(way, [["/", Feed]]);
    {
      using ann = await client.eventStream("/");
      using ben = await client.eventStream("/");
      assertEquals(topics.publish("news", "one\ntwo"), 2);
      for (const events of [ann, ben]) assertEquals((await events.next())?.data, "one\ntwo");
    }
    // A connection on a port is lost for good when something is written to it.
    while (topics.count("news") > 0) {
      topics.publish("news", "more");
      await nextTurn();
    }
    assertEquals(await Promise.all(ends), ["client", "client"]);
  });

  siteTest(way, "an event stream that is kept open outlasts its method, and ends by either side", async () => {
    await using topics = new Topics();
    const opened: EventStream[] = [];
    const finished: string[] = [];
    let left = 0;
    class Feed extends RequestHandler {
      override get(name: string): void {
        const events = this.eventStream({ keepOpen: true });
        topics.subscribe(name, events);
        opened.push(events);
      }
      override async post(name: string): Promise<void> {
        await nextTurn();
        this.get(name);
      }
      override onConnectionClose(): void {
        left++;
      }
      override onFinish(): void {
        finished.push(this.request.method);
      }
    }
    await using client = site(way, [["/(\\w+)", Feed]]);
    {
      using ann = await client.eventStream("/news");
      using ben = await client.eventStream("/news", { method: "POST" });
      assertEquals(topics.publish("news", "one"), 2);
      for (const events of [ann, ben]) assertEquals((await events.next())?.data, "one");
      assertEquals(finished, []);
    }
    while (topics.count("news") > 0) {
      topics.publish("news", "more");
      await nextTurn();
    }
    assertEquals(await Promise.all(opened.map((events) => events.closed)), ["client", "client"]);
    while (finished.length < 2) await nextTurn();
    assertEquals([finished.toSorted(), left], [["GET", "POST"], 2]);
    using cut = await client.eventStream("/last");
    opened.at(-1)?.close();
    assertEquals(await cut.next(), null);
    assertEquals(finished.length, 3);
  });

  siteTest(way, "send() resolves when an event is on its way, and rejects when the client is gone", async () => {
    const ended = Promise.withResolvers<void>();
    const Feed = streams({}, async (events) => {
      await events.send("first");
      assertEquals(events.bufferedAmount, 0);
      await assertRejects(async () => {
        for (;;) {
          await events.send("more");
          await nextTurn();
        }
      }, StreamClosedError);
      ended.resolve();
    });
    await using client = site(way, [["/", Feed]]);
    {
      using events = await client.eventStream("/");
      assertEquals((await events.next())?.data, "first");
    }
    await ended.promise;
  });

  for (const backpressure of ["close", "drop"] as const) {
    siteTest(way, `an event stream keeps a bound for a client that does not read (${backpressure})`, async () => {
      const result = Promise.withResolvers<string>();
      const Flood = streams({ backpressure, highWaterMark: 200_000 }, async (events) => {
        let most = 0;
        const text = "x".repeat(50_000);
        let end: EventStreamEnd | null = null;
        void events.closed.then((reason) => end = reason);
        while (end === null && events.droppedEvents === 0) {
          events.send(text);
          most = Math.max(most, events.bufferedAmount);
          await nextTurn();
        }
        assert(most <= 200_000, String(most));
        result.resolve(end ?? "dropped");
        events.close();
      });
      await using client = site(way, [["/", Flood]]);
      using events = await client.eventStream("/");
      assertEquals(await result.promise, backpressure === "close" ? "slow" : "dropped");
      events.close();
    });
  }

  siteTest(way, "a history is sent from where the client was cut, tells gaps, and ends with 204", async () => {
    const log = new StreamLog({ size: 3 });
    const Read = streams({ history: log }, () => {});
    await using client = site(way, [["/", Read]]);
    const ids = ["a", "b", "c"].map((text) => log.append(text));
    using early = await client.eventStream("/");
    for (const data of ["a", "b", "c"]) assertEquals((await early.next())?.data, data);
    log.append({ live: true }, { event: "news" });
    assertEquals(await early.next(), { event: "news", data: '{"live":true}', id: `${log.epoch}-4` });

    const after = async (id: string | undefined, query = "") => {
      const headers = new HTTPHeaders(id === undefined ? {} : { "Last-Event-ID": id });
      using events = await client.eventStream(`/${query}`, { headers });
      const first = await events.next();
      return first?.event === "gap" ? `gap ${(await events.next())?.data}` : first?.data;
    };
    assertEquals(await after(ids[1]), "c");
    assertEquals(await after(undefined, `?lastEventId=${ids[2]}`), '{"live":true}');
    log.append("e");
    // Kept are c, d and e.
    assertEquals(await after(ids[1]), "c");
    assertEquals(await after(ids[0]), "gap c");
    assertEquals(await after(undefined), "gap c");
    assertEquals(await after("0123456789abcdef-1"), "gap c");
    assertEquals(await after("\xc3\xbc"), "gap c");

    log.finish();
    assertEquals((await early.next())?.data, "e");
    const end = await early.next();
    assertEquals([end?.event, end?.data, await early.next()], ["end", "finished", null]);
    const again = await ask(client, "/", [`Last-Event-ID: ${end?.id}`]);
    assertEquals([again.status, again.body, again.get("content-type")], [204, "", null]);
    assertEquals(log.readers, 0);
  });

  siteTest(way, "a topic with a history is sent from where the client was cut, and tells a gap", async () => {
    await using topics = new Topics({ history: { size: 3, ttl: 60 } });
    const Feed = streams({ history: { topics, topic: "news" } }, () => {});
    await using client = site(way, [["/", Feed]]);
    topics.publish("news", "before");
    let epoch = "";
    {
      using events = await client.eventStream("/");
      while (topics.count("news") === 0) await nextTurn();
      topics.publish("news", "a");
      const first = await events.next();
      epoch = first?.id.split("-")[0] ?? "";
      assertEquals(first, { event: "message", data: "a", id: `${epoch}-2` });
    }
    for (const text of ["b", "c", "d"]) topics.publish("news", text);
    const after = async (id: string, count: number) => {
      using events = await client.eventStream("/", { headers: { "Last-Event-ID": id } });
      const got = [];
      for (let i = 0; i < count; i++) got.push(await events.next());
      return got.map((event) => event?.event === "gap" ? `gap ${event.data}` : `${event?.id} ${event?.data}`);
    };
    assertEquals(await after(`${epoch}-2`, 3), [`${epoch}-3 b`, `${epoch}-4 c`, `${epoch}-5 d`]);
    for (const lost of [`${epoch}-1`, "0123456789abcdef-2", "other"]) {
      assertEquals(await after(lost, 1), ['gap {"missed":null}'], lost);
    }
  });

  siteTest(way, "each event of a compressed stream can be read without the next one", async () => {
    const go = Promise.withResolvers<void>();
    const Feed = streams({}, async (events) => {
      events.send("first");
      await go.promise;
      events.send("second");
      events.close({ retry: 7 });
    });
    const app = new Application([["/", Feed]], { ...QUIET, compressResponse: true });
    await using client = visit(way, app);
    using events = await client.stream("/", { headers: new HTTPHeaders({ "Accept-Encoding": "gzip" }) });
    assertEquals(events.headers.get("Content-Encoding"), "gzip");
    const inflate = new DecompressionStream("gzip");
    const writer = inflate.writable.getWriter();
    void (async () => {
      for await (const piece of events) await writer.write(new Uint8Array(piece));
      await writer.close();
    })();
    let text = "";
    for await (const piece of inflate.readable.pipeThrough(new TextDecoderStream())) {
      text += piece;
      if (text.includes("first")) go.resolve();
    }
    assertMatch(text, /^retry: \d+\n\ndata: first\n\ndata: second\n\nretry: 7000\n\n$/);
  });

  siteTest(way, "an event stream begins before the headers or not at all, and HEAD has no events", async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception GET \/late/);
    class Late extends RequestHandler {
      override async get(kind: string): Promise<void> {
        if (kind === "late") await this.flush();
        await this.eventStream().closed;
      }
      override head(): Promise<void> {
        return this.get("");
      }
    }
    t.expectLog("tornado.general", /^Cannot send error response after headers written$/);
    await using client = site(way, [["/(.*)", Late]]);
    await ask(client, "/late").catch(() => null);
    const got = await ask(client, "/", [], "HEAD");
    assertEquals([got.status, got.get("content-type"), got.body], [200, "text/event-stream", ""]);
  });
}
