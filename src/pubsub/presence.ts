import { currentClock } from "../internal/clock.ts";
import { jsonText } from "../internal/json_text.ts";
import { PresentNodes } from "./_presence/present_nodes.ts";
import type { PresenceMember } from "./_presence/protocol.ts";
import type { Subscriber } from "./subscriber.ts";
import type { Topics } from "./topics.ts";

/** Characters of JSON, of which a broker takes as many in a message in any alphabet. */
const MAX_INFO = 200_000;
/** Seconds for which {@linkcode Presence.members} keeps a program alive; the answers take a few at most. */
const PATIENCE = 10;

/** Takes the members of a topic: first all of them, then each change. */
export interface PresenceWatcher {
  /** Takes all members, once, before any change. */
  present(members: readonly PresenceMember[]): void;
  /** Takes those who came, and those who left. */
  changed(joined: readonly PresenceMember[], left: readonly PresenceMember[]): void;
}

/** Options of {@linkcode Presence.join}. */
export interface JoinOptions {
  /**
   * Anything with a JSON form that others see of the member, such as a name.
   *
   * @default {null}
   */
  info?: unknown;
  /**
   * A subscriber, a WebSocket for example, with whose end the membership ends.
   *
   * @default {null}
   */
  until?: Subscriber | null;
}

/**
 * The members of topics, in all processes that share a broker: who is there.
 *
 * A membership is a lease of this process, which tells the others every 5 s that it is alive: one message, whatever the
 * number of members is. The members of a process that is silent for 20 s are gone. Each membership has its own id, so
 * that a leave which comes late never removes a newer join.
 *
 * No store keeps the members: each process knows its own, and is asked. All processes of the broker that use presence
 * must make a `Presence`.
 *
 * @example
 * ```ts
 * import { MemoryHub, Presence, Topics } from "@twister/twister/pubsub";
 * import { assertEquals } from "@std/assert";
 *
 * const hub = new MemoryHub();
 * await using here = new Presence(new Topics({ broker: hub.broker() }));
 * await using there = new Presence(new Topics({ broker: hub.broker() }));
 * const leave = there.join("tea", { info: { name: "Ann" } });
 * assertEquals((await here.members("tea")).map(({ info }) => info), [{ name: "Ann" }]);
 * leave();
 * ```
 */
export class Presence implements AsyncDisposable {
  readonly #topics: Topics;
  readonly #nodes: PresentNodes;
  #leases = 0;
  /** Those who wait for the members of a topic. */
  readonly #waiting = new Set<() => void>();
  #isClosed = false;

  /** Makes the presence of this process. The topics belong to it, which closes them. */
  constructor(topics: Topics) {
    this.#topics = topics;
    this.#nodes = new PresentNodes(topics);
  }

  /**
   * Makes a member of a topic.
   *
   * @returns A function that ends the membership; calling it again changes nothing.
   * @throws {TypeError} If `info` has no JSON form.
   * @throws {RangeError} If it has more than 200,000 characters of JSON.
   */
  join(topic: string, { info = null, until = null }: JoinOptions = {}): () => void {
    const member = { id: `${this.#nodes.name}-${++this.#leases}`, info, since: Date.now() };
    const length = jsonText(info)?.length;
    if (length === undefined) throw new TypeError("Cannot join: the info has no JSON form");
    if (length > MAX_INFO) {
      throw new RangeError(`Cannot join: the JSON of the info has ${length} characters, and ${MAX_INFO} are allowed`);
    }
    let isHere = true;
    const leave = () => {
      if (isHere) this.#nodes.leave(topic, member);
      isHere = false;
    };
    until?.whenClosed?.(leave);
    this.#nodes.join(topic, member);
    return leave;
  }

  /**
   * Follows the members of a topic.
   *
   * @returns A function that ends it.
   */
  watch(topic: string, watcher: PresenceWatcher): () => void {
    return this.#nodes.watch(topic, watcher);
  }

  /**
   * Returns the members of a topic, oldest first.
   *
   * @throws {Error} If the presence is closed before they are known.
   */
  members(topic: string): Promise<PresenceMember[]> {
    if (this.#isClosed) return Promise.reject(closedError(topic));
    return new Promise((resolve, reject) => {
      // The timers of the nodes keep no program alive; one that waits for an answer goes on.
      const wait = currentClock().setTimer(() => {}, PATIENCE);
      const giveUp = () => {
        wait.cancel();
        reject(closedError(topic));
      };
      this.#waiting.add(giveUp);
      const end = this.#nodes.watch(topic, {
        present: (members) => {
          wait.cancel();
          this.#waiting.delete(giveUp);
          resolve([...members]);
          queueMicrotask(() => end());
        },
        changed: () => {},
      });
    });
  }

  /** Ends all memberships, and closes the topics. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#nodes.close();
    for (const giveUp of this.#waiting) giveUp();
    this.#waiting.clear();
    await this.#topics.close();
  }

  /** Closes it, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function closedError(topic: string): Error {
  return new Error(`Cannot list the members of ${JSON.stringify(topic)}: the presence is closed`);
}
