/**
 * What `Topics` may rely on, whichever broker carries its messages: every case runs against each of them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type TopicBroker, Topics } from "../../src/pubsub/mod.ts";
import { Recorder } from "../pubsub/support.ts";
import { settled } from "../support/fake_clock.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

/** Brokers that reach each other, as those of several processes. */
export interface BrokerNetwork extends AsyncDisposable {
  /** Makes a broker for one `Topics`. */
  broker(): TopicBroker;
  /** Resolves when everything that was published or subscribed to has taken effect. */
  settled(): Promise<void>;
}

/** Registers all cases for a kind of broker. */
export function topicBrokerContract(name: string, open: () => BrokerNetwork | Promise<BrokerNetwork>): void {
  const contract = (
    criterion: string,
    run: (network: BrokerNetwork, topics: readonly [Topics, Topics]) => Promise<void>,
  ) =>
    test(`${name}: ${criterion}`, async () => {
      await using network = await open();
      await using here = new Topics({ broker: network.broker() });
      await using there = new Topics({ broker: network.broker() });
      await run(network, [here, there]);
    });

  contract(
    "a message reaches the subscribers of other processes, and those of its own once",
    async (network, topics) => {
      const seen = topics.map((one) => {
        const recorder = new Recorder();
        one.subscribe("t", recorder);
        return recorder;
      });
      await network.settled();
      for (const one of topics) assertEquals(one.publish("t", "hello"), 1);
      await Promise.all(seen.map((recorder) => recorder.atLeast(2)));
      await network.settled();
      assertEquals(seen.map(({ received }) => received), [["hello", "hello"], ["hello", "hello"]]);
      const ids = seen.map(({ messages }) => messages.map(({ id }) => id).sort());
      assertEquals(ids[0], ids[1]);
    },
  );

  contract("5,000 messages of one turn come whole and in their order", async (network, [here, there]) => {
    const seen = new Recorder();
    there.subscribe("t", seen);
    await network.settled();
    const expected = Array.from({ length: 5000 }, (_, i) => `message ${i}`);
    for (const text of expected) here.publish("t", text);
    await seen.atLeast(expected.length);
    assertEquals(seen.received, expected);
  });

  contract("a message is the same at the other end: text, bytes, empty, large", async (network, [here, there]) => {
    const seen = new Recorder();
    there.subscribe("ü/€ {}*", seen);
    await network.settled();
    const messages = ["", "ü€🙂", new Uint8Array(0), Uint8Array.of(0, 255, 13, 10), new Uint8Array(1 << 20).fill(7)];
    for (const message of messages) here.publish("ü/€ {}*", message);
    await seen.atLeast(messages.length);
    assertEquals(seen.received, messages);
  });

  contract("only topics that are subscribed to come, as long as they are", async (network, [here, there]) => {
    const seen = new Recorder();
    const last = new Recorder();
    there.subscribe("a", seen);
    there.subscribe("b", seen);
    there.subscribe("last", last);
    await network.settled();
    for (const topic of ["a", "b", "c"]) here.publish(topic, topic);
    await seen.atLeast(2);
    there.unsubscribe("a", seen);
    await network.settled();
    for (const topic of ["a", "b", "last"]) here.publish(topic, `${topic} again`);
    await last.atLeast(1);
    there.subscribe("a", seen);
    await network.settled();
    here.publish("a", "a once more");
    await seen.atLeast(4);
    assertEquals(seen.received.sort(), ["a", "a once more", "b", "b again"]);
  });

  contract("a topic that is left and taken again comes, however late the broker answers", async (
    network,
    [here, there],
  ) => {
    const random = new Random(7);
    const names = Array.from({ length: 50 }, (_, i) => `t ${i}`);
    const seen = new Recorder();
    await network.settled();
    await Promise.all(names.map(async (name) => {
      for (let changes = 2 + random.below(8); changes > 0; changes--) {
        if (there.topics(seen).includes(name)) there.unsubscribe(name, seen);
        else there.subscribe(name, seen);
        const wait = random.below(3);
        if (wait === 1) await settled();
        if (wait === 2) await there.whenSubscribed(name);
      }
    }));
    const last = new Recorder();
    there.subscribe("last", last);
    await Promise.all([...there.topics(seen), "last"].map((topic) => there.whenSubscribed(topic)));
    for (const topic of [...names, "last"]) here.publish(topic, topic);
    await last.atLeast(1);
    await network.settled();
    assertEquals(seen.received.sort(), there.topics(seen).sort());
  });

  contract("nothing comes within the call of publish()", async (network, [here, there]) => {
    const seen = new Recorder();
    there.subscribe("t", seen);
    await network.settled();
    here.publish("t", "x");
    assertEquals(seen.received, []);
    await seen.atLeast(1);
  });

  contract("close() ends receiving, and the others go on", async (network, [here, there]) => {
    await using third = new Topics({ broker: network.broker() });
    const seen = [there, third].map((one) => {
      const recorder = new Recorder();
      one.subscribe("t", recorder);
      return recorder;
    });
    await network.settled();
    here.publish("t", "to both");
    await Promise.all(seen.map((recorder) => recorder.atLeast(1)));
    await there.close();
    here.publish("t", "to one");
    await seen[1].atLeast(2);
    await network.settled();
    assertEquals(seen.map(({ received }) => received), [["to both"], ["to both", "to one"]]);
  });

  contract("what was published before close() still arrives", async (network, [here, there]) => {
    const seen = new Recorder();
    there.subscribe("t", seen);
    await network.settled();
    for (let i = 0; i < 100; i++) here.publish("t", String(i));
    await here.close();
    await seen.atLeast(100);
    assertEquals(seen.received.at(-1), "99");
  });
}
