# Tornado's simple client, for bench/client.ts.
import asyncio
import json
import resource
import sys
import time

from tornado.simple_httpclient import SimpleAsyncHTTPClient

IN_FLIGHT = 64


def worked():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def run(client, url, count):
    begun = 0

    async def loop():
        nonlocal begun
        while begun < count:
            begun += 1
            (await client.fetch(url)).body

    await asyncio.gather(*(loop() for _ in range(IN_FLIGHT)))


async def main():
    url, count = sys.argv[1], int(sys.argv[2])
    client = SimpleAsyncHTTPClient(force_instance=True, max_clients=IN_FLIGHT)
    await run(client, url, count)
    before, start = worked(), time.perf_counter()
    await run(client, url, count)
    seconds = time.perf_counter() - start
    print(json.dumps({"cpu": (worked() - before) / count * 1e6, "rate": count / seconds}))


asyncio.run(main())
