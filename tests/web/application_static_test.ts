import { assertEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import {
  Application,
  type ApplicationOptions,
  ContentEncoding,
  OutputTransform,
  RequestHandler,
  StaticFileHandler,
} from "../../src/web/mod.ts";
import { answered, ask, type FakeConnection } from "../support/fake_connection.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

class Home extends RequestHandler {
  override get(): void {
    this.write("home ".repeat(500));
  }
}

function answer(app: Application, uri: string, headers: Record<string, string> = {}): Promise<FakeConnection> {
  return answered(ask(app, uri, { headers }));
}

function site(settings: ApplicationOptions): Application {
  return new Application([["/.*", Home]], { logFunction() {}, ...settings });
}

test("staticPath adds rules for static files, robots.txt and favicon.ico before all others", async () => {
  using dir = new TempDir();
  for (const name of ["robots.txt", "favicon.ico", "a.txt", "sub/b.txt"]) dir.write(name, name);
  const app = site({ staticPath: dir.path });
  for (const path of ["/robots.txt", "/favicon.ico", "/static/a.txt", "/static/sub/b.txt"]) {
    assertEquals((await answer(app, path)).body, path.replace("/static", "").slice(1));
  }
  assertEquals((await answer(app, "/a.txt")).body.startsWith("home"), true);
});

test("staticUrlPrefix, staticHandlerClass and staticHandlerArgs change the rules", async () => {
  using dir = new TempDir();
  dir.write("sub/index.html", "index");
  class Own extends StaticFileHandler {
    override setExtraHeaders(): void {
      this.setHeader("X-Own", "1");
    }
  }
  const app = site({
    staticPath: dir.path,
    staticUrlPrefix: "/s.t+a(t)ic/",
    staticHandlerClass: Own,
    staticHandlerArgs: { defaultFilename: "index.html" },
  });
  const { body, headers } = await answer(app, "/s.t+a(t)ic/sub/");
  assertEquals([body, headers.get("X-Own")], ["index", "1"]);
  assertEquals((await answer(app, "/sxt+a(t)ic/sub/")).headers.has("X-Own"), false);
});

test("RequestHandler.staticUrl() names file, version and perhaps host", (t) => {
  t.expectLog("tornado.general", /^Could not open static file/);
  using dir = new TempDir();
  dir.write("a.txt", "hello");
  const version = createHash("sha512").update("hello").digest("hex");
  const urls: string[] = [];
  class Page extends RequestHandler {
    override get(): void {
      urls.push(this.staticUrl("a.txt"));
      urls.push(this.staticUrl("a.txt", { includeVersion: false }));
      urls.push(this.staticUrl("a.txt", { includeHost: true }));
      urls.push(this.staticUrl("missing.txt"));
    }
  }
  class Absolute extends Page {
    override includeHost = true;
  }
  const app = new Application([["/page", Page], ["/absolute", Absolute]], { logFunction() {}, staticPath: dir.path });
  ask(app, "/page");
  assertEquals(urls.splice(0), [
    `/static/a.txt?v=${version}`,
    "/static/a.txt",
    `http://localhost/static/a.txt?v=${version}`,
    "/static/missing.txt",
  ]);
  ask(app, "/absolute");
  assertEquals(urls.slice(0, 2), [`http://localhost/static/a.txt?v=${version}`, "http://localhost/static/a.txt"]);
});

test("RequestHandler.staticUrl() needs the setting staticPath", () => {
  class Page extends RequestHandler {
    override get(): void {
      assertThrows(() => this.staticUrl("a.txt"), Error, "You must define the 'staticPath' setting");
    }
  }
  assertEquals(ask(new Application([["/", Page]], { logFunction() {} }), "/").status, 200);
});

test("compressResponse compresses, unless the transforms are said", async () => {
  assertEquals(site({ compressResponse: true }).transforms, [ContentEncoding]);
  assertEquals(site({ gzip: true }).transforms, [ContentEncoding]);
  assertEquals(site({ gzip: false }).transforms, []);
  assertEquals(site({}).transforms, []);
  assertEquals(site({ compressResponse: true, transforms: [OutputTransform] }).transforms, [OutputTransform]);
  const app = site({ compressResponse: true });
  const [gzip, zstd, plain] = [
    await answer(app, "/", { "Accept-Encoding": "gzip" }),
    await answer(app, "/", { "Accept-Encoding": "gzip, br, zstd" }),
    await answer(app, "/"),
  ];
  assertEquals(gunzipSync(gzip.chunks[0]).toString(), "home ".repeat(500));
  assertEquals(zstdDecompressSync(zstd.chunks[0]).toString(), "home ".repeat(500));
  assertEquals(plain.body, "home ".repeat(500));
  for (const connection of [gzip, zstd, plain]) assertEquals(connection.headers.get("Vary"), "Accept-Encoding");
  assertEquals(gzip.headers.get("Etag"), `W/${plain.headers.get("Etag")}`);
  assertEquals(gzip.headers.get("Content-Length"), String(gzip.chunks[0].length));
});

test("compressResponse compresses static files, but no part of them", async () => {
  using dir = new TempDir();
  dir.write("a.txt", "text ".repeat(1000));
  const large = "large text ".repeat(200_000);
  dir.write("large.txt", large);
  const app = site({ compressResponse: true, staticPath: dir.path });
  const accepting = { "Accept-Encoding": "gzip" };
  const small = await answer(app, "/static/a.txt", accepting);
  assertEquals(gunzipSync(small.chunks[0]).toString(), "text ".repeat(1000));
  const pieces = await answer(app, "/static/large.txt", accepting);
  assertEquals(pieces.headers.get("Content-Length"), null);
  assertEquals(gunzipSync(Uint8Array.from(pieces.chunks.flatMap((chunk) => [...chunk]))).toString(), large);
  const part = await answer(app, "/static/a.txt", { ...accepting, Range: "bytes=0-3999" });
  assertEquals([part.status, part.headers.get("Content-Encoding")], [206, null]);
  assertEquals(part.body, "text ".repeat(800));
});
