import { assert, assertEquals, assertRejects } from "@std/assert";
import { chainFuture, type Future, futureAddDoneCallback, isFuture } from "../../src/concurrency/concurrent.ts";
import { type Coroutine, coroutine, type CoroutineGenerator, Return } from "../../src/concurrency/gen.ts";
import { IOStream } from "../../src/net/iostream.ts";
import { TCPServer } from "../../src/net/tcpserver.ts";
import { IOLoop, WorkerExecutor } from "../../src/net/ioloop.ts";
import { utf8 } from "../../src/util/escape.ts";
import { settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

const LINE_END = new TextEncoder().encode("\n");

class CapServer extends TCPServer {
  @coroutine
  override *handleStream(stream: IOStream): Coroutine {
    const text = new TextDecoder().decode(yield stream.readUntil(LINE_END));
    const upper = text.toUpperCase();
    yield stream.write(utf8(text === upper ? "error\talready capitalized\n" : `ok\t${upper}`));
    stream.close();
  }
}

class CapError extends Error {}

const capitalize = coroutine(function* (port: number, text: string): CoroutineGenerator<string> {
  const stream: IOStream = yield IOStream.connect({ port, hostname: "127.0.0.1" });
  yield stream.write(utf8(`${text}\n`));
  const [status, message] = new TextDecoder().decode(yield stream.readUntil(LINE_END)).trimEnd().split("\t");
  stream.close();
  if (status !== "ok") throw new CapError(message);
  throw new Return(message);
});

function startServer(): CapServer & Disposable {
  const server = new CapServer();
  server.listen(0, { address: "127.0.0.1" });
  return Object.assign(server, { [Symbol.dispose]: () => server.stop() });
}

test("coroutines talk over streams (test_future, test_future_error)", async () => {
  using server = startServer();
  for (const [text, expected] of [["hello", "HELLO"], ["HELLO", "already capitalized"]]) {
    const done = Promise.withResolvers<void>();
    const future = capitalize(server.port, text);
    IOLoop.current().addFuture(future, () => done.resolve());
    await done.promise;
    assertEquals(await future.catch((error: CapError) => error.message), expected);
  }
});

test("coroutines talk over streams, in another coroutine (test_generator, test_generator_error)", async () => {
  using server = startServer();
  const outer = coroutine(function* (text: string): CoroutineGenerator<string> {
    try {
      return yield capitalize(server.port, text);
    } catch (error) {
      return String(error);
    }
  });
  assertEquals(await IOLoop.current().runSync(() => outer("hello")), "HELLO");
  assertEquals(await IOLoop.current().runSync(() => outer("HELLO")), "Error: already capitalized");
});

test("isFuture knows promises and what is like one", () => {
  const thenable = { then: () => {} };
  assertEquals([Promise.resolve(), thenable, 42, null, () => {}, {}].map(isFuture), [
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test("chainFuture passes the result on, over several futures too (test_asyncio_futures, test_concurrent_futures)", async () => {
  const [first, second, third] = [0, 0, 0].map(() => Promise.withResolvers<number>());
  chainFuture(first.promise, second);
  chainFuture(second.promise, third);
  first.resolve(42);
  assertEquals([await second.promise, await third.promise], [42, 42]);
});

test("chainFuture passes result and error on, unless the other is settled", async () => {
  const chained = async (a: Future<number>, before?: number) => {
    const b = Promise.withResolvers<number>();
    if (before !== undefined) b.resolve(before);
    chainFuture(a, b);
    return await b.promise;
  };
  assertEquals(await chained(Promise.resolve(42)), 42);
  assertEquals(await chained(Promise.resolve(42), 1), 1);
  await assertRejects(() => chained(Promise.reject(new RangeError("of a"))), RangeError, "of a");
  assertEquals(await chained(Promise.reject(new RangeError("of a")), 1), 1);
});

test("futureAddDoneCallback calls with the promise itself, later", async () => {
  for (const start of [() => Promise.resolve(42), () => Promise.reject(new RangeError("handled"))]) {
    const future = start();
    const seen: unknown[] = [];
    futureAddDoneCallback(future, (done) => seen.push(done));
    assertEquals(seen.length, 0);
    await settled();
    assert(seen[0] === future);
  }
});

test("runInExecutor does what run_on_executor is for (test_no_calling, test_call_with_no_args)", async () => {
  class Answers {
    f(): Promise<number> {
      return IOLoop.current().runInExecutor(null, () => 42);
    }
  }
  const answer: number = await coroutine(function* (): CoroutineGenerator<number> {
    return yield new Answers().f();
  })();
  assertEquals(answer, 42);
});

test("runInExecutor takes an executor (test_call_with_executor, test_async_await)", async () => {
  await using executor = new WorkerExecutor({ maxWorkers: 1 });
  async function f(): Promise<number> {
    return await IOLoop.current().runInExecutor(executor, () => 42);
  }
  assertEquals(await f(), 42);
});
