// The brokers over real servers: the contract of every broker, and what they must do when servers and links fail.
import { assert, assertEquals } from "@std/assert";
import { type LinkedBroker, type TopicBroker, Topics } from "../../src/pubsub/mod.ts";
import { Recorder } from "../pubsub/support.ts";
import { brokerOn, brokersSettled, type WatchedBroker, watchedBroker } from "../support/broker_network.ts";
import { type BrokerKind, BrokerServer } from "../support/broker_server.ts";
import { FaultyProxy } from "../support/faulty_proxy.ts";
import { GapJudge } from "../support/gap_judge.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";
import { type BrokerNetwork, topicBrokerContract } from "./topic_broker_contract.ts";

class ServerNetwork implements BrokerNetwork {
  readonly #server: BrokerServer;
  readonly #brokers: LinkedBroker[] = [];

  constructor(server: BrokerServer) {
    this.#server = server;
  }

  broker(): TopicBroker {
    const broker = brokerOn(this.#server.kind, this.#server.port);
    this.#brokers.push(broker);
    return broker;
  }

  settled(): Promise<void> {
    return brokersSettled(this.#brokers);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}

/** Two `Topics`, the second one subscribed to `"t"`, on a server behind a proxy. */
export class Site implements AsyncDisposable {
  readonly server: BrokerServer;
  readonly proxy: FaultyProxy;
  readonly here: Topics;
  readonly there: Topics;
  readonly judge: GapJudge = new GapJudge();
  readonly brokers: readonly [LinkedBroker, LinkedBroker];
  readonly #watched: readonly [WatchedBroker, WatchedBroker];
  #published = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  private constructor(server: BrokerServer, options: { history?: { size: number } }) {
    this.server = server;
    this.proxy = new FaultyProxy(server.port);
    // The publisher connects directly: what it publishes while the reader is away is missing.
    this.#watched = [watchedBroker(server.kind, server.port), watchedBroker(server.kind, this.proxy.port)];
    this.brokers = [this.#watched[0].broker, this.#watched[1].broker];
    [this.here, this.there] = this.brokers.map((broker) => new Topics({ broker, ...options }));
    this.there.subscribe("t", this.judge);
  }

  static async open(kind: BrokerKind, options: { history?: { size: number } } = {}): Promise<Site> {
    const site = new Site(await BrokerServer.start(kind), options);
    await brokersSettled(site.brokers);
    return site;
  }

  /** Publishes some messages every turn, until {@linkcode end}. */
  begin(): void {
    this.#timer = setInterval(() => this.publish(5), 2);
  }

  publish(count: number): void {
    for (let i = 0; i < count; i++) this.here.publish("t", `a ${++this.#published} ${"x".repeat(100)}`);
  }

  /** Publishes no more until the server has confirmed everything. */
  async stored(): Promise<void> {
    clearInterval(this.#timer);
    // JetStream confirms one message after another, and may do so after it has answered later commands.
    await until(() => this.brokers[0].outbound === 0);
  }

  /** Cuts the link of the reader in the middle of a message, and resolves when it is lost. */
  async cut(bytes: number): Promise<void> {
    const lost = this.#watched[1].lost();
    await this.proxy.cutAfter(bytes);
    await lost;
  }

  /** Resolves when both links are lost. */
  async lost(): Promise<void> {
    await Promise.all(this.#watched.map((one) => one.lost()));
  }

  /** Waits for the last message, and judges. */
  async end(): Promise<GapJudge["verdict"]> {
    clearInterval(this.#timer);
    await brokersSettled(this.brokers);
    this.publish(1);
    await this.judge.reached("a", this.#published);
    const { verdict } = this.judge;
    assertEquals([verdict.silent, verdict.doubled, verdict.disordered], [0, 0, 0]);
    assertEquals(verdict.received + verdict.told, this.#published);
    return verdict;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.here.close(), this.there.close()]);
    await this.proxy[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

/** Registers the tests for some kinds of broker. */
export function linkedBrokerContract(kinds: readonly BrokerKind[]): void {
  // A case runs with every kind of broker at the same time, since it mostly waits.
  const faultTest = (criterion: string, run: (kind: BrokerKind) => Promise<void>) =>
    test(`${kinds.join(", ")}: ${criterion}`, async (t) => {
      await Promise.all(kinds.map(run));
      t.expectLog("tornado.general", /./);
    });

  for (const kind of kinds) {
    test(`${kind}: a history tells of messages for which there was no room, and recovers none across them`, async (t) => {
      await using server = await BrokerServer.start(kind);
      const brokers = [brokerOn(kind, server.port, { maxOutbound: 2000 }), brokerOn(kind, server.port)];
      const [here, there] = brokers.map((broker) => new Topics({ broker, history: { size: 100 } }));
      await using _here = here;
      await using _there = there;
      const seen = new Recorder();
      const { position } = await there.subscribe("t", seen, { since: null });
      await brokersSettled(brokers);
      for (let i = 0; i < 20; i++) here.publish("t", `${i} ${"x".repeat(200)}`);
      await until(() => brokers[0].outbound === 0);
      here.publish("t", "next");
      here.publish("t", "last");
      const fit = 20 - here.metrics().refused;
      await seen.atLeast(fit + 2);
      assertEquals(seen.received.slice(fit), ["next", "last"]);
      assertEquals(seen.gaps, [{ topic: "t", missed: 20 - fit, origin: null }]);
      assertEquals(there.metrics().missed, 20 - fit);
      // Also for those that ask the server.
      await using late = new Topics({ broker: brokerOn(kind, server.port), history: { size: 100 } });
      for (const [since, expected] of [[position, null], [seen.messages[fit].position, ["last"]]] as const) {
        const reader = new Recorder();
        assertEquals((await late.subscribe("t", reader, { since })).recovered, expected !== null);
        assertEquals(reader.received, expected ?? []);
      }
      t.expectLog("tornado.general", /^Messages of topic t are missing: 1\d$/);
      t.expectLog("tornado.application", /cannot publish to topic t/);
    });

    topicBrokerContract(kind, async () => new ServerNetwork(await BrokerServer.start(kind)));
  }

  faultTest(
    "a server that is killed and comes back: all messages come once and in order, or are told",
    async (kind) => {
      await using site = await Site.open(kind);
      site.begin();
      await site.judge.reached("a", 200);
      const lost = site.lost();
      await site.server.kill();
      await lost;
      await site.server.restart();
      await site.end();
    },
  );

  faultTest("a server that is frozen is found, and what was published meanwhile comes or is told", async (kind) => {
    await using site = await Site.open(kind);
    site.begin();
    await site.judge.reached("a", 200);
    const lost = site.lost();
    site.server.freeze();
    await lost;
    site.server.resume();
    await site.end();
  });

  faultTest("links that are cut in the middle of a message, twice in a row, tell what is missing", async (kind) => {
    await using site = await Site.open(kind);
    site.begin();
    for (const bytes of [10_001, 3]) {
      await site.cut(bytes);
      await site.brokers[1].whenUp();
    }
    await site.cut(20_000);
    site.proxy.refuse(true);
    site.publish(1000);
    await site.stored();
    site.proxy.refuse(false);
    const { told } = await site.end();
    assert(told >= 1000, `${kind}: ${told} messages were told as missing`);
  });

  faultTest("a history gives back all that was missed during a cut", async (kind) => {
    await using site = await Site.open(kind, { history: { size: 5000 } });
    site.begin();
    await site.cut(10_001);
    site.proxy.refuse(true);
    site.publish(1000);
    await site.stored();
    site.proxy.refuse(false);
    const { told } = await site.end();
    assertEquals(told, 0);
    assert(site.there.metrics().recovered >= 1000);
    // Another reader that comes later gets what it asks for, or nothing.
    const late = new Recorder();
    const { recovered, position } = await site.there.subscribe("t", late, { since: null });
    assertEquals([recovered, late.received], [true, []]);
    const again = new Recorder();
    const since = { epoch: position.epoch, offset: position.offset - 100 };
    assertEquals((await site.here.subscribe("t", again, { since })).recovered, true);
    assertEquals(again.received.length, 100);
    const tooLate = new Recorder();
    const lost = await site.here.subscribe("t", tooLate, { since: { ...since, epoch: "00".repeat(8) } });
    assertEquals([lost.recovered, tooLate.received], [false, []]);
  });
}
