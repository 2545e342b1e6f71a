// A WebSocket that comes back, and an outbox: what is said is kept until the server has it, and sent again if need be.
// There is nothing of the page in here.

/** Milliseconds before the first try to come back, doubled for each that fails. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/** A server that takes nobody in now is asked again after this. */
const FULL_PAUSE = 15_000;
/** A connection that says nothing for so long, while we wait for it to confirm something, is taken for dead. */
const PATIENCE = 15_000;
/** What is kept while we are offline; as much as the server takes at once. */
const MAX_OUTBOX = 30;
/** Try again later. */
const TRY_AGAIN_LATER = 1013;

export class Connection {
  #options;
  #socket = null;
  #life;
  #lastId;
  #tries = 0;
  #timer = 0;
  #watch = 0;
  #live = false;
  #outbox;

  /**
   * `url`: the address of the WebSocket, without its query. `life`, `lastId`: the newest message that is shown already.
   * `store`: keeps the outbox, as `sessionStorage` does. `storeKey`: under this name.
   * `onMessage(message)`: takes what comes. `onState(state, seconds, reason)`: is told of "connecting", "live" and "waiting".
   * `isKnown(name)`: whether the name that the server knows us by will do. `introduce()`: tells it ours, if not.
   */
  constructor(options) {
    this.#options = options;
    this.#life = options.life;
    this.#lastId = options.lastId;
    this.#outbox = JSON.parse(options.store.getItem(options.storeKey) ?? "[]");
  }

  /** What the server has not confirmed yet, the oldest first. */
  get outbox() {
    return this.#outbox;
  }

  /** Connects, at once and anew if need be. */
  connect() {
    this.#drop();
    this.#options.onState("connecting");
    const place = new URLSearchParams({ life: this.#life, after: this.#lastId });
    const socket = this.#socket = new WebSocket(`${this.#options.url}?${place}`);
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = ({ code, reason }) => {
      if (code === TRY_AGAIN_LATER) this.#comeBack(FULL_PAUSE, reason);
      else this.#comeBack();
    };
  }

  /** Connects now, if it would do so later. */
  retry() {
    if (this.#socket === null) this.connect();
  }

  /** Closes the connection and stays away. */
  close() {
    this.#socket?.close();
    this.#drop();
  }

  /** Says something, now or when there is a connection; returns it with its key, or `null` if too much waits already. */
  say(text) {
    if (this.#outbox.length >= MAX_OUTBOX) return null;
    const saying = { key: newKey(), text };
    this.#outbox.push(saying);
    this.#keep();
    if (this.#live) this.#send({ type: "say", ...saying });
    this.#expectNews();
    return saying;
  }

  /** Tells the others that something is being written; not worth keeping. */
  typing() {
    if (this.#live) this.#send({ type: "typing" });
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #receive(message) {
    const isWelcome = message.type === "welcome";
    // Before anything is noted: what came with this welcome has to come again.
    if (isWelcome && !this.#options.isKnown(message.you)) return this.#introduce();
    this.#note(message);
    this.#options.onMessage(message);
    if (isWelcome) this.#begin();
    this.#expectNews();
  }

  /** The server does not know us, since it is another one than the last: tells it our name, and begins again. */
  async #introduce() {
    this.#drop();
    await this.#options.introduce().catch(() => {});
    if (this.#socket === null) this.#comeBack();
  }

  /** Keeps track of what is confirmed, and of where to resume. */
  #note(message) {
    const messages = message.messages ?? (message.message ? [message.message] : []);
    if (message.type === "welcome" && message.life !== this.#life) {
      this.#life = message.life;
      this.#lastId = 0;
    }
    for (const { id } of messages) this.#lastId = Math.max(this.#lastId, id);
    const done = new Set([message.key, ...messages.map(({ key }) => key)]);
    const left = this.#outbox.filter(({ key }) => !done.has(key));
    if (left.length === this.#outbox.length) return;
    this.#outbox = left;
    this.#keep();
  }

  #begin() {
    this.#live = true;
    this.#tries = 0;
    this.#options.onState("live");
    for (const saying of this.#outbox) this.#send({ type: "say", ...saying });
  }

  #comeBack(least = 0, reason = "") {
    this.#drop();
    const pause = Math.min(FIRST_PAUSE * 2 ** this.#tries++, LONGEST_PAUSE);
    // All pages lose a server at the same moment: they are not to find the next one at the same moment too.
    const wait = Math.max(least, pause) * (0.5 + Math.random());
    this.#timer = setTimeout(() => this.connect(), wait);
    this.#options.onState("waiting", wait / 1000, reason);
  }

  #drop() {
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    this.#live = false;
    if (this.#socket === null) return;
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }

  #expectNews() {
    clearTimeout(this.#watch);
    if (this.#live && this.#outbox.length > 0) this.#watch = setTimeout(() => this.#comeBack(), PATIENCE);
  }

  #keep() {
    this.#options.store.setItem(this.#options.storeKey, JSON.stringify(this.#outbox));
  }
}

/** Not `randomUUID`: over plain HTTP, browsers have that on localhost only. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}
