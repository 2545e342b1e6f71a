import { type Bytes, equalBytes } from "../../internal/bytes.ts";
import { inSeconds } from "../_link/in_seconds.ts";
import type { HistoryLimits } from "../history.ts";
import { checkedLimits, MemoryHistory } from "../memory_history.ts";
import { type IOStream, StreamClosedError } from "../../net/iostream.ts";
import { genLog } from "../../util/log.ts";
import { toError } from "../../internal/promises.ts";
import { utf8 } from "../../util/escape.ts";
import {
  decodeFrame,
  decodeJson,
  decodeMessages,
  decodeSince,
  decodeTopics,
  encodeFrame,
  encodeMessage,
  encodePage,
  type Frame,
  FrameError,
  frameLength,
  Kind,
  MAX_FRAME,
  MAX_HELLO,
} from "./frames.ts";

/** Seconds that a client may take for its first frame. */
const HELLO_TIMEOUT = 10;
/** Bytes that wait for one client before those who publish to it have to wait. */
const WINDOW: number = 8 * 1024 * 1024;
/**
 * Seconds that they wait, which are fewer than a publisher waits for an answer; then the slow client is cut off, and
 * learns of the gap when it is back.
 */
const STALL = 3;

/** The state that the clients of a hub share. */
export interface HubState {
  /** The clients of each topic. */
  readonly topics: Map<string, Set<HubClient>>;
  readonly clients: Set<HubClient>;
  readonly secret: Bytes;
  history: MemoryHistory | null;
}

/** A process or isolate at a hub. */
export class HubClient {
  readonly #hub: HubState;
  readonly #stream: IOStream;
  readonly #topics = new Set<string>();
  /** Messages for this client of the frame that is being worked on. */
  #pieces: Bytes[] = [];

  constructor(hub: HubState, stream: IOStream) {
    this.#hub = hub;
    this.#stream = stream;
  }

  /** Serves the client until it goes away. */
  async serve(): Promise<void> {
    try {
      const hello = await inSeconds(HELLO_TIMEOUT, this.#readFrame(MAX_HELLO), "the client");
      if (hello.kind !== Kind.hello || !equalBytes(hello.body, this.#hub.secret)) {
        throw new FrameError("the secret is wrong");
      }
      this.#hub.clients.add(this);
      this.#answer(Kind.done, hello.id);
      while (true) await this.#take(await this.#readFrame(MAX_FRAME));
    } catch (error) {
      if (!(error instanceof StreamClosedError)) {
        genLog.warning("The hub closes the connection of a client: %s", toError(error).message);
      }
    } finally {
      this.end();
    }
  }

  /** Ends the connection. */
  end(): void {
    this.#hub.clients.delete(this);
    for (const topic of this.#topics) this.#leave(topic);
    this.#stream.close();
  }

  async #readFrame(most: number): Promise<Frame> {
    const length = frameLength(await this.#stream.readBytes(4), most);
    return decodeFrame(await this.#stream.readBytes(length));
  }

  /** Answers a question. The next one is read when those who get its messages have room for more. */
  async #take({ kind, id, body }: Frame): Promise<void> {
    if (kind === Kind.publish) await this.#publish(body);
    else if (kind === Kind.subscribe) { for (const topic of decodeTopics(body)) this.#enter(topic); }
    else if (kind === Kind.unsubscribe) { for (const topic of decodeTopics(body)) this.#leave(topic); }
    else if (kind === Kind.keep) this.#keep(body);
    else if (kind === Kind.since) return this.#read(id, body);
    else if (kind !== Kind.ping) throw new FrameError(`Cannot answer a frame of kind ${kind}`);
    this.#answer(Kind.done, id);
  }

  #enter(topic: string): void {
    this.#topics.add(topic);
    const clients = this.#hub.topics.get(topic);
    if (clients === undefined) this.#hub.topics.set(topic, new Set([this]));
    else clients.add(this);
  }

  #leave(topic: string): void {
    this.#topics.delete(topic);
    const clients = this.#hub.topics.get(topic);
    if (clients?.delete(this) === true && clients.size === 0) this.#hub.topics.delete(topic);
  }

  async #publish(body: Bytes): Promise<void> {
    const touched = new Set<HubClient>();
    const history = this.#hub.history;
    for (const message of decodeMessages(body)) {
      if (message.kept && history !== null) {
        // It comes back by `spread`. The history keeps the message for longer than the memory of the frame lives.
        history.append(message.topic, message.data.slice());
        continue;
      }
      for (const client of this.#hub.topics.get(message.topic) ?? []) {
        if (client === this) continue;
        client.#pieces.push(message.raw);
        touched.add(client);
      }
    }
    for (const client of touched) client.#flush();
    if (history !== null) { for (const client of this.#hub.clients) client.#flush(); }
    for (const client of this.#hub.clients) {
      if (client.#stream.writeBufferSize > WINDOW) await client.#drained();
    }
  }

  #flush(): void {
    if (this.#pieces.length === 0) return;
    const pieces = this.#pieces;
    this.#pieces = [];
    if (!this.#stream.closed()) this.#stream.send(encodeFrame(Kind.messages, 0, pieces));
  }

  async #drained(): Promise<void> {
    try {
      await inSeconds(STALL, this.#stream.drained(), "a client that does not read");
    } catch (error) {
      if (!this.#stream.closed()) genLog.warning("The hub cuts a client off: %s", toError(error).message);
      this.#stream.abort();
      this.end();
    }
  }

  #keep(body: Bytes): void {
    const hub = this.#hub;
    hub.history ??= new MemoryHistory(limitsOf(decodeJson(body)), (topic, data, position) => {
      const raw = encodeMessage(topic, data, true, position);
      for (const client of hub.topics.get(topic) ?? []) client.#pieces.push(raw);
    });
  }

  #read(id: number, body: Bytes): void {
    const { topic, position } = decodeSince(body);
    const page = this.#hub.history?.read(topic, position);
    if (page === undefined) this.#answer(Kind.refused, id, [utf8("the hub keeps no history")]);
    else this.#answer(Kind.page, id, encodePage(topic, page));
  }

  #answer(kind: number, id: number, pieces: readonly Bytes[] = []): void {
    if (!this.#stream.closed()) this.#stream.send(encodeFrame(kind, id, pieces));
  }
}

function limitsOf(value: unknown): HistoryLimits {
  if (!Array.isArray(value)) throw new FrameError("Cannot read the limits of a history");
  const [size, ttl, bytes] = value.map(Number);
  return checkedLimits({ size, ttl, bytes });
}
