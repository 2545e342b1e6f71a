import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  MemoryHub,
  Presence,
  type PresenceMember,
  type Subscriber,
  type TopicBroker,
  Topics,
} from "../../src/pubsub/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { CutBroker } from "./cut_broker.ts";

const names = (members: readonly PresenceMember[]) => members.map(({ info }) => info);

/** Follows a topic, and writes down what it is told. */
class Follower {
  readonly told: string[] = [];
  #waiting: { count: number; resolve: () => void }[] = [];

  present(members: readonly PresenceMember[]): void {
    this.#tell(`present ${names(members).sort()}`);
  }

  changed(joined: readonly PresenceMember[], left: readonly PresenceMember[]): void {
    this.#tell(`+${names(joined)} -${names(left)}`);
  }

  atLeast(count: number): Promise<void> {
    if (this.told.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  #tell(text: string): void {
    this.told.push(text);
    this.#waiting = this.#waiting.filter(({ count, resolve }) => this.told.length < count || resolve());
  }
}

test("Presence.members() has those of all processes, and watch() first all, then each change in order", async () => {
  const hub = new MemoryHub();
  await using here = new Presence(new Topics({ broker: hub.broker() }));
  await using there = new Presence(new Topics({ broker: hub.broker() }));
  here.join("tea", { info: "Ann" });
  const leave = there.join("tea", { info: "Bob" });
  there.join("coffee", { info: "Cid" });
  assertEquals(names(await here.members("tea")).sort(), ["Ann", "Bob"]);
  const follower = new Follower();
  here.watch("tea", follower);
  await follower.atLeast(1);
  const again = there.join("tea", { info: "Bob again" });
  leave();
  leave();
  here.join("tea", { info: "Dan" });
  await follower.atLeast(4);
  again();
  await follower.atLeast(5);
  assertEquals(follower.told.slice(0, 1), ["present Ann,Bob"]);
  assertEquals(follower.told.slice(1).filter((line) => line !== "+Dan -"), ["+Bob again -", "+ -Bob", "+ -Bob again"]);
  assertEquals(names(await there.members("tea")).sort(), ["Ann", "Dan"]);
  assertThrows(() => here.join("tea", { info: () => {} }), TypeError, "the info has no JSON form");
});

test("Presence counts right on topics that are left and joined again", async () => {
  const hub = new MemoryHub();
  await using here = new Presence(new Topics({ broker: hub.broker() }));
  await using there = new Presence(new Topics({ broker: hub.broker() }));
  const follower = new Follower();
  here.watch("tea", follower);
  await follower.atLeast(1);
  for (const presence of [here, there]) {
    for (let i = 0; i < 3; i++) presence.join("coffee", { info: i })();
    presence.join("tea", { info: "Ann" })();
    presence.join("coffee", { info: "Bob" })();
    presence.join("tea", { info: "Cid" });
  }
  await follower.atLeast(5);
  assertEquals(names(await here.members("tea")), ["Cid", "Cid"]);
  assertEquals(names(await there.members("tea")), ["Cid", "Cid"]);
});

test("Presence has no member that left while the last part of a large answer was lost", async () => {
  const hub = new MemoryHub();
  let onLoss: (() => void) | null = null;
  const inner = hub.broker();
  const broker: TopicBroker = {
    connect: (receive, state) =>
      inner.connect((topic, data, position) => {
        const text = new TextDecoder().decode(data);
        const isLost = onLoss !== null && text.includes('"kind":"have"') && text.includes('"more":false');
        if (!isLost) return receive(topic, data, position);
        onLoss?.();
        onLoss = null;
      }, state),
    subscribe: (topics) => inner.subscribe(topics),
    unsubscribe: (topics) => inner.unsubscribe(topics),
    publish: (topic, data) => inner.publish(topic, data),
    close: () => inner.close(),
  };
  await using here = new Presence(new Topics({ broker }));
  await using there = new Presence(new Topics({ broker: hub.broker() }));
  const leaves = Array.from({ length: 600 }, (_, i) => there.join("tea", { info: i }));
  assertEquals((await there.members("tea")).length, 600);
  onLoss = () => leaves[0]();
  const members = new Set<unknown>();
  const all = Promise.withResolvers<void>();
  const changed = (joined: readonly PresenceMember[], left: readonly PresenceMember[]) => {
    for (const { info } of joined) members.add(info);
    for (const { info } of left) members.delete(info);
    if (members.size >= 599) all.resolve();
  };
  here.watch("tea", { present: (present) => changed(present, []), changed });
  await all.promise;
  assertEquals([onLoss, members.size, members.has(0)], [null, 599, false]);
});

test("Presence.join() ends with its subscriber, and close() ends all memberships of a process", async () => {
  const hub = new MemoryHub();
  await using here = new Presence(new Topics({ broker: hub.broker() }));
  const there = new Presence(new Topics({ broker: hub.broker() }));
  const ended: ((subscriber: Subscriber) => void)[] = [];
  const subscriber: Subscriber = { deliver: () => "delivered", whenClosed: (callback) => void ended.push(callback) };
  there.join("tea", { info: "Ann", until: subscriber });
  there.join("tea", { info: "Bob" });
  const follower = new Follower();
  here.watch("tea", follower);
  await follower.atLeast(1);
  for (const callback of ended) callback(subscriber);
  await follower.atLeast(2);
  await there.close();
  await follower.atLeast(3);
  assertEquals(follower.told, ["present Ann,Bob", "+ -Ann", "+ -Bob"]);
});

test("Presence removes the members of a process that is silent for 20 s, and takes them back", async () => {
  using clock = new FakeClock();
  const hub = new MemoryHub();
  let isCut = false;
  const inner = hub.broker();
  const cut = {
    ...{ subscribe: inner.subscribe.bind(inner), unsubscribe: inner.unsubscribe.bind(inner) },
    connect: inner.connect.bind(inner),
    close: inner.close.bind(inner),
    publish: (topic: string, data: Uint8Array<ArrayBuffer>) => isCut ? undefined : inner.publish(topic, data),
  };
  await using here = new Presence(new Topics({ broker: hub.broker() }));
  await using there = new Presence(new Topics({ broker: cut }));
  there.join("tea", { info: "Ann" });
  const follower = new Follower();
  here.watch("tea", follower);
  await clock.advanceAsync(3);
  assertEquals(follower.told, ["present Ann"]);
  isCut = true;
  await clock.advanceAsync(15);
  assertEquals(follower.told, ["present Ann"]);
  await clock.advanceAsync(10);
  assertEquals(follower.told, ["present Ann", "+ -Ann"]);
  isCut = false;
  await clock.advanceAsync(8);
  assertEquals(follower.told, ["present Ann", "+ -Ann", "+Ann -"]);
});

test("Presence.close() ends the wait for members, and leaves no timer", async () => {
  const presence = new Presence(new Topics({ broker: new MemoryHub().broker() }));
  const members = presence.members("tea");
  await Promise.all([
    assertRejects(() => members, Error, 'members of "tea": the presence is closed'),
    presence.close(),
  ]);
  await assertRejects(() => presence.members("tea"), Error, "the presence is closed");
});

test("Presence tells of many members with much to say in messages that a broker takes", async () => {
  const hub = new MemoryHub();
  await using there = new Presence(new Topics({ broker: hub.broker() }));
  const inner = hub.broker();
  let longest = 0;
  const broker: TopicBroker = {
    connect: (receive, state) => inner.connect(receive, state),
    subscribe: (topics) => inner.subscribe(topics),
    unsubscribe: (topics) => inner.unsubscribe(topics),
    publish: (topic, data) => {
      longest = Math.max(longest, data.length);
      return inner.publish(topic, data);
    },
    close: () => inner.close(),
  };
  await using here = new Presence(new Topics({ broker }));
  for (let i = 0; i < 600; i++) here.join("tea", { info: "\u20ac".repeat(2000 + i) });
  const text = "\u20ac".repeat(199_998);
  here.join("tea", { info: text });
  assertEquals((await there.members("tea")).length, 601);
  assertEquals(longest < 2 ** 20 - 1024, true, String(longest));
  assertThrows(() => here.join("tea", { info: `${text}.` }), RangeError, "has 200001 characters, and 200000 are");
});

test("Presence asks a process again whose link was down when it was asked", async () => {
  using clock = new FakeClock();
  const hub = new MemoryHub();
  const broker = new CutBroker(hub);
  await using here = new Presence(new Topics({ broker: hub.broker() }));
  await using there = new Presence(new Topics({ broker }));
  there.join("tea", { info: "Ann" });
  await clock.advanceAsync(3);
  broker.cut();
  const follower = new Follower();
  here.watch("tea", follower);
  await clock.advanceAsync(4);
  assertEquals(follower.told, ["present "]);
  broker.mend();
  await clock.advanceAsync(8);
  assertEquals(follower.told, ["present ", "+Ann -"]);
});
