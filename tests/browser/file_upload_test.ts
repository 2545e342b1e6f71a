import { assertEquals } from "@std/assert";
import { Browser, type Page } from "../support/chromium.ts";
import { type Program, startProgram } from "../support/program.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const ROWS = `document.querySelectorAll("#uploads li")`;
const BAR = `document.querySelector("#uploads progress")?.value`;
const PARTLY = `${BAR} > 0 && ${BAR} < 1`;

const MIB = 2 ** 20;

/** Starts the server over a directory, with limits in MiB. */
function startServer(dir: TempDir, maxFile: number, maxTotal: number): Promise<Program> {
  return startProgram("examples/file_upload/main.ts", {
    permissions: [`--allow-read=${dir.path}`, `--allow-write=${dir.path}`],
    args: [`--directory=${dir.path}`, `--max-file=${maxFile}`, `--max-total=${maxTotal}`],
  });
}

/**
 * Stands between the browser and the server, and lets only the first MiB of each connection through until it is opened.
 * What the system has room for goes on its way, too, but that is less than the files here. It ends with its
 * connections: the browser has to end first.
 */
class Gate implements AsyncDisposable {
  readonly #listener: Deno.TcpListener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  readonly #opened: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #done: Promise<void>;

  constructor(program: Program) {
    this.#done = this.#accept(program.port);
  }

  get address(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  open(): void {
    this.#opened.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.open();
    this.#listener.close();
    await this.#done;
  }

  async #accept(port: number): Promise<void> {
    const pairs: Promise<void>[] = [];
    for await (const browser of this.#listener) pairs.push(this.#join(browser, port));
    await Promise.all(pairs);
  }

  async #join(conn: Deno.TcpConn, port: number): Promise<void> {
    using browser = conn;
    using server = await Deno.connect({ port, hostname: "127.0.0.1" });
    let count = 0;
    const gate = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: async (chunk, controller) => {
        count += chunk.length;
        if (count > MIB) await this.#opened.promise;
        controller.enqueue(chunk);
      },
    });
    // Either side may go away at any time.
    await Promise.allSettled([
      browser.readable.pipeThrough(gate).pipeTo(server.writable),
      server.readable.pipeTo(browser.writable),
    ]);
  }
}

/** Chooses files in the dialogue of the form. */
async function choose(page: Page, files: readonly string[]): Promise<void> {
  const { root } = await page.send("DOM.getDocument");
  const { nodeId } = await page.send("DOM.querySelector", { nodeId: Object(root).nodeId, selector: "#chosen" });
  await page.send("DOM.setFileInputFiles", { nodeId, files });
}

/** Drops new files of given names and sizes on the page. */
async function drop(page: Page, sizes: Record<string, number>): Promise<void> {
  await page.evaluate(`(() => {
    const dataTransfer = new DataTransfer();
    for (const [name, size] of Object.entries(${JSON.stringify(sizes)})) {
      dataTransfer.items.add(new File([new Uint8Array(size)], name));
    }
    const over = new DragEvent("dragover", { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector("h1").dispatchEvent(over);
    const dropped = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector("h1").dispatchEvent(dropped);
  })()`);
}

/** How many files there are in that state. */
function count(dir: TempDir, state: "incoming" | "files"): number {
  return [...Deno.readDirSync(`${dir.path}/${state}`)].length;
}

/** Waits for the server, which answers the page while it works. */
async function until(page: Page, condition: () => boolean): Promise<void> {
  while (!condition()) await page.evaluate(`fetch("/files").then((response) => response.status)`);
}

function lists(...names: string[]): string {
  const shown = `[...document.querySelectorAll("#files a")].map((link) => link.textContent).sort()`;
  return `JSON.stringify(${shown}) === ${JSON.stringify(JSON.stringify(names))}`;
}

async function states(page: Page): Promise<unknown> {
  return await page.evaluate(`Array.from(${ROWS}, (row) => row.querySelector("p").textContent)`);
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = Deno.env.get("TWISTER_SCREENSHOTS");
  if (folder !== undefined) await page.screenshot(`${folder}/file_upload_${name}.png`);
}

test("upload page: a file that is chosen goes up by the form, the bar moves, the list shows it", async () => {
  using dir = new TempDir();
  using sources = new TempDir();
  await using program = await startServer(dir, 64, 128);
  await using gate = new Gate(program);
  await using browser = await Browser.launch();
  const page = await browser.open(gate.address);
  assertEquals(await page.evaluate(`getComputedStyle(document.querySelector("#upload > button")).display`), "none");
  await choose(page, [sources.write("film & <b>.mp4", "x".repeat(32 * MIB))]);
  await page.until(PARTLY);
  await picture(page, "progress");
  gate.open();
  await page.until(`${lists("film & <b>.mp4")} && ${ROWS}.length === 0`);
  const size = await page.evaluate(`document.querySelector("#files p").textContent.split(",")[0]`);
  assertEquals(size, "32 MiB");
  const path = new URL(String(await page.evaluate(`document.querySelector("#files a").href`))).pathname;
  const response = await fetch(program.address + path);
  assertEquals((await response.bytes()).length, 32 * MIB);
  await page.click("#files button");
  await page.until(lists());
  await until(page, () => count(dir, "files") + count(dir, "incoming") === 0);
  assertEquals(browser.faults, []);
});

test("upload page: an upload that is cancelled leaves nothing behind", async () => {
  using dir = new TempDir();
  await using program = await startServer(dir, 64, 128);
  await using gate = new Gate(program);
  await using browser = await Browser.launch();
  const page = await browser.open(gate.address);
  await drop(page, { "one.bin": 32 * MIB });
  await page.until(PARTLY);
  await until(page, () => count(dir, "incoming") === 1);
  await page.click("#uploads button");
  await page.until(`${ROWS}.length === 0`);
  gate.open();
  await until(page, () => count(dir, "incoming") === 0);
  assertEquals(count(dir, "files"), 0);
  await drop(page, { "two.bin": 1000 });
  await page.until(lists("two.bin"));
  assertEquals(browser.faults, []);
});

test("upload page: files that are dropped go up, and those that cannot say what is wrong", async () => {
  using dir = new TempDir();
  await using program = await startServer(dir, 4, 8);
  await using browser = await Browser.launch();
  const page = await browser.open(program.address);
  await drop(page, { "a.bin": 3 * MIB, "b.bin": 3 * MIB, "empty": 0, "huge.bin": 4 * MIB + 1 });
  await page.until(`${lists("a.bin", "b.bin", "empty")} && ${ROWS}.length === 1`);
  assertEquals(await states(page), ["larger than 4 MiB"]);

  await drop(page, { "c.bin": 3 * MIB });
  await page.until(`document.querySelectorAll("#uploads .failed").length === 2`);
  assertEquals(await states(page), ["larger than 4 MiB", "There is room for 8 MiB in all"]);
  await picture(page, "errors");
  await page.click("#uploads li:last-child button");
  await page.until(`${ROWS}.length === 1`);

  await page.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: "dark" }] });
  await page.goto(program.address);
  await page.until(lists("a.bin", "b.bin", "empty"));
  await picture(page, "dark");
  assertEquals(browser.faults, []);
});

test("upload page: the form works without its script", async () => {
  using dir = new TempDir();
  using sources = new TempDir();
  await using program = await startServer(dir, 4, 8);
  await using browser = await Browser.launch();
  const page = await browser.open(`${program.address}/upload.css`);
  await page.send("Network.enable");
  await page.send("Network.setBlockedURLs", { urls: ["*/upload.js"] });
  await page.goto(program.address);
  assertEquals(await page.evaluate(`document.documentElement.className`), "");
  await choose(page, [sources.write("a.txt", "hello"), sources.write("b.txt", "")]);
  await picture(page, "plain");
  await page.click("#upload button");
  await page.until(lists("a.txt", "b.txt"));
  assertEquals(browser.faults, []);
});
