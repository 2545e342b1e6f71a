import { currentClock, type Timer } from "../../internal/clock.ts";
import { isTexts } from "../../internal/json_object.ts";
import type { BrokerState } from "../broker.ts";
import { messageParts } from "./message_parts.ts";
import type { SequenceTracker } from "./sequence_tracker.ts";

/** Every `Topics` says here how far it is. User topics do not begin with U+0001. */
export const CONTROL_TOPIC = "\x01sequences";

/** The topic on which a `Topics` gets the answers to its questions. */
export function inboxTopic(origin: string): string {
  return `\x01inbox-${origin}`;
}

/** Seconds between two looks at the clock, and between a message and the beat that tells of it. */
const BEAT = 1;
/** Seconds between the beats of a publisher that has nothing to tell: others know by them that it lives. */
const IDLE_BEAT = 5;
/** Seconds in which publishers answer how far they are; one that answers later is told as a gap. */
const SETTLING = 3;
/** Seconds of silence after which a publisher is forgotten: 60 beats. If it comes back, that is told as a gap. */
const SILENCE = 300;
/** Seconds of silence after which a publisher that owes an answer is taken to have ended. */
const GONE = 20;
/** Topics named in one message at the most. */
const TOPICS_OF_MESSAGE = 1000;

/** The part of `Topics` that a {@linkcode SequenceExchange} needs. */
export interface ExchangeHost {
  /** Publishes text on a topic of the exchange. It does not throw: a beat that is lost is missed by the next one. */
  send(topic: string, text: string): void;
  /** The number of the last message of this process on the control topic. */
  controls(): number;
  /** The number of the last message of this process on a topic, 0 if there is none. */
  lastSequence(topic: string): number;
  /** So many messages of a publisher are missing; `null` if it cannot say any longer. */
  missed(topic: string, origin: string, count: number | null): void;
}

interface Peer {
  /** The number of its last message on the control topic. */
  control: number;
  /** When it was heard of, in monotonic seconds. */
  seen: number;
  /** Topics, as they were asked for, that it has yet to answer for: its link may have been down, too. */
  unanswered: (readonly string[])[];
  /** When it was asked, in monotonic seconds. */
  asked: number;
}

type Control =
  | { readonly kind: "hello" }
  | { readonly kind: "beat" | "bye"; readonly last: readonly (readonly [string, number])[] }
  | { readonly kind: "answer"; readonly last: readonly (readonly [string, number])[]; readonly control: number }
  | { readonly kind: "ask"; readonly of: string | null; readonly topics: readonly string[] };

/**
 * Tells other processes how far this one is with its topics, and asks them: so that messages which were lost at the end
 * of a burst, or while a link was down, are found too, and not only those before a later message.
 *
 * Each publisher sends a beat with the topics that it has published on since the last one. A process whose link was
 * lost, or that misses a beat, asks for the numbers of all its topics, until it has an answer or the publisher has
 * ended. Since a broker keeps the order of one publisher, all messages up to a number that it tells have arrived by
 * then, or never will.
 */
export class SequenceExchange {
  readonly #origin: string;
  readonly #tracker: SequenceTracker;
  readonly #host: ExchangeHost;
  readonly #peers = new Map<string, Peer>();
  /** Topics that were published on since the last beat. */
  readonly #dirty = new Set<string>();
  /** Topics that came into effect and have yet to be asked for. */
  readonly #toAsk = new Set<string>();
  /** Topics that were asked for, and when. */
  #settling: { readonly at: number; readonly topics: readonly string[] }[] = [];
  #isDown = false;
  #beaten: number;
  #timer: Timer | null = null;
  #asking: Timer | null = null;

  constructor(origin: string, tracker: SequenceTracker, host: ExchangeHost) {
    this.#origin = origin;
    this.#tracker = tracker;
    this.#host = host;
    this.#beaten = currentClock().monotonic();
  }

  /** Introduces this process to the others. */
  start(): void {
    this.#send(CONTROL_TOPIC, { kind: "hello" });
    this.#schedule();
  }

  /** Takes leave of the others. */
  stop(): void {
    this.#timer?.cancel();
    this.#asking?.cancel();
    this.#beat("bye");
  }

  /** The processes that are heard of, besides this one. */
  peers(): string[] {
    return [...this.#peers.keys()];
  }

  /** A message of this process went out. */
  published(topic: string): void {
    this.#dirty.add(topic);
  }

  /** A subscription is in effect: asks all publishers how far they are. */
  subscribed(topics: readonly string[]): void {
    for (const topic of topics) this.#toAsk.add(topic);
    this.#asking ??= currentClock().setTimer(
      () => {
        this.#asking = null;
        this.#ask();
      },
      0,
      { unref: true },
    );
  }

  /** Takes a new state of the link. */
  changed(state: BrokerState): void {
    if (state === "down") {
      this.#isDown = true;
      // Nobody has answered yet, and messages are lost from now on: a number that comes later is told as a gap.
      for (const { topics } of this.#settling) this.#settle(topics);
      this.#settling = [];
      this.#settle([...this.#toAsk]);
      return;
    }
    const wasDown = this.#isDown;
    this.#isDown = false;
    if (wasDown || state === "gap") this.subscribed(this.#tracker.topics());
  }

  /** Takes a message of the control topic or the inbox. */
  receive(topic: string, origin: string, sequence: number, text: string): void {
    if (origin === this.#origin) return;
    const control = parseControl(text);
    if (control === null) return;
    const now = currentClock().monotonic();
    const peer = this.#peers.get(origin) ?? { control: 0, seen: now, unanswered: [], asked: -Infinity };
    if (topic !== CONTROL_TOPIC) {
      if (control.kind !== "answer") return;
      this.#peers.set(origin, peer);
      peer.control = Math.max(peer.control, control.control);
      peer.seen = now;
      peer.unanswered = peer.unanswered.filter((topics) => !isAnswered(topics, control.last));
      return this.#take(origin, control.last);
    }
    if (this.#peers.has(origin) && sequence <= peer.control) return;
    const isNext = sequence === peer.control + 1;
    if (control.kind === "bye") return this.#leave(origin, peer, isNext, control.last);
    this.#peers.set(origin, peer);
    peer.control = sequence;
    peer.seen = now;
    if (control.kind === "hello" && sequence === 1) this.#tracker.began(origin);
    else if (!isNext) this.#question(this.#tracker.topics(), origin);
    if (control.kind === "beat") this.#take(origin, control.last);
    if (control.kind === "ask" && (control.of === null || control.of === this.#origin)) {
      const last = control.topics.map((topic) => [topic, this.#host.lastSequence(topic)] as const);
      this.#send(inboxTopic(origin), { kind: "answer", last, control: this.#host.controls() });
    }
  }

  /** A publisher has ended. If one of its beats is missing, it can no longer be asked. */
  #leave(origin: string, peer: Peer, isWhole: boolean, last: readonly (readonly [string, number])[]): void {
    this.#giveUp(origin, isWhole ? peer.unanswered.flat() : this.#tracker.topics());
    this.#take(origin, last);
    this.#peers.delete(origin);
    this.#tracker.forget(origin);
  }

  /** Nobody can say whether messages of a publisher are missing. */
  #giveUp(origin: string, topics: readonly string[]): void {
    const asked = new Set(topics);
    for (const topic of this.#tracker.settledTopicsOf(origin)) {
      if (asked.has(topic)) this.#host.missed(topic, origin, null);
    }
  }

  #take(origin: string, last: readonly (readonly [string, number])[]): void {
    for (const [topic, sequence] of last) {
      const missed = this.#tracker.told(topic, origin, sequence);
      if (missed > 0) this.#host.missed(topic, origin, missed);
    }
  }

  #schedule(): void {
    this.#timer = currentClock().setTimer(
      () => {
        this.#schedule();
        this.#tick();
      },
      BEAT,
      { unref: true },
    );
  }

  #tick(): void {
    const now = currentClock().monotonic();
    while (this.#settling.length > 0 && this.#settling[0].at + SETTLING <= now) {
      this.#settle(this.#settling.shift()?.topics ?? []);
    }
    if (!this.#isDown) { for (const [origin, peer] of this.#peers) this.#check(origin, peer, now); }
    if (this.#dirty.size > 0 || this.#beaten + IDLE_BEAT <= now) this.#beat();
  }

  /** Asks a publisher again that was heard of since and has not answered, and forgets one that is silent. */
  #check(origin: string, peer: Peer, now: number): void {
    const { seen, asked, unanswered } = peer;
    if (unanswered.length > 0) {
      if (seen > asked && asked + SETTLING <= now) {
        peer.unanswered = [];
        this.#question([...new Set(unanswered.flat())].filter((topic) => this.#tracker.has(topic)), origin);
      } else if (Math.max(seen, asked) + GONE <= now) {
        peer.unanswered = [];
        this.#giveUp(origin, unanswered.flat());
      }
    } else if (seen + SILENCE <= now) {
      this.#peers.delete(origin);
      this.#tracker.forget(origin);
    }
  }

  /** While the link is down, the topics wait for the first beat after it. */
  #beat(kind: "beat" | "bye" = "beat"): void {
    if (this.#isDown) return;
    this.#beaten = currentClock().monotonic();
    const all = parts([...this.#dirty]);
    this.#dirty.clear();
    all.forEach((part, i) => {
      const last = part.map((topic) => [topic, this.#host.lastSequence(topic)] as const);
      this.#send(CONTROL_TOPIC, { kind: i === all.length - 1 ? kind : "beat", last });
    });
  }

  #ask(): void {
    const topics = [...this.#toAsk].filter((topic) => this.#tracker.has(topic));
    this.#toAsk.clear();
    if (topics.length === 0 || this.#isDown) return;
    this.#question(topics, null);
    this.#settling.push({ at: currentClock().monotonic(), topics });
  }

  #question(topics: readonly string[], of: string | null): void {
    if (topics.length === 0) return;
    const asked = currentClock().monotonic();
    const all = parts(topics);
    for (const [origin, peer] of this.#peers) {
      if (of !== null && of !== origin) continue;
      peer.unanswered.push(...all);
      peer.asked = asked;
    }
    for (const part of all) this.#send(CONTROL_TOPIC, { kind: "ask", of, topics: part });
  }

  #settle(topics: readonly string[]): void {
    for (const topic of topics) this.#tracker.settle(topic);
  }

  #send(topic: string, control: Control): void {
    this.#host.send(topic, JSON.stringify(control));
  }
}

/** Cuts a list into parts that fit into one message; an empty list is one empty part. */
function parts(topics: readonly string[]): string[][] {
  return messageParts(topics, TOPICS_OF_MESSAGE, (topic) => topic.length);
}

/** Tells whether an answer is the one to a question for these topics. */
function isAnswered(topics: readonly string[], last: readonly (readonly [string, number])[]): boolean {
  return topics.length === last.length && topics.every((topic, i) => topic === last[i][0]);
}

/** Returns what a message of the exchange says, or `null` if it says nothing that this version knows. */
function parseControl(text: string): Control | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || !("kind" in value)) return null;
  const { kind } = value;
  if (kind === "hello") return { kind };
  if ("last" in value && isNumbers(value.last)) {
    if (kind === "beat" || kind === "bye") return { kind, last: value.last };
    if (kind !== "answer" || !("control" in value) || typeof value.control !== "number") return null;
    return { kind, last: value.last, control: value.control };
  }
  if (kind !== "ask" || !("topics" in value) || !("of" in value)) return null;
  const { of, topics } = value;
  return isTexts(topics) && (of === null || typeof of === "string") ? { kind, of, topics } : null;
}

function isNumbers(value: unknown): value is [string, number][] {
  return Array.isArray(value) &&
    value.every((pair) =>
      Array.isArray(pair) && typeof pair[0] === "string" && Number.isSafeInteger(pair[1]) && pair[1] >= 0
    );
}
