import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { formatSize } from "../../examples/file_upload/format_size.ts";
import { FileStore, LimitError, shownName } from "../../examples/file_upload/store.ts";
import { projectRoot } from "../../tools/project.ts";
import { type Program, startProgram } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

const MIB = 2 ** 20;
const HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const LARGE = "x".repeat(MIB + 1);

interface Answer {
  readonly status: number;
  readonly files: { id: string; name: string; size: number; sha256: string }[];
  readonly error?: string;
}

/** Starts the server over a directory; a file may have 1 MiB, all together 2 MiB. */
function startServer(dir: TempDir): Promise<Program> {
  return startProgram("examples/file_upload/main.ts", {
    permissions: [`--allow-read=${dir.path}`, `--allow-write=${dir.path}`],
    args: [`--directory=${dir.path}`, "--max-file=1", "--max-total=2"],
  });
}

/** The headers that the script of the page would send. */
async function tokenHeaders({ address }: Program): Promise<Record<string, string>> {
  const page = await fetch(address);
  const token = (await page.text()).match(/action="\/upload\?_xsrf=([^"]+)"/)?.[1] ?? "";
  const cookie = page.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  return { cookie, "X-XSRFToken": decodeURIComponent(token) };
}

async function answerOf(response: Response): Promise<Answer> {
  return { status: response.status, files: [], ...await response.json() };
}

async function post(program: Program, files: readonly File[]): Promise<Answer> {
  const body = new FormData();
  body.set("comment", "not a file");
  for (const file of files) body.append("file", file);
  const headers = await tokenHeaders(program);
  return await answerOf(await fetch(`${program.address}/upload`, { method: "POST", headers, body }));
}

async function put(program: Program, name: string, body: BodyInit): Promise<Answer> {
  return await answerOf(await fetch(`${program.address}/upload/${name}`, { method: "PUT", body }));
}

async function names(program: Program): Promise<string[]> {
  const { files } = await answerOf(await fetch(`${program.address}/files`));
  return files.map(({ name }) => name).sort();
}

/** How many files there are, in whatever state. */
function count(dir: TempDir): number {
  return ["files", "incoming"].reduce((sum, name) => sum + [...Deno.readDirSync(`${dir.path}/${name}`)].length, 0);
}

async function runUploader(...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-net", "--allow-read", "examples/file_upload/uploader.ts", ...args],
    cwd: projectRoot,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout), errors: decoder.decode(stderr) };
}

test("shownName() leaves nothing of a path, and nothing that cannot be seen", () => {
  assertEquals(shownName("../../etc/passwd"), "passwd");
  assertEquals(shownName("C:\\fakepath\\film.mp4"), "film.mp4");
  assertEquals(shownName("a\u202egpj.exe\r\n\0"), "agpj.exe");
  assertEquals([shownName("/"), shownName(" \t"), shownName("\ud800")], ["unnamed", "unnamed", "unnamed"]);
  assertEquals(shownName("é".repeat(300)).length, 200);
  assertEquals(shownName("x".repeat(199) + "😀").isWellFormed(), true);
});

test("formatSize() has three digits, or as many as a whole number needs", () => {
  const sizes = [0, 1023, 1024, 1000 * 1024, 4 * MIB, 1.5 * 2 ** 30, 3 * 2 ** 50];
  const texts = ["0 bytes", "1,023 bytes", "1 KiB", "1,000 KiB", "4 MiB", "1.5 GiB", "3,072 TiB"];
  assertEquals(sizes.map(formatSize), texts);
});

test("FileStore counts what is coming, and forgets it when it is discarded", async () => {
  using dir = new TempDir();
  await using store = await FileStore.open(dir.path, { maxFile: 10, maxTotal: 15 });
  const one = store.receive("one");
  await one.write(new Uint8Array(10));
  await assertRejects(() => one.write(new Uint8Array(1)), LimitError, "A file may have 10 bytes at most");
  const two = store.receive("two");
  await assertRejects(() => two.write(new Uint8Array(6)), LimitError, "There is room for 15 bytes in all");
  await one.discard();
  await two.write(new Uint8Array(6));
  const kept = await two.keep();
  await two.discard();
  assertEquals(store.list(), [kept]);
  await assertRejects(() => two.keep(), TypeError, "kept or discarded before");
  await store.delete(kept.id);
  const three = store.receive("three");
  await three.write(new Uint8Array(10));
  await three.discard();
  assertEquals([count(dir), store.list()], [0, []]);
});

test("FileStore knows its files when it is opened again, and nothing that was not complete", async () => {
  using dir = new TempDir();
  const limits = { maxFile: 10, maxTotal: 10 };
  const first = await FileStore.open(dir.path, limits);
  const file = first.receive("kept");
  await file.write(new TextEncoder().encode("hello"));
  const kept = await file.keep();
  assertEquals([kept.size, kept.sha256], [5, HELLO]);
  dir.write("incoming/left-behind/content", "x");
  await using second = await FileStore.open(dir.path, limits);
  assertEquals([second.list(), count(dir)], [[kept], 1]);
  const more = second.receive("more");
  await assertRejects(() => more.write(new Uint8Array(6)), LimitError, "There is room");
  await more.discard();
});

test("examples/file_upload takes a form with several files, lists them, gives them back and deletes them", async () => {
  using dir = new TempDir();
  await using program = await startServer(dir);
  const files = [new File(["hello"], "../<b>é</b> 'x'.html", { type: "text/html" }), new File([], "empty")];
  const answer = await post(program, files);
  assertEquals(answer.status, 201);
  assertEquals(answer.files.map(({ name, size }) => [name, size]), [["b> 'x'.html", 5], ["empty", 0]]);
  assertEquals(answer.files[0]?.sha256, HELLO);
  assertEquals(await names(program), ["b> 'x'.html", "empty"]);

  const id = answer.files[0]?.id ?? "";
  const response = await fetch(`${program.address}/files/${id}`, { headers: { Range: "bytes=1-" } });
  assertEquals([response.status, await response.text()], [206, "ello"]);
  assertEquals(response.headers.get("content-type"), "application/octet-stream");
  assertEquals(response.headers.get("content-disposition"), "attachment; filename*=UTF-8''b%3E%20%27x%27.html");
  assertEquals(response.headers.get("etag"), `"${HELLO}"`);
  assertStringIncludes(await (await fetch(program.address)).text(), ">b&gt; &#x27;x&#x27;.html</a>");

  const headers = await tokenHeaders(program);
  const remove = (headers: HeadersInit) =>
    fetch(`${program.address}/files/${id}/delete`, { method: "POST", headers }).then(async (response) => {
      await response.body?.cancel();
      return response.status;
    });
  assertEquals(await remove({}), 403);
  assertEquals(await remove(headers), 204);
  assertEquals(await remove(headers), 404);
  assertEquals([await names(program), count(dir)], [["empty"], 1]);
});

test("examples/file_upload leads a browser without scripts back to its page", async () => {
  using dir = new TempDir();
  await using program = await startServer(dir);
  const body = new FormData();
  body.set("file", new File(["hello"], "a.txt"));
  const headers = { ...await tokenHeaders(program), Accept: "text/html,*/*" };
  const response = await fetch(`${program.address}/upload`, { method: "POST", headers, body, redirect: "manual" });
  await response.body?.cancel();
  assertEquals([response.status, response.headers.get("location")], [303, "/"]);
  assertEquals(await names(program), ["a.txt"]);
});

test("examples/file_upload takes a raw body", async () => {
  using dir = new TempDir();
  await using program = await startServer(dir);
  const { status, files } = await put(program, "..%2Fa%20b.txt", "hello");
  assertEquals([status, files[0]?.name, files[0]?.size, files[0]?.sha256], [201, "a b.txt", 5, HELLO]);
  assertEquals((await put(program, "empty", "")).files[0]?.size, 0);
  assertEquals(await names(program), ["a b.txt", "empty"]);
});

test("examples/file_upload refuses what is too large, announced or not, and keeps nothing of it", async () => {
  using dir = new TempDir();
  await using program = await startServer(dir);
  const unannounced = () => ReadableStream.from([new TextEncoder().encode(LARGE)]);
  assertEquals((await put(program, "large", LARGE)).status, 413);
  assertEquals((await put(program, "large", unannounced())).status, 413);
  const answer = await post(program, [new File(["hello"], "small"), new File([LARGE], "large")]);
  assertEquals([answer.status, answer.error], [413, "A file may have 1 MiB at most"]);
  const many = await post(program, Array.from({ length: 4 }, () => new File([LARGE], "large")));
  assertEquals(many.status, 413);
  assertEquals(many.error, "There may be 3 MiB at most");

  for (const name of ["one", "two"]) assertEquals((await put(program, name, LARGE.slice(1))).status, 201);
  assertEquals((await put(program, "three", "x")).status, 507);
  assertEquals((await post(program, [new File(["x"], "three")])).status, 507);
  await until(() => count(dir) === 2);
  assertEquals(await names(program), ["one", "two"]);
});

test("examples/file_upload refuses bad forms, and forms without their token", async () => {
  using dir = new TempDir();
  await using program = await startServer(dir);
  const url = `${program.address}/upload`;
  const headers = { ...await tokenHeaders(program), "Content-Type": "multipart/form-data; boundary=B" };
  const part = '--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhello\r\n';
  const refused: [HeadersInit, string, number, RegExp][] = [
    [headers, "", 400, /no final boundary/],
    [headers, part, 400, /no final boundary/],
    [headers, "nonsense", 400, /does not start with its boundary/],
    [headers, `${part}--B\r\nX: y\r\n\r\n\r\n--B--`, 400, /is not form-data/],
    [headers, '--B\r\nContent-Disposition: form-data; name="file"\r\n\r\n\r\n--B--', 400, /The form has no file/],
    [{ ...headers, "Content-Type": "text/plain" }, "x", 400, /invalid content type/],
    [{ ...headers, "X-XSRFToken": "" }, `${part}--B--`, 403, /argument missing/],
    [{ ...headers, "X-XSRFToken": "2|00|00|0" }, `${part}--B--`, 403, /invalid format/],
  ];
  for (const [headers, body, status, error] of refused) {
    const answer = await answerOf(await fetch(url, { method: "POST", headers, body }));
    assertEquals(answer.status, status, body);
    assertMatch(answer.error ?? "", error);
  }
  await until(() => count(dir) === 0);
});

test("examples/file_upload leaves nothing of a client that goes away in the middle", async () => {
  using dir = new TempDir();
  await using program = await startServer(dir);
  const { cookie, "X-XSRFToken": token } = await tokenHeaders(program);
  const form =
    `POST /upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\nCookie: ${cookie}\r\n` +
    `X-XSRFToken: ${token}\r\nContent-Length: 9999\r\n\r\n` +
    '--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';
  const body = "PUT /upload/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n";
  for (const [head, files] of [[form, 1], [`${form}x\r\n${form.slice(form.indexOf("--B"))}`, 2], [body, 1]] as const) {
    {
      using client = await RawClient.connect(program.port);
      await client.send(`${head}hello`);
      await until(() => count(dir) === files);
    }
    await until(() => count(dir) === 0);
  }
  assertEquals(await names(program), []);
});

test("examples/file_upload leaves nothing half done when it is interrupted", async () => {
  using dir = new TempDir();
  await using program = await startServer(dir);
  await put(program, "kept", "hello");
  using client = await RawClient.connect(program.port);
  await client.send("PUT /upload/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\nhello");
  await until(() => count(dir) === 2);
  const code = program.interrupt();
  await client.send("x".repeat(9994));
  await client.until("\r\n\r\n");
  assertEquals(await code, 0);
  assertEquals([...Deno.readDirSync(dir.path)].map(({ name }) => name), ["files"]);
  await using again = await startServer(dir);
  assertEquals(await names(again), ["a", "kept"]);
});

for (const way of ["--post", "--put"]) {
  test(`examples/file_upload/uploader.ts ${way} sends files from disk, and checks what has arrived`, async () => {
    using dir = new TempDir();
    using sources = new TempDir();
    await using program = await startServer(dir);
    const paths = [sources.write("a ü.txt", "hello"), sources.write("b", "x".repeat(300_000)), sources.write("c", "")];
    const { code, output, errors } = await runUploader(way, "--at-once=2", `--to=${program.address}/`, ...paths);
    assertEquals([code, errors], [0, ""]);
    assertEquals(await names(program), ["a ü.txt", "b", "c"]);
    assertStringIncludes(output, `a ü.txt: 5 bytes, SHA-256 ${HELLO}, ${program.address}/files/`);
    for (const [url] of output.matchAll(/http:\S+/g)) {
      const response = await fetch(url);
      await response.body?.cancel();
      assertEquals(response.status, 200);
    }

    const large = await runUploader(way, `--to=${program.address}`, sources.write("large", LARGE));
    assertEquals(large.code, 1);
    assertStringIncludes(large.errors, "refuses with status 413: ");
    const none = await runUploader(way, `--to=${program.address}`);
    assertEquals([none.code, none.errors], [1, "Cannot send nothing: name files\n"]);
    const missing = await runUploader(way, `--to=${program.address}`, `${sources.path}/missing`);
    assertEquals(missing.code, 1);
    assert(missing.errors.length > 0);
    await until(() => count(dir) === 3);
  });
}
