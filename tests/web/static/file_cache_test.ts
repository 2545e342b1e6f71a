import { assertEquals, assertNotStrictEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { FileCache, SMALL_FILE, type StaticFile } from "../../../src/web/_static/file_cache.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

function look(cache: FileCache, path: string): StaticFile {
  const file = cache.look(path);
  if (file === null) throw new Error(`${path} is not there`);
  return file;
}

test("FileCache knows a file until it changes", async () => {
  using dir = new TempDir();
  const cache = new FileCache();
  const path = dir.write("a", "one");
  const first = look(cache, path);
  assertStrictEquals(look(cache, path), first);
  await cache.read(first);
  assertEquals(new TextDecoder().decode(first.content ?? undefined), "one");
  assertEquals(first.version, createHash("sha512").update("one").digest("hex"));
  assertEquals(first.etag, `"${first.version}"`);
  assertEquals(cache.bytes, 3);

  dir.write("a", "two", { age: 50 });
  const second = look(cache, path);
  assertNotStrictEquals(second, first);
  assertEquals([second.content, cache.bytes], [null, 0]);
  assertEquals(second.version, createHash("sha512").update("two").digest("hex"));

  Deno.removeSync(path);
  assertEquals(cache.look(path), null);
  assertEquals(cache.size, 0);
});

test("FileCache.lookInTurn() looks at a file once for all who ask in one turn, and again in the next", async () => {
  using dir = new TempDir();
  const cache = new FileCache();
  const path = dir.write("a", "one");
  const waiting = Promise.resolve().then(() => cache.lookInTurn(path));
  const first = cache.lookInTurn(path);
  const later = Promise.resolve().then(() => cache.lookInTurn(path));
  dir.write("a", "two", { age: 50 });
  assertStrictEquals(cache.lookInTurn(path), first);
  assertStrictEquals(await waiting, first);
  assertNotStrictEquals(await later, first);
});

test("FileCache.look() sees a change within a turn, and lookInTurn() after it", () => {
  using dir = new TempDir();
  const cache = new FileCache();
  const path = dir.write("a", "one");
  const first = cache.lookInTurn(path);
  dir.write("a", "two", { age: 50 });
  const second = cache.look(path);
  assertNotStrictEquals(second, first);
  assertStrictEquals(cache.lookInTurn(path), second);
});

test("FileCache keeps no file that changed a moment ago, since it may change again unnoticed", async () => {
  using dir = new TempDir();
  const cache = new FileCache();
  const path = dir.write("a", "one", { age: 0 });
  const file = look(cache, path);
  await cache.read(file);
  assertEquals(new TextDecoder().decode(file.content ?? undefined), "one");
  assertEquals([cache.size, cache.bytes], [0, 0]);
});

test("FileCache drops a file that changes while it is read", async () => {
  using dir = new TempDir();
  const cache = new FileCache();
  const path = dir.write("a", "one");
  const file = look(cache, path);
  const other = dir.write("b", "two");
  const reading = cache.read(file);
  Deno.renameSync(other, path);
  await reading;
  assertEquals([cache.size, cache.bytes], [0, 0]);
});

test("FileCache reads of a file that grew what was there, and fails for one that shrank", async () => {
  using dir = new TempDir();
  const cache = new FileCache();
  const path = dir.write("log", "one");
  const grown = look(cache, path);
  dir.write("log", "one and more");
  await cache.read(grown);
  assertEquals(new TextDecoder().decode(grown.content ?? undefined), "one");
  const shrunk = look(cache, path);
  dir.write("log", "1");
  await assertRejects(() => cache.read(shrunk), Error, "shorter than 12 bytes");
});

test("FileCache reads a file once for two who ask at the same time", async () => {
  using dir = new TempDir();
  const cache = new FileCache();
  const file = look(cache, dir.write("a", "one"));
  await Promise.all([cache.read(file), cache.read(file)]);
  assertEquals(cache.bytes, 3);
});

test("FileCache stays within its bounds, and keeps what is asked for", async () => {
  using dir = new TempDir();
  const cache = new FileCache(1000);
  const hot = dir.write("hot", "x".repeat(300));
  await cache.read(look(cache, hot));
  for (let i = 0; i < 20; i++) {
    const path = dir.write(`cold${i}`, "x".repeat(300));
    await cache.read(look(cache, path));
    assertEquals(cache.bytes <= 1000, true, `${cache.bytes} bytes`);
    assertEquals(look(cache, hot).content?.length, 300);
  }
  await cache.read(look(cache, dir.write("large", "x".repeat(2000))));
  assertEquals(cache.bytes <= 1000, true);
});

test("FileCache forgets everything when it is cleared", async () => {
  using dir = new TempDir();
  const cache = new FileCache();
  const path = dir.write("a", "one");
  await cache.read(look(cache, path));
  cache.clear();
  assertEquals([cache.size, cache.bytes], [0, 0]);
  assertEquals(look(cache, path).content, null);
});

test("FileCache sees directories and what is missing", () => {
  using dir = new TempDir();
  const cache = new FileCache();
  assertEquals(look(cache, dir.path).state.isDirectory, true);
  const file = dir.write("a", "");
  for (const name of ["missing", "a/b", "x".repeat(300), "nul\0", `${"y/".repeat(3000)}z`]) {
    assertEquals(cache.look(`${dir.path}/${name}`), null, name.slice(0, 20));
  }
  Deno.symlinkSync("loop", `${dir.path}/loop`);
  assertEquals(cache.look(`${dir.path}/loop`), null);
  assertEquals(look(cache, file).state.isFile, true);
  assertEquals(cache.size, 1);
});

test("StaticFile names a large file without reading it", () => {
  using dir = new TempDir();
  const path = `${dir.path}/large`;
  using handle = Deno.openSync(path, { create: true, write: true });
  handle.truncateSync(SMALL_FILE + 1);
  Deno.utimeSync(path, 1700000000, 1700000000.123);
  const large = look(new FileCache(), path);
  assertEquals([large.small, large.etag], [false, `"100001-${(1700000000123).toString(16)}"`]);
  assertEquals(large.modified, new Date(1700000000000));
  assertEquals(large.lastModified, "Tue, 14 Nov 2023 22:13:20 GMT");
  handle.truncateSync(SMALL_FILE);
  assertEquals(look(new FileCache(), path).small, true);
});
