import { assertEquals, assertMatch, assertNotEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { FileCache, SMALL_FILE, type StaticFile } from "../../../src/web/_static/file_cache.ts";
import { OpenFile } from "../../../src/web/_static/open_file.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

function look(cache: FileCache, path: string): StaticFile {
  const file = cache.look(path);
  if (file === null) throw new Error(`${path} is not there`);
  return file;
}

/** A time at which files that were written just now are settled. */
function afterwards(): FakeClock {
  return new FakeClock({ now: Date.now() / 1000 + 10 });
}

function open(path: string): OpenFile {
  const file = OpenFile.open(path);
  if (file === null) throw new Error(`${path} is not there`);
  return file;
}

async function read(cache: FileCache, path: string): Promise<StaticFile> {
  using opened = open(path);
  const file = cache.opened(opened);
  await cache.read(file, opened);
  return file;
}

function text(file: StaticFile): string {
  return new TextDecoder().decode(file.content ?? undefined);
}

test("FileCache knows a file until it changes", async () => {
  using dir = new TempDir();
  using _ = afterwards();
  const cache = new FileCache();
  const path = dir.write("a", "one");
  const first = look(cache, path);
  assertStrictEquals(look(cache, path), first);
  assertStrictEquals(await read(cache, path), first);
  assertEquals(text(first), "one");
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
  using _ = afterwards();
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
  using _ = afterwards();
  const cache = new FileCache();
  const path = dir.write("a", "one");
  const first = cache.lookInTurn(path);
  dir.write("a", "two", { age: 50 });
  const second = cache.look(path);
  assertNotStrictEquals(second, first);
  assertStrictEquals(cache.lookInTurn(path), second);
});

test("FileCache keeps no file that changed a moment ago, whatever its time says", async () => {
  using dir = new TempDir();
  const cache = new FileCache();
  for (const age of [0, 100]) {
    const path = dir.write("a", "one", { age });
    assertEquals(text(await read(cache, path)), "one");
    assertEquals([cache.size, cache.bytes], [0, 0]);
  }
});

test("FileCache sees every change in place that keeps size and time", async () => {
  using dir = new TempDir();
  const cache = new FileCache();
  const path = dir.write("a", "0");
  for (const letter of "123456789") {
    assertNotEquals(text(await read(cache, path)), letter);
    Deno.writeTextFileSync(path, letter);
    Deno.utimeSync(path, 1.7e9, 1.7e9);
    assertEquals(text(await read(cache, path)), letter);
  }
});

test("FileCache reads the file that was opened, whatever its name leads to meanwhile", async () => {
  using dir = new TempDir();
  const cache = new FileCache();
  const path = dir.write("a", "one");
  using opened = open(path);
  Deno.renameSync(dir.write("b", "another"), path);
  const file = cache.opened(opened);
  await cache.read(file, opened);
  assertEquals([text(file), file.size, file.version], ["one", 3, createHash("sha512").update("one").digest("hex")]);
  assertEquals(text(await read(cache, path)), "another");
});

test("FileCache takes a file that is written to while it is read for what was read, and does not keep it", async () => {
  using dir = new TempDir();
  const cache = new FileCache();
  const path = dir.write("log", "one");
  using grown = open(path);
  dir.write("log", "one and more");
  const before = cache.opened(grown);
  await cache.read(before, grown);
  assertEquals([text(before), before.size], ["one", 3]);
  using shrunk = open(path);
  Deno.truncateSync(path, 1);
  const after = cache.opened(shrunk);
  await cache.read(after, shrunk);
  assertEquals([text(after), after.size], ["o", 1]);
  assertEquals([cache.size, cache.bytes], [0, 0]);
});

test("FileCache reads a file once for two who ask at the same time", async () => {
  using dir = new TempDir();
  using _ = afterwards();
  const cache = new FileCache();
  const path = dir.write("a", "one");
  const [first, second] = await Promise.all([read(cache, path), read(cache, path)]);
  assertStrictEquals(first, second);
  assertEquals(cache.bytes, 3);
});

test("StaticFile of a large file has an ETag that differs with equal sizes and times of change", () => {
  using dir = new TempDir();
  using _ = afterwards();
  const cache = new FileCache();
  const path = `${dir.path}/large`;
  const tags = ["A", "B"].map((letter) => {
    const other = dir.write(letter, letter.repeat(SMALL_FILE + 1));
    Deno.copyFileSync(other, path);
    Deno.utimeSync(path, 1, 1);
    using opened = open(path);
    return cache.opened(opened).etag;
  });
  assertNotEquals(tags[0], tags[1]);
  assertMatch(tags[0], /^"[0-9a-f]+(?:-[0-9a-f]+){4}"$/);
});

test("StaticFile of a large file has another ETag after each change, even one that keeps size and time", () => {
  using dir = new TempDir();
  const path = dir.write("large", new Uint8Array(SMALL_FILE + 1));
  const etag = () => {
    using opened = open(path);
    return new FileCache().opened(opened).etag;
  };
  const tags = new Set<string>();
  for (let i = 0; i < 5; i++) {
    using file = Deno.openSync(path, { write: true });
    file.seekSync(10_000, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array([i]));
    Deno.utimeSync(path, 1.7e9, 1.7e9);
    assertMatch(etag(), /^"/);
    assertEquals(etag(), etag());
    tags.add(etag());
  }
  using _ = afterwards();
  assertMatch(etag(), /^"/);
  assertEquals(tags.add(etag()).size, 6);
});

test("StaticFile of a very large file has a weak ETag while the file may change unnoticed", () => {
  using dir = new TempDir();
  const path = `${dir.path}/large`;
  using file = Deno.openSync(path, { create: true, write: true });
  file.truncateSync(5_000_000);
  Deno.utimeSync(path, 1.7e9, 1.7e9);
  const etag = () => {
    using opened = open(path);
    return new FileCache().opened(opened).etag;
  };
  const fresh = etag();
  assertMatch(fresh, /^W\/"/);
  using _ = afterwards();
  assertMatch(etag(), /^"/);
  assertNotEquals(fresh, `W/${etag()}`);
});

test("FileCache stays within its bounds, and keeps what is asked for", async () => {
  using dir = new TempDir();
  using _ = afterwards();
  const cache = new FileCache(1000);
  const hot = dir.write("hot", "x".repeat(300));
  await read(cache, hot);
  for (let i = 0; i < 20; i++) {
    const path = dir.write(`cold${i}`, "x".repeat(300));
    await read(cache, path);
    assertEquals(cache.bytes <= 1000, true, `${cache.bytes} bytes`);
    assertEquals(look(cache, hot).content?.length, 300);
  }
  await read(cache, dir.write("large", "x".repeat(2000)));
  assertEquals(cache.bytes <= 1000, true);
});

test("FileCache forgets everything when it is cleared", async () => {
  using dir = new TempDir();
  const cache = new FileCache();
  const path = dir.write("a", "one");
  await read(cache, path);
  cache.clear();
  assertEquals([cache.size, cache.bytes], [0, 0]);
  assertEquals(look(cache, path).content, null);
});

test("FileCache sees directories and what is missing", () => {
  using dir = new TempDir();
  using _ = afterwards();
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
  assertEquals(large.small, false);
  assertEquals(large.etag.includes(`"100001-${(1700000000123).toString(16)}-`), true, large.etag);
  assertEquals(large.modified, new Date(1700000000000));
  assertEquals(large.lastModified, "Tue, 14 Nov 2023 22:13:20 GMT");
  handle.truncateSync(SMALL_FILE);
  assertEquals(look(new FileCache(), path).small, true);
});
