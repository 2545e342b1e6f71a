import { assertEquals } from "@std/assert";
import { resolve } from "node:path";
import { fileState } from "../../../src/web/_static/file_state.ts";
import { absolutePath, isBelow, isHidden, isReallyBelow, namesStream } from "../../../src/web/_static/paths.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

test("absolutePath() joins and resolves as Python does", () => {
  const cases = [
    ["/root", "", "/root"],
    ["/root", "a", "/root/a"],
    ["/root/", "a/b", "/root/a/b"],
    ["/root/../other", "a", "/other/a"],
    ["/", "a", "/a"],
    ["/root", "a/", "/root/a"],
    ["/root", "a//b", "/root/a/b"],
    ["/root", "./a/./b", "/root/a/b"],
    ["/root", "a/../b", "/root/b"],
    ["/root", "../b", "/b"],
    ["/root", "../../../..", "/"],
    ["/root", "/etc/passwd", "/etc/passwd"],
    ["/root", "...", "/root/..."],
    ["/root", "a..b/.c", "/root/a..b/.c"],
  ];
  for (const [root, path, joined] of cases) assertEquals(absolutePath(root, path), joined, `${root} ${path}`);
  assertEquals(absolutePath("relative", "a"), resolve("relative/a"));
});

test("isBelow() accepts the root and what is in it", () => {
  const cases: [string, string, boolean][] = [
    ["/root", "/root", true],
    ["/root", "/root/a", true],
    ["/root/", "/root/a", true],
    ["/root/", "/root", true],
    ["/root", "/root2", false],
    ["/root", "/roo", false],
    ["/root", "/", false],
    ["/", "/a", true],
    ["/", "/", true],
  ];
  for (const [root, path, below] of cases) assertEquals(isBelow(root, path), below, `${root} ${path}`);
});

test("isReallyBelow() follows links, those of the root too", () => {
  using dir = new TempDir();
  dir.write("root/inside", "");
  dir.write("outside", "");
  dir.write("root2/x", "");
  const root = `${dir.path}/root`;
  Deno.symlinkSync("root", `${dir.path}/alias`);
  Deno.symlinkSync("../outside", `${root}/out`);
  Deno.symlinkSync("../root2", `${root}/outdir`);
  Deno.symlinkSync("inside", `${root}/in`);
  Deno.symlinkSync(`${dir.path}/alias/inside`, `${root}/around`);
  const cases: [string, boolean][] = [["inside", true], ["in", true], ["around", true], ["out", false], [
    "outdir/x",
    false,
  ]];
  for (const base of [root, `${dir.path}/alias`]) {
    for (const [name, below] of cases) {
      const path = `${base}/${name}`;
      for (const state of [fileState(path), null]) {
        assertEquals(isReallyBelow([base], path, state), below, `${base} ${name}`);
      }
    }
  }
  assertEquals(isReallyBelow([root, `${dir.path}/root2`], `${root}/outdir/x`, null), true, "in the second directory");
  assertEquals(isReallyBelow([root], `${root}/in`, fileState(`${dir.path}/outside`)), false, "another file was opened");
});

test("isReallyBelow() follows links to what is not there", () => {
  using dir = new TempDir();
  dir.write("root/x", "");
  Deno.mkdirSync(`${dir.path}/other`);
  const root = `${dir.path}/root`;
  Deno.symlinkSync("../other", `${root}/out`);
  Deno.symlinkSync("../nowhere", `${root}/dangling`);
  Deno.symlinkSync("circle", `${root}/circle`);
  const cases: [string, boolean][] = [
    ["missing", true],
    ["missing/deeper", true],
    ["out/missing", false],
    ["out/missing/deeper", false],
    ["dangling", false],
    ["circle", true],
  ];
  for (const [name, below] of cases) assertEquals(isReallyBelow([root], `${root}/${name}`, null), below, name);
});

test("isHidden() finds names that begin with a dot, but for .well-known", () => {
  for (const path of [".git", "/.git/config", "a/.env", ".well-known2", "a\\.b"]) {
    assertEquals(isHidden(path), true, path);
  }
  for (const path of ["", "a.b/c.d", "/.well-known/x", ".well-known"]) assertEquals(isHidden(path), false, path);
});

test("namesStream() finds names of NTFS streams on Windows", () => {
  assertEquals([namesStream("a.txt::$DATA", "windows"), namesStream("a.txt", "windows")], [true, false]);
  assertEquals(namesStream("a:b", "linux"), false);
});
