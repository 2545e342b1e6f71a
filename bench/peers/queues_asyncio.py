"""asyncio's queue and lock: prints the microseconds of the processor, as queues_timing.mjs does."""
import asyncio
import json
import time

ITEMS = 1_000_000
SIZES = [0, 16, 1]
TASKS = 100


async def hand(size, items):
    queue = asyncio.Queue(size)

    async def produce():
        for i in range(items):
            await queue.put(i)

    async def consume():
        total = 0
        for _ in range(items):
            total += await queue.get()
        return total

    return (await asyncio.gather(consume(), produce()))[0]


async def hold(lock, times):
    for _ in range(times):
        await lock.acquire()
        lock.release()


async def contend(times):
    lock = asyncio.Lock()

    async def task():
        for _ in range(times // TASKS):
            await lock.acquire()
            # As the other peers' await does: otherwise no task ever waits.
            await asyncio.sleep(0)
            lock.release()

    await asyncio.gather(*(task() for _ in range(TASKS)))


async def time_of(steps, work):
    await work(steps // 10)
    start = time.process_time()
    await work(steps)
    return (time.process_time() - start) / steps * 1e6


async def main():
    result = {}
    for size in SIZES:
        async def work(items, size=size):
            assert await hand(size, items) == items * (items - 1) // 2

        result[f"size {size}"] = await time_of(ITEMS, work)
    result["alone"] = await time_of(ITEMS, lambda times: hold(asyncio.Lock(), times))
    result["contended"] = await time_of(ITEMS, contend)
    print(json.dumps(result))


asyncio.run(main())
