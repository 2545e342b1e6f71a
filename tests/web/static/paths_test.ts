import { assertEquals } from "@std/assert";
import { resolve } from "node:path";
import { absolutePath, isBelow, isReallyBelow } from "../../../src/web/_static/paths.ts";
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
    for (const [name, below] of cases) assertEquals(isReallyBelow(base, `${base}/${name}`), below, `${base} ${name}`);
  }
});
