import type { Delivery, Subscriber, TopicMessage } from "../../pubsub/mod.ts";
import type { SubscribeReply } from "../hooks.ts";
import { type ClientInfo, type Publication, publicationOf, pushFrame } from "./channels.ts";
import type { Transport } from "./transport.ts";

/** The session of a subscription. */
export interface SubscriptionOwner {
  readonly carrier: Transport;
  /** Publications of the channel are lost. */
  insufficient(channel: string): void;
}

/** A client's subscription to a channel. */
export class Subscription implements Subscriber {
  readonly channel: string;
  readonly info: ClientInfo;
  readonly mayReadHistory: boolean;
  readonly isPresent: boolean;
  readonly #owner: SubscriptionOwner;
  readonly #joinLeave: boolean;
  /** What came before the answer to the command was sent, as many as the history keeps; `null` afterwards. */
  #held: TopicMessage[] | null = [];

  constructor(owner: SubscriptionOwner, channel: string, info: ClientInfo, reply: SubscribeReply) {
    this.#owner = owner;
    this.channel = channel;
    this.info = info;
    this.mayReadHistory = reply.history ?? false;
    this.isPresent = reply.presence ?? false;
    this.#joinLeave = reply.joinLeave ?? false;
  }

  /** Tells whether the client sees others, or is told of them. */
  get followsPresence(): boolean {
    return this.isPresent || this.#joinLeave;
  }

  deliver(message: TopicMessage): Delivery {
    if (this.#held !== null) {
      this.#held.push(message);
      return "delivered";
    }
    const frame = pushFrame(this.channel, message);
    return frame === null ? "dropped" : this.#owner.carrier.share(frame);
  }

  onGap(): void {
    // Not within the call: the client's session answers by unsubscribing.
    queueMicrotask(() => this.#owner.insufficient(this.channel));
  }

  /** Takes what was held back, as publications of the answer. */
  takeHeld(): Publication[] {
    const publications = (this.#held ?? []).map(publicationOf).filter((each) => each !== null);
    this.#held = [];
    return publications;
  }

  /** Sends what was held back, and everything from now on. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const message of held) this.deliver(message);
  }

  /** Sends a frame about another client, if this one asked for such. */
  tell(frame: string): void {
    if (this.#joinLeave && this.#held === null) this.#owner.carrier.send(frame);
  }
}
