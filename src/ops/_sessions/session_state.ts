import { currentClock } from "../../internal/clock.ts";
import { jsonText } from "../../internal/json_text.ts";
import type { Flash, Session } from "../../web/mod.ts";
import type { StoredSession } from "./session_store.ts";

/** Messages that wait for a page: a visitor who sees none collects no more. */
const MAX_FLASHES = 20;
/** Saves that may meet those of other requests before one gives up: each meeting means that another has succeeded. */
const MAX_ATTEMPTS = 50;

/** Saves a session, and reads it again. */
export interface SessionBacking {
  /** Tells whether the client keeps the session, so that each change needs a cookie. */
  readonly isCookie: boolean;
  /**
   * Writes a record unless it was changed or removed meanwhile.
   *
   * @returns The record that is there instead, `null` if there is none, or `"written"`.
   */
  write(session: SessionState, record: StoredSession): Promise<StoredSession | null | "written">;
}

/** The request that a session belongs to. */
export interface SessionRequest {
  /** Returns the values of a session that begins. */
  newSession(): object;
  /** Tells whether it is too late for a cookie. */
  isHeadSent(): boolean;
}

/** One session during one request. */
export class SessionState implements Session {
  readonly data: Record<string, unknown>;
  readonly isNew: boolean;
  user: string | null;
  flashes: readonly Flash[];
  created: number;
  /** When the visitor was last seen, in seconds since the epoch. */
  seen: number;
  /** The number of the record in the store, which each write changes; 0 if there is none yet. */
  version: number;
  /** The identifier that the client has; `null` if it has none. */
  id: string | null;
  /** Identifiers that must be worth nothing at the end. */
  readonly retired: string[] = [];
  /** Another request has ended the session: nothing may bring it back. */
  ended = false;
  /** The identifier must be a new one. */
  renewed = false;
  /** The store has failed: nothing is saved, and the client keeps the cookie that it has. */
  lost = false;
  readonly #backing: SessionBacking;
  readonly #request: SessionRequest;
  /** The values as JSON at the last look at the store, by name. */
  #known: ReadonlyMap<string, string>;
  #knownUser: string | null;
  #knownFlashes: readonly Flash[];

  constructor(
    backing: SessionBacking,
    request: SessionRequest,
    stored: StoredSession | null,
    id: string | null,
    now: number,
  ) {
    this.#backing = backing;
    this.#request = request;
    const kept = stored === null ? {} : parseData(stored.data);
    this.data = { ...request.newSession(), ...kept };
    this.isNew = stored === null;
    this.user = this.#knownUser = stored?.user ?? null;
    this.flashes = this.#knownFlashes = stored?.flashes ?? [];
    this.created = stored?.created ?? now;
    this.seen = stored?.seen ?? now;
    this.version = stored?.version ?? 0;
    this.id = stored === null ? null : id;
    // The first state of a new session is not worth a record.
    this.#known = texts(stored === null ? this.data : kept);
  }

  /**
   * Tells whether there is something to save.
   *
   * @throws {TypeError} If a value has no JSON form. The error page is sent without the session.
   */
  get changed(): boolean {
    if (this.ended) return false;
    if (this.renewed || this.user !== this.#knownUser || this.flashes !== this.#knownFlashes) return true;
    try {
      return this.#changes().size > 0;
    } catch (error) {
      this.lost = true;
      throw error;
    }
  }

  /** Tells whether saving needs a cookie, for which it is too late. */
  get isLate(): boolean {
    const needsCookie = this.#backing.isCookie || this.id === null || this.renewed;
    return needsCookie && !this.lost && this.#request.isHeadSent();
  }

  logIn(user: string): void {
    this.#checkHead("log in");
    // What one user has left behind is none of another one's business.
    if (this.user !== null && this.user !== user) this.end();
    this.user = user;
    this.created = currentClock().now();
    this.rotate();
  }

  rotate(): void {
    this.#checkHead("rotate a session");
    if (this.ended) return;
    this.renewed = true;
  }

  end(): void {
    if (this.#backing.isCookie) this.#checkHead("end a session");
    if (this.id !== null) this.retired.push(this.id);
    this.id = null;
    this.version = 0;
    this.renewed = false;
    this.created = currentClock().now();
    for (const name of Object.keys(this.data)) delete this.data[name];
    Object.assign(this.data, this.#request.newSession());
    this.user = null;
    this.flashes = [];
    // What comes now begins another session; as long as nothing does, there is nothing to save.
    this.#know(this.data, this.user, this.flashes);
  }

  flash(kind: string, text: string): void {
    this.flashes = [...this.flashes, { kind, text }].slice(-MAX_FLASHES);
  }

  takeFlashes(): Flash[] {
    const taken = [...this.flashes];
    if (taken.length > 0) this.flashes = [];
    return taken;
  }

  async update(change: (data: Record<string, unknown>) => void): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const before = texts(this.data);
      change(this.data);
      if (await this.#write()) return;
      if (this.ended) return;
      // Back to what this request had changed before, on what others have saved.
      this.#replace(before);
      this.#adopt();
    }
    throw new Error(`Cannot update a session: other requests were faster ${MAX_ATTEMPTS} times`);
  }

  async save(): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (await this.#write()) return;
      if (this.ended) return;
      this.#adopt();
    }
    throw new Error(`Cannot save a session: other requests were faster ${MAX_ATTEMPTS} times`);
  }

  #checkHead(what: string): void {
    if (!this.#request.isHeadSent()) return;
    throw new Error(`Cannot ${what} after headers have been written: the client would keep its old cookie`);
  }

  /** The record that the last write has met. */
  #met: StoredSession | null = null;

  /** Returns whether all is saved. */
  async #write(): Promise<boolean> {
    if (this.isLate) {
      throw new Error("Cannot save a session after headers have been written: the client would not get its cookie");
    }
    const { user, flashes, created, seen } = this;
    const data = JSON.stringify(this.data);
    const record = { data, user, flashes, created, seen, version: this.version + 1 };
    const met = await this.#backing.write(this, record);
    if (met === "written") {
      this.#know(parseData(data), user, flashes);
      return true;
    }
    this.#met = met;
    // Another request has ended or renewed it.
    if (met === null) this.ended = true;
    return false;
  }

  /** Takes over what another request has saved, but for what this one has changed. */
  #adopt(): void {
    const met = this.#met;
    if (met === null) return;
    const fresh = parseData(met.data);
    const changes = this.#changes();
    for (const name of Object.keys(this.data)) if (!changes.has(name)) delete this.data[name];
    for (const [name, value] of Object.entries(fresh)) if (!changes.has(name)) this.data[name] = value;
    if (this.user === this.#knownUser) this.user = met.user;
    const added = this.flashes.filter((flash) => !this.#knownFlashes.includes(flash));
    const isTaken = this.#knownFlashes.length > 0 && this.flashes.length === added.length;
    this.flashes = isTaken ? added : [...met.flashes, ...added].slice(-MAX_FLASHES);
    this.version = met.version;
    this.#know(fresh, met.user, met.flashes);
  }

  #know(data: Record<string, unknown>, user: string | null, flashes: readonly Flash[]): void {
    this.#known = texts(data);
    this.#knownUser = user;
    this.#knownFlashes = flashes;
  }

  /** The names of values that were set, changed or deleted. */
  #changes(): Set<string> {
    const changes = new Set<string>();
    const now = texts(this.data);
    for (const [name, text] of now) if (this.#known.get(name) !== text) changes.add(name);
    for (const name of this.#known.keys()) if (!now.has(name)) changes.add(name);
    return changes;
  }

  #replace(values: ReadonlyMap<string, string>): void {
    for (const name of Object.keys(this.data)) delete this.data[name];
    for (const [name, text] of values) this.data[name] = JSON.parse(text);
  }
}

function texts(data: Readonly<Record<string, unknown>>): Map<string, string> {
  const map = new Map<string, string>();
  for (const [name, value] of Object.entries(data)) {
    const text = jsonOf(name, value);
    if (text !== undefined) map.set(name, text);
  }
  return map;
}

/** @throws {TypeError} If it has no JSON form, as a BigInt, a cycle or a Map. */
function jsonOf(name: string, value: unknown): string | undefined {
  try {
    return jsonText(value);
  } catch (error) {
    throw new TypeError(`Cannot keep the value ${JSON.stringify(name)} in a session: it has no JSON form`, {
      cause: error,
    });
  }
}

/** @throws {SyntaxError} If the text is not a JSON object, as only another program can have written it. */
function parseData(text: string): Record<string, unknown> {
  const data: unknown = JSON.parse(text);
  if (typeof data !== "object" || data === null) throw new SyntaxError("The data of a session is not an object");
  return { ...data };
}
