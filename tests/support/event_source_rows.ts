/**
 * What an `EventSource` makes of our event streams, in the cases of the web platform tests: for Chromium, and for the
 * one of npm.
 *
 * @module
 */
import { Application, type EventStream, RequestHandler, StreamLog } from "../../src/web/mod.ts";

/** Text that is longer than every buffer on the way, so that its characters are cut in all places. */
const LONG = "ü€🙂x".repeat(60_000);

/** What a client has seen: names, data and last IDs of its events, and whether it gave up for good. */
export interface Seen {
  readonly events: readonly (readonly [name: string, data: string, lastEventId: string])[];
  readonly closed: boolean;
}

/** A case. */
export interface Row {
  readonly name: string;
  /** Answers each request of the row; `visit` counts them from 1. */
  readonly answer: (handler: RequestHandler, visit: number) => void | Promise<void>;
  readonly seen: Seen;
}

function messages(...data: string[]): Seen {
  return { events: [...data, "done"].map((text) => ["message", text, ""] as const), closed: false };
}

/** A row whose handler sends events, and then one that says that all is done. */
function sends(name: string, send: (events: EventStream) => void, seen: Seen): Row {
  return {
    name,
    seen,
    async answer(handler) {
      const events = handler.eventStream();
      send(events);
      await events.send("done");
      await events.closed;
    },
  };
}

/** Answers one status, after which a client gives up. */
function refuses(status: number): Row {
  return {
    name: `the status ${status} is final`,
    seen: { events: [], closed: true },
    answer: (handler) => handler.setStatus(status),
  };
}

/** Makes the cases, whose state is their own. */
export function makeRows(): readonly Row[] {
  const log = new StreamLog();
  for (const text of ["a", "b"]) log.append(text);
  return [
    sends("a byte order mark is text", (events) => events.send("\ufeffa\ufeff"), messages("\ufeffa\ufeff")),
    sends("NUL is text", (events) => events.send("a\0b"), messages("a\0b")),
    sends("line ends of all kinds are line feeds", (events) => events.send("a\rb\r\nc\nd\n"), messages("a\nb\nc\nd\n")),
    sends(
      "leading blanks stay",
      (events) => ["  a", "\tb", " "].forEach((text) => events.send(text)),
      messages("  a", "\tb", " "),
    ),
    sends("empty data is an event", (events) => events.send(""), messages("")),
    sends(
      "fields within data are data",
      (events) => events.send(":\nid: 1\nevent: x\nretry: 1\n\ndata"),
      messages(":\nid: 1\nevent: x\nretry: 1\n\ndata"),
    ),
    sends("JSON", (events) => events.send({ text: "a\nb" }), messages('{"text":"a\\nb"}')),
    sends("a long line in many pieces, whose characters are cut", (events) => events.send(LONG), messages(LONG)),
    sends("names and IDs", (events) => {
      events.send("a", { event: "update", id: "1 ü" });
      events.send("b");
      events.send("c", { event: "", id: "" });
    }, {
      events: [["update", "a", "1 ü"], ["message", "b", "1 ü"], ["message", "c", ""], ["message", "done", ""]],
      closed: false,
    }),
    {
      name: "a client comes back after its time with the last ID, and comments are no events",
      seen: { events: [["message", "a", "1 ü"], ["message", "1 ü", "1 ü"], ["message", "done", "1 ü"]], closed: false },
      async answer(handler, visit) {
        const events = handler.eventStream({ retry: 0.05, heartbeat: 0.1 });
        if (visit === 1) return void events.send("a", { id: "1 ü" });
        await events.send(events.lastEventId ?? "none");
        await events.send("done");
        await events.closed;
      },
    },
    {
      name: "a history goes on after a cut, and its end is final",
      seen: {
        events: [
          ["message", "a", `${log.epoch}-1`],
          ["message", "b", `${log.epoch}-2`],
          ["message", "c", `${log.epoch}-3`],
          ["end", "finished", `${log.epoch}-4`],
        ],
        closed: true,
      },
      async answer(handler, visit) {
        const events = handler.eventStream({ history: log, retry: 0.05 });
        if (visit === 1) {
          // The first piece is on its way when an event can be sent after it.
          await events.send("", { event: "ignored" });
          events.close();
          log.append("c");
          log.finish();
        }
        await events.closed;
      },
    },
    refuses(204),
    refuses(503),
  ];
}

/** An application with a path for each row: its index. */
export function rowsApplication(rows: readonly Row[]): Application {
  const visits = new Map<string, number>();
  class RowHandler extends RequestHandler {
    override async get(index: string): Promise<void> {
      const visit = (visits.get(index) ?? 0) + 1;
      visits.set(index, visit);
      await rows[Number(index)]?.answer(this, visit);
    }
  }
  class Page extends RequestHandler {
    override get(): void {
      this.write("<!doctype html><title>Rows</title>");
    }
  }
  return new Application([["/", Page], ["/rows/(\\d+)", RowHandler]], { logFunction() {} });
}

/**
 * JavaScript of a function that takes an `EventSource` class and a URL, and resolves with what such a client has seen
 * when all is done, or it has given up.
 */
export const COLLECT = `(EventSource, url) => new Promise((resolve) => {
  const source = new EventSource(url);
  const events = [];
  for (const name of ["message", "update", "gap", "end"]) {
    source.addEventListener(name, (event) => {
      events.push([name, event.data, event.lastEventId]);
      if (event.data !== "done") return;
      source.close();
      resolve({ events, closed: false });
    });
  }
  source.addEventListener("error", () => {
    if (source.readyState === 2) resolve({ events, closed: true });
  });
})`;
