import { assert, assertEquals } from "@std/assert";
import { Browser, type Page } from "../support/chromium.ts";
import { type Program, startProgram } from "../support/program.ts";
import { test } from "../support/test.ts";

const PROGRAM = "examples/dashboard/main.ts";
const LIVE = `document.querySelector("#state").dataset.state === "live"`;

/** A window in which everything is in sight: clicks do not scroll. */
async function open(browser: Browser, program: Program): Promise<Page> {
  const page = await browser.open(`${program.address}/`);
  await page.send("Emulation.setDeviceMetricsOverride", {
    width: 1280,
    height: 900,
    deviceScaleFactor: 1,
    mobile: false,
  });
  await page.until("innerWidth === 1280");
  return page;
}

function hasRows(count: number): string {
  return `document.querySelectorAll("#rows tr").length >= ${count}`;
}

/** The rows of the table, by time. */
async function rows(page: Page): Promise<Map<string, string>> {
  const pairs = await page.evaluate(`[...document.querySelectorAll("#rows tr")].map((row) =>
    [row.dataset.time, [...row.cells].map(({ textContent }) => textContent).join(" | ")])`);
  return new Map(Array.isArray(pairs) ? pairs : []);
}

function value(chart: string): string {
  return `parseFloat(document.querySelector("#${chart}-chart dd").textContent.replaceAll(",", ""))`;
}

function line(chart: string): string {
  return `document.querySelector("#${chart}-chart .line").getAttribute("d")`;
}

test("dashboard page: charts move, two windows show the same figures, and a latecomer has them all", async () => {
  await using program = await startProgram(PROGRAM);
  await using browser = await Browser.launch();
  const ann = await open(browser, program);
  await ann.until(`${LIVE} && ${hasRows(2)}`);
  const before = await ann.evaluate(line("memory"));

  const ben = await open(browser, program);
  await ben.until(`${hasRows(3)} && ${value("connections")} === 2`);
  await ann.until(`${line("memory")} !== ${JSON.stringify(before)} && ${value("connections")} === 2`);
  const [atAnn, atBen] = [await rows(ann), await rows(ben)];
  const common = [...atAnn.keys()].filter((time) => atBen.has(time));
  assert(common.length >= 2);
  assertEquals(common.map((time) => atAnn.get(time)), common.map((time) => atBen.get(time)));
  assertEquals(browser.faults, []);
});

test("dashboard page: the sliders make load that all windows see", async () => {
  await using program = await startProgram(PROGRAM);
  await using browser = await Browser.launch();
  const ann = await open(browser, program);
  const ben = await open(browser, program);
  await ann.until(LIVE);
  await ben.until(`${LIVE} && ${hasRows(1)}`);
  const resident = Number(await ben.evaluate(value("memory")));
  await ann.click("#memory");
  await ann.click("#pings");
  await ben.until(`document.querySelector("#memory").value === "64" && ${value("memory")} > ${resident + 40}`);
  await ben.until(`${value("messages")} > 20`);
  await ann.until(`${value("messages")} > 20`);
  const picture = Deno.env.get("TWISTER_SCREENSHOT");
  if (picture !== undefined) await ann.screenshot(picture);

  await ann.click("#calm");
  await ben.until(`document.querySelector("#memory").value === "0" && ${value("messages")} < 20`);
  assertEquals(browser.faults, []);
});

test("dashboard page: a pointer over one chart shows the values of that time in all", async () => {
  await using program = await startProgram(PROGRAM);
  await using browser = await Browser.launch();
  const ann = await open(browser, program);
  await ann.until(`${LIVE} && ${hasRows(3)}`);
  const box = Object(await ann.evaluate(`document.querySelector("#cpu-chart svg").getBoundingClientRect().toJSON()`));
  await ann.send("Input.dispatchMouseEvent", { type: "mouseMoved", x: box.x + 5, y: box.y + 60 });
  // So far to the left there are no figures: the first ones are the nearest.
  const oldest = `document.querySelector("#rows tr:last-child")`;
  await ann.until(`document.querySelector("#time").textContent === ${oldest}.cells[0].textContent`);
  const shown = `[...document.querySelectorAll("#memory-chart dd")].map(({ textContent }) => parseFloat(textContent))`;
  const told = `[...${oldest}.cells].slice(-3).map(({ textContent }) => parseFloat(textContent))`;
  assertEquals(await ann.evaluate(shown), await ann.evaluate(told));
  assertEquals(
    await ann.evaluate(`document.querySelectorAll('.cursor[visibility="visible"]').length`),
    5,
  );
  assertEquals(browser.faults, []);
});

test("dashboard page: it fits a phone, in the light and in the dark, and everything has a name", async () => {
  await using program = await startProgram(PROGRAM);
  await using browser = await Browser.launch();
  const ann = await open(browser, program);
  await ann.until(`${LIVE} && ${hasRows(1)}`);
  const grounds = new Set();
  for (const theme of ["light", "dark"]) {
    await ann.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: theme }] });
    await ann.until(`matchMedia("(prefers-color-scheme: ${theme})").matches`);
    grounds.add(await ann.evaluate(`getComputedStyle(document.body).backgroundColor`));
  }
  assertEquals(grounds.size, 2);
  for (const width of [360, 800, 1600]) {
    await ann.send("Emulation.setDeviceMetricsOverride", {
      width,
      height: 800,
      deviceScaleFactor: 1,
      mobile: width < 800,
    });
    await ann.until(`innerWidth === ${width}`);
    assert(Number(await ann.evaluate(`document.documentElement.scrollWidth`)) <= width);
  }
  const { nodes } = await ann.send("Accessibility.getFullAXTree");
  const named = (Array.isArray(nodes) ? nodes : []).filter(({ role }) =>
    ["button", "slider", "image", "form", "region"].includes(role?.value)
  );
  assert(named.length >= 14);
  assertEquals(named.filter(({ name }) => !name?.value), []);
  const ids = `[...document.querySelectorAll("[id]")].map(({ id }) => id)`;
  assertEquals(await ann.evaluate(`${ids}.length - new Set(${ids}).size`), 0);
  assertEquals(browser.faults, []);
});

test("dashboard page: it says that the server is away, and goes on when it is back", async () => {
  await using browser = await Browser.launch();
  await using program = await startProgram(PROGRAM);
  const ann = await open(browser, program);
  await ann.until(`${LIVE} && ${hasRows(2)}`);
  assertEquals(await program.interrupt(), 0);
  await ann.until(`document.querySelector("#state").dataset.state === "waiting"`);
  await using again = await startProgram(PROGRAM, { port: program.port });
  await ann.until(`${LIVE} && ${hasRows(1)} && ${value("connections")} === 1`);
  assertEquals(again.port, program.port);
  assertEquals(browser.faults, []);
});
