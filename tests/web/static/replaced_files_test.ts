// Files that a deployment replaces while they are served: every response is one version, whole, with its own ETag.
import { assertEquals } from "@std/assert";
import { Application, StaticFileHandler, type StaticFileKwargs } from "../../../src/web/mod.ts";
import { answered, ask } from "../../support/fake_connection.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

/** Sizes on both sides of the limit for files in memory. */
const SIZES = [300_000, 900_000, 2_000_000];

function serve(dir: TempDir, kwargs: Partial<StaticFileKwargs> = {}): Application {
  return new Application([["/(.*)", StaticFileHandler, { path: `${dir.path}/root`, ...kwargs }]], { logFunction() {} });
}

/** Calls `change` once, before or after the next file is opened. */
function duringOpen(when: "before" | "after", change: () => void): Disposable {
  const { openSync } = Deno;
  let changed = false;
  const changeOnce = () => {
    if (!changed) change();
    changed = true;
  };
  Deno.openSync = (...args) => {
    if (when === "before") changeOnce();
    const file = openSync(...args);
    changeOnce();
    return file;
  };
  return { [Symbol.dispose]: () => void (Deno.openSync = openSync) };
}

/** Calls `change` once, before links are followed for the so-manyth time. */
function duringRealPath(call: number, change: () => void): Disposable {
  const { realPathSync } = Deno;
  let calls = 0;
  Deno.realPathSync = (path) => {
    if (++calls === call) change();
    return realPathSync(path);
  };
  return { [Symbol.dispose]: () => void (Deno.realPathSync = realPathSync) };
}

interface Version {
  readonly status: number;
  readonly length: string | null;
  readonly body: string;
  readonly etag: string | null;
}

async function get(app: Application, uri: string, headers: Record<string, string> = {}): Promise<Version> {
  const { status, headers: sent, body } = await answered(ask(app, uri, { headers }));
  return { status, length: sent.get("Content-Length"), body, etag: sent.get("Etag") };
}

for (const when of ["before", "after"] as const) {
  test(`StaticFileHandler sends one version of a file that is replaced ${when} it is opened`, async () => {
    for (const size of SIZES) {
      for (const newSize of SIZES) {
        using dir = new TempDir();
        const path = dir.write("root/a", "B".repeat(size));
        const other = dir.write("root/b", "A".repeat(newSize));
        // Both answers find the files as new, or both as old.
        using _clock = new FakeClock({ now: Date.now() / 1000 });
        const app = serve(dir);
        let first;
        {
          using _ = duringOpen(when, () => Deno.renameSync(other, path));
          const sent = await get(app, "/a");
          // A file replaced after it was opened may show, and is then opened again: either version is right.
          const isOld = when === "after" && sent.body.startsWith("B");
          const expected = isOld ? "B".repeat(size) : "A".repeat(newSize);
          const { status, length, body } = sent;
          assertEquals([status, length, body === expected], [200, String(expected.length), true], `${size} ${newSize}`);
          first = { isOld, etag: sent.etag };
        }
        const { body, etag } = await get(app, "/a");
        assertEquals(body === "A".repeat(newSize), true);
        assertEquals((await get(serve(dir), "/a")).etag, etag, "the tag belongs to the version");
        assertEquals(first.etag === etag, !first.isOld, "each version has its own tag");
      }
    }
  });
}

test("StaticFileHandler sends ranges, and compressed neighbours, of one version", async () => {
  for (const size of SIZES) {
    using dir = new TempDir();
    const replace = (name: string) => {
      Deno.renameSync(dir.write(`root/next-${name}`, "A".repeat(size / 2)), `${dir.path}/root/${name}`);
    };
    dir.write("root/a", "B".repeat(size));
    dir.write("root/a.gz", "C".repeat(size));
    const app = serve(dir, { precompressed: true });
    {
      using _ = duringOpen("after", () => replace("a"));
      const { status, body } = await get(app, "/a", { Range: "bytes=100000-250000" });
      // As above, either version is right; of the new one, the range ends with the file.
      const expected = body.startsWith("B") ? "B".repeat(150_001) : "A".repeat(Math.min(150_001, size / 2 - 100_000));
      assertEquals([status, body === expected], [206, true]);
    }
    using _ = duringOpen("after", () => replace("a.gz"));
    const { body, length } = await get(app, "/a", { "Accept-Encoding": "gzip" });
    const expected = body.startsWith("C") ? "C".repeat(size) : "A".repeat(size / 2);
    assertEquals([length, body === expected], [String(expected.length), true]);
  }
});

test("StaticFileHandler answers 404 for a file that is gone when it is opened", async () => {
  using dir = new TempDir();
  const path = dir.write("root/a", "B");
  using _ = duringOpen("before", () => Deno.removeSync(path));
  assertEquals((await get(serve(dir), "/a")).status, 404);
});

test("StaticFileHandler serves no file that a link is turned to between the look and the opening", async (t) => {
  t.expectLog("tornado.general", /is a link out of the root static directory$/);
  using dir = new TempDir();
  dir.write("root/inside", "inside");
  dir.write("secret", "secret");
  const link = `${dir.path}/root/link`;
  const turn = (target: string) => {
    Deno.symlinkSync(target, `${link}-next`);
    Deno.renameSync(`${link}-next`, link);
  };
  for (const when of ["before", "after"] as const) {
    turn("inside");
    using _ = duringOpen(when, () => turn("../secret"));
    assertEquals((await get(serve(dir), "/link")).body.includes("secret"), false);
  }
});

test("StaticFileHandler goes on when the root is a link that is turned to another release", async () => {
  using dir = new TempDir();
  dir.write("one/a", "one");
  dir.write("two/a", "two");
  const root = `${dir.path}/root`;
  Deno.symlinkSync("one", root);
  using _ = duringOpen("after", () => {
    Deno.symlinkSync("two", `${root}-next`);
    Deno.renameSync(`${root}-next`, root);
  });
  const { status, body } = await get(serve(dir), "/a");
  assertEquals([status, ["one", "two"].includes(body)], [200, true]);
  assertEquals((await get(serve(dir), "/a")).body, "two");
});

test("StaticFileHandler goes on when the root is turned to another release while its links are followed", async () => {
  for (const [uri, kwargs] of [["/a", {}], ["/sub/", { defaultFilename: "a" }]] as const) {
    for (let call = 1; call <= 6; call++) {
      using dir = new TempDir();
      for (const release of ["one", "two"]) {
        dir.write(`${release}/a`, release);
        dir.write(`${release}/sub/a`, release);
      }
      const root = `${dir.path}/root`;
      Deno.symlinkSync("one", root);
      StaticFileHandler.reset();
      using _ = duringRealPath(call, () => {
        Deno.symlinkSync("two", `${root}-next`);
        Deno.renameSync(`${root}-next`, root);
      });
      const { status, body } = await get(serve(dir, kwargs), uri);
      assertEquals([status, ["one", "two"].includes(body)], [200, true], `${uri} ${call}`);
    }
  }
});
