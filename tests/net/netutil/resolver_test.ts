import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  DefaultLoopResolver,
  OverrideResolver,
  type ResolvedAddress,
  type ResolveOptions,
  Resolver,
} from "../../../src/net/netutil.ts";
import { test } from "../../support/test.ts";

test("DefaultLoopResolver answers addresses without asking, and names by the system", async () => {
  const resolver = new DefaultLoopResolver();
  const address = (hostname: string) => ({ transport: "tcp", hostname, port: 80 });
  assertEquals(await resolver.resolve("192.0.2.1", 80), [["ipv4", address("192.0.2.1")]]);
  assertEquals(await resolver.resolve("2001:db8::1", 80, { family: "ipv6" }), [["ipv6", address("2001:db8::1")]]);
  const localhost = await resolver.resolve("localhost", 80, { family: "ipv4" });
  assertEquals(localhost, [["ipv4", address("127.0.0.1")]]);
  for (const [family, { hostname }] of await resolver.resolve("localhost", 80)) {
    assertEquals(hostname, family === "ipv4" ? "127.0.0.1" : "::1");
  }
  const error = await assertRejects(() => resolver.resolve("does-not-exist.invalid", 80), Error);
  assert("code" in error);
  await assertRejects(() => resolver.resolve("127.0.0.1", 80, { family: "ipv6" }), Error, "not an ipv6");
  resolver.close();
});

test("Resolver.create makes the configured class, with its options", async () => {
  const saved = Resolver._saveConfiguration();
  try {
    assert(Resolver.create() instanceof DefaultLoopResolver);
    Resolver.configure(OverrideResolver, {
      resolver: new DefaultLoopResolver(),
      mapping: { "example.com": "192.0.2.1" },
    });
    const [first] = await Resolver.create().resolve("example.com", 80);
    assertEquals(first?.[1].hostname, "192.0.2.1");
  } finally {
    Resolver._restoreConfiguration(saved);
  }
});

/** Notes what it is asked. */
class EchoResolver extends Resolver {
  readonly asked: unknown[] = [];
  closed = false;

  override resolve(host: string, port: number, options: ResolveOptions = {}): Promise<ResolvedAddress[]> {
    this.asked.push([host, port, options.family ?? null]);
    return Promise.resolve([]);
  }

  override close(): void {
    this.closed = true;
  }
}

test("OverrideResolver takes the most exact entry, and closes what it wraps", async () => {
  const inner = new EchoResolver();
  const resolver = new OverrideResolver(inner, {
    "google.com": "1.2.3.4",
    "foo.com:443": ["5.6.7.8", 1443],
    "foo.com:443:ipv6": ["::1", 6443],
    "foo.com": "9.9.9.9",
    "bar.com:80": "other.com",
    "::1:80": ["::2", 81],
  });
  await resolver.resolve("google.com", 80);
  await resolver.resolve("foo.com", 443, { family: "ipv4" });
  await resolver.resolve("foo.com", 443, { family: "ipv6" });
  await resolver.resolve("foo.com", 80, { family: "ipv6" });
  await resolver.resolve("bar.com", 80);
  await resolver.resolve("bar.com", 81);
  await resolver.resolve("::1", 80);
  await resolver.resolve("constructor", 1);
  await resolver.resolve("__proto__", 1);
  assertEquals(inner.asked, [
    ["1.2.3.4", 80, null],
    ["5.6.7.8", 1443, "ipv4"],
    ["::1", 6443, "ipv6"],
    ["9.9.9.9", 80, "ipv6"],
    ["other.com", 80, null],
    ["bar.com", 81, null],
    ["::2", 81, null],
    ["constructor", 1, null],
    ["__proto__", 1, null],
  ]);
  resolver.close();
  assert(inner.closed);
});
