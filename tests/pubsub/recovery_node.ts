/**
 * A server of `check_recovery.ts`. WebSockets at `/feed/TOPIC?id=ID&since=EPOCH:OFFSET` get the messages of a topic
 * with their positions, and a line that tells whether they have all messages after `since`. `/members` returns the
 * number of members of each topic. The arguments of the program are the port of Redis, its own, and how many messages
 * the history keeps of each topic.
 *
 * @module
 */
import { type HistoryPosition, Presence, type Subscriber, Topics } from "../../src/pubsub/mod.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { WebSocketHandler } from "../../src/websocket/mod.ts";
import { brokerOn } from "../support/broker_network.ts";
import { FeedConnection } from "./feed_connection.ts";

/** Messages that the history keeps of each topic, unless it is to be too short. */
export const HISTORY = 2000;
/** The topics of the check. */
export const TOPICS: readonly string[] = Array.from({ length: 200 }, (_, i) => `topic${i}`);

/** Clients of its own with which a server warms up, and how many of them come together. */
const WARM_UP_CLIENTS = 400;
const WARM_UP_GROUP = 20;

/** The arguments of {@linkcode Feed}. */
export interface FeedOptions {
  /** Topics with a history. */
  readonly topics: Topics;
  /** Tells who follows them. */
  readonly presence: Presence;
}

/** The WebSocket of a client that follows a topic. A client comes back with the position of the last line it got. */
export class Feed extends WebSocketHandler {
  #options: FeedOptions | null = null;
  /** The position of the last message. */
  #last: HistoryPosition | null = null;

  override initialize(options: FeedOptions): void {
    this.#options = options;
  }

  override async open(topic: string): Promise<void> {
    if (this.#options === null) return;
    const { topics, presence } = this.#options;
    const subscriber: Subscriber = {
      deliver: ({ text, position }) => {
        this.#last = position;
        this.writeMessage(`${position?.epoch} ${position?.offset} ${text}`).catch(() => {});
        return "delivered";
      },
      whenClosed: (callback) => this.whenClosed(() => callback(subscriber)),
    };
    presence.join(topic, { info: this.getArgument("id"), until: subscriber });
    const [epoch, offset] = this.getArgument("since", "").split(":");
    const since = offset === undefined ? null : { epoch, offset: Number(offset) };
    try {
      const { recovered, position } = await topics.subscribe(topic, subscriber, { since });
      // What came while the history was read is sent already, and stands after `position`: a client that took that for
      // its own, and lost this connection before the next message, would get those messages once more.
      const { epoch, offset } = this.#last ?? position;
      // With the place before the messages that came meanwhile.
      await this.writeMessage(`${epoch} ${offset} ${recovered ? "recovered" : "lost"} ${position.offset}`);
    } catch {
      this.close(1012);
    }
  }
}

/**
 * Serves clients of its own, on a port that no balancer knows, before others come: each of the first few hundred takes
 * milliseconds of a new process.
 */
async function warmUp(app: Application, topics: Topics): Promise<void> {
  const topic = `warm${crypto.randomUUID().slice(0, 8)}`;
  await using server = app.listen(0, { address: "127.0.0.1" });
  for (let number = 0; number < WARM_UP_CLIENTS; number += WARM_UP_GROUP) {
    topics.publish(topic, String(number));
    const clients = Array.from({ length: WARM_UP_GROUP }, () => {
      const reader = { opened: () => {}, closed: () => {}, message: (text: string) => !/recovered|lost/.test(text) };
      return FeedConnection.read(server.port, `/feed/${topic}?id=0&since=0:${number}`, reader);
    });
    await Promise.all(clients);
  }
}

if (import.meta.main) {
  const [redisPort, port, size] = Deno.args.map(Number);
  const broker = brokerOn("redis", redisPort);
  const topics = new Topics({ broker, history: { size } });
  const presence = new Presence(new Topics({ broker: brokerOn("redis", redisPort, { prefix: "presence" }) }));
  const followed = new Map<string, Set<string>>();
  for (const topic of TOPICS) {
    const ids = new Set<string>();
    followed.set(topic, ids);
    presence.watch(topic, {
      present: (members) => members.forEach(({ id }) => ids.add(id)),
      changed: (joined, left) => {
        for (const { id } of joined) ids.add(id);
        for (const { id } of left) ids.delete(id);
      },
    });
  }

  class Members extends RequestHandler {
    override get(): void {
      this.write(Object.fromEntries(Array.from(followed, ([topic, ids]) => [topic, ids.size])));
    }
  }

  // A server without its broker could only keep those waiting who come to it.
  await broker.whenUp();
  const app = new Application([["/feed/(\\w+)", Feed, { topics, presence }], ["/members", Members]]);
  await warmUp(app, topics);
  app.listen(port, { address: "127.0.0.1" });
  console.log("listening");
}
