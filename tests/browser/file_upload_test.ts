import { assertEquals } from "@std/assert";
import { Browser, type Page } from "../support/chromium.ts";
import { type Program, startProgram } from "../support/program.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const ROWS = `document.querySelectorAll("#uploads li")`;

/** Starts the server over a directory; a file may have 4 MiB, all together 8 MiB. */
function startServer(dir: TempDir): Promise<Program> {
  return startProgram("examples/file_upload/main.ts", {
    permissions: [`--allow-read=${dir.path}`, `--allow-write=${dir.path}`],
    args: [`--directory=${dir.path}`, "--max-file=4", "--max-total=8"],
  });
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

/** How many bytes the page sends in a second; -1 for as many as it can. */
async function throttle(page: Page, uploadThroughput: number): Promise<void> {
  await page.send("Network.enable");
  const conditions = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput };
  await page.send("Network.emulateNetworkConditions", conditions);
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
  await using program = await startServer(dir);
  await using browser = await Browser.launch();
  const page = await browser.open(program.address);
  assertEquals(await page.evaluate(`getComputedStyle(document.querySelector("#upload > button")).display`), "none");
  await throttle(page, 500_000);
  await choose(page, [sources.write("film & <b>.mp4", "x".repeat(1_000_000))]);
  const bar = `document.querySelector("#uploads progress")?.value`;
  await page.until(`${bar} > 0 && ${bar} < 1`);
  await picture(page, "progress");
  const early = Number(await page.evaluate(bar));
  await page.until(`${bar} > ${early}`);
  await page.until(`${lists("film & <b>.mp4")} && ${ROWS}.length === 0`);
  const size = await page.evaluate(`document.querySelector("#files p").textContent.split(",")[0]`);
  assertEquals(size, "977 KiB");
  const href = await page.evaluate(`document.querySelector("#files a").href`);
  const response = await fetch(String(href));
  assertEquals((await response.bytes()).length, 1_000_000);
  await page.click("#files button");
  await page.until(lists());
  assertEquals([...Deno.readDirSync(`${dir.path}/files`)], []);
  assertEquals(browser.faults, []);
});

test("upload page: files that are dropped go up, the others say what is wrong, one is cancelled", async () => {
  using dir = new TempDir();
  await using program = await startServer(dir);
  await using browser = await Browser.launch();
  const page = await browser.open(program.address);
  const MIB = 2 ** 20;
  await drop(page, { "a.bin": 3 * MIB, "b.bin": 3 * MIB, "empty": 0, "huge.bin": 4 * MIB + 1 });
  await page.until(`${lists("a.bin", "b.bin", "empty")} && ${ROWS}.length === 1`);
  assertEquals(await states(page), ["larger than 4 MiB"]);

  await drop(page, { "c.bin": 3 * MIB });
  await page.until(`document.querySelectorAll("#uploads .failed").length === 2`);
  assertEquals(await states(page), ["larger than 4 MiB", "There is room for 8 MiB in all"]);
  await picture(page, "errors");
  await page.click("#uploads li:last-child button");
  await page.until(`${ROWS}.length === 1`);

  await throttle(page, 100_000);
  await drop(page, { "slow.bin": MIB });
  await page.until(`document.querySelector("#uploads progress")?.value > 0`);
  await page.click("#uploads li:last-child button");
  await page.until(`${ROWS}.length === 1`);
  while ([...Deno.readDirSync(`${dir.path}/incoming`)].length > 0) await page.evaluate("1");
  await throttle(page, -1);
  await page.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: "dark" }] });
  await page.goto(program.address);
  await page.until(lists("a.bin", "b.bin", "empty"));
  await picture(page, "dark");
  assertEquals(browser.faults, []);
});

test("upload page: the form works without its script", async () => {
  using dir = new TempDir();
  using sources = new TempDir();
  await using program = await startServer(dir);
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
