// How long the processor works to hand items from one task to another, and for a lock, in microseconds.
import process from "node:process";

export const ITEMS = 1_000_000;

/** Sizes of queues: any number of items, few, and one at a time. */
export const SIZES = [0, 16, 1];

/** Tasks that want the lock at the same time. */
export const TASKS = 100;

/** Of the process, so that neighbours on the machine do not count, while collecting garbage does. */
function worked() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Microseconds for each of so many steps of a piece of work, the second time that it is done. */
async function timeOf(steps, work) {
  await work(steps / 10);
  const start = worked();
  await work(steps);
  return (worked() - start) / steps;
}

/**
 * Measures and prints: `hand(size, items)` hands items through a queue of a size and returns their sum, `hold()`
 * acquires a lock and releases it.
 */
export async function report({ hand, hold }) {
  const result = {};
  for (const size of hand === undefined ? [] : SIZES) {
    result[`size ${size}`] = await timeOf(ITEMS, async (items) => {
      const sum = await hand(size, items);
      if (sum !== items * (items - 1) / 2) throw new Error(`Items were lost: their sum is ${sum}`);
    });
  }
  result.alone = await timeOf(ITEMS, async (times) => {
    for (let i = 0; i < times; i++) await hold();
  });
  result.contended = await timeOf(ITEMS, async (times) => {
    const task = async () => {
      for (let i = 0; i < times / TASKS; i++) await hold();
    };
    await Promise.all(Array.from({ length: TASKS }, task));
  });
  console.log(JSON.stringify(result));
}
