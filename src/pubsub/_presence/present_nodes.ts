import { currentClock, type Timer } from "../../internal/clock.ts";
import { handled, toError } from "../../internal/promises.ts";
import { appLog } from "../../util/log.ts";
import { messageParts } from "../_topics/message_parts.ts";
import { newOrigin } from "../envelope.ts";
import type { TopicMessage } from "../message.ts";
import type { PresenceWatcher } from "../presence.ts";
import type { Delivery, Subscriber } from "../subscriber.ts";
import type { Topics } from "../topics.ts";
import { parsePresence, type PresenceMember, type PresenceMessage } from "./protocol.ts";

/** The topic of all processes, and the beginning of those with the changes of one topic. */
const NODES_TOPIC = "\x02nodes";
const CHANGES_TOPIC = "\x02topic ";
/** Seconds between the beats of a process. */
const BEAT = 5;
/** Seconds of silence after which the members of a process are gone: less than 30 with the last tick. */
const SILENCE = 20;
/** Seconds in which a process that has just begun learns of the others. */
const LEARNING = 0.5;
/** Seconds that the others may take to answer, before a watcher gets what is known. */
const ANSWER = 2;
/** Members of one message at the most. */
const MEMBERS_OF_MESSAGE = 500;
/** Topics of one message: some 100 KB. */
const TOPICS_OF_MESSAGE = 500;

/** What one process has on one topic. */
interface Part {
  version: number;
  members: Map<string, PresenceMember>;
  /** Members of a whole of which more parts come, and its version. */
  coming: PresenceMember[];
  comingVersion: number;
}

interface Followed {
  readonly parts: Map<string, Part>;
  readonly watchers: Set<PresenceWatcher>;
  /** Tells whether the watchers have got all members. */
  isPresent: boolean;
  /** The processes that have yet to answer. */
  readonly missing: Set<string>;
  /** When they were asked, and until when the watchers wait for them. */
  asked: number;
  until: number;
}

interface Question {
  readonly topics: readonly string[];
  readonly at: number;
}

/** Holds what all processes have, as far as this one follows it. */
export class PresentNodes implements Subscriber {
  /** The random name of this process. */
  readonly name: string = newOrigin();
  readonly #topics: Topics;
  readonly #own = new Map<string, Part>();
  /** The highest version of a topic that has no members left here: no version is used twice. */
  #lastVersion = 0;
  readonly #followed = new Map<string, Followed>();
  /** When the other processes were heard of, in monotonic seconds. */
  readonly #peers = new Map<string, number>();
  readonly #questions = new Map<number, Question>();
  readonly #toAsk = new Set<string>();
  #asked = 0;
  #learned = Infinity;
  #beaten = -Infinity;
  #timer: Timer | null = null;
  #asking: Timer | null = null;
  #isClosed = false;

  constructor(topics: Topics) {
    this.#topics = topics;
    topics.subscribe(NODES_TOPIC, this);
    handled(this.#begin());
    this.#schedule();
  }

  join(topic: string, member: PresenceMember): void {
    const part = this.#own.get(topic) ?? newPart(this.#lastVersion);
    this.#own.set(topic, part);
    part.members.set(member.id, member);
    this.#change(topic, part, [member], []);
  }

  leave(topic: string, { id }: PresenceMember): void {
    const part = this.#own.get(topic);
    if (part?.members.delete(id) !== true) return;
    this.#change(topic, part, [], [id]);
    if (part.members.size > 0) return;
    this.#own.delete(topic);
    this.#lastVersion = Math.max(this.#lastVersion, part.version);
  }

  watch(topic: string, watcher: PresenceWatcher): () => void {
    const followed = this.#followed.get(topic) ?? this.#follow(topic);
    followed.watchers.add(watcher);
    if (followed.isPresent) guard(() => watcher.present(membersOf(followed)));
    return () => {
      if (!followed.watchers.delete(watcher) || followed.watchers.size > 0) return;
      if (this.#followed.get(topic) !== followed) return;
      this.#followed.delete(topic);
      this.#topics.unsubscribe(CHANGES_TOPIC + topic, this);
    };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#asking?.cancel();
    this.#send(NODES_TOPIC, { kind: "bye", from: this.name });
    this.#followed.clear();
  }

  /** Takes a message of a process, this one included. */
  deliver({ text }: TopicMessage): Delivery {
    const message = parsePresence(text);
    if (message === null || this.#isClosed) return "delivered";
    if (message.from !== this.name) this.#hear(message);
    switch (message.kind) {
      case "beat":
        if (message.hello && message.from !== this.name) this.#beat(false);
        break;
      case "bye":
        this.#forget(message.from);
        break;
      case "ask":
        if (message.from !== this.name) this.#answer(message.from, message.id, message.topics);
        break;
      case "have":
        if (message.from !== this.name) this.#takeWhole(message);
        break;
      case "answered":
        if (message.to === this.name) this.#takeAnswered(message.from, message.id, message.topics);
        break;
      case "change":
        this.#takeChange(message);
    }
    return "delivered";
  }

  /** Messages of processes are missing: asks for the whole. */
  onGap({ topic }: { topic: string }): void {
    if (topic === NODES_TOPIC) this.#askFor(this.#followed.keys());
    else this.#askFor([topic.slice(CHANGES_TOPIC.length)]);
  }

  async #begin(): Promise<void> {
    await this.#topics.whenSubscribed(NODES_TOPIC);
    if (this.#isClosed) return;
    this.#learned = currentClock().monotonic() + LEARNING;
    this.#beat(true);
  }

  #follow(topic: string): Followed {
    const followed: Followed = {
      parts: new Map(),
      watchers: new Set(),
      isPresent: false,
      missing: new Set(),
      asked: -Infinity,
      until: Infinity,
    };
    this.#followed.set(topic, followed);
    this.#timer?.cancel();
    this.#schedule();
    const own = this.#own.get(topic);
    if (own !== undefined) followed.parts.set(this.name, { ...own, members: new Map(own.members), coming: [] });
    this.#topics.subscribe(CHANGES_TOPIC + topic, this);
    handled(this.#askWhenSubscribed(topic));
    return followed;
  }

  /** What changes before the subscription is in effect must be in the answers. */
  async #askWhenSubscribed(topic: string): Promise<void> {
    await this.#topics.whenSubscribed(NODES_TOPIC);
    await this.#topics.whenSubscribed(CHANGES_TOPIC + topic);
    this.#askFor([topic]);
  }

  #change(topic: string, part: Part, joined: readonly PresenceMember[], left: readonly string[]): void {
    part.version++;
    const { version } = part;
    this.#send(CHANGES_TOPIC + topic, { kind: "change", from: this.name, topic, version, joined, left });
  }

  #send(topic: string, message: PresenceMessage): void {
    this.#topics.publish(topic, JSON.stringify(message));
  }

  #beat(hello: boolean): void {
    this.#beaten = currentClock().monotonic();
    this.#send(NODES_TOPIC, { kind: "beat", from: this.name, hello });
  }

  #hear(message: PresenceMessage): void {
    if (message.kind === "bye") return;
    const isNew = !this.#peers.has(message.from);
    this.#peers.set(message.from, currentClock().monotonic());
    // One that begins has no members yet; of one that was silent for long, nothing is known.
    if (isNew && !(message.kind === "beat" && message.hello)) this.#askFor(this.#followed.keys());
  }

  #askFor(topics: Iterable<string>): void {
    for (const topic of topics) this.#toAsk.add(topic);
    if (this.#toAsk.size === 0 || this.#isClosed) return;
    this.#asking ??= currentClock().setTimer(
      () => {
        this.#asking = null;
        this.#ask();
      },
      0,
    );
  }

  #ask(): void {
    const now = currentClock().monotonic();
    const topics = [...this.#toAsk].filter((topic) => this.#followed.has(topic));
    this.#toAsk.clear();
    for (const topic of topics) {
      const followed = this.#followed.get(topic);
      if (followed === undefined) continue;
      for (const peer of this.#peers.keys()) followed.missing.add(peer);
      followed.asked = now;
      if (!followed.isPresent) followed.until = Math.min(followed.until, now + ANSWER);
    }
    for (let i = 0; i < topics.length; i += TOPICS_OF_MESSAGE) {
      const id = ++this.#asked;
      const part = topics.slice(i, i + TOPICS_OF_MESSAGE);
      this.#questions.set(id, { topics: part, at: now });
      this.#send(NODES_TOPIC, { kind: "ask", from: this.name, id, topics: part });
    }
    this.#presentAll();
  }

  #answer(to: string, id: number, topics: readonly string[]): void {
    const told = topics.filter((topic) => this.#own.has(topic));
    for (const topic of told) {
      const part = this.#own.get(topic);
      if (part === undefined) continue;
      const { version } = part;
      const all = messageParts([...part.members.values()], MEMBERS_OF_MESSAGE, (each) => JSON.stringify(each).length);
      all.forEach((members, i) => {
        const more = i < all.length - 1;
        this.#send(NODES_TOPIC, { kind: "have", from: this.name, topic, version, members, more });
      });
    }
    this.#send(NODES_TOPIC, { kind: "answered", from: this.name, to, id, topics: told });
  }

  #takeWhole({ from, topic, version, members, more }: PresenceMessage & { kind: "have" }): void {
    const followed = this.#followed.get(topic);
    if (followed === undefined) return;
    const part = followed.parts.get(from) ?? newPart();
    followed.parts.set(from, part);
    // The last part of an older one may be lost.
    if (version !== part.comingVersion) part.coming = [];
    part.comingVersion = version;
    part.coming.push(...members);
    if (more) return;
    const whole = new Map(part.coming.map((member) => [member.id, member]));
    part.coming = [];
    if (version < part.version) return;
    const joined = [...whole.values()].filter(({ id }) => !part.members.has(id));
    const left = [...part.members.values()].filter(({ id }) => !whole.has(id));
    part.members = whole;
    part.version = version;
    tell(followed, joined, left);
  }

  #takeChange({ from, topic, version, joined, left }: PresenceMessage & { kind: "change" }): void {
    const followed = this.#followed.get(topic);
    if (followed === undefined) return;
    const part = followed.parts.get(from) ?? newPart();
    followed.parts.set(from, part);
    if (version <= part.version) return;
    // A process misses none of its own changes.
    if (version !== part.version + 1 && from !== this.name) return this.#askFor([topic]);
    part.version = version;
    const came = joined.filter(({ id }) => !part.members.has(id));
    const gone = left.map((id) => part.members.get(id)).filter((member) => member !== undefined);
    for (const member of came) part.members.set(member.id, member);
    for (const { id } of gone) part.members.delete(id);
    tell(followed, came, gone);
  }

  #takeAnswered(from: string, id: number, told: readonly string[]): void {
    const some = new Set(told);
    for (const topic of this.#questions.get(id)?.topics ?? []) {
      const followed = this.#followed.get(topic);
      followed?.missing.delete(from);
      if (followed !== undefined && !some.has(topic)) clear(followed, from);
    }
    this.#presentAll();
  }

  /** Gives all members to the watchers of topics of which enough is known. */
  #presentAll(): void {
    const now = currentClock().monotonic();
    for (const followed of this.#followed.values()) {
      if (followed.isPresent || followed.until === Infinity) continue;
      const isAnswered = followed.missing.size === 0 && now >= this.#learned;
      if (!isAnswered && now < followed.until) continue;
      followed.isPresent = true;
      const members = membersOf(followed);
      for (const watcher of [...followed.watchers]) guard(() => watcher.present(members));
    }
  }

  #forget(name: string): void {
    this.#peers.delete(name);
    for (const followed of this.#followed.values()) {
      followed.missing.delete(name);
      clear(followed, name);
    }
  }

  /** Ten times a second while a watcher waits, else once a second. */
  #schedule(): void {
    const isWaiting = [...this.#followed.values()].some(({ isPresent }) => !isPresent);
    this.#timer = currentClock().setTimer(
      () => {
        this.#schedule();
        this.#tick();
      },
      isWaiting ? 0.1 : 1,
      { unref: true },
    );
  }

  #tick(): void {
    const now = currentClock().monotonic();
    if (this.#beaten + BEAT <= now && this.#learned !== Infinity) this.#beat(false);
    for (const [name, seen] of [...this.#peers]) if (seen + SILENCE <= now) this.#forget(name);
    for (const [id, { at }] of this.#questions) if (at + ANSWER * 5 <= now) this.#questions.delete(id);
    this.#askFor([...this.#followed].filter(([, followed]) => this.#isOwed(followed, now)).map(([topic]) => topic));
    this.#presentAll();
  }

  /** Tells whether a process was heard of and has not answered: its link was down when it was asked. */
  #isOwed({ missing, asked }: Followed, now: number): boolean {
    if (missing.size === 0 || asked + ANSWER > now) return false;
    return [...missing].some((name) => (this.#peers.get(name) ?? -Infinity) > asked);
  }
}

/** A process has no members on the topic. */
function clear(followed: Followed, name: string): void {
  const part = followed.parts.get(name);
  followed.parts.delete(name);
  if (part !== undefined) tell(followed, [], [...part.members.values()]);
}

function newPart(version = 0): Part {
  return { version, members: new Map(), coming: [], comingVersion: 0 };
}

function membersOf({ parts }: Followed): PresenceMember[] {
  const members = [...parts.values()].flatMap((part) => [...part.members.values()]);
  return members.sort((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1));
}

function tell(followed: Followed, joined: readonly PresenceMember[], left: readonly PresenceMember[]): void {
  if (!followed.isPresent || joined.length + left.length === 0) return;
  for (const watcher of [...followed.watchers]) guard(() => watcher.changed(joined, left));
}

function guard(call: () => void): void {
  try {
    call();
  } catch (error) {
    appLog.error("A watcher cannot take the members of a topic", toError(error));
  }
}
