// One node of the chat; main.ts starts it. Its arguments are its port, that of Redis, and those of all nodes.
import {
  type HistoryPosition,
  type JsonObject,
  Presence,
  type PresenceMember,
  type Subscriber,
  Topics,
} from "../../src/pubsub/mod.ts";
import { RedisBroker } from "../../src/pubsub/redis.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { WebSocketHandler } from "../../src/websocket/mod.ts";
import { fileRoutes } from "../shared/files.ts";
import { listen } from "../shared/listen.ts";
import { PAGE } from "./page.ts";

const ROOM = "room";
const DRAIN_SECONDS = 5;

const [port, redisPort] = Deno.args.slice(0, 2).map(Number);
const ports = Deno.args[2].split(",").map(Number);
const url = `redis://127.0.0.1:${redisPort}`;
const topics = new Topics({ broker: new RedisBroker({ url }), history: { size: 1000 } });
const presence = new Presence(new Topics({ broker: new RedisBroker({ url, prefix: "presence:" }) }));

/** The names in the room, as a page is told of them. */
const here = new Map<string, string>();
const watchers = new Set<Chat>();
const tellNames = () => {
  for (const chat of watchers) chat.tell({ here: [...here.values()].sort() });
};
const keep = (members: readonly PresenceMember[]) => {
  for (const { id, info } of members) here.set(id, String(info));
};
presence.watch(ROOM, {
  present(members) {
    keep(members);
    tellNames();
  },
  changed(joined, left) {
    keep(joined);
    for (const { id } of left) here.delete(id);
    tellNames();
  },
});

/** What a page asks for when it connects: the rest of the chat after the last message that it has. */
function positionOf(text: string): HistoryPosition | null {
  const [epoch, offset] = text.split(":");
  return /^[0-9a-f]+$/.test(epoch) && /^\d+$/.test(offset ?? "") ? { epoch, offset: Number(offset) } : null;
}

/** Returns a position as a page sends it back. */
function textOf({ epoch, offset }: HistoryPosition): string {
  return `${epoch}:${offset}`;
}

/** What a page says, with the name of the message, by which the page knows it again. */
function saidIn(message: string): { id: string; text: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || !("id" in value && "text" in value)) return null;
  const { id, text } = value;
  return typeof id === "string" && typeof text === "string" ? { id: id.slice(0, 36), text: text.slice(0, 2000) } : null;
}

class Chat extends WebSocketHandler {
  #name = "";
  /** The position of the last message that the page got. */
  #last: HistoryPosition | null = null;

  override async open(): Promise<void> {
    this.#name = this.getArgument("name", "Somebody").slice(0, 40);
    watchers.add(this);
    // Before the presence, which tells all watchers, hears of the end.
    this.whenClosed(() => watchers.delete(this));
    const subscriber: Subscriber = {
      deliver: ({ text, position }) => {
        this.#last = position;
        this.tell({ said: JSON.parse(text), position: position === null ? null : textOf(position) });
        return "delivered";
      },
      onGap: () => this.tell({ gap: true }),
      whenClosed: (callback) => this.whenClosed(() => callback(subscriber)),
    };
    presence.join(ROOM, { info: this.#name, until: subscriber });
    this.tell({ here: [...here.values()].sort(), node: port });
    const since = positionOf(this.getArgument("since", ""));
    const { recovered, position } = await topics.subscribe(ROOM, subscriber, { since });
    // The page may have got messages after `position` by now, and must not go back.
    this.tell({ recovered: since === null || recovered, position: textOf(this.#last ?? position) });
  }

  override onMessage(message: string | Uint8Array): void {
    const said = saidIn(String(message));
    if (said === null) return this.close(1007, "Not a message of this chat");
    topics.publish(ROOM, { ...said, name: this.#name });
  }

  tell(message: JsonObject): void {
    this.writeMessage(message).catch(() => {});
  }
}

class Main extends RequestHandler {
  override get(): void {
    this.write(PAGE.replace("PORTS", JSON.stringify(ports)));
  }
}

const server = listen(new Application([["/", Main], ["/chat", Chat], ...fileRoutes({})]), port);
server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS, {
  async after() {
    await Promise.all([topics.close(), presence.close()]);
  },
});
