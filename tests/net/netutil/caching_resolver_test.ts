import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CachingResolver, type ResolvedAddress, type ResolveOptions, Resolver } from "../../../src/net/netutil.ts";
import { FakeClock, settled } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

/** Gives the number of the question as the last part of the address, or fails. */
class CountingResolver extends Resolver {
  asked = 0;
  fails = false;
  closed = false;

  override async resolve(host: string, port: number, _options: ResolveOptions = {}): Promise<ResolvedAddress[]> {
    const hostname = `192.0.2.${++this.asked}`;
    await settled();
    if (this.fails) throw new Error(`Cannot resolve ${host}`);
    return [["ipv4", { transport: "tcp", hostname, port }]];
  }

  override close(): void {
    this.closed = true;
  }
}

test("CachingResolver remembers addresses for its time, by host, port and family", async () => {
  using clock = new FakeClock();
  const inner = new CountingResolver();
  const resolver = new CachingResolver({ resolver: inner });
  const ask = async (...question: [host: string, port: number, options?: ResolveOptions]) =>
    (await resolver.resolve(...question))[0]?.[1].hostname;
  assertEquals(await ask("a", 80), "192.0.2.1");
  clock.advance(9.9);
  assertEquals(await ask("a", 80), "192.0.2.1");
  assertEquals(await ask("b", 80), "192.0.2.2");
  assertEquals(await ask("a", 81), "192.0.2.3");
  assertEquals(await ask("a", 80, { family: "ipv4" }), "192.0.2.4");
  clock.advance(0.2);
  assertEquals(await ask("a", 80), "192.0.2.5");
  resolver.clear();
  assertEquals(await ask("a", 80), "192.0.2.6");
  resolver.close();
  assert(inner.closed);
});

test("CachingResolver asks once for all who ask at the same time, and lends nobody its list", async () => {
  const inner = new CountingResolver();
  const resolver = new CachingResolver({ resolver: inner });
  const [first, second] = await Promise.all([resolver.resolve("a", 80), resolver.resolve("a", 80)]);
  assertEquals(first, second);
  first.pop();
  assertEquals((await resolver.resolve("a", 80)).length, 1);
  assertEquals(inner.asked, 1);
});

test("CachingResolver remembers an error for a shorter time, or not at all", async () => {
  using clock = new FakeClock();
  const inner = new CountingResolver();
  inner.fails = true;
  const resolver = new CachingResolver({ resolver: inner });
  await assertRejects(() => resolver.resolve("a", 80), Error, "Cannot resolve a");
  await assertRejects(() => resolver.resolve("a", 80), Error, "Cannot resolve a");
  assertEquals(inner.asked, 1);
  clock.advance(1.1);
  inner.fails = false;
  assertEquals((await resolver.resolve("a", 80)).length, 1);
  const forgetful = new CachingResolver({ resolver: inner, negativeTtl: 0 });
  inner.fails = true;
  for (let i = 0; i < 2; i++) await assertRejects(() => forgetful.resolve("a", 80));
  assertEquals(inner.asked, 4);
});

test("CachingResolver forgets the oldest hosts beyond its number", async () => {
  const inner = new CountingResolver();
  const resolver = new CachingResolver({ resolver: inner, maxEntries: 2 });
  for (const host of ["a", "b", "c", "b", "c", "a"]) await resolver.resolve(host, 80);
  assertEquals(inner.asked, 4);
});

test("CachingResolver refuses options that are no numbers of seconds or hosts", () => {
  assertThrows(() => new CachingResolver({ ttl: -1 }), RangeError, "ttl is negative or not a number: -1");
  assertThrows(() => new CachingResolver({ negativeTtl: NaN }), RangeError, "negativeTtl");
  assertThrows(() => new CachingResolver({ maxEntries: 0 }), RangeError, "maxEntries is less than 1: 0");
});
