/**
 * Judges what a subscriber gets by numbers in the messages, which no broker and no `Topics` knows.
 *
 * @module
 */
import type { Delivery, Subscriber, TopicGap, TopicMessage } from "../../src/pubsub/mod.ts";

/** What went wrong, and what was told. */
export interface Verdict {
  /** Messages that are missing though no gap was told. */
  silent: number;
  /** Messages that came twice. */
  doubled: number;
  /** Messages that came after a later one, for the first time. */
  disordered: number;
  /** Messages that are missing, and were told. */
  told: number;
  /** Messages that came. */
  received: number;
}

/** The number of messages that a gap without a number may stand for. */
const UNKNOWN = 1e9;

/** The verdict on nothing. */
export function noVerdict(): Verdict {
  return { silent: 0, doubled: 0, disordered: 0, told: 0, received: 0 };
}

/**
 * A subscriber of messages whose text begins with the name of their publisher and their number there on this topic:
 * `"a 17"`. The first one that comes from a publisher may have any number.
 */
export class GapJudge implements Subscriber {
  readonly verdict: Verdict = noVerdict();
  readonly #last = new Map<string, number>();
  readonly #missing = new Map<string, Set<number>>();
  /** Missing messages that were told and have yet to be seen to be missing, for each publisher. */
  readonly #allowance = new Map<string, number>();
  readonly #origins = new Map<string, string>();
  #waiting: { publisher: string; number: number; resolve: () => void }[] = [];

  deliver({ text, source }: TopicMessage): Delivery {
    const [publisher, digits] = text.split(" ");
    const number = Number(digits);
    this.verdict.received++;
    this.#origins.set(source.origin, publisher);
    const last = this.#last.get(publisher) ?? number - 1;
    if (number <= last) {
      const wasMissing = this.#missing.get(publisher)?.delete(number) === true;
      this.verdict[wasMissing ? "disordered" : "doubled"]++;
      return "delivered";
    }
    this.#miss(publisher, last + 1, number - 1);
    this.#last.set(publisher, number);
    this.#waiting = this.#waiting.filter((one) => one.publisher !== publisher || one.number > number || one.resolve());
    return "delivered";
  }

  onGap({ missed, origin }: TopicGap): void {
    const publisher = origin === null ? "" : this.#origins.get(origin) ?? "";
    this.#allowance.set(publisher, (this.#allowance.get(publisher) ?? 0) + (missed ?? UNKNOWN));
  }

  /** Resolves when a message of at least this number has come from a publisher. */
  reached(publisher: string, number: number): Promise<void> {
    if ((this.#last.get(publisher) ?? -1) >= number) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ publisher, number, resolve }));
  }

  /** Takes it that a publisher has published up to this number, and that all gaps have been told. */
  ended(publisher: string, number: number): void {
    const last = this.#last.get(publisher);
    if (last !== undefined) this.#miss(publisher, last + 1, number);
  }

  #miss(publisher: string, from: number, to: number): void {
    if (to < from) return;
    const missing = this.#missing.get(publisher) ?? new Set();
    for (let number = from; number <= to; number++) missing.add(number);
    this.#missing.set(publisher, missing);
    let count = to - from + 1;
    // A gap may be told without a publisher, or of one that is not known by its name.
    for (const name of [publisher, ""]) {
      const allowed = Math.min(count, this.#allowance.get(name) ?? 0);
      if (allowed === 0) continue;
      this.#allowance.set(name, (this.#allowance.get(name) ?? 0) - allowed);
      this.verdict.told += allowed;
      count -= allowed;
    }
    this.verdict.silent += count;
  }
}
