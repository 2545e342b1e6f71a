// Prints what a message to each of 15,000 subscribers costs in two ways: through one topic, and through 1,000 topics of
// 15. Processor time, without sockets, so that nothing hides the work of the topics.
import { type Delivery, type Subscriber, Topics } from "../../src/pubsub/mod.ts";
import { timeOf } from "./cookies_timing.mjs";

const TOPICS = 1000;
const EACH = 15;

class Reader implements Subscriber {
  taken = 0;

  deliver(): Delivery {
    this.taken++;
    return "delivered";
  }
}

/** The time of one message to each reader, with as many topics as there are names. */
function timeOfAll(names: readonly string[]): number {
  const topics = new Topics();
  const readers = Array.from({ length: TOPICS * EACH }, () => new Reader());
  for (const [i, reader] of readers.entries()) topics.subscribe(names[i % names.length] ?? "", reader);
  let rounds = 0;
  const time = timeOf(() => {
    rounds++;
    for (const name of names) topics.publish(name, "a message to all");
  });
  if (readers.some(({ taken }) => taken !== rounds)) throw new Error("A subscriber has missed a message");
  return time;
}

const one = timeOfAll(["news"]);
const many = timeOfAll(Array.from({ length: TOPICS }, (_, i) => `news/${i}`));
console.log(JSON.stringify({ one, many }));
