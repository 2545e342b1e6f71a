import { assertEquals } from "@std/assert";
import { nextTurn } from "../../../src/internal/clock.ts";
import { FileWatch } from "../../../src/net/_autoreload/file_watch.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

/** Time between two looks, where it does not matter. */
const POLL_MS = 1000;

test("FileWatch reports writes, replacements, removals and appearances, each once", async () => {
  using dir = new TempDir();
  using watch = new FileWatch(POLL_MS);
  const [a, b] = [dir.write("a", "1"), `${dir.path}/later/b`];
  await watch.add([a, b]);
  dir.write("a", "2");
  assertEquals(await watch.next(), [a]);
  Deno.renameSync(dir.write("a.tmp", "3", { age: 50 }), a);
  assertEquals(await watch.next(), [a]);
  Deno.removeSync(a);
  assertEquals(await watch.next(), [a]);
  dir.write("a", "4");
  assertEquals(await watch.next(), [a]);
});

test("FileWatch does not report what leaves the content the same", async () => {
  using dir = new TempDir();
  using watch = new FileWatch(POLL_MS);
  const [a, b] = [dir.write("a", "1"), dir.write("b", "1")];
  await watch.add([a, b]);
  Deno.utimeSync(a, 1, 1);
  Deno.chmodSync(a, 0o600);
  dir.write("a", "1", { age: 5 });
  dir.write("c", "1");
  dir.write("b", "2");
  assertEquals(await watch.next(), [b]);
});

test("FileWatch reports every file below a directory, new folders included", async () => {
  using dir = new TempDir();
  using watch = new FileWatch(POLL_MS);
  const old = dir.write("tree/x/old", "1");
  await watch.add([`${dir.path}/tree`]);
  dir.write("tree/x/old", "2");
  assertEquals(await watch.next(), [old]);
  const young = dir.write("tree/x/young", "1");
  assertEquals(await watch.next(), [young]);
  Deno.removeSync(old);
  assertEquals(await watch.next(), [old]);
});

test("FileWatch takes what is there as the state to compare with, or reports what changed after a time", async () => {
  using dir = new TempDir();
  using watch = new FileWatch(POLL_MS);
  const [old, young] = [dir.write("old", "1", { age: 100 }), dir.write("young", "1", { age: 10 })];
  await watch.add([old, young], Date.now() - 50_000);
  assertEquals(await watch.next(), [young]);
  dir.write("young", "2", { age: 0 });
  await watch.settle();
  dir.write("old", "2", { age: 0 });
  assertEquals(await watch.next(), [old]);
});

test("FileWatch reports a file that changes while the others are being read", async () => {
  using dir = new TempDir();
  using watch = new FileWatch(POLL_MS);
  const files = Array.from({ length: 200 }, (_, i) => dir.write(`${i}`, "1"));
  const last = files.at(-1) ?? "";
  const adding = watch.add(files);
  await nextTurn();
  dir.write("199", "2", { age: 50 });
  await adding;
  assertEquals(await watch.next(), [last]);
});
