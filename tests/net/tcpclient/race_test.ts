import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { SocketAddress } from "../../../src/net/_tcpclient/addresses.ts";
import { type Dialer, interleave, race } from "../../../src/net/_tcpclient/race.ts";
import { TimeoutError } from "../../../src/util/util.ts";
import { FakeClock, settled } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

/** Addresses by letter: `a` and `b` are IPv6, `c` and `d` are IPv4. */
const ADDRESSES: Readonly<Record<string, SocketAddress>> = {
  a: { transport: "tcp", hostname: "2001:db8::a", port: 80 },
  b: { transport: "tcp", hostname: "2001:db8::b", port: 80 },
  c: { transport: "tcp", hostname: "192.0.2.1", port: 80 },
  d: { transport: "tcp", hostname: "192.0.2.2", port: 80 },
};

const addressesOf = (letters: string): SocketAddress[] => Array.from(letters, (letter) => ADDRESSES[letter]);
const letterOf = (address: SocketAddress): string =>
  Object.keys(ADDRESSES).find((letter) => ADDRESSES[letter] === address) ?? "?";

/** A connection of Tornado's `FakeStream`. */
class FakeConnection {
  closed = false;
}

/** Tornado's `ConnectorTest`: every attempt is decided by the test. */
class Attempts implements Dialer<FakeConnection> {
  readonly connections: Map<string, FakeConnection> = new Map();
  readonly #pending: Map<string, PromiseWithResolvers<FakeConnection>> = new Map();
  readonly #aborted: Set<string> = new Set();

  dial(address: SocketAddress, signal: AbortSignal | null): Promise<FakeConnection> {
    const letter = letterOf(address);
    const attempt = Promise.withResolvers<FakeConnection>();
    this.#pending.set(letter, attempt);
    signal?.addEventListener("abort", () => {
      this.#aborted.add(letter);
      this.#pending.delete(letter);
    });
    return attempt.promise;
  }

  discard(connection: FakeConnection): void {
    connection.closed = true;
  }

  /** The attempts under way. */
  get pending(): string {
    return [...this.#pending.keys()].sort().join("");
  }

  /** The attempts whose sockets were closed. */
  get aborted(): string {
    return [...this.#aborted].sort().join("");
  }

  /** Decides one attempt, also an aborted one. */
  decide(letter: string): PromiseWithResolvers<FakeConnection> {
    const attempt = this.#pending.get(letter);
    if (attempt === undefined) throw new Error(`There is no attempt at ${letter}`);
    this.#pending.delete(letter);
    return attempt;
  }

  async succeed(letter: string): Promise<FakeConnection> {
    const connection = new FakeConnection();
    this.connections.set(letter, connection);
    this.decide(letter).resolve(connection);
    await settled();
    return connection;
  }

  async fail(letter: string): Promise<void> {
    this.decide(letter).reject(new Deno.errors.ConnectionRefused(letter));
    await settled();
  }
}

interface Started {
  readonly clock: FakeClock;
  readonly attempts: Attempts;
  readonly winner: Promise<FakeConnection>;
  /** Ends the race as the time-out of `TCPClient.connect` does. */
  expire(): void;
}

/** A test of a race between addresses, on a clock that stands still. */
function raceTest(name: string, letters: string, run: (started: Started) => Promise<void>): void {
  test(`Race: ${name}`, async () => {
    using clock = new FakeClock();
    const controller = new AbortController();
    const attempts = new Attempts();
    const winner = race(addressesOf(letters), attempts, controller.signal);
    winner.catch(() => {});
    await settled();
    await run({ clock, attempts, winner, expire: () => controller.abort(new TimeoutError("late")) });
    assertEquals(clock.timers, 0);
  });
}

test("interleave of one family keeps the order (Tornado: test_one_family)", () => {
  assertEquals(interleave(addressesOf("ab")), addressesOf("ab"));
});

test("interleave takes the families in turns, the first one first (Tornado: test_mixed)", () => {
  assertEquals(interleave(addressesOf("abcd")), addressesOf("acbd"));
  assertEquals(interleave(addressesOf("cabd")), addressesOf("cadb"));
  assertEquals(interleave(addressesOf("cab")), addressesOf("cab"));
  assertEquals(interleave(addressesOf("abc")), addressesOf("acb"));
});

raceTest("immediate success (test_immediate_success)", "abcd", async ({ attempts, winner }) => {
  assertEquals(attempts.pending, "a");
  const connection = await attempts.succeed("a");
  assertStrictEquals(await winner, connection);
});

raceTest("immediate failure of the only address (test_immediate_failure)", "a", async ({ attempts, winner }) => {
  await attempts.fail("a");
  const error = await assertRejects(() => winner, Deno.errors.ConnectionRefused, "a");
  assertEquals(error.cause, undefined);
});

raceTest("second try in one family (test_one_family_second_try)", "ab", async ({ attempts, winner }) => {
  await attempts.fail("a");
  assertEquals(attempts.pending, "b");
  const connection = await attempts.succeed("b");
  assertStrictEquals(await winner, connection);
});

raceTest("failure of the second try (test_one_family_second_try_failure)", "ab", async ({ attempts, winner }) => {
  await attempts.fail("a");
  await attempts.fail("b");
  await assertRejects(() => winner, Deno.errors.ConnectionRefused, "b");
});

// Tornado waits for the first address of the family; RFC 8305 tries the next one, of whatever family.
raceTest("second try after the delay (test_one_family_second_try_timeout)", "ab", async (started) => {
  const { clock, attempts, winner } = started;
  clock.advance(0.249);
  assertEquals(attempts.pending, "a");
  clock.advance(0.001);
  assertEquals(attempts.pending, "ab");
  await attempts.fail("a");
  const connection = await attempts.succeed("b");
  assertStrictEquals(await winner, connection);
});

// Tornado tries an address of each family then; RFC 8305 starts one attempt at a time.
raceTest("the next address follows a failure (test_two_families_immediate_failure)", "abcd", async (started) => {
  const { clock, attempts, winner } = started;
  await attempts.fail("a");
  assertEquals(attempts.pending, "c");
  clock.advance(0.25);
  assertEquals(attempts.pending, "bc");
  await attempts.fail("b");
  const connection = await attempts.succeed("c");
  assertStrictEquals(await winner, connection);
});

raceTest("the other family after the delay (test_two_families_timeout)", "abcd", async (started) => {
  const { clock, attempts, winner } = started;
  clock.advance(0.25);
  assertEquals(attempts.pending, "ac");
  const connection = await attempts.succeed("c");
  assertStrictEquals(await winner, connection);
  assertEquals([attempts.pending, attempts.aborted], ["", "ac"]);
  clock.advance(10);
  assertEquals(attempts.pending, "");
});

raceTest("a late winner is closed (test_success_after_timeout)", "abcd", async ({ clock, attempts, winner }) => {
  clock.advance(0.25);
  const late = attempts.decide("c");
  const connection = await attempts.succeed("a");
  assertStrictEquals(await winner, connection);
  const second = new FakeConnection();
  late.resolve(second);
  await settled();
  assertEquals(second.closed, true);
});

raceTest("all addresses fail (test_all_fail)", "abcd", async ({ clock, attempts, winner }) => {
  clock.advance(0.25);
  assertEquals(attempts.pending, "ac");
  await attempts.fail("c");
  assertEquals(attempts.pending, "ab");
  await attempts.fail("b");
  assertEquals(attempts.pending, "ad");
  await attempts.fail("d");
  assertEquals(attempts.pending, "a");
  await attempts.fail("a");
  const error = await assertRejects(() => winner, Deno.errors.ConnectionRefused, "a");
  assert(error.cause instanceof AggregateError);
  assertEquals(error.cause.errors.map(String), ["c", "b", "d"].map((letter) => `ConnectionRefused: ${letter}`));
});

raceTest("the time is over (test_one_family_timeout_after_connect_timeout)", "ab", async (started) => {
  const { clock, attempts, winner, expire } = started;
  expire();
  assertEquals([attempts.pending, attempts.aborted], ["", "a"]);
  clock.advance(1);
  assertEquals(attempts.pending, "");
  await assertRejects(() => winner, TimeoutError);
});

raceTest("success, then the time is over (test_one_family_success_before_connect_timeout)", "ab", async (started) => {
  const { attempts, winner, expire } = started;
  const connection = await attempts.succeed("a");
  expire();
  assertStrictEquals(await winner, connection);
  assertEquals(connection.closed, false);
});

raceTest("the second try takes too long (test_one_family_second_try_after_connect_timeout)", "ab", async (started) => {
  const { attempts, winner, expire } = started;
  await attempts.fail("a");
  expire();
  assertEquals(attempts.aborted.includes("b"), true);
  await assertRejects(() => winner, TimeoutError);
});

raceTest(
  "all have failed, then the time is over (test_one_family_second_try_failure_before_connect_timeout)",
  "ab",
  async ({ attempts, winner, expire }) => {
    await attempts.fail("a");
    await attempts.fail("b");
    expire();
    await assertRejects(() => winner, Deno.errors.ConnectionRefused);
  },
);

raceTest(
  "the time is over for both families (test_two_family_timeout_before_connect_timeout)",
  "abcd",
  async ({ clock, attempts, winner, expire }) => {
    clock.advance(0.25);
    expire();
    assertEquals([attempts.pending, attempts.aborted], ["", "ac"]);
    await assertRejects(() => winner, TimeoutError);
  },
);

raceTest("the loser is closed (test_two_family_success_after_timeout)", "abcd", async (started) => {
  const { clock, attempts, winner } = started;
  clock.advance(0.25);
  const connection = await attempts.succeed("a");
  assertEquals([attempts.pending, attempts.aborted.includes("c"), connection.closed], ["", true, false]);
  assertStrictEquals(await winner, connection);
});

raceTest(
  "no other family after the time is over (test_two_family_timeout_after_connect_timeout)",
  "abcd",
  async ({ clock, attempts, winner, expire }) => {
    expire();
    assertEquals([attempts.pending, attempts.aborted], ["", "a"]);
    clock.advance(1);
    assertEquals(attempts.pending, "");
    await assertRejects(() => winner, TimeoutError);
  },
);

test("Race gives up before it begins if the signal is aborted", async () => {
  for (const letters of ["a", "ab"]) {
    const attempts = new Attempts();
    const reason = new Error("enough");
    const error = await assertRejects(() => race(addressesOf(letters), attempts, AbortSignal.abort(reason)), Error);
    assertStrictEquals(error, reason);
    if (letters === "a") assertEquals((await attempts.succeed("a")).closed, true);
    else assertEquals(attempts.pending, "");
  }
});
