import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { IOLoop, WorkerExecutor } from "../../src/net/ioloop.ts";
import { test } from "../support/test.ts";
import type * as functions from "./worker_functions.ts";

const module = new URL("./worker_functions.ts", import.meta.url);

test("WorkerExecutor.submit runs functions with arguments on another thread", async () => {
  await using executor = new WorkerExecutor({ maxWorkers: 1 });
  assertEquals(await executor.submit((a: number, b: string) => [a, b], 1, "x"), [1, "x"]);
  assertEquals(
    await executor.submit(function named() {
      return "function";
    }),
    "function",
  );
  assertEquals(await executor.submit(async (x: number) => await Promise.resolve(x * 2), 21), 42);
  assertEquals(await executor.submit(() => undefined), undefined);
  const bytes = await executor.submit((data: Uint8Array) => data.map((x) => x + 1), new Uint8Array([1, 2]));
  assertEquals(bytes, new Uint8Array([2, 3]));
  const other = await executor.submit(() => (globalThis as { marker?: string }).marker ?? "another global scope");
  assertEquals(other, "another global scope");
});

test("WorkerExecutor.submit runs an export of a TypeScript module", async () => {
  await using executor = new WorkerExecutor({ maxWorkers: 1 });
  assertEquals(await executor.submit<typeof functions.fibonacci>({ module, name: "fibonacci" }, 20), 6765);
  assertEquals(await executor.submit({ module: module.href, name: "default" }), "the default export");
  await assertRejects(() => executor.submit({ module, name: "missing" }), TypeError, "exports no such function");
  await assertRejects(() => executor.submit({ module, name: "constant" }), TypeError, "exports no such function");
  await assertRejects(() => executor.submit({ module: new URL("./none.ts", module), name: "f" }), TypeError);
});

test("WorkerExecutor.submit brings errors back with class, name, message and stack", async () => {
  await using executor = new WorkerExecutor({ maxWorkers: 1 });
  const error = await assertRejects(
    () =>
      executor.submit(function thrower(): void {
        throw new RangeError("too far");
      }),
    RangeError,
    "too far",
  );
  assert(error.stack?.includes("thrower"));
  const custom = await assertRejects(() => executor.submit({ module, name: "failCustom" }), Error, "special");
  assertEquals([custom.name, custom.constructor], ["CustomError", Error]);
  await assertRejects(() => executor.submit(() => Promise.reject(new TypeError("later"))), TypeError, "later");
  const value = await executor.submit(() => Promise.reject({ code: 7 })).catch((thrown: unknown) => thrown);
  assertEquals(value, { code: 7 });
});

test("WorkerExecutor.submit refuses what cannot be cloned, and goes on", async () => {
  await using executor = new WorkerExecutor({ maxWorkers: 1 });
  const failures = Array.from({ length: 20_000 }, () => executor.submit((f: () => void) => f, () => {}));
  const results = await Promise.allSettled(failures);
  assert(results.every((result) => result.status === "rejected" && result.reason.name === "DataCloneError"));
  await assertRejects(() => executor.submit(() => () => {}), DOMException, "could not be cloned");
  await assertRejects(
    () => executor.submit(() => Promise.reject({ f: () => {} })),
    DOMException,
    "could not be cloned",
  );
  assertEquals(await executor.submit(() => "fine"), "fine");
});

test("WorkerExecutor.submit refuses functions without a usable source text", async () => {
  await using executor = new WorkerExecutor({ maxWorkers: 1 });
  await assertRejects(() => executor.submit(Math.max, 1, 2), TypeError, "max is native");
  await assertRejects(() => executor.submit((() => 1).bind(null)), TypeError, "no source text");
  const holder = {
    method() {
      return 1;
    },
  };
  await assertRejects(() => executor.submit(holder.method), TypeError, "function expression");
  const outside = 5;
  await assertRejects(() => executor.submit(() => outside), ReferenceError, "outside");
});

test("WorkerExecutor runs maxWorkers functions at a time, and no more", async () => {
  await using executor = new WorkerExecutor({ maxWorkers: 2 });
  // The running functions, and the most there were of them.
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const meet = (cells: Int32Array<SharedArrayBuffer>) => {
    Atomics.add(cells, 0, 1);
    Atomics.notify(cells, 0);
    if (Atomics.load(cells, 0) === 1) Atomics.wait(cells, 0, 1, 10_000);
    return Atomics.load(cells, 0);
  };
  // The first waits for the second, which it would not see come if they took turns.
  assertEquals(await Promise.all([executor.submit(meet, shared), executor.submit(meet, shared)]), [2, 2]);
  Atomics.store(shared, 0, 0);
  const count = (cells: Int32Array<SharedArrayBuffer>) => {
    const running = Atomics.add(cells, 0, 1) + 1;
    for (let i = 0; i < 1e5; i++) Atomics.add(cells, 1, 1);
    Atomics.sub(cells, 0, 1);
    return running;
  };
  const running = await Promise.all(Array.from({ length: 20 }, () => executor.submit(count, shared)));
  assert(running.every((running) => running <= 2), `${running}`);
});

test("WorkerExecutor starts functions in the order of the calls", async () => {
  await using executor = new WorkerExecutor({ maxWorkers: 1 });
  const turn = new Int32Array(new SharedArrayBuffer(4));
  const take = (cells: Int32Array<SharedArrayBuffer>) => Atomics.add(cells, 0, 1);
  const turns = await Promise.all(Array.from({ length: 20 }, () => executor.submit(take, turn)));
  assertEquals(turns, turns.map((_, i) => i));
});

test("WorkerExecutor replaces a worker that ends or fails by itself", async () => {
  await using executor = new WorkerExecutor({ maxWorkers: 1 });
  const ended = executor.submit(() => Deno.exit(3));
  const queued = executor.submit(() => "after exit");
  await assertRejects(() => ended, Error, "Worker of an executor ended while it ran a function: exit code 3");
  assertEquals(await queued, "after exit");
});

test("WorkerExecutor rejects a function whose worker dies of an uncaught error", async () => {
  // In a process of its own, because Deno prints such an error itself.
  const ioloop = new URL("../../src/net/ioloop.ts", import.meta.url);
  const code = `
    import { WorkerExecutor } from "${ioloop}";
    const executor = new WorkerExecutor({ maxWorkers: 1 });
    const never = () => {
      setTimeout(() => { throw new RangeError("uncaught") }, 0);
      return new Promise(() => {});
    };
    console.log(await executor.submit(never).catch((error) => error.name + error.message));
    console.log(await executor.submit(() => "next"));
    await executor.shutdown();`;
  const { stdout, code: status } = await new Deno.Command(Deno.execPath(), { args: ["eval", code] }).output();
  assertEquals([new TextDecoder().decode(stdout), status], ["RangeErroruncaught\nnext\n", 0]);
});

test("WorkerExecutor.shutdown finishes what was submitted and takes no more", async () => {
  const executor = new WorkerExecutor({ maxWorkers: 1 });
  const results = [1, 2, 3].map((n) => executor.submit((n: number) => n, n));
  const end = executor.shutdown();
  await assertRejects(() => executor.submit(() => 1), Error, "shut down");
  await executor.shutdown();
  assertEquals(await Promise.all(results), [1, 2, 3]);
  await end;
  await new WorkerExecutor().shutdown();
});

test("WorkerExecutor.shutdown with terminate gives up what runs and what waits", async () => {
  const executor = new WorkerExecutor({ maxWorkers: 1 });
  assertEquals(await executor.submit(() => 1), 1);
  const results = [1, 2, 3].map(() => executor.submit(() => new Promise<void>(() => {})));
  const outcome = Promise.allSettled(results);
  await executor.shutdown({ terminate: true });
  for (const result of await outcome) {
    assert(result.status === "rejected" && result.reason.name === "AbortError");
  }
  const unstarted = new WorkerExecutor({ maxWorkers: 1 });
  const waiting = assertRejects(() => unstarted.submit(() => 1), DOMException);
  await unstarted.shutdown({ terminate: true });
  await waiting;
});

test("WorkerExecutor refuses a number of workers that is not a positive integer", () => {
  for (const maxWorkers of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => new WorkerExecutor({ maxWorkers }), RangeError, "maxWorkers must be a positive integer");
  }
  assertEquals(new WorkerExecutor().maxWorkers, navigator.hardwareConcurrency);
});

test("IOLoop.runInExecutor uses the executor given, or the default one", async () => {
  const loop = IOLoop.current();
  await using executor = new WorkerExecutor({ maxWorkers: 1 });
  assertEquals(await loop.runInExecutor(executor, (a: number) => a + 1, 1), 2);
  loop.setDefaultExecutor(executor);
  assertEquals(await loop.runInExecutor(null, (a: number) => a + 1, 2), 3);
  assertEquals(await loop.runInExecutor<typeof functions.fibonacci>(null, { module, name: "fibonacci" }, 10), 55);
});

test("IOLoop.runInExecutor: the default executor starts by itself and does not keep the process alive", async () => {
  const ioloop = new URL("../../src/net/ioloop.ts", import.meta.url);
  const code = `
    import { IOLoop } from "${ioloop}";
    console.log(await IOLoop.current().runInExecutor(null, (a, b) => a + b, 40, 2));`;
  const { stdout, code: status } = await new Deno.Command(Deno.execPath(), { args: ["eval", code] }).output();
  assertEquals([new TextDecoder().decode(stdout), status], ["42\n", 0]);
});
