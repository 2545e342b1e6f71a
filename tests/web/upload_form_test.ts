import { assertEquals, assertMatch } from "@std/assert";
import {
  Application,
  RequestHandler,
  streamRequestBody,
  UploadForm,
  type UploadFormOptions,
} from "../../src/web/mod.ts";
import type { Bytes } from "../../src/internal/bytes.ts";
import { utf8 } from "../../src/util/escape.ts";
import { ParseMultipartConfig } from "../../src/http/httputil.ts";
import { FakeExchange, type FakeRequest } from "../support/fake_connection.ts";
import { RawClient } from "../support/raw_client.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

/** How often an application with an upload handler did something. */
interface Counts {
  posts: number;
  closes: number;
}

/** An application whose `/` takes a form and tells what is in it. */
function uploads(
  options: UploadFormOptions,
  answer: (handler: RequestHandler, form: UploadForm) => unknown = tell,
): { app: Application; counts: Counts } {
  const counts = { posts: 0, closes: 0 };
  @streamRequestBody
  class Upload extends RequestHandler {
    readonly form = new UploadForm(this, options);
    override dataReceived(chunk: Bytes): Promise<void> {
      return this.form.receive(chunk);
    }
    override async post(): Promise<void> {
      counts.posts++;
      this.form.complete();
      await answer(this, this.form);
    }
    override get(): void {
      this.write("a form");
    }
    override onConnectionClose(): void {
      counts.closes++;
    }
  }
  return { app: new Application([["/", Upload]], { logFunction() {} }), counts };
}

/** Fields and files with what is in them. */
async function tell(handler: RequestHandler, form: UploadForm): Promise<void> {
  const fields = Object.keys(handler.request.bodyArguments).map((name) => [name, handler.getBodyArguments(name)]);
  const files = [];
  for (const list of Object.values(form.files)) {
    for (const file of list) {
      const content = await Deno.readTextFile(file.path);
      files.push([file.name, file.filename, file.contentType, file.size, content.slice(0, 10)]);
    }
  }
  handler.write({ fields, files, all: handler.getArguments("a") });
}

function part(disposition: string, content: string, type = ""): string {
  const more = type === "" ? "" : `Content-Type: ${type}\r\n`;
  return `--B\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n${content}\r\n`;
}

const FORM = part('name="a"', "1") + part('name="f"; filename="x.txt"', "hello", "text/x") + part('name="a"', "é") +
  part('name="f"; filename="../y"', "") + part('name="__proto__"', "p") + "--B--\r\n";

const MULTIPART: FakeRequest = { method: "POST", headers: { "Content-Type": "multipart/form-data; boundary=B" } };

function isEmpty(dir: TempDir): boolean {
  return [...Deno.readDirSync(dir.path)].length === 0;
}

/** Sends a form in pieces, and waits for the answer and for the end of the temporary files. */
async function send(app: Application, dir: TempDir, body: string, size = Infinity, request = MULTIPART) {
  const exchange = new FakeExchange(app, "/?a=0", request);
  await exchange.ready;
  const bytes = utf8(body);
  for (let at = 0; at < bytes.length && !exchange.connection.finished; at += size) {
    await exchange.send(bytes.slice(at, at + size));
  }
  if (!exchange.connection.finished) exchange.end();
  await until(() => exchange.connection.finished && isEmpty(dir));
  return exchange.connection;
}

test("UploadForm spools files and keeps fields, wherever the body is cut", async () => {
  using dir = new TempDir();
  const { app } = uploads({ directory: dir.path });
  for (const size of [Infinity, 1, 7]) {
    const { status, body } = await send(app, dir, FORM, size);
    assertEquals(status, 200);
    assertEquals(JSON.parse(body), {
      fields: [["a", ["1", "é"]], ["__proto__", ["p"]]],
      files: [["f", "x.txt", "text/x", 5, "hello"], ["f", "../y", "application/unknown", 0, ""]],
      all: ["0", "1", "é"],
    });
  }
});

test("UploadForm leaves requests without a form alone", async () => {
  using dir = new TempDir();
  const { app } = uploads({ directory: dir.path });
  assertEquals((await send(app, dir, "", 1, { method: "GET" })).body, "a form");
});

const BAD: [body: string, status: number, log: RegExp][] = [
  ["", 400, /no final boundary/],
  ["--B\r\n", 400, /no final boundary/],
  [FORM.slice(0, -8), 400, /no final boundary/],
  [part('name="f"; filename="x"', "hello"), 400, /no final boundary/],
  ["nonsense", 400, /does not start with its boundary/],
  [part('name="f"; filename="x"', "hello") + "--B\r\nX: y\r\n\r\nx\r\n--B--", 400, /is not form-data/],
  [part('name="f"; filename="x"', "hello") + `--B\r\n${"x".repeat(20_000)}`, 400, /headers are longer/],
  [part('name="f"; filename="x"', "") + part('name="a"', "").repeat(100), 400, /more than 100 parts/],
  [part('name="f"; filename="x"', "x".repeat(1001)), 413, /part is longer than 1000 bytes/],
  [part('name="f"; filename="x"', "") + part('name="a"', "x".repeat(60)).repeat(2), 413, /fields are longer than 100/],
];

test("UploadForm refuses bad forms, and leaves no file behind", async (t) => {
  using dir = new TempDir();
  const { app, counts } = uploads({ directory: dir.path, maxPartSize: 1000, maxFieldsSize: 100 });
  for (const [body, status, log] of BAD) {
    t.expectLog("tornado.general", log);
    for (const size of [Infinity, 1]) {
      const connection = await send(app, dir, body, size);
      assertEquals([connection.status, connection.finished], [status, true], body.slice(0, 50));
    }
  }
  assertEquals(counts.closes, 0);
});

test("UploadForm refuses a body that is no form, or is still encoded", async (t) => {
  t.expectLog("tornado.general", /invalid content type/);
  t.expectLog("tornado.general", /boundary not found/);
  t.expectLog("tornado.general", /Unsupported Content-Encoding: gzip/);
  using dir = new TempDir();
  const { app } = uploads({ directory: dir.path });
  const types: Record<string, string>[] = [
    {},
    { "Content-Type": "text/plain" },
    { "Content-Type": "multipart/form-data" },
    { "Content-Type": "multipart/form-data; boundary=B", "Content-Encoding": "gzip" },
  ];
  for (const headers of types) {
    assertEquals((await send(app, dir, FORM, Infinity, { method: "POST", headers })).status, 400);
  }
});

test("UploadForm takes its limits of parts from a configuration", async (t) => {
  t.expectLog("tornado.general", /more than 1 parts/);
  using dir = new TempDir();
  const { app } = uploads({ directory: dir.path, config: new ParseMultipartConfig({ maxParts: 1 }) });
  assertEquals((await send(app, dir, FORM)).status, 400);
});

test("UploadForm deletes files when the client goes away in the midst of one", async () => {
  using dir = new TempDir();
  const { app, counts } = uploads({ directory: dir.path });
  for (const length of [60, 100, 150, 200, 230]) {
    const exchange = new FakeExchange(app, "/", MULTIPART);
    await exchange.ready;
    await exchange.send(FORM.slice(0, length));
    exchange.delegate.onConnectionClose();
    await until(() => isEmpty(dir));
  }
  assertEquals(counts, { posts: 0, closes: 5 });
});

test("UploadForm deletes files when the client goes away while one is written", async () => {
  using dir = new TempDir();
  const { app } = uploads({ directory: dir.path });
  const exchange = new FakeExchange(app, "/", MULTIPART);
  await exchange.ready;
  const writing = exchange.send(part('name="f"; filename="x"', "x".repeat(1_000_000)));
  exchange.delegate.onConnectionClose();
  await writing;
  await until(() => isEmpty(dir));
});

test("UploadForm deletes files when the handler fails, and keeps what was moved away", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception POST/);
  using dir = new TempDir();
  using kept = new TempDir();
  const { app } = uploads({ directory: dir.path }, async (_handler, form) => {
    const [first] = form.files.f;
    await first.moveTo(`${kept.path}/kept.txt`);
    assertEquals([first.path, first.size], [`${kept.path}/kept.txt`, 5]);
    throw new Error("oops");
  });
  assertEquals((await send(app, dir, FORM)).status, 500);
  assertEquals(Deno.readTextFileSync(`${kept.path}/kept.txt`), "hello");
});

test("UploadForm keeps files from everybody else", async () => {
  using dir = new TempDir();
  const { app } = uploads({ directory: dir.path }, (handler, form) => {
    const { path } = form.files.f[0];
    const modes = [path, path.slice(0, path.lastIndexOf("/"))].map((name) => (Deno.statSync(name).mode ?? 0) & 0o777);
    handler.write(modes.map((mode) => mode.toString(8)).join());
  });
  assertEquals((await send(app, dir, FORM)).body, "600,700");
});

test("UploadForm hands parts to the application as they come, one piece at a time", async () => {
  using dir = new TempDir();
  const seen: string[] = [];
  let release = () => {};
  const { app } = uploads({
    directory: dir.path,
    part: (part) => {
      if (part.name !== "f") return undefined;
      seen.push(`begin ${part.filename} ${part.headers.get("Content-Type")}`);
      return {
        data(chunk) {
          seen.push(new TextDecoder().decode(chunk));
          return new Promise((resolve) => release = resolve);
        },
        end: () => void seen.push("end"),
        abort: () => void seen.push("abort"),
      };
    },
  });
  const exchange = new FakeExchange(app, "/", MULTIPART);
  await exchange.ready;
  const sent = exchange.send(part('name="f"; filename="x"', "one", "t/x") + part('name="f"; filename="y"', "two"));
  const isDone = Promise.resolve(sent).then(() => "done");
  const tick = new Promise((resolve) => setImmediate(() => resolve("waiting")));
  assertEquals(await Promise.race([isDone, tick]), "waiting");
  assertEquals(seen, ["begin x t/x", "one"]);
  release();
  await until(() => seen.length === 5);
  release();
  await sent;
  assertEquals(seen, ["begin x t/x", "one", "end", "begin y undefined", "two"]);
  await exchange.send('--B\r\nContent-Disposition: form-data; name="f"; filename="z"\r\n\r\n');
  exchange.delegate.onConnectionClose();
  assertEquals(seen.slice(5), ["end", "begin z undefined", "abort"]);
});

test("UploadForm deletes files also when the receiver of another part fails to clean up", async (t) => {
  t.expectLog("tornado.general", /^Cannot clean up after an upload$/);
  using dir = new TempDir();
  const { app } = uploads({
    directory: dir.path,
    part: ({ name }) => {
      if (name === "f") return undefined;
      return {
        data() {},
        abort() {
          throw new Error("no way");
        },
      };
    },
  });
  const exchange = new FakeExchange(app, "/", MULTIPART);
  await exchange.ready;
  await exchange.send(part('name="f"; filename="x"', "one", "t/x"));
  await exchange.send('--B\r\nContent-Disposition: form-data; name="g"\r\n\r\n');
  assertEquals(isEmpty(dir), false);
  exchange.delegate.onConnectionClose();
  await until(() => isEmpty(dir) && t.logs.length > 0);
});

test("UploadForm answers with the error of a receiver", async (t) => {
  t.expectLog("tornado.application", /^Uncaught exception POST/);
  using dir = new TempDir();
  const { app, counts } = uploads({
    directory: dir.path,
    part: () => ({
      data() {
        throw new Error("no room");
      },
    }),
  });
  assertEquals((await send(app, dir, FORM)).status, 500);
  assertEquals(counts.posts, 0);
});

test("UploadForm works on pieces that are only lent to it", async () => {
  using dir = new TempDir();
  @streamRequestBody
  class Upload extends RequestHandler {
    static override borrowBodyChunks = true;
    readonly #form = new UploadForm(this, { directory: dir.path });
    override dataReceived(chunk: Bytes): Promise<void> {
      return this.#form.receive(chunk);
    }
    override async post(): Promise<void> {
      this.#form.complete();
      const files = this.#form.files.f.map(async ({ path }) => (await Deno.readFile(path)).toHex());
      this.write({ files: await Promise.all(files), fields: this.getBodyArguments("a") });
    }
  }
  await using server = new Application([["/", Upload]], { logFunction() {} }).listen(0, { address: "127.0.0.1" });
  const body = new FormData();
  // Line ends make the parser keep the ends of pieces, in case a boundary begins there.
  const files = [300_000, 65_536, 1].map((size) => Uint8Array.from({ length: size }, (_, i) => i % 251 ? i % 241 : 13));
  for (const [i, content] of files.entries()) {
    body.append("f", new File([content], `${i}`));
    body.append("a", `${i}`.repeat(70_000));
  }
  const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: "POST", body });
  assertEquals(await response.json(), {
    files: files.map((content) => content.toHex()),
    fields: files.map((_, i) => `${i}`.repeat(70_000)),
  });
  await until(() => isEmpty(dir));
});

for (const engine of ["listen", "serve"] as const) {
  const listen = (app: Application) =>
    engine === "listen" ? app.listen(0, { address: "127.0.0.1" }) : app.listen(0, { engine, address: "127.0.0.1" });

  test(`UploadForm (${engine}) takes the form of a browser`, async () => {
    using dir = new TempDir();
    const { app } = uploads({ directory: dir.path });
    await using server = listen(app);
    const body = new FormData();
    body.set("a", "text");
    body.set("f", new File(["x".repeat(3_000_000)], "büro.txt", { type: "text/plain" }));
    const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: "POST", body });
    assertEquals(await response.json(), {
      fields: [["a", ["text"]]],
      files: [["f", "büro.txt", "text/plain", 3_000_000, "xxxxxxxxxx"]],
      all: ["text"],
    });
    await until(() => isEmpty(dir));
  });

  test(`UploadForm (${engine}) refuses a body that is announced as too large`, async (t) => {
    t.expectLog("tornado.general", /./);
    using dir = new TempDir();
    const { app, counts } = uploads({ directory: dir.path, maxSize: 1000 });
    await using server = listen(app);
    const head =
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 2000\r\n\r\n";
    using client = await RawClient.connect(server.port);
    await client.send(head);
    assertMatch(await client.until("\r\n\r\n"), /^HTTP\/1\.1 413 /);
    await until(() => isEmpty(dir));
    assertEquals(counts.posts, 0);
  });

  test(`UploadForm (${engine}) leaves no file of a client that goes away`, async () => {
    using dir = new TempDir();
    const { app, counts } = uploads({ directory: dir.path });
    await using server = listen(app);
    {
      using client = await RawClient.connect(server.port);
      const head =
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 200000\r\n\r\n";
      await client.send(head + part('name="f"; filename="x"', "hello").slice(0, -2));
      await until(() => !isEmpty(dir));
    }
    await until(() => isEmpty(dir) && counts.closes === 1);
    assertEquals(counts.posts, 0);
  });
}
