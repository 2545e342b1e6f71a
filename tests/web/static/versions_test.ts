import { assertEquals, assertNotEquals } from "@std/assert";
import { Versions } from "../../../src/web/_static/versions.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { fileVersion } from "../../../src/web/_static/open_file.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

test("Versions computes the version of a file again when it has changed", () => {
  using dir = new TempDir();
  using clock = new FakeClock();
  const versions = new Versions();
  const path = dir.write("a", "one");
  let computed = 0;
  const version = () => versions.ofFile(path, () => ({ ...fileVersion(path), version: `v${++computed}` }));
  assertEquals([version(), version()], ["v1", "v1"]);
  clock.advance(2);
  assertEquals(version(), "v1");
  dir.write("a", "two", { age: 50 });
  assertEquals(version(), "v1", "it may lag behind by a second");
  clock.advance(2);
  assertEquals([version(), version()], ["v2", "v2"]);
});

test("Versions computes the version of a new file until no change can go unnoticed", () => {
  using dir = new TempDir();
  using clock = new FakeClock({ now: Date.now() / 1000 });
  const versions = new Versions();
  const path = dir.write("a", "one");
  const version = () => versions.ofFile(path, () => fileVersion(path));
  const first = version();
  Deno.writeTextFileSync(path, "two");
  Deno.utimeSync(path, 1.7e9, 1.7e9);
  clock.advance(1);
  const second = version();
  assertNotEquals(second, first);
  Deno.writeTextFileSync(path, "six");
  Deno.utimeSync(path, 1.7e9, 1.7e9);
  clock.advance(1);
  assertNotEquals(version(), second);
});

test("Versions of a file that is missing, or cannot be read, is null, and logged once", (t) => {
  t.expectLog("tornado.general", /^Could not open static file ".*\/a"$/);
  using dir = new TempDir();
  using clock = new FakeClock();
  const versions = new Versions();
  const path = `${dir.path}/a`;
  const version = () => versions.ofFile(path, () => ({ ...fileVersion(path), version: "v" }));
  for (let i = 0; i < 5; i++) {
    assertEquals(version(), null);
    clock.advance(2);
  }
  assertEquals(t.logs.filter((record) => record.levelname === "ERROR").length, 1);
  dir.write("a", "one");
  assertEquals(version(), "v");
});

test("Versions asks for what is no file once, and survives that it fails", (t) => {
  t.expectLog("tornado.general", /^Could not open static file "bad"$/);
  const versions = new Versions();
  assertEquals([versions.ofContent("a", () => "1"), versions.ofContent("a", () => "2")], ["1", "1"]);
  const fail = () => {
    throw new Error("no");
  };
  assertEquals([versions.ofContent("bad", fail), versions.ofContent("bad", fail)], [null, null]);
  versions.clear();
  assertEquals(versions.ofContent("a", () => "2"), "2");
});
