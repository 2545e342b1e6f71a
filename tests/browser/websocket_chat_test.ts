import { assertEquals } from "@std/assert";
import { Browser, type Page } from "../support/chromium.ts";
import { startProgram } from "../support/program.ts";
import { test } from "../support/test.ts";

const PROGRAM = "examples/websocket_chat/main.ts";
const LIVE = `document.querySelector("#state")?.dataset.state === "live"`;
const AWAY = `document.querySelector("#state")?.dataset.state === "waiting"`;

/** Opens a room and takes a name in it. */
async function join(browser: Browser, address: string, name: string): Promise<Page> {
  const page = await browser.open(address);
  await page.type("#name", name);
  await page.enter();
  await page.until(`document.body?.dataset.me === ${JSON.stringify(name)} && ${LIVE}`);
  return page;
}

async function say(page: Page, text: string): Promise<void> {
  await page.type("#text", text);
  await page.enter();
}

/** What a page shows as said and delivered. */
async function talk(page: Page): Promise<unknown> {
  return await page.evaluate(`[...document.querySelectorAll(".message:not(.waiting)")].map((item) =>
    item.querySelector(".author").textContent + ": " + item.querySelector(".text").textContent)`);
}

function delivered(count: number): string {
  return `document.querySelectorAll(".message:not(.waiting)").length === ${count}`;
}

function people(...names: string[]): string {
  return `[...document.querySelectorAll(".person bdi")].map((name) => name.textContent).sort().join() === "${names}"`;
}

async function photograph(page: Page, width: number, height: number, scheme: "light" | "dark"): Promise<void> {
  const picture = Deno.env.get("TWISTER_SCREENSHOT");
  if (picture === undefined) return;
  await page.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
  const features = [
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: "reduce" },
  ];
  await page.send("Emulation.setEmulatedMedia", { features });
  await page.screenshot(picture.replace(/\.png$/, `-${width}-${scheme}.png`));
}

test("WebSocket chat page: two windows talk to each other", async () => {
  await using program = await startProgram(PROGRAM);
  await using browser = await Browser.launch();
  const ann = await join(browser, `${program.address}/`, "Ann");
  const ben = await join(browser, `${program.address}/rooms/lobby`, "Ben");

  await say(ann, "Is anybody here?");
  await ben.until(delivered(1));
  await say(ben, "I am, <b>Ann</b> & all. See https://example.com/a?b=c.");
  await ann.until(delivered(2));
  await say(ann, "Tea?\n  With milk?");
  await ben.until(delivered(3));
  const said = [
    "Ann: Is anybody here?",
    "Ben: I am, <b>Ann</b> & all. See https://example.com/a?b=c.",
    "Ann: Tea?\n  With milk?",
  ];
  assertEquals(await talk(ann), said);
  assertEquals(await talk(ben), said);
  assertEquals(await ann.evaluate(`document.querySelectorAll(".message b").length`), 0);
  assertEquals(await ann.evaluate(`document.querySelector(".message a").href`), "https://example.com/a?b=c");
  assertEquals(await ann.evaluate(`document.querySelectorAll(".message.mine").length`), 2);
  assertEquals(await ann.evaluate(`document.querySelectorAll(".message[data-day=Today]").length`), 1);

  await ben.type("#text", "Wait");
  await ann.until(`document.querySelector("#typing").textContent === "Ben is writing"`);
  for (const scheme of ["light", "dark"] as const) {
    for (const [width, height] of [[1280, 800], [390, 800]] as const) await photograph(ann, width, height, scheme);
  }
  assertEquals(browser.faults, []);
});

test("WebSocket chat page: it tells who is there, and a person with two windows is one", async () => {
  await using program = await startProgram(PROGRAM);
  await using browser = await Browser.launch();
  const ann = await join(browser, `${program.address}/rooms/tea`, "Ann");
  await photograph(ann, 1280, 800, "light");
  const ben = await join(browser, `${program.address}/rooms/tea`, "Ben");
  const second = await join(browser, `${program.address}/rooms/tea`, "Ben");
  await ann.until(people("Ann", "Ben"));
  assertEquals(await ann.evaluate(`document.querySelector("#rooms [aria-current] .number").textContent`), "2");
  assertEquals(await ann.evaluate(`document.querySelector(".note").textContent`), "Ben joined");

  await second.goto(`${program.address}/rooms/lobby`);
  await ann.until(`document.querySelector('#rooms [data-name="lobby"] .number').textContent === "1"`);
  await ann.until(people("Ann", "Ben"));
  await say(ann, "Good bye");
  await ben.goto("about:blank#");
  await ann.until(`${people("Ann")} && document.querySelector(".message + .note") !== null`);
  assertEquals(await ann.evaluate(`document.querySelector(".message + .note").textContent`), "Ben left");
  assertEquals(await ann.evaluate(`document.querySelector("#people .you:not([hidden])") !== null`), true);
  assertEquals(browser.faults, []);
});

test("WebSocket chat page: a late reader gets the history, without a name too, and another room has its own", async () => {
  await using program = await startProgram(PROGRAM);
  await using browser = await Browser.launch();
  const ann = await join(browser, `${program.address}/rooms/tea`, "Ann");
  await say(ann, "one");
  await say(ann, "two");
  await ann.until(delivered(2));
  const late = await browser.open(`${program.address}/rooms/tea`);
  await late.until(LIVE);
  assertEquals(await talk(late), ["Ann: one", "Ann: two"]);
  await say(ann, "three");
  await late.until(delivered(3));

  await late.type(".open-room input", "Another Room!");
  await late.enter();
  await late.until(`location.pathname === "/rooms/another-room" && ${LIVE}`);
  assertEquals(await talk(late), []);
  assertEquals(await late.evaluate(`document.querySelector("h1 bdi").textContent`), "another-room");
  await late.click('#rooms a[data-name="tea"]');
  await late.until(`location.pathname === "/rooms/tea" && ${LIVE}`);
  assertEquals(await talk(late), ["Ann: one", "Ann: two", "Ann: three"]);
  assertEquals(browser.faults, []);
});

test("WebSocket chat page: the server goes away and comes back, and nothing is lost or doubled", async () => {
  await using browser = await Browser.launch();
  await using program = await startProgram(PROGRAM);
  const ann = await join(browser, `${program.address}/rooms/lobby`, "Ann");
  const ben = await join(browser, `${program.address}/rooms/lobby`, "Ben");
  await say(ann, "before");
  await ben.until(delivered(1));
  const interrupted = program.interrupt();
  await say(ben, "on the way out");
  assertEquals(await interrupted, 0);
  await ann.until(AWAY);
  await ben.until(AWAY);
  await say(ann, "while away");
  await say(ann, "still away");
  assertEquals(await ann.evaluate(`document.querySelectorAll(".message.waiting").length`), 2);
  assertEquals(await ann.evaluate(`document.querySelector("#away").checkVisibility()`), true);
  await photograph(ann, 390, 800, "dark");

  // It has another secret, does not know the names, and has no history.
  await using again = await startProgram(PROGRAM, { port: program.port });
  await ann.until(`${LIVE} && ${people("Ann", "Ben")}`);
  await ben.until(`${LIVE} && ${people("Ann", "Ben")}`);
  await say(ben, "back");
  const everything = ["Ann: before", "Ann: still away", "Ann: while away", "Ben: back", "Ben: on the way out"];
  for (const page of [ann, ben]) {
    await page.until(delivered(everything.length));
    assertEquals(Object(await talk(page)).toSorted(), everything);
    assertEquals(await page.evaluate(`sessionStorage.getItem("outbox of lobby")`), "[]");
  }
  assertEquals(again.port, program.port);
  assertEquals(browser.faults, []);
});

test("WebSocket chat page: what waits to be sent is still there when the page is loaded again", async () => {
  await using browser = await Browser.launch();
  await using program = await startProgram(PROGRAM, { args: ["--secret=the same"] });
  const ann = await join(browser, `${program.address}/rooms/lobby`, "Ann");
  assertEquals(await program.interrupt(), 0);
  await ann.until(AWAY);
  await say(ann, "do not forget this");
  // A window that opens before the first one has tried again has the outbox, and delivers it; the first one then learns
  // so.
  const outbox = await ann.evaluate(`sessionStorage.getItem("outbox of lobby")`);
  await using again = await startProgram(PROGRAM, { port: program.port, args: ["--secret=the same"] });
  await ann.goto(`${again.address}/rooms/lobby`);
  await ann.until(`document.body?.dataset.me === "Ann" && ${LIVE} && ${delivered(1)}`);
  assertEquals(await talk(ann), ["Ann: do not forget this"]);
  await ann.evaluate(`sessionStorage.setItem("outbox of lobby", ${JSON.stringify(outbox)})`);
  await ann.goto(`${again.address}/rooms/lobby?again`);
  await say(ann, "this neither");
  await ann.until(delivered(2));
  assertEquals(await talk(ann), ["Ann: do not forget this", "Ann: this neither"]);
  assertEquals(browser.faults, []);
});

test("WebSocket chat page: in a narrow window rooms and people are behind buttons", async () => {
  await using program = await startProgram(PROGRAM);
  await using browser = await Browser.launch();
  const ann = await join(browser, `${program.address}/rooms/lobby`, "Ann");
  await ann.send("Emulation.setDeviceMetricsOverride", { width: 390, height: 700, deviceScaleFactor: 1, mobile: true });
  const isShown = (selector: string) => `document.querySelector("${selector}").checkVisibility()`;
  for (const panel of ["#side", "#people-panel"]) {
    await ann.until(`!${isShown(panel)}`);
    await ann.click(`.bar [popovertarget="${panel.slice(1)}"]`);
    await ann.until(isShown(panel));
    await ann.click(`${panel} .close`);
    await ann.until(`!${isShown(panel)}`);
  }
  assertEquals(await ann.evaluate(`document.documentElement.scrollWidth`), 390);

  await ann.click(`.bar [popovertarget="side"]`);
  await ann.click(`.me button`);
  await ann.until(isShown("#rename"));
  await ann.evaluate(`document.querySelector("#name").select()`);
  await ann.type("#name", "Zoë");
  await ann.enter();
  await ann.until(`document.body?.dataset.me === "Zoë" && ${LIVE} && ${people("Zoë")}`);
  assertEquals(browser.faults, []);
});
