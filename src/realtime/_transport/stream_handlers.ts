import type { Delivery, TopicMessage } from "../../pubsub/mod.ts";
import { utf8 } from "../../util/escape.ts";
import { type EventStream, RequestHandler } from "../../web/mod.ts";
import { beginStream, stateOf, type StreamFormat, StreamWriter } from "../../web/internal.ts";
import type { Transport } from "../_session/transport.ts";
import type { RealtimeServer } from "./rules.ts";

/** A client over a response that goes on; its commands come in requests of their own. */
abstract class StreamHandler extends RequestHandler {
  declare readonly kwargs: { readonly server: RealtimeServer };

  /** A page of another origin must not act with the cookies of the user; there is no form to have a token. */
  override prepare(): void {
    this.checkCrossOrigin();
  }

  override checkXsrfCookie(): void {}

  protected async stream(transport: Transport, commands: string, closed: Promise<unknown>): Promise<void> {
    const { server } = this.kwargs;
    const session = server.open(transport);
    if (commands.length > server.settings.maxFrameSize) session.refuse();
    else void session.receive(commands);
    await closed;
    session.closed();
  }
}

/** A client over server-sent events. */
export class EventStreamHandler extends StreamHandler {
  override async get(): Promise<void> {
    const commands = this.getQueryArgument("cf_connect", "", { strip: false });
    // The pings of the protocol keep the connection alive.
    const events = this.eventStream({ heartbeat: 0, highWaterMark: this.kwargs.server.settings.highWaterMark });
    await this.stream(new EventTransport(this, events), commands, events.closed);
  }
}

class EventTransport implements Transport {
  readonly name = "sse";
  readonly isEmulated = true;
  readonly handler: RequestHandler;
  readonly #events: EventStream;

  constructor(handler: RequestHandler, events: EventStream) {
    this.handler = handler;
    this.#events = events;
  }

  send(frame: string): void {
    void this.#events.send(frame);
  }

  share(frame: TopicMessage): Delivery {
    return this.#events.deliver(frame);
  }

  close(code: number, reason: string): void {
    this.send(disconnectFrame(code, reason));
    this.#events.close();
  }
}

/** A client over a response of lines, each of which is a frame. */
export class HttpStreamHandler extends StreamHandler {
  override async post(): Promise<void> {
    beginStream(stateOf(this).headers, "application/json");
    const { highWaterMark } = this.kwargs.server.settings;
    const settings = { format: LINES, heartbeat: Infinity, retry: 0, highWaterMark, backpressure: "close" as const };
    const lines = new StreamWriter(this, settings);
    await this.stream(new LineTransport(this, lines), this.getBodyText(), lines.closed);
  }
}

/** Clients skip empty lines. */
const LINES: StreamFormat = { beat: "\n", farewell: () => "" };

/** The key of what a publication shares among the streams of its clients. */
const LINE = {};

class LineTransport implements Transport {
  readonly name = "http_stream";
  readonly isEmulated = true;
  readonly handler: RequestHandler;
  readonly #lines: StreamWriter;

  constructor(handler: RequestHandler, lines: StreamWriter) {
    this.handler = handler;
    this.#lines = lines;
  }

  send(frame: string): void {
    this.#lines.push(`${frame}\n`);
  }

  share(frame: TopicMessage): Delivery {
    return this.#lines.push(frame.encoding(LINE, ({ text }) => utf8(`${text}\n`)));
  }

  close(code: number, reason: string): void {
    this.send(disconnectFrame(code, reason));
    this.#lines.finish("server");
  }
}

function disconnectFrame(code: number, reason: string): string {
  return JSON.stringify({ push: { disconnect: { code, reason } } });
}
