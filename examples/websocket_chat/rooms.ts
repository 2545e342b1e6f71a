// The state of the chat, without any HTTP: rooms, who is in them, and what was said.

/** What somebody said. */
export interface Message {
  /** Counts up within a life of a room, from 1. */
  readonly id: number;
  /** Made by who sent it, so that a message that is sent again is known again. */
  readonly key: string;
  readonly author: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** What a reader has seen: everything up to a message. */
export interface Place {
  /** The life that the id is of; empty for somebody who has seen nothing. */
  readonly life: string;
  readonly id: number;
}

/** What a reader who comes, or comes back, has not seen. */
export interface Missed {
  readonly life: string;
  readonly messages: readonly Message[];
  /** Whether that is all: `false` if some of it is no longer kept. */
  readonly complete: boolean;
}

/** A room as the list of rooms shows it. */
export interface RoomEntry {
  readonly name: string;
  /** How many people are in it. */
  readonly people: number;
}

/** What somebody who comes late can read; about one long page. */
export const MAX_HISTORY = 200;
/** Each window costs a line in the list that all the others get. */
export const MAX_WINDOWS = 500;
/** Rooms are made by whoever names them first; the bound keeps a stranger from filling the memory with them. */
export const MAX_ROOMS = 100;
/** Who was away for longer than so many messages, and had sent one without hearing so, may see it twice. */
const MAX_KEYS = 5000;

/** The rooms that are always there. */
export const FIRST_ROOMS: readonly string[] = ["lobby", "tea", "deno"];

/** What was said, and who is there. */
export class Room {
  readonly name: string;
  /** Tells this room from earlier ones of its name, or those of another server, whose ids mean nothing here. */
  readonly life: string = crypto.randomUUID();
  #history: Message[] = [];
  #lastId = 0;
  /** The id of the newest message that is no longer kept. */
  #forgottenId = 0;
  #keys: Set<string> = new Set();
  /** How many windows each person has open. */
  #windowsOf: Map<string, number> = new Map();
  #windows = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Who is there, each once, in the order they came. */
  get people(): string[] {
    return [...this.#windowsOf.keys()];
  }

  /** How many windows are open here, those of readers without a name included. */
  get windows(): number {
    return this.#windows;
  }

  get isFull(): boolean {
    return this.#windows >= MAX_WINDOWS;
  }

  /**
   * Counts a window in, that of `null` for somebody who only reads.
   *
   * @returns Whether this person was not there before.
   */
  enter(person: string | null): boolean {
    this.#windows++;
    if (person === null) return false;
    const before = this.#windowsOf.get(person) ?? 0;
    this.#windowsOf.set(person, before + 1);
    return before === 0;
  }

  /**
   * Counts a window out that was counted in.
   *
   * @returns Whether this person is there no more.
   */
  leave(person: string | null): boolean {
    this.#windows--;
    if (person === null) return false;
    const left = (this.#windowsOf.get(person) ?? 0) - 1;
    if (left > 0) {
      this.#windowsOf.set(person, left);
      return false;
    }
    return this.#windowsOf.delete(person);
  }

  /** Adds what somebody said; `null` if it is here already. */
  say(author: string, key: string, text: string): Message | null {
    if (this.#keys.has(key)) return null;
    const message = { id: ++this.#lastId, key, author, text, time: Date.now() };
    this.#keys.add(key);
    if (this.#keys.size > MAX_KEYS) this.#keys.delete(this.#keys.values().next().value ?? "");
    this.#history.push(message);
    if (this.#history.length > MAX_HISTORY) this.#forgottenId = this.#history.shift()?.id ?? 0;
    return message;
  }

  /** What was said after that place, as far as it is kept; all that is kept for who comes from another life. */
  after({ life, id }: Place): Missed {
    const seen = life === this.life ? id : 0;
    const messages = this.#history.filter((message) => message.id > seen);
    return { life: this.life, messages, complete: seen >= this.#forgottenId };
  }
}

/** All rooms by name. */
export class Rooms {
  /** In the order in which they were opened last. */
  #rooms: Map<string, Room> = new Map(FIRST_ROOMS.map((name) => [name, new Room(name)]));
  #closed = false;

  /**
   * True once the server is shutting down: it takes nothing more then. Some of the listeners are gone already, and the
   * page that said it keeps it for the next server.
   */
  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
  }

  /** The room of that name, `null` if there is none. */
  find(name: string): Room | null {
    return this.#rooms.get(name) ?? null;
  }

  /** The room of that name, made when needed; `null` when there are too many already, with somebody in each. */
  open(name: string): Room | null {
    const room = this.#rooms.get(name) ?? (this.#hasPlace() ? new Room(name) : null);
    if (room === null) return null;
    this.#rooms.delete(name);
    this.#rooms.set(name, room);
    return room;
  }

  /** The first rooms, and the others by name. */
  list(): RoomEntry[] {
    const others = [...this.#rooms.keys()].filter((name) => !FIRST_ROOMS.includes(name)).sort();
    return [...FIRST_ROOMS, ...others].map((name) => ({ name, people: this.find(name)?.people.length ?? 0 }));
  }

  /** Whether there can be one more room, for which an empty one may have to go. */
  #hasPlace(): boolean {
    if (this.#rooms.size < MAX_ROOMS) return true;
    const forgotten = this.#rooms.values().find(({ name, windows }) => windows === 0 && !FIRST_ROOMS.includes(name));
    return forgotten !== undefined && this.#rooms.delete(forgotten.name);
  }
}
