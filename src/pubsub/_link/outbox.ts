import { currentClock, type Timer } from "../../internal/clock.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { handled, toError } from "../../internal/promises.ts";
import { lostEnvelope } from "../envelope.ts";
import type { OutboundMessage } from "../linked_broker.ts";

/**
 * Messages and bytes of one batch: a server works on it for a few milliseconds. The more messages of a topic it has,
 * the less each one costs.
 */
const BATCH_MESSAGES = 2048;
const BATCH_BYTES = 512 * 1024;
/** A message for the history costs the server as much as so many others. */
const KEPT_WEIGHT = 4;
/** Batches on their way: enough that neither side waits for the other. */
const IN_FLIGHT = 8;
/** Bytes that a message takes besides its own: a slot in an array and two objects. */
const OVERHEAD = 100;
/** Topics with a mark that waits: some 30 MB. */
const MAX_MARKS = 100_000;
/** Seconds before what the broker refused is sent again, for example since its memory is full. */
const RETRY = 1;

interface Batch {
  readonly messages: OutboundMessage[];
  readonly done: PromiseWithResolvers<void>;
  /** Messages, of which one for the history counts as several. */
  weight: number;
  bytes: number;
}

/** A message that tells readers of others, which were not sent. */
interface Mark {
  readonly message: { readonly topic: string; data: Bytes; readonly kept: true };
  count: number;
}

/** Sends a batch, and resolves when the broker has it. */
type Send = (messages: readonly OutboundMessage[]) => Promise<void>;

/**
 * The messages that wait for a broker, in batches, up to a number of bytes. A batch stays here until the broker has
 * confirmed it, so that the next link can send it again.
 */
export class Outbox {
  /** The most bytes that wait. */
  readonly limit: number;
  readonly whenFull: "reject" | "drop";
  /** The batches in their order; the first {@linkcode Outbox.#sent} of them are on their way. */
  #batches: Batch[] = [];
  #sent = 0;
  /** The marks at the end of what waits on their topics: another message that is lost there adds to them. */
  readonly #marks = new Map<string, Mark>();
  #bytes = 0;
  #dropped = 0;
  /** When the broker confirmed a batch, in monotonic seconds. */
  #confirmed = -Infinity;
  #send: Send | null = null;
  #refused: (error: Error) => void = () => {};
  #isScheduled = false;
  #pause: Timer | null = null;
  #drained: PromiseWithResolvers<void> | null = null;

  constructor(limit: number, whenFull: "reject" | "drop") {
    this.limit = limit;
    this.whenFull = whenFull;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Tells whether the broker owes no confirmation, or has given one since a time. */
  isMoving(since: number): boolean {
    return this.#sent === 0 || this.#confirmed >= since;
  }

  /** Adds a message and returns the promise of its batch, or `null` if there is no room for it. */
  add(message: OutboundMessage): Promise<void> | null {
    if (this.#bytes + bytesOf(message) > this.limit) {
      this.lose(message);
      return null;
    }
    if (message.kept && this.#marks.size > 0) this.#marks.delete(message.topic);
    return this.#push(message);
  }

  /**
   * Counts a message that is not sent. Readers find out by the number of the next one, but not those of a history: a
   * mark tells them, for which there is always room.
   */
  lose({ topic, data, kept }: OutboundMessage): void {
    this.#dropped++;
    if (!kept) return;
    const before = this.#marks.get(topic);
    if (before !== undefined) {
      before.message.data = lostEnvelope(data, ++before.count);
    } else if (this.#marks.size < MAX_MARKS) {
      const mark: Mark = { message: { topic, data: lostEnvelope(data, 1), kept: true }, count: 1 };
      this.#marks.set(topic, mark);
      this.#push(mark.message);
    }
  }

  #push(message: OutboundMessage): Promise<void> {
    const bytes = bytesOf(message);
    let batch = this.#batches.at(-1);
    if (
      batch === undefined || this.#batches.length === this.#sent || batch.weight >= BATCH_MESSAGES ||
      batch.bytes >= BATCH_BYTES
    ) {
      batch = { messages: [], done: Promise.withResolvers(), weight: 0, bytes: 0 };
      handled(batch.done.promise);
      this.#batches.push(batch);
    }
    batch.messages.push(message);
    batch.weight += message.kept ? KEPT_WEIGHT : 1;
    batch.bytes += bytes;
    this.#bytes += bytes;
    this.#schedule();
    return batch.done.promise;
  }

  /**
   * Sends what waits, and what is added, by a link that is up, beginning in so many seconds. `refused` is told what the
   * broker refuses.
   */
  open(send: Send, refused: (error: Error) => void, delay: number): void {
    this.#send = send;
    this.#refused = refused;
    if (delay > 0) this.#pauseFor(delay);
    else this.#pump();
  }

  /** The link has ended: what it did not confirm waits for the next one. */
  shut(): void {
    this.#send = null;
    this.#sent = 0;
    this.#pause?.cancel();
    this.#pause = null;
  }

  /** Resolves when nothing waits. */
  drained(): Promise<void> {
    if (this.#batches.length === 0) return Promise.resolve();
    return (this.#drained ??= Promise.withResolvers()).promise;
  }

  /** Rejects what waits. */
  close(error: Error): void {
    this.shut();
    for (const { done } of this.#batches) done.reject(error);
    this.#batches = [];
    this.#marks.clear();
    this.#bytes = 0;
  }

  /** What is published in one turn of the event loop goes together. */
  #schedule(): void {
    if (this.#isScheduled || this.#send === null) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#send !== null && this.#pause === null && this.#sent < Math.min(IN_FLIGHT, this.#batches.length)) {
      const batch = this.#batches[this.#sent++];
      const send = this.#send;
      if (this.#marks.size > 0) this.#settleMarks(batch);
      send(batch.messages).then(() => this.#confirm(batch, send), (error) => this.#refuse(toError(error), send));
    }
  }

  /** The marks of a batch that is sent stay as they are. */
  #settleMarks({ messages }: Batch): void {
    for (const message of messages) {
      if (this.#marks.get(message.topic)?.message === message) this.#marks.delete(message.topic);
    }
  }

  #confirm(batch: Batch, send: Send): void {
    if (send !== this.#send) return;
    const at = this.#batches.indexOf(batch);
    if (at === -1 || at >= this.#sent) return;
    this.#batches.splice(at, 1);
    this.#sent--;
    this.#bytes -= batch.bytes;
    this.#confirmed = currentClock().monotonic();
    batch.done.resolve();
    if (this.#batches.length === 0) this.#drained?.resolve();
    this.#pump();
  }

  /** Sends everything again that is not confirmed, from the first on, which keeps the order. */
  #refuse(error: Error, send: Send): void {
    if (send !== this.#send || this.#pause !== null) return;
    this.#refused(error);
    this.#pauseFor(RETRY);
  }

  #pauseFor(seconds: number): void {
    this.#pause = currentClock().setTimer(
      () => {
        this.#pause = null;
        this.#sent = 0;
        this.#pump();
      },
      seconds,
      { unref: true },
    );
  }
}

function bytesOf({ topic, data }: OutboundMessage): number {
  return data.length + topic.length + OVERHEAD;
}
