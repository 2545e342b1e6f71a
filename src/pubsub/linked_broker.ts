import type { Bytes } from "../internal/bytes.ts";
import { currentClock, type Timer } from "../internal/clock.ts";
import { handled, toError } from "../internal/promises.ts";
import { genLog } from "../util/log.ts";
import { Outbox } from "./_link/outbox.ts";
import { inSeconds } from "./_link/in_seconds.ts";
import type { BrokerStateReceiver, TopicBroker, TopicReceiver } from "./broker.ts";

/** Seconds that a link may take to open, and to subscribe to a batch of topics. */
const OPEN_TIMEOUT = 10;
/**
 * Seconds between two questions whether the broker is there, and seconds that it may take to answer: together less than
 * 10, in which a link that is half open must be found.
 */
const PING_INTERVAL = 2;
const PING_TIMEOUT = 5;
/**
 * Seconds after which a link without an answer is given up, though messages come: they may be of another connection.
 */
const LONGEST_PING = 30;
/** The longest wait before another attempt, in seconds: topics must be back soon after their broker is. */
const LONGEST_WAIT = 1;
/**
 * Seconds between the return of a link that was lost and the first message on it: other processes are back by then, and
 * miss nothing of what waited here.
 */
const GRACE = 1.2;
/** The first waits, in seconds: each is a random part of twice the one before. */
const FIRST_WAIT = 0.05;
/** Topics in one command: large enough for few round trips, and some 100 KB with long names. */
const TOPICS_OF_COMMAND = 1000;
/** Seconds for which `close` waits until the broker has what was published. */
const CLOSE_TIMEOUT = 5;
/** Room for 100,000 messages of 128 bytes in one turn of the event loop. */
const DEFAULT_MAX_OUTBOUND: number = 32 * 1024 * 1024;

/** Options of a {@linkcode LinkedBroker}. */
export interface LinkedBrokerOptions {
  /**
   * The most bytes of messages that wait for the broker, while the link is down for example.
   *
   * @default {32 MiB}
   */
  maxOutbound?: number;
  /**
   * The policy for a message beyond `maxOutbound`: `"reject"` throws it back to `Topics`, which logs it; `"drop"` only
   * counts it in `dropped`. The subscribers in other processes are told of the gap either way.
   *
   * @default {"reject"}
   */
  whenFull?: "reject" | "drop";
}

/** A message on its way to a broker. */
export interface OutboundMessage {
  /** The topic. */
  readonly topic: string;
  /** The message, an envelope. */
  readonly data: Bytes;
  /** Tells whether the history keeps it. */
  readonly kept: boolean;
}

/** The reports of a {@linkcode BrokerLink}. */
export interface LinkEvents {
  /** Takes a message of a subscribed topic. */
  readonly receive: TopicReceiver;
  /** Is told that the link has ended by itself, and is useless from now on. */
  readonly lost: (error: Error) => void;
  /** Is told of a message that the broker would never take, and that the link has left out. */
  readonly unfit: (topic: string, reason: Error) => void;
  /** Is told that the link has dropped messages, and goes on. */
  readonly gap: (reason: Error) => void;
}

/**
 * One connection to a broker, or a few that live and end together. When it fails, {@linkcode LinkedBroker} opens
 * another.
 */
export interface BrokerLink {
  /** Subscribes to topics; the promise resolves when that is in effect. */
  subscribe(topics: readonly string[]): Promise<void>;
  /** Unsubscribes from topics. */
  unsubscribe(topics: readonly string[]): Promise<void>;
  /** Publishes messages in their order; the promise resolves when the broker has them all. */
  publish(messages: readonly OutboundMessage[]): Promise<void>;
  /** Resolves when the broker has answered, on each of its connections. */
  ping(): Promise<void>;
  /** Ends the link without waiting for anything. It does not throw. */
  close(): void;
}

/** Topics that are subscribed to together, and the promise of that. */
interface SubscribeBatch {
  readonly topics: Set<string>;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * The part of a broker that is the same for all systems: it keeps a link open and never gives up, subscribes again,
 * finds a link that is half open, and bounds what waits to be published.
 *
 * A subclass opens links. Messages that the broker has not confirmed when a link ends are published again on the next
 * one; the numbers of the envelopes let the readers drop what comes twice.
 */
export abstract class LinkedBroker implements TopicBroker {
  readonly #outbox: Outbox;
  readonly #topics = new Set<string>();
  /** The topics whose subscription waits for the next batch, and the promise of that batch. */
  #toSubscribe: SubscribeBatch | null = null;
  #receive: TopicReceiver = () => {};
  #state: BrokerStateReceiver = () => {};
  #link: BrokerLink | null = null;
  #up: PromiseWithResolvers<void> = Promise.withResolvers();
  #isUp = false;
  #wasLost = false;
  #isClosed = false;
  #wake: (() => void) | null = null;
  /** When a message came, in monotonic seconds. */
  #received = -Infinity;
  #pinging: Timer | null = null;
  #running: Promise<void> | null = null;
  #roundTrip: number | null = null;
  /** Messages that the broker would never take. */
  #unfit = 0;
  /** The last failure that was logged, until the link is up again. */
  #logged: string | null = null;

  /** Makes a broker that is not connected. */
  constructor(options: LinkedBrokerOptions = {}) {
    const { maxOutbound = DEFAULT_MAX_OUTBOUND, whenFull = "reject" } = options;
    if (!(maxOutbound > 0)) throw new RangeError(`Cannot queue messages: maxOutbound is not positive: ${maxOutbound}`);
    this.#outbox = new Outbox(maxOutbound, whenFull);
  }

  /** Opens a link; `signal` ends the attempt. */
  protected abstract open(events: LinkEvents, signal: AbortSignal): Promise<BrokerLink>;

  /** The name of the broker in log lines and errors: the system and its address, without a password. */
  protected abstract get target(): string;

  /** The most bytes of a message that the broker takes. */
  protected get maxMessage(): number {
    return Infinity;
  }

  /** The link, while it is up. */
  protected get link(): BrokerLink | null {
    return this.#isUp ? this.#link : null;
  }

  /** Tells whether the link is up. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Resolves when the link is up, immediately if it is already. It rejects if the broker is closed before. */
  whenUp(): Promise<void> {
    return this.#up.promise;
  }

  /** Seconds that the last answer of the broker took, or `null` if none has come yet. */
  get roundTrip(): number | null {
    return this.#roundTrip;
  }

  /** Bytes of messages that wait for the broker, or for its confirmation. */
  get outbound(): number {
    return this.#outbox.bytes;
  }

  /** Messages that were dropped or rejected: too much waited, or the broker would never take them. */
  get dropped(): number {
    return this.#outbox.dropped + this.#unfit;
  }

  /** Begins to connect. */
  connect(receive: TopicReceiver, state: BrokerStateReceiver): void {
    this.#receive = receive;
    this.#state = state;
    handled(this.#up.promise);
    this.#running = this.#run();
  }

  /** Subscribes to topics, those of one turn of the event loop together; resolves when that is in effect. */
  subscribe(topics: readonly string[]): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error(`Cannot subscribe at ${this.target}: the broker is closed`));
    const batch = this.#toSubscribe ??= this.#newBatch();
    for (const topic of topics) {
      this.#topics.add(topic);
      batch.topics.add(topic);
    }
    return batch.done.promise;
  }

  /** Unsubscribes from topics. */
  async unsubscribe(topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      this.#topics.delete(topic);
      this.#toSubscribe?.topics.delete(topic);
    }
    const { link } = this;
    try {
      await link?.unsubscribe(topics);
    } catch (error) {
      if (this.#link === link) this.#fail(toError(error));
    }
  }

  /**
   * Queues a message; those of one turn of the event loop go together. The promise resolves when the broker has it.
   *
   * @throws {RangeError} If the broker does not take such large messages.
   * @throws {Error} If too much waits, and `whenFull` is `"reject"`.
   */
  publish(topic: string, data: Bytes): Promise<void> {
    return this.send({ topic, data, kept: false });
  }

  /** Queues a message as {@linkcode publish} does, for the history too. */
  protected send(message: OutboundMessage): Promise<void> {
    if (this.#isClosed) throw new Error(`Cannot publish to ${this.target}: the broker is closed`);
    const { length } = message.data;
    if (length > this.maxMessage) {
      this.#outbox.lose(message);
      throw new RangeError(`Cannot publish ${length} bytes to ${this.target}: it takes ${this.maxMessage} at the most`);
    }
    const done = this.#outbox.add(message);
    if (done === null) {
      if (this.#outbox.whenFull === "drop") return Promise.resolve();
      throw new Error(
        `Cannot publish to ${this.target}: ${this.#outbox.bytes} bytes wait, and ${this.#outbox.limit} are allowed`,
      );
    }
    return done;
  }

  /** Sends what was published, if the link is up and the broker answers within 5 s, and ends. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#isUp) await inSeconds(CLOSE_TIMEOUT, this.#outbox.drained(), "the broker").catch(() => {});
    const closed = new Error(`The broker for ${this.target} is closed`);
    this.#up.reject(closed);
    if (this.#isUp) this.#up = Promise.withResolvers();
    handled(this.#up.promise);
    this.#up.reject(closed);
    this.#wake?.();
    this.#fail(closed);
    await this.#running;
    this.#outbox.close(closed);
    this.#toSubscribe?.done.resolve();
  }

  #newBatch(): SubscribeBatch {
    if (this.#isUp) queueMicrotask(() => this.#subscribeBatch());
    return { topics: new Set(), done: Promise.withResolvers() };
  }

  async #subscribeBatch(): Promise<void> {
    const batch = this.#toSubscribe;
    const link = this.link;
    if (batch === null || link === null) return;
    this.#toSubscribe = null;
    try {
      await subscribeAll(link, [...batch.topics]);
      batch.done.resolve();
    } catch (error) {
      if (this.#link === link) this.#fail(toError(error));
      this.#subscribeLater(batch);
      // The next link may be up already.
      if (this.#link !== link) this.#subscribeBatch();
    }
  }

  /** Has a batch that has failed wait for the next link, with those that wait already. */
  #subscribeLater(batch: SubscribeBatch): void {
    if (this.#isClosed) return batch.done.resolve();
    const waiting = this.#toSubscribe ??= { topics: new Set(), done: Promise.withResolvers() };
    for (const topic of batch.topics) if (this.#topics.has(topic)) waiting.topics.add(topic);
    waiting.done.promise.then(batch.done.resolve);
  }

  async #run(): Promise<void> {
    for (let attempt = 0; !this.#isClosed; attempt++) {
      const ended = Promise.withResolvers<Error>();
      const link = await this.#open(ended.resolve);
      if (link !== null) {
        attempt = 0;
        const reason = await ended.promise;
        this.#down(link, reason);
      }
      if (!this.#isClosed) await this.#pause(Math.random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt));
    }
  }

  /** Opens a link and brings it up; `null` if that fails. */
  async #open(lost: (error: Error) => void): Promise<BrokerLink | null> {
    const attempt = new AbortController();
    let link: BrokerLink | null = null;
    // A message of a link that is no longer in use must not come after those of the next one.
    const isCurrent = () => link === null || this.#link === link;
    const failed = Promise.withResolvers<never>();
    handled(failed.promise);
    const fail = this.#fail = (error: Error) => {
      failed.reject(error);
      lost(error);
    };
    let subscribed: ReadonlySet<string>;
    try {
      const opening = this.open({
        receive: (topic, data, position) => {
          if (!isCurrent()) return;
          this.#received = currentClock().coarse();
          this.#receive(topic, data, position);
        },
        lost: fail,
        unfit: (topic, reason) => {
          this.#unfit++;
          this.#log(`A message of topic ${topic} is dropped by`, reason);
        },
        gap: (reason) => isCurrent() && this.#isUp && this.#state("gap", reason),
      }, attempt.signal);
      opening.then((late) => attempt.signal.aborted && late.close(), () => {});
      link = await inSeconds(OPEN_TIMEOUT, opening, this.target);
      this.#link = link;
      // A client may leave a question without an answer when its connection has ended.
      const subscribing = Promise.race([failed.promise, this.#resubscribe(link)]);
      subscribed = await inSeconds(OPEN_TIMEOUT, subscribing, this.target);
    } catch (error) {
      attempt.abort();
      link?.close();
      this.#link = null;
      this.#log("Cannot reach", toError(error));
      return null;
    }
    this.#isUp = true;
    this.#up.resolve();
    // One may have begun or ended since the last answer.
    const left = [...subscribed].filter((topic) => !this.#topics.has(topic));
    if (left.length > 0) this.unsubscribe(left);
    this.#subscribeBatch();
    if (this.#logged !== null) genLog.info("The link to %s is up again", this.target);
    this.#logged = null;
    this.#state("up");
    this.#outbox.open(
      (messages) => link.publish(messages),
      (error) => this.#log("Cannot publish to", error),
      this.#wasLost ? GRACE : 0,
    );
    this.#watch(link, lost);
    return link;
  }

  /** Subscribes to all topics, until none was added or left meanwhile, and returns them. */
  async #resubscribe(link: BrokerLink): Promise<ReadonlySet<string>> {
    const done = new Set<string>();
    for (;;) {
      const added = [...this.#topics].filter((topic) => !done.has(topic));
      const left = [...done].filter((topic) => !this.#topics.has(topic));
      if (added.length === 0 && left.length === 0) break;
      await Promise.all([subscribeAll(link, added), left.length > 0 ? link.unsubscribe(left) : undefined]);
      for (const topic of added) done.add(topic);
      for (const topic of left) done.delete(topic);
    }
    if (this.#link !== link) return done;
    this.#toSubscribe?.done.resolve();
    this.#toSubscribe = null;
    return done;
  }

  #down(link: BrokerLink, reason: Error): void {
    this.#isUp = false;
    this.#link = null;
    if (!this.#isClosed) {
      this.#wasLost = true;
      this.#up = Promise.withResolvers();
      handled(this.#up.promise);
      this.#log("Lost the link to", reason);
      this.#state("down", reason);
    }
    this.#pinging?.cancel();
    this.#outbox.shut();
    link.close();
  }

  /** Asks again and again whether the broker is there. */
  #watch(link: BrokerLink, lost: (error: Error) => void): void {
    if (this.#link !== link) return;
    this.#pinging = currentClock().setTimer(
      async () => {
        if (this.#link !== link) return;
        const begin = currentClock().monotonic();
        try {
          await this.#ping(link);
          this.#roundTrip = currentClock().monotonic() - begin;
          this.#watch(link, lost);
        } catch (error) {
          lost(toError(error));
        }
      },
      PING_INTERVAL,
      { unref: true },
    );
  }

  /**
   * Waits for the answer to a question. While messages and confirmations come, it may be late: a link that has much to
   * bring after an outage would be cut again and again.
   */
  async #ping(link: BrokerLink): Promise<void> {
    const answer = link.ping();
    const begin = currentClock().monotonic();
    while (true) {
      try {
        return await inSeconds(PING_TIMEOUT, answer, this.target);
      } catch (error) {
        const now = currentClock().monotonic();
        const isHeard = this.#received + PING_TIMEOUT > now && this.#outbox.isMoving(now - PING_TIMEOUT);
        if (!isHeard || begin + LONGEST_PING <= now || this.#link !== link) throw error;
      }
    }
  }

  /** Ends the link in use. */
  #fail: (error: Error) => void = () => {};

  #pause(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer: Timer = currentClock().setTimer(resolve, seconds, { unref: true });
      this.#wake = () => (timer.cancel(), resolve());
    });
  }

  /** Logs a failure once, until another one comes. */
  #log(what: string, error: Error): void {
    const line = `${what} ${this.target}: ${error.message || error.name}`;
    if (this.#isClosed || line === this.#logged) return;
    this.#logged = line;
    genLog.warning("%s", line);
  }
}

async function subscribeAll(link: BrokerLink, topics: readonly string[]): Promise<void> {
  const parts: Promise<void>[] = [];
  for (let i = 0; i < topics.length; i += TOPICS_OF_COMMAND) {
    parts.push(link.subscribe(topics.slice(i, i + TOPICS_OF_COMMAND)));
  }
  await Promise.all(parts);
}
