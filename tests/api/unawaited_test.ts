// Messages and events that a handler sends without waiting for them, and whose schemas are asynchronous.
import { assertEquals, assertRejects } from "@std/assert";
import { type StandardSchema, TypedHandler } from "../../src/api/mod.ts";
import { TypedWebSocketHandler } from "../../src/api/websocket.ts";
import { HTTPClientError } from "../../src/http/httpclient.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { Application } from "../../src/web/mod.ts";
import { test } from "../support/test.ts";
import { later, text } from "./schemas.ts";

/** Answers when the client is gone. */
let gone = Promise.withResolvers<void>();
const patient: StandardSchema<string> = {
  "~standard": { version: 1, vendor: "tests", validate: (value) => gone.promise.then(() => ({ value: `${value}` })) },
};

class Echo extends TypedWebSocketHandler({ receive: text, send: later(text) }) {
  override receive(message: string): void {
    this.send(message === "empty" ? "" : message);
    if (message === "last") this.close();
  }
}

class Apologetic extends TypedWebSocketHandler({ receive: later(text), send: later(text) }) {
  override receive(): void {}
  override async refuse(): Promise<void> {
    await this.send("");
  }
}

class Patient extends TypedWebSocketHandler({ receive: text, send: patient }) {
  override receive(message: string): void {
    this.send(message);
  }
  override onClose(): void {
    gone.resolve();
  }
}

class Events extends TypedHandler({
  get: { query: { data: text }, events: { event: later(text), end: patient }, response: {} },
}) {
  override async get(): Promise<void> {
    const { send, stream } = this.events();
    const { data } = this.args.query;
    send("event", data === "empty" ? "" : data);
    if (data === "last") {
      send("end", data);
      await send("event", data);
      stream.close();
      gone.resolve();
    }
    await stream.closed;
  }
}

const app = new Application(
  [["/echo", Echo], ["/apologetic", Apologetic], ["/patient", Patient], ["/events", Events]],
  { logFunction: () => {} },
);

for (const engine of ["listen", "serve"] as const) {
  test(`a message that no handler waits for fails as receive does, on the ${engine} engine`, async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception/);
    await using client = new TestClient(app, { engine, raiseServerErrors: false });
    await using socket = await client.websocket("/echo");
    await socket.writeMessage('"a"');
    assertEquals(await socket.receiveJson(), "a");
    await socket.writeMessage('"empty"');
    assertEquals((await socket.receiveClose()).code, 1011);
    assertEquals(t.logs.map(({ excInfo }) => excInfo?.message), [
      "Cannot send this message: its schema says: Expected text",
    ]);
  });

  test(`an error of refuse() is that of a handler, on the ${engine} engine`, async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception/);
    await using client = new TestClient(app, { engine, raiseServerErrors: false });
    for (const message of ["7", "{"]) {
      await using socket = await client.websocket("/apologetic");
      await socket.writeMessage(message);
      assertEquals((await socket.receiveClose()).code, 1011);
    }
  });

  test(`a message for a client that has left is no handler's error, on the ${engine} engine`, async () => {
    gone = Promise.withResolvers();
    await using client = new TestClient(app, { engine });
    await using closed = await client.websocket("/echo");
    await closed.writeMessage('"last"');
    await closed.receiveClose();
    await using socket = await client.websocket("/patient");
    await socket.writeMessage('"a"');
    socket.close();
    await gone.promise;
  });

  test(`an event that no handler waits for ends its stream if it is refused, on the ${engine} engine`, async (t) => {
    t.expectLog("tornado.application", /^Uncaught exception/);
    t.expectLog("tornado.general", /^Cannot send error response after headers written/);
    await using client = new TestClient(app, { engine, raiseServerErrors: false });
    using events = await client.eventStream("/events?data=empty");
    await assertRejects(() => events.next(), HTTPClientError);
    const [{ excInfo } = {}] = t.logs.filter((log) => log.excInfo !== null);
    assertEquals(excInfo?.message, "Cannot send the event event: its schema says: Expected text");
  });

  test(`an event of a stream that has ended is no handler's error, on the ${engine} engine`, async () => {
    gone = Promise.withResolvers();
    await using client = new TestClient(app, { engine });
    using events = await client.eventStream("/events?data=last");
    const data = [];
    for (let event = await events.next(); event !== null; event = await events.next()) data.push(event.data);
    assertEquals(data, ['"last"', '"last"']);
  });
}
