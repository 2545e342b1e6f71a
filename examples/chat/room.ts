// The state of the chat, without any HTTP: messages, and who waits for the next one.

export interface Message {
  /** Counts up within a room; what a reader has seen last is its cursor. */
  readonly id: number;
  readonly author: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** A reader that comes back after a pause gets at most this much history; about one long page. */
export const MAX_HISTORY = 200;
/** Rooms are made by whoever names them first; the bound keeps a stranger from filling the memory with them. */
export const MAX_ROOMS = 100;

/** A list of messages and the readers that wait for more. */
export class Room {
  readonly name: string;
  #messages: Message[] = [];
  /** Begins with the time, so that a reader whose cursor is from an earlier life of this server misses nothing. */
  #lastId: number = Date.now();
  #waiting: Set<() => void> = new Set();

  constructor(name: string) {
    this.name = name;
  }

  /** How many readers are waiting now. */
  get readers(): number {
    return this.#waiting.size;
  }

  /** The id of the newest message, and the cursor of a reader who has seen it. */
  get lastId(): number {
    return this.#lastId;
  }

  /** How many messages are kept. */
  get size(): number {
    return this.#messages.length;
  }

  /** Adds a message and wakes every reader. */
  add(author: string, text: string): Message {
    const message = { id: ++this.#lastId, author, text, time: Date.now() };
    this.#messages.push(message);
    if (this.#messages.length > MAX_HISTORY) this.#messages.shift();
    for (const wake of this.#waiting) wake();
    return message;
  }

  /** What came after the cursor, as far as it is kept. */
  after(cursor: number): Message[] {
    return this.#messages.filter(({ id }) => id > cursor);
  }

  /** Resolves at the next message, or when the signal aborts; never rejects. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      if (signal.aborted) return resolve();
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake);
    });
  }
}

/** All rooms by name. */
export class Rooms {
  #rooms: Map<string, Room> = new Map();

  /** The room of that name, made when needed; `null` when there are too many already. */
  open(name: string): Room | null {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      if (this.#rooms.size >= MAX_ROOMS) this.#forgetAnEmptyRoom();
      if (this.#rooms.size >= MAX_ROOMS) return null;
      room = new Room(name);
      this.#rooms.set(name, room);
    }
    return room;
  }

  /** Name, readers and kept messages of each room. */
  list(): { name: string; readers: number; messages: number }[] {
    return [...this.#rooms.values()].map(({ name, readers, size }) => ({ name, readers, messages: size }));
  }

  #forgetAnEmptyRoom(): void {
    for (const { name, readers, size } of this.#rooms.values()) {
      if (readers === 0 && size === 0) {
        this.#rooms.delete(name);
        return;
      }
    }
  }
}
