// npm's p-queue, or async-mutex with --mutex. A p-queue runs functions: each of them is an item here.
import { Mutex } from "npm:async-mutex@0.5.0";
import PQueue from "npm:p-queue@10.0.0";
import { report } from "./queues_timing.mjs";

async function hand(size: number, items: number): Promise<number> {
  const queue = new PQueue({ concurrency: 1 });
  let sum = 0;
  for (let i = 0; i < items; i++) {
    if (size > 0) await queue.onSizeLessThan(size);
    queue.add(() => {
      sum += i;
    });
  }
  await queue.onIdle();
  return sum;
}

const mutex = new Mutex();

async function holdMutex(): Promise<void> {
  const release = await mutex.acquire();
  release();
}

const one = new PQueue({ concurrency: 1 });

if (Deno.args.includes("--mutex")) await report({ hold: holdMutex });
else await report({ hand, hold: () => one.add(() => {}) });
