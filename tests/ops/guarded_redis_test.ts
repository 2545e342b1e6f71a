import { assertEquals, assertRejects } from "@std/assert";
import { GuardedRedis } from "../../src/ops/_redis/guarded_redis.ts";
import { FakeClock } from "../../src/testing/mod.ts";
import { settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

/** A client whose answers are given by hand. */
class Client {
  readonly asked: { readonly words: string[]; readonly answer: PromiseWithResolvers<unknown> }[] = [];

  sendCommand(words: string[]): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    this.asked.push({ words, answer });
    return answer.promise;
  }

  /** The names of the commands, in their order. */
  get names(): string {
    return this.asked.map(({ words }) => words[0]).join(" ");
  }
}

/** Asks once, and lets the second pass in which there is no answer. */
async function fallSilent(clock: FakeClock, redis: GuardedRedis): Promise<void> {
  const first = assertRejects(() => redis.sendCommand(["GET", "a"]), Error, "no answer from Redis within 1 s");
  await settled();
  clock.advance(1);
  await first;
}

const refused = (redis: GuardedRedis) => assertRejects(() => redis.sendCommand(["GET", "b"]), Error, "does not answer");

test("GuardedRedis lets one command wait, refuses the others immediately, and asks once a second for a sign", async () => {
  using clock = new FakeClock();
  const client = new Client();
  const redis = new GuardedRedis(client);
  await fallSilent(clock, redis);
  for (let i = 0; i < 3; i++) await refused(redis);
  assertEquals(client.names, "GET");
  clock.advance(1);
  for (let i = 0; i < 3; i++) await refused(redis);
  clock.advance(60);
  await refused(redis);
  // However long it takes, one question is under way.
  assertEquals(client.names, "GET PING");
  client.asked[1]?.answer.resolve("PONG");
  await settled();
  const answered = redis.sendCommand(["GET", "c"]);
  await settled();
  client.asked.at(-1)?.answer.resolve("value");
  assertEquals([await answered, client.names], ["value", "GET PING GET"]);
});

test("GuardedRedis goes on when a late answer comes, or the client gives the command up", async () => {
  using clock = new FakeClock();
  for (const settle of ["resolve", "reject"] as const) {
    const client = new Client();
    const redis = new GuardedRedis(client);
    await fallSilent(clock, redis);
    await refused(redis);
    client.asked[0]?.answer[settle](new Error("the socket is closed"));
    await settled();
    const answered = redis.sendCommand(["GET", "b"]);
    await settled();
    client.asked[1]?.answer.resolve("value");
    assertEquals(await answered, "value");
  }
});

test("GuardedRedis passes errors on, which are answers", async () => {
  const client = new Client();
  const redis = new GuardedRedis(client);
  for (let i = 0; i < 2; i++) {
    const failed = assertRejects(() => redis.sendCommand(["GET", "a"]), Error, "WRONGTYPE");
    await settled();
    client.asked[i]?.answer.reject(new Error("WRONGTYPE"));
    await failed;
  }
});
