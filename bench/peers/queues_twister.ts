// Twister's queue and lock; with --memory, what a million waiters that have timed out leave behind.
import { Lock } from "../../src/concurrency/locks.ts";
import { Queue } from "../../src/concurrency/queues.ts";
import { ITEMS, report } from "./queues_timing.mjs";

const lock = new Lock();

async function hand(size: number, items: number): Promise<number> {
  const queue = new Queue<number>(size);
  async function produce(): Promise<void> {
    for (let i = 0; i < items; i++) await queue.put(i);
    queue.close();
  }
  async function consume(): Promise<number> {
    let sum = 0;
    if (Deno.args.includes("--for-await")) {
      for await (const item of queue) sum += item;
    } else {
      for (let i = 0; i < items; i++) sum += await queue.get();
    }
    return sum;
  }
  return (await Promise.all([consume(), produce()]))[0];
}

async function hold(): Promise<void> {
  const permit = await lock.acquire();
  permit.release();
}

/** A million getters of one queue, in rounds, between two that wait for ever. */
async function reportMemory(): Promise<void> {
  const queue = new Queue<number>();
  const heap = () => {
    Reflect.apply(Reflect.get(globalThis, "gc"), globalThis, []);
    return Deno.memoryUsage().heapUsed;
  };
  const round = async (waiters: number) => {
    const gets = Array.from({ length: waiters }, () => queue.get({ timeout: 0.001 }));
    await Promise.allSettled(gets);
  };
  const first = queue.get();
  await round(1000);
  const before = heap();
  for (let i = 0; i < 10; i++) await round(ITEMS / 10);
  const bytes = heap() - before;
  queue.putNowait(1);
  console.log(JSON.stringify({ bytes, first: await first, waiters: String(queue) }));
}

if (Deno.args.includes("--memory")) await reportMemory();
else await report({ hand, hold });
