import { assertEquals } from "@std/assert";
import { Browser, type Page } from "../support/chromium.ts";
import { startProgram } from "../support/program.ts";
import { test } from "../support/test.ts";

const LIVE = `document.querySelector("#state").dataset.state === "live"`;

async function say(page: Page, text: string): Promise<void> {
  await page.type("#text", text);
  await page.enter();
}

async function texts(page: Page): Promise<unknown> {
  return await page.evaluate(`[...document.querySelectorAll("#messages li")].map((item) =>
    item.querySelector(".author").textContent + ": " + item.querySelector("p").textContent)`);
}

function shows(count: number): string {
  return `document.querySelectorAll("#messages li").length === ${count}`;
}

test("chat page: two browsers talk to each other", async () => {
  await using program = await startProgram("examples/chat/main.ts");
  await using browser = await Browser.launch();
  const ann = await browser.open(`${program.address}/`);
  const ben = await browser.open(`${program.address}/rooms/lobby`);
  await ann.type("#author", "Ann");
  await ben.type("#author", "Ben");

  await say(ann, "Is anybody here?");
  await ben.until(shows(1));
  await say(ben, "I am, <b>Ann</b> & all");
  await ann.until(shows(2));
  await say(ann, "Tea?");
  await Promise.all([ann.until(shows(3)), ben.until(shows(3))]);
  const talk = ["Ann: Is anybody here?", "Ben: I am, <b>Ann</b> & all", "Ann: Tea?"];
  assertEquals(await texts(ann), talk);
  assertEquals(await texts(ben), talk);
  assertEquals(await ann.evaluate(`document.querySelectorAll("#messages b").length`), 0);
  assertEquals(await ann.evaluate(`document.querySelectorAll("#messages li.own").length`), 2);

  await ann.goto(`${program.address}/rooms/tea`);
  await ann.until(LIVE);
  assertEquals(await ann.evaluate(`document.querySelector("#author").value`), "Ann");
  await ann.goto(`${program.address}/rooms/lobby`);
  await ann.until(`${LIVE} && ${shows(3)}`);
  assertEquals(await texts(ann), talk);
  assertEquals(await ann.evaluate(`document.querySelectorAll("#messages li.own").length`), 2);

  const picture = Deno.env.get("TWISTER_SCREENSHOT");
  if (picture !== undefined) await ann.screenshot(picture);
  assertEquals(browser.faults, []);
});

test("chat page: a room has its own talk, and a late reader gets it all", async () => {
  await using program = await startProgram("examples/chat/main.ts");
  await using browser = await Browser.launch();
  const ann = await browser.open(`${program.address}/rooms/tea`);
  await ann.type("#author", "Ann");
  await say(ann, "one");
  await ann.until(shows(1));
  await say(ann, "two");
  await ann.until(shows(2));

  const ben = await browser.open(`${program.address}/rooms/lobby`);
  await ben.until(LIVE);
  assertEquals(await texts(ben), []);
  await ben.until(`document.querySelector('#rooms a[href="/rooms/tea"]') !== null`);
  await ben.click('#rooms a[href="/rooms/tea"]');
  // The messages are in the page before its script is.
  await ben.until(`location.pathname === "/rooms/tea" && ${shows(2)} && ${LIVE}`);
  assertEquals(await texts(ben), ["Ann: one", "Ann: two"]);

  await ben.type("#open-name", "Another Room!");
  await ben.enter();
  await ben.until(`location.pathname === "/rooms/another-room" && document.readyState === "complete"`);
  assertEquals(await ben.evaluate(`document.querySelector("#title").textContent`), "# another-room");
  assertEquals(browser.faults, []);
});

test("chat page: it says that the server is away, and goes on when it is back", async () => {
  await using browser = await Browser.launch();
  await using program = await startProgram("examples/chat/main.ts");
  const ann = await browser.open(`${program.address}/rooms/lobby`);
  await ann.type("#author", "Ann");
  await say(ann, "before");
  await ann.until(`${shows(1)} && ${LIVE}`);
  await program.interrupt();
  await ann.until(`document.querySelector("#state").dataset.state === "waiting"`);
  await using again = await startProgram("examples/chat/main.ts", { port: program.port });
  await say(ann, "after");
  await ann.until(`${shows(2)} && ${LIVE}`);
  assertEquals(await texts(ann), ["Ann: before", "Ann: after"]);
  assertEquals(again.port, program.port);
  assertEquals(browser.faults, []);
});
