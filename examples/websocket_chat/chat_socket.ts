// The WebSocket of one window: what it says, and what it hears of its room.
import { HTTPError } from "../../src/web/mod.ts";
import { type Topics, type WebSocketCompressionOptions, WebSocketHandler } from "../../src/websocket/mod.ts";
import { cleanRoomName, readMessage, type ToPage } from "./protocol.ts";
import type { Place, Room, Rooms } from "./rooms.ts";
import { TokenBucket } from "./token_bucket.ts";
import { visitorName } from "./visitor.ts";

/** What a page may send at once; it keeps no more than that while it is offline. */
const BURST = 30;
const MESSAGES_PER_SECOND = 5;

/** Try again later (RFC 6455 leaves the list of codes to a registry, which has it). */
const TRY_AGAIN_LATER = 1013;
/** RFC 6455, section 7.4.1: a type of data that cannot be accepted. */
const UNSUPPORTED_DATA = 1003;

/** The topic of those who want to know how many are in which room: everybody. */
const ALL_ROOMS = "rooms";

/** What all sockets share. */
export interface Chat {
  readonly rooms: Rooms;
  readonly topics: Topics;
}

/** `/socket/ROOM?life=LIFE&after=ID`: sends what was said after that place, and then what is said. */
export class ChatSocket extends WebSocketHandler {
  declare readonly kwargs: Chat;
  readonly #bucket = new TokenBucket(BURST, MESSAGES_PER_SECOND, seconds());
  #room: Room | null = null;
  #name: string | null = null;

  override getCurrentUser(): string | null {
    return visitorName(this);
  }

  /** A window of 4 KiB is kept for each client; that is enough for what people type. */
  override getCompressionOptions(): WebSocketCompressionOptions {
    return { clientMaxWindowBits: 12 };
  }

  override prepare(): void {
    const [name] = this.pathArgs;
    if (!name || cleanRoomName(name) !== name) throw new HTTPError(404);
    const { id } = this.#seen;
    if (!Number.isSafeInteger(id) || id < 0) throw new HTTPError(400);
  }

  override open(name: string): void {
    const { rooms, topics } = this.kwargs;
    const room = rooms.open(name);
    if (room === null) return this.close(TRY_AGAIN_LATER, "There are too many rooms");
    if (room.isFull) return this.close(TRY_AGAIN_LATER, "The room is full");
    this.#room = room;
    this.#name = this.getCurrentUser();
    const isNew = room.enter(this.#name);
    // All in one turn: what is said from now on comes after the welcome, and nothing in between is lost.
    topics.subscribe(topicOf(room), this);
    topics.subscribe(ALL_ROOMS, this);
    const { people } = room;
    this.#send({ type: "welcome", you: this.#name, people, rooms: rooms.list(), ...room.after(this.#seen) });
    if (isNew) this.#tellOfComing(room, "joined");
  }

  override onMessage(data: string | Uint8Array): void | Promise<void> {
    if (typeof data !== "string") return this.close(UNSUPPORTED_DATA, "Messages are text");
    const wait = this.#bucket.take(seconds());
    if (wait === 0) return this.#take(data);
    // Nothing more is read from who sends too fast, until this promise is settled.
    return new Promise((resolve) => setTimeout(resolve, wait * 1000)).then(() => this.#take(data));
  }

  override onClose(): void {
    const room = this.#room;
    if (room?.leave(this.#name) && !this.kwargs.rooms.closed) this.#tellOfComing(room, "left");
  }

  get #seen(): Place {
    return { life: this.getQueryArgument("life", ""), id: Number(this.getQueryArgument("after", "0")) };
  }

  #take(data: string): void {
    const room = this.#room;
    const author = this.#name;
    const message = readMessage(data);
    if (room === null || this.kwargs.rooms.closed) return;
    if (message.type === "refused") return this.#send(message);
    if (author === null) return this.#send({ type: "refused", key: null, reason: "Choose a name first" });
    if (message.type === "typing") return this.#tellOthers(room, { type: "typing", name: author });
    const said = room.say(author, message.key, message.text);
    if (said === null) this.#send({ type: "said", key: message.key });
    else this.#tell(topicOf(room), { type: "message", message: said });
  }

  #tellOfComing(room: Room, type: "joined" | "left"): void {
    if (this.#name !== null) this.#tellOthers(room, { type, name: this.#name });
    this.#tell(ALL_ROOMS, { type: "room", room: { name: room.name, people: room.people.length } });
  }

  #tell(topic: string, message: ToPage): void {
    this.kwargs.topics.publish(topic, message);
  }

  #tellOthers(room: Room, message: ToPage): void {
    this.kwargs.topics.publish(topicOf(room), message, { except: this });
  }

  #send(message: ToPage): void {
    // It may have gone while its message waited for its turn.
    if (this.wsConnection?.isClosing() === false) this.writeMessage(message);
  }
}

function topicOf({ name }: Room): string {
  return `room ${name}`;
}

function seconds(): number {
  return performance.now() / 1000;
}
