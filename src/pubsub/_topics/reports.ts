import { events } from "../../internal/events.ts";
import type { TopicMessage } from "../message.ts";
import { toError } from "../../internal/promises.ts";
import { appLog } from "../../util/log.ts";
import type { Subscriber, TopicGap } from "../subscriber.ts";
import type { Recovery } from "./kept_topics.ts";

export { events };

/** Tells listeners how many subscribers took a message, and its age if another process than `own` has published it. */
export function reportDelivery(count: number, { source }: TopicMessage, own: string): void {
  const { origin, time } = source;
  events.topics?.delivered(count, origin === own ? null : Math.max(0, Date.now() - time) / 1000);
}

/** Tells listeners of a subscriber that comes back, once it is known what it gets; returns the same promise. */
export function reportRecovery(recovery: Promise<Recovery>): Promise<Recovery> {
  recovery.then(({ recovered }) => events.topics?.recovered(recovered), () => {});
  return recovery;
}

/** A subscriber that cannot take the news gets the messages after it anyway. */
export function tellGap(subscriber: Subscriber, gap: TopicGap): void {
  try {
    subscriber.onGap?.(gap);
  } catch (error) {
    appLog.error("A subscriber cannot take a gap", toError(error));
  }
}
