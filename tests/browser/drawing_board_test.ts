import { assert, assertEquals } from "@std/assert";
import { Browser, type Page } from "../support/chromium.ts";
import { startProgram } from "../support/program.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

const LIVE = `document.querySelector("#state").dataset.state === "live"`;

/** A place on the sheet, from 0 to 1 in both directions. */
type Spot = readonly [x: number, y: number];

const WAVE: readonly Spot[] = Array.from({ length: 40 }, (_, i) => [0.1 + i * 0.02, 0.5 + 0.3 * Math.sin(i / 4)]);

async function mouse(page: Page, type: string, [x, y]: Spot, buttons: number): Promise<void> {
  const box = Object(await page.evaluate(`document.querySelector("#sheet").getBoundingClientRect().toJSON()`));
  const button = type === "mouseMoved" ? "none" : "left";
  const place = { x: box.x + x * box.width, y: box.y + y * box.height };
  await page.send("Input.dispatchMouseEvent", { type, ...place, button, buttons, clickCount: 1, pointerType: "pen" });
}

async function press(page: Page, spots: readonly Spot[]): Promise<void> {
  await mouse(page, "mousePressed", spots[0] ?? [0, 0], 1);
  for (const spot of spots) await mouse(page, "mouseMoved", spot, 1);
}

async function draw(page: Page, spots: readonly Spot[]): Promise<void> {
  await press(page, spots);
  await mouse(page, "mouseReleased", spots.at(-1) ?? [0, 0], 0);
}

function strokes(count: number): string {
  const text = count === 1 ? "1 stroke" : `${count} strokes`;
  return `document.querySelector("#picture").getAttribute("aria-label").endsWith(": ${text}")`;
}

/** The colour at a spot as `#rrggbb`, or what is transparent as an empty text. */
function colorAt([x, y]: Spot): string {
  return `(() => {
    const canvas = document.querySelector("#picture");
    const [r, g, b, a] = canvas.getContext("2d").getImageData(${x} * canvas.width, ${y} * canvas.height, 1, 1).data;
    return a === 0 ? "" : "#" + [r, g, b].map((value) => value.toString(16).padStart(2, "0")).join("");
  })()`;
}

/** A digest of all pixels. */
async function pixels(page: Page): Promise<unknown> {
  return await page.evaluate(`(async () => {
    const { width, height } = document.querySelector("#picture");
    const { data } = document.querySelector("#picture").getContext("2d").getImageData(0, 0, width, height);
    return width + " x " + height + ": " + new Uint8Array(await crypto.subtle.digest("SHA-256", data)).toHex();
  })()`);
}

function choose(page: Page, label: string): Promise<void> {
  return page.click(`#tools input[aria-label="${label}"]`);
}

test("drawing board page: what one draws appears at the other's while it is drawn, and a latecomer has it all", async () => {
  await using program = await startProgram("examples/drawing_board/main.ts");
  await using browser = await Browser.launch();
  const ann = await browser.open(`${program.address}/`);
  const ben = await browser.open(`${program.address}/boards/sketch`);
  await ann.until(LIVE);
  await ben.until(LIVE);
  await ann.type("#name", "Ann");
  await ann.enter();
  await ben.until(`document.querySelector("#people").innerText.includes("Ann")`);

  await press(ann, WAVE);
  await ben.until(`${strokes(1)} && ${colorAt(WAVE[20] ?? [0, 0])} === "#1c1f28"`);
  await ben.until(`document.querySelector(".cursor:not([hidden])")?.innerText.trim() === "Ann"`);
  await mouse(ann, "mouseReleased", WAVE.at(-1) ?? [0, 0], 0);

  await choose(ben, "Red");
  await choose(ben, "Thick");
  await draw(ben, [[0.2, 0.1], [0.5, 0.9], [0.8, 0.1]]);
  for (const page of [ann, ben]) await page.until(`${strokes(2)} && ${colorAt([0.8, 0.1])} === "#d8392f"`);
  assertEquals(await pixels(ann), await pixels(ben));

  const carl = await browser.open(`${program.address}/boards/sketch`);
  await carl.until(`${LIVE} && ${strokes(2)} && ${colorAt([0.35, 0.5])} === "#d8392f"`);
  await carl.until(`${colorAt(WAVE[20] ?? [0, 0])} === "#1c1f28"`);

  const picture = Deno.env.get("TWISTER_SCREENSHOT");
  if (picture !== undefined) await ann.screenshot(picture);
  assertEquals(browser.faults, []);
});

test("drawing board page: strokes over each other lie in the same order everywhere", async () => {
  await using program = await startProgram("examples/drawing_board/main.ts");
  await using browser = await Browser.launch();
  const ann = await browser.open(`${program.address}/boards/order`);
  const ben = await browser.open(`${program.address}/boards/order`);
  await ann.until(LIVE);
  await ben.until(LIVE);
  for (const page of [ann, ben]) await choose(page, "Huge");
  await choose(ben, "Blue");
  await press(ann, [[0.2, 0.5], [0.3, 0.5]]);
  await ben.until(strokes(1));
  await draw(ben, [[0.7, 0.2], [0.7, 0.8]]);
  await ann.until(strokes(2));
  // Begun before the blue one, so it goes under it.
  await mouse(ann, "mouseMoved", [0.9, 0.5], 1);
  await mouse(ann, "mouseReleased", [0.9, 0.5], 0);
  const both = `${colorAt([0.9, 0.5])} === "#1c1f28" && ${colorAt([0.7, 0.5])} === "#2f6fde"`;
  for (const page of [ann, ben]) await page.until(both);
  assertEquals(await pixels(ann), await pixels(ben));
  assertEquals(browser.faults, []);
});

async function scribble(page: Page, random: Random): Promise<void> {
  for (let i = 0; i < 12; i++) {
    const dice = random.below(20);
    if (dice < 3) await page.click("#undo");
    else if (dice === 3) {
      await page.click("#clear");
      await page.click("#sure .danger");
    } else {
      await choose(page, random.pick(["Red", "Blue", "Green", "Violet"]));
      await choose(page, random.pick(["Thick", "Huge"]));
      await draw(page, Array.from({ length: 6 }, () => [random.below(99) / 100, random.below(99) / 100]));
    }
  }
}

test("drawing board page: three who draw, undo and clear at once end with the same picture", async () => {
  await using program = await startProgram("examples/drawing_board/main.ts");
  await using browser = await Browser.launch();
  const pages: Page[] = [];
  for (let i = 0; i < 3; i++) pages.push(await browser.open(`${program.address}/boards/all`));
  for (const page of pages) await page.until(LIVE);
  await Promise.all(pages.map((page, i) => scribble(page, new Random(i))));
  // Who sees the mark of another has seen all that came before it.
  for (const [i, author] of pages.entries()) {
    const spot: Spot = [0.1 + i * 0.1, 0.1];
    await choose(author, "Yellow");
    await draw(author, [spot]);
    for (const page of pages) await page.until(`${colorAt(spot)} === "#f5cf3a"`);
  }
  const pictures = await Promise.all(pages.map(pixels));
  assertEquals(pictures, pages.map(() => pictures[0]));
  assertEquals(browser.faults, []);
});

test("drawing board page: undo takes one's own last stroke, clear everything, and other boards are left alone", async () => {
  await using program = await startProgram("examples/drawing_board/main.ts");
  await using browser = await Browser.launch();
  const ann = await browser.open(`${program.address}/boards/tea`);
  const ben = await browser.open(`${program.address}/boards/tea`);
  const other = await browser.open(`${program.address}/boards/other`);
  for (const page of [ann, ben, other]) await page.until(LIVE);
  await draw(other, [[0.5, 0.5]]);
  await other.until(strokes(1));
  await draw(ann, [[0.1, 0.1], [0.2, 0.1]]);
  await draw(ann, [[0.1, 0.3], [0.2, 0.3]]);
  await ben.until(strokes(2));
  await draw(ben, [[0.1, 0.5], [0.2, 0.5]]);
  await ann.until(strokes(3));

  await ann.click("#undo");
  for (const page of [ann, ben]) await page.until(`${strokes(2)} && ${colorAt([0.15, 0.3])} === ""`);
  assert(await ben.evaluate(`${colorAt([0.15, 0.1])} !== "" && ${colorAt([0.15, 0.5])} !== ""`));

  await ben.click("#clear");
  await ben.click("#sure .danger");
  for (const page of [ann, ben]) await page.until(`${strokes(0)} && ${colorAt([0.15, 0.1])} === ""`);
  assert(await ann.evaluate(`document.querySelector("#news").textContent.includes("has cleared the board")`));
  assert(await other.evaluate(`${strokes(1)} && ${colorAt([0.5, 0.5])} !== ""`));
  assertEquals(browser.faults, []);
});

test("drawing board page: two fingers draw two strokes at once", async () => {
  await using program = await startProgram("examples/drawing_board/main.ts");
  await using browser = await Browser.launch();
  const ann = await browser.open(`${program.address}/boards/fingers`);
  const ben = await browser.open(`${program.address}/boards/fingers`);
  await ann.send("Emulation.setTouchEmulationEnabled", { enabled: true, maxTouchPoints: 5 });
  await ann.until(LIVE);
  await ben.until(LIVE);
  const box = Object(await ann.evaluate(`document.querySelector("#sheet").getBoundingClientRect().toJSON()`));
  const touch = (type: string, spots: readonly Spot[]) =>
    ann.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: spots.map(([x, y], id) => ({ x: box.x + x * box.width, y: box.y + y * box.height, id })),
    });
  await touch("touchStart", [[0.2, 0.2], [0.8, 0.2]]);
  for (const y of [0.3, 0.4, 0.5, 0.6]) await touch("touchMove", [[0.2, y], [0.8, y]]);
  await touch("touchEnd", []);
  await ben.until(`${strokes(2)} && ${colorAt([0.2, 0.4])} !== "" && ${colorAt([0.8, 0.4])} !== ""`);
  assertEquals(await ben.evaluate(colorAt([0.5, 0.4])), "");
  assertEquals(browser.faults, []);
});

test("drawing board page: it fits a phone, and every control has a name", async () => {
  await using program = await startProgram("examples/drawing_board/main.ts");
  await using browser = await Browser.launch();
  const ann = await browser.open(`${program.address}/boards/phone`);
  await ann.until(LIVE);
  for (const [width, height] of [[360, 740], [740, 360], [1280, 800]]) {
    await ann.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 800 });
    await ann.until(`innerWidth === ${width} && document.querySelector("#picture").width > 0`);
    const inside = `(({ scrollWidth, scrollHeight }) => [scrollWidth, scrollHeight])(document.documentElement)`;
    assertEquals(await ann.evaluate(inside), [width, height]);
    await ann.until(
      `(({ width, height }) => width / height > 1.5 && width / height < 1.7)(document.querySelector("#picture"))`,
    );
  }
  const { nodes } = await ann.send("Accessibility.getFullAXTree");
  const controls = (Array.isArray(nodes) ? nodes : []).filter(({ role }) =>
    ["button", "radio", "textbox", "image", "ColorWell"].includes(role?.value)
  );
  assert(controls.length > 15);
  assertEquals(controls.filter(({ name }) => !name?.value), []);
  const ids = `[...document.querySelectorAll("[id]")].map(({ id }) => id)`;
  assertEquals(await ann.evaluate(`${ids}.length - new Set(${ids}).size`), 0);
  assertEquals(browser.faults, []);
});

test("drawing board page: a name is only ever text", async () => {
  await using program = await startProgram("examples/drawing_board/main.ts");
  await using browser = await Browser.launch();
  const ann = await browser.open(`${program.address}/boards/names`);
  const ben = await browser.open(`${program.address}/boards/names`);
  await ann.until(LIVE);
  await ben.until(LIVE);
  await ann.type("#name", "<img src=x><b>Ann</b>");
  await ann.enter();
  await ben.until(`document.querySelector("#people").innerText.includes("<img src=x><b>Ann</b>")`);
  assertEquals(await ben.evaluate(`document.querySelectorAll("#people b, img").length`), 0);
  assertEquals(browser.faults, []);
});

test("drawing board page: it says that the server is away, and goes on when it is back", async () => {
  await using browser = await Browser.launch();
  await using program = await startProgram("examples/drawing_board/main.ts");
  const ann = await browser.open(`${program.address}/boards/away`);
  await ann.until(LIVE);
  await draw(ann, [[0.5, 0.5], [0.6, 0.6]]);
  await ann.until(strokes(1));
  assertEquals(await program.interrupt(), 0);
  await ann.until(`document.querySelector("#state").dataset.state === "waiting"`);
  await using again = await startProgram("examples/drawing_board/main.ts", { port: program.port });
  await ann.until(`${LIVE} && ${strokes(0)}`);
  await draw(ann, [[0.5, 0.5], [0.6, 0.6]]);
  await ann.until(`${strokes(1)} && ${colorAt([0.55, 0.55])} !== ""`);
  assertEquals(again.port, program.port);
  assertEquals(browser.faults, []);
});
