/**
 * Ports on which nothing listens yet.
 *
 * @module
 */

/**
 * The system gives clients ports from 32,768 on. A client that asks again and again for a port of those, while its
 * server is away, could be given the same one, and be connected to itself.
 */
const FIRST = 20_000;
const COUNT = 12_000;

/** A port of this machine that was free a moment ago. */
export function freePort(): number {
  for (;;) {
    try {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: FIRST + Math.floor(Math.random() * COUNT) });
      return listener.addr.port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** Ports of this machine that were free a moment ago, each another one. */
export function freePorts(count: number): number[] {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(freePort());
  return [...ports];
}
